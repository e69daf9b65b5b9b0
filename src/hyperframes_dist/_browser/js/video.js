// Videos as pictures: Chrome decodes none, so that a frame is the same wherever it is drawn.
// Beside each <video> stands an <img> with its looks; it shows the picture the plan names
// for the frame, there before anything is drawn. Run after media.js; knows no time of
// its own.
(config) => {
  if (window.top !== window || !window.__hfd || !config.videos.length) return;
  const CLASS = "__render_frame__";
  const STILL = "data-hf-still";
  // prettier-ignore
  const SAME = [
    "z-index", "mix-blend-mode", "isolation", "overflow", "overflow-clip-margin",
    "padding-top", "padding-right", "padding-bottom", "padding-left",
    "border-top", "border-right", "border-bottom", "border-left", "border-image",
    "border-top-left-radius", "border-top-right-radius", "border-bottom-left-radius",
    "border-bottom-right-radius", "background", "box-shadow", "outline", "outline-offset",
    "object-fit", "object-position", "object-view-box", "image-rendering",
    "transform-origin", "transform-box", "transform-style",
    "translate", "rotate", "scale", "offset", "backface-visibility",
    "filter", "backdrop-filter", "clip", "clip-path", "mask", "will-change",
  ];
  const HIDDEN = "all: initial !important; display: none !important";

  const sheet = new CSSStyleSheet();
  // While a picture is drawn its video is unseen, and has the box it has before it is
  // transformed, which is what anchors measure. A transition would delay that for ever.
  sheet.replaceSync(
    `video[data-hf-render-id] { transition: none !important }
     video[${STILL}] { visibility: hidden !important; transform: none !important;
       translate: none !important; rotate: none !important; scale: none !important;
       offset: none !important }`,
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

  // A picture is loaded apart and shown when it is there: an <img> in the page is never
  // without one. It is decoded by whoever draws it; to ask for that takes the page a dozen
  // turns, since another thread does it.
  const loads = new Map();
  const load = (address) => {
    if (!loads.has(address)) {
      const image = new Image();
      image.src = address;
      loads.set(address, image);
    }
    return loads.get(address);
  };
  const refuse = (image) => {
    throw new Error(`a picture does not load: ${image.src}`);
  };
  const come = async (image) => {
    if (!image.complete)
      await new Promise((done) => {
        for (const event of ["load", "error"]) image.addEventListener(event, done);
      });
    if (!image.naturalWidth) refuse(image);
  };

  // No bytes of a video reach the page, so a blank poster tells it the size of its frames:
  // at once, since it is loaded before.
  const blankOf = ({ width, height }) => {
    const size = `width="${width}" height="${height}"`;
    const blank = new Image();
    blank.src = `data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' ${size}/>`;
    return blank;
  };
  const blanks = new Map(config.videos.map((video) => [video.id, blankOf(video)]));

  const pictures = new Map();
  const make = (video, plan) => {
    const img = document.createElement("img");
    img.className = CLASS;
    img.id = `__render_frame_${plan.id}__`;
    img.alt = "";
    img.decoding = "sync";
    img.style.cssText = HIDDEN;
    pictures.set(plan.id, { img, look: HIDDEN, name: `--hf-video-${pictures.size}` });
    video.poster = blanks.get(plan.id).src;
    return img;
  };

  // Every worker has the same elements in the page at the same frame, shown or not.
  const attach = () => {
    wear();
    const found = [];
    for (const [id, video] of window.__hfd.mediaElements()) {
      const plan = plans.get(id);
      if (!plan) continue; // Sound, or a video no frame of the output shows.
      const img = pictures.get(id)?.img ?? make(video, plan);
      if (video.nextElementSibling !== img) video.after(img);
      const { name } = pictures.get(id);
      if (video.style.anchorName !== name) video.style.setProperty("anchor-name", name);
      found.push({ video, plan, picture: pictures.get(id) });
    }
    for (const { img } of pictures.values()) {
      if (img.previousElementSibling?.localName !== "video") img.remove();
    }
    return found;
  };

  // A script that asks a video how it looks gets its own word back.
  const release = () => {
    for (const video of document.querySelectorAll(`video[${STILL}]`))
      video.removeAttribute(STILL);
  };

  // What a frame does not show may still be seen while it is drawn: as it is in the frame *near*.
  const seenAt = (plan, frame, near) => addressAt(plan, frame) ?? addressAt(plan, near);
  const addressesAt = (frame, near) => {
    const found = [...plans].map(([id, plan]) => [id, seenAt(plan, frame, near)]);
    return new Map(found.filter(([, address]) => address));
  };
  const show = (id) => {
    const img = pictures.get(id)?.img;
    const address = current.get(id);
    if (!img || !address || img.getAttribute("src") === address) return null;
    img.src = address; // At once what has been loaded apart.
    return come(img);
  };

  const begin = async () => {
    await Promise.all([...blanks.values()].map(come));
    attach();
  };

  let current = new Map();
  // Before the page moves to *frame*, so that a script that draws a video draws this one.
  const prepare = async (frame, near) => {
    current = addressesAt(frame, near);
    const wanted = new Set(current.values());
    await Promise.all([...wanted].map((address) => come(load(address))));
    for (const address of loads.keys()) if (!wanted.has(address)) loads.delete(address);
    await Promise.all([...current.keys()].map(show));
  };
  // The next frame's pictures arrive while this one is drawn.
  const expect = (frame, near) => {
    for (const address of addressesAt(frame, near).values()) load(address);
  };

  // The page runtime hides a video it has graded by an opacity that is not the author's.
  const opacityOf = (video, style) => {
    const own = video.style;
    const isGraded =
      video.hasAttribute("data-hf-color-grading-source-hidden") &&
      own.getPropertyPriority("opacity") === "important" &&
      own.opacity === "0";
    if (!isGraded) return style.opacity;
    own.removeProperty("opacity");
    own.opacity = video.getAttribute("data-hf-authored-opacity") ?? "";
    const { opacity } = getComputedStyle(video);
    own.setProperty("opacity", "0", "important");
    return opacity;
  };

  // Tied to the video's box as it was laid out, to the fraction of a pixel and whatever
  // put it there.
  const lookOf = (video, name) => {
    const style = getComputedStyle(video);
    // `visibility` is the page's word on the video, its scene and its groups.
    if (style.display === "none" || style.visibility !== "visible") return HIDDEN;
    const rules = ["all: initial", `opacity: ${opacityOf(video, style)}`];
    for (const property of SAME) rules.push(`${property}: ${style.getPropertyValue(property)}`);
    // prettier-ignore
    rules.push(
      // As functions: a matrix is printed to six digits, and has lost its third dimension.
      `transform: ${video.computedStyleMap().get("transform")}`,
      "display: block", "visibility: visible", "pointer-events: none",
      `position: ${style.position === "fixed" ? "fixed" : "absolute"}`,
      "box-sizing: border-box", "position-visibility: always",
      `left: anchor(${name} left)`, `top: anchor(${name} top)`,
      `width: anchor-size(${name} width)`, `height: anchor-size(${name} height)`,
    );
    return rules.map((rule) => `${rule} !important`).join("; ");
  };

  // A script that waits for a video's next picture gets it before it draws the frame.
  let isPainting = false;
  let handles = 0;
  const waiting = new Map();
  const presented = new WeakMap();
  HTMLVideoElement.prototype.requestVideoFrameCallback = function (callback) {
    const callbacks = waiting.get(this) ?? new Map();
    waiting.set(this, callbacks.set(++handles, callback));
    isPainting = true;
    return handles;
  };
  HTMLVideoElement.prototype.cancelVideoFrameCallback = function (handle) {
    waiting.get(this)?.delete(handle);
  };
  const present = (frame, near) => {
    for (const [video, callbacks] of [...waiting]) {
      const plan = plans.get(video.getAttribute("data-hf-render-id"));
      const address = plan && seenAt(plan, frame, near);
      if (!address || presented.get(video) === address || !loads.get(address)?.complete) continue;
      presented.set(video, address);
      waiting.delete(video);
      const now = performance.now();
      const facts = {
        presentationTime: now,
        expectedDisplayTime: now,
        width: plan.width,
        height: plan.height,
        mediaTime: video.currentTime,
        presentedFrames: frame + 1,
      };
      for (const callback of callbacks.values()) callback.call(video, now, facts);
    }
  };

  let begun = false;
  // After the page has moved to the frame: where and how each picture is seen.
  const place = async () => {
    const found = attach();
    const looks = found.map(({ video, plan, picture }) =>
      current.has(plan.id) ? lookOf(video, picture.name) : HIDDEN,
    );
    found.forEach(({ picture }, index) => {
      if (picture.look !== looks[index]) picture.img.style.cssText = looks[index];
      picture.look = looks[index];
    });
    for (const video of document.querySelectorAll("video")) video.setAttribute(STILL, "");
    await Promise.all(found.map(({ plan }) => show(plan.id)));
    // The page was at its first frame before there was a picture to paint, and a script
    // is told a time once.
    const first = !begun;
    begun = true;
    if (!first || !current.size) return;
    window.__hfReseekGpu?.(0);
    await window.__hfWaitForSeekCompletion?.();
  };

  // A script that paints a video paints its picture, and finds it ready and of its size.
  const painted = (source) => {
    if (!(source instanceof HTMLVideoElement)) return source;
    isPainting = true;
    const id = source.getAttribute("data-hf-render-id");
    return loads.get(current.get(id)) || source;
  };
  const substitute = (owner, name) => {
    const original = owner?.[name];
    if (!original) return;
    owner[name] = function (...args) {
      return original.apply(this, args.map(painted));
    };
  };
  for (const kind of ["CanvasRenderingContext2D", "OffscreenCanvasRenderingContext2D"]) {
    substitute(window[kind]?.prototype, "drawImage");
    substitute(window[kind]?.prototype, "createPattern");
  }
  for (const kind of ["WebGLRenderingContext", "WebGL2RenderingContext"]) {
    substitute(window[kind]?.prototype, "texImage2D");
    substitute(window[kind]?.prototype, "texSubImage2D");
  }
  substitute(window, "createImageBitmap");
  const answer = (name, own) => {
    const owners = [HTMLVideoElement.prototype, HTMLMediaElement.prototype];
    const owner = owners.find((prototype) => Object.hasOwn(prototype, name));
    const native = Object.getOwnPropertyDescriptor(owner, name).get;
    const get = function () {
      const plan = plans.get(this.getAttribute("data-hf-render-id"));
      return plan ? own(plan, native.call(this)) : native.call(this);
    };
    Object.defineProperty(HTMLVideoElement.prototype, name, { configurable: true, get });
  };
  answer("videoWidth", ({ width }) => width);
  answer("videoHeight", ({ height }) => height);
  answer("readyState", (_, state) => (state ? HTMLMediaElement.HAVE_ENOUGH_DATA : 0));

  Object.assign(window.__hfd, {
    releaseVideos: release,
    presentVideos: present,
    // What a script painted of a frame that is not drawn stays on its canvas.
    preparePaint: (frame, near) => isPainting && prepare(frame, near),
    beginPictures: begin,
    attachPictures: attach,
    preparePictures: prepare,
    placePictures: place,
    expectPictures: expect,
  });
}
