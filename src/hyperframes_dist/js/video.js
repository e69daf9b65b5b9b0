// Videos as pictures: Chrome decodes none, so that a frame is the same wherever it is drawn.
// Beside each <video> stands an <img> with its looks; it shows the picture the plan names
// for the frame, decoded before anything is drawn. Run after media.js; knows no time of
// its own.
(config) => {
  if (window.top !== window || !window.__hfd || !config.videos.length) return;
  const CLASS = "__render_frame__";
  const STILL = "data-hf-still";
  const SAME = [
    "box-sizing", "width", "height", "z-index", "opacity", "mix-blend-mode", "isolation",
    "padding-top", "padding-right", "padding-bottom", "padding-left",
    "border-top", "border-right", "border-bottom", "border-left", "border-image",
    "border-top-left-radius", "border-top-right-radius", "border-bottom-left-radius",
    "border-bottom-right-radius", "background", "box-shadow", "outline", "outline-offset",
    "object-fit", "object-position", "object-view-box", "image-rendering",
    "transform", "transform-origin", "transform-box", "transform-style",
    "translate", "rotate", "scale", "offset", "perspective", "backface-visibility",
    "filter", "backdrop-filter", "clip", "clip-path", "mask",
  ]; // prettier-ignore
  const MARGINS = ["margin-top", "margin-right", "margin-bottom", "margin-left"];

  const sheet = new CSSStyleSheet();
  // A transition would keep the video visible: its clock stands still.
  sheet.replaceSync(
    `video[data-hf-render-id] { transition: none !important }
     video[${STILL}] { visibility: hidden !important }`,
  );
  const wear = () => {
    if (!document.adoptedStyleSheets.includes(sheet))
      document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  };

  const plans = new Map(config.videos.map((video) => [video.id, video]));
  const addressAt = ({ base, suffix, runs }, frame) => {
    let low = 0;
    let high = runs.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (runs[middle][1] <= frame) low = middle + 1;
      else high = middle;
    }
    const run = runs[low];
    if (!run || frame < run[0]) return null;
    return `${base}${run[2] + run[3] * (frame - run[0])}${suffix}`;
  };

  // A picture is loaded apart and shown when it is decoded: an <img> in the page is never
  // without one.
  const loads = new Map();
  const load = (address) => {
    if (!loads.has(address)) {
      const image = new Image();
      image.src = address;
      const failed = () => Promise.reject(new Error(`cannot decode ${address}`));
      loads.set(address, { image, decoded: image.decode().catch(failed) });
    }
    return loads.get(address).decoded;
  };

  const pictures = new Map();
  const make = (video, plan) => {
    const img = document.createElement("img");
    img.className = CLASS;
    img.id = `__render_frame_${plan.id}__`;
    img.alt = "";
    img.decoding = "sync";
    img.style.cssText = "all: initial !important; display: none !important";
    pictures.set(plan.id, { img, look: "", dx: 0, dy: 0 });
    // No bytes of the video reach the page, so it is told the size of its frames.
    const blank = `<svg xmlns="http://www.w3.org/2000/svg" width="${plan.width}" height="${plan.height}"/>`;
    video.poster = `data:image/svg+xml,${encodeURIComponent(blank)}`;
    return img;
  };

  // Every worker has the same elements in the page at the same frame, shown or not.
  const attach = () => {
    wear();
    const found = [];
    for (const [id, video] of window.__hfd.mediaElements()) {
      const plan = plans.get(id);
      if (!plan) {
        // A video no frame of the output shows: before its start, after its end.
        if (video.localName === "video") video.setAttribute(STILL, "");
        continue;
      }
      const img = pictures.get(id)?.img ?? make(video, plan);
      if (video.nextElementSibling !== img) video.after(img);
      found.push({ video, plan, picture: pictures.get(id) });
    }
    for (const { img } of pictures.values()) {
      if (img.previousElementSibling?.localName !== "video") img.remove();
    }
    return found;
  };

  let current = new Map();
  // Before the page moves to *frame*, so that a script that draws a video draws this one.
  const prepare = async (frame) => {
    current = new Map();
    for (const [id, plan] of plans) {
      const address = addressAt(plan, frame);
      if (address) current.set(id, address);
    }
    const wanted = new Set(current.values());
    for (const address of loads.keys()) if (!wanted.has(address)) loads.delete(address);
    await Promise.all([...wanted].map(load));
    await Promise.all(
      [...current].map(([id, address]) => {
        const img = pictures.get(id)?.img;
        if (!img) return null;
        if (img.getAttribute("src") !== address) img.src = address;
        return img.decode();
      }),
    );
  };

  const isFlow = (position) => !["absolute", "fixed"].includes(position);
  const lookOf = (video, picture) => {
    const style = getComputedStyle(video);
    // `visibility` is the page's word on the video, its scene and its groups.
    if (style.display === "none" || style.visibility !== "visible") return "";
    const flow = isFlow(style.position);
    const place = flow
      ? { left: video.offsetLeft, top: video.offsetTop }
      : { left: parseFloat(style.left) || 0, top: parseFloat(style.top) || 0 };
    const rules = SAME.map((name) => `${name}: ${style.getPropertyValue(name)}`);
    if (!flow) for (const name of MARGINS) rules.push(`${name}: ${style.getPropertyValue(name)}`);
    rules.push(
      "display: block",
      "visibility: visible",
      "pointer-events: none",
      `position: ${style.position === "fixed" ? "fixed" : "absolute"}`,
      `left: ${place.left + picture.dx}px`,
      `top: ${place.top + picture.dy}px`,
    );
    return `all: initial !important; ${rules.map((rule) => `${rule} !important`).join("; ")}`;
  };

  const wearLook = ({ picture }, look) => {
    const shown = look || "all: initial !important; display: none !important";
    if (picture.look !== shown) picture.img.style.cssText = shown;
    picture.look = shown;
  };

  // After the page has moved to the frame: where and how each picture is seen.
  const place = async () => {
    const found = attach();
    for (const { video } of found) video.removeAttribute(STILL);
    const looks = found.map(({ video, plan, picture }) =>
      current.has(plan.id) ? lookOf(video, picture) : "",
    );
    found.forEach((entry, index) => {
      const address = current.get(entry.plan.id);
      const { img } = entry.picture;
      if (address && img.getAttribute("src") !== address) img.src = address;
      wearLook(entry, looks[index]);
    });
    settle(found, looks);
    for (const { video } of found) video.setAttribute(STILL, "");
    await Promise.all(
      found.map(({ plan, picture }) => current.has(plan.id) && picture.img.decode()),
    );
  };

  // Where a picture's containing block begins elsewhere than its video's offsets say.
  const settle = (found, looks) => {
    const off = found
      .filter((_, index) => looks[index])
      .map((entry) => ({
        entry,
        dx: entry.video.offsetLeft - entry.picture.img.offsetLeft,
        dy: entry.video.offsetTop - entry.picture.img.offsetTop,
      }))
      .filter(({ dx, dy }) => dx || dy);
    for (const { entry, dx, dy } of off) {
      entry.picture.dx += dx;
      entry.picture.dy += dy;
    }
    for (const { entry } of off) wearLook(entry, lookOf(entry.video, entry.picture));
  };

  Object.assign(window.__hfd, { attachPictures: attach, preparePictures: prepare, placePictures: place });
}
