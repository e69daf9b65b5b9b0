// Pictures of SVG that move by themselves: in an <img>, an SVG <image>, a style, on a canvas.
// Chrome moves them by a timer that no frame reaches. Here each is a drawing out of sight, put
// at the frame's time, and what it has come to is shown as a picture that stands: a function of
// the time since its clip began. Run after media.js.
(config) => {
  if (window.top !== window || !window.__hfd) return;
  const SVG = "http://www.w3.org/2000/svg";
  const MOVES = /<(animate|set)[\s:>A-Z]|@keyframes|animation\s*:/;
  const SHAPE = /^data:image\/svg\+xml[;,]|\.svg([?#]|$)/i;
  // An address without a word of what it is: its answer says.
  const TELLS_NOT = /^https?:[^?#]*\/[^./?#]*([?#]|$)/i;
  const FILE = /^(?:data:|https?:)/i;
  const TIMED = "animate, animateTransform, animateMotion, animateColor, set, mpath, discard";
  // What an image neither runs nor shows.
  const DEAD = "script, iframe, object, embed, audio, video";
  const MATRIX = ["a", "b", "c", "d", "e", "f"];

  // --- What a drawing has come to -----------------------------------------------------

  const print = (matrix) => `matrix(${MATRIX.map((key) => matrix[key]).join(", ")})`;
  const printItem = (item) => {
    if (item instanceof SVGLength) return item.valueAsString;
    if (item instanceof SVGNumber) return `${item.value}`;
    if (item instanceof SVGTransform) return print(item.matrix);
    if (item instanceof DOMPoint || item instanceof SVGPoint) return `${item.x},${item.y}`;
    if (item instanceof SVGRect) return `${item.x} ${item.y} ${item.width} ${item.height}`;
    return null;
  };
  const printValue = (value) => {
    if (["number", "string", "boolean"].includes(typeof value)) return `${value}`;
    if (value instanceof SVGAngle) return value.valueAsString;
    if (value.numberOfItems === undefined) return printItem(value);
    return Array.from({ length: value.numberOfItems }, (_, n) => printItem(value.getItem(n))).join(" ");
  };
  // prettier-ignore
  const NAMES = { class: "className", "xlink:href": "href", orient: "orientAngle", in: "in1" };
  const COUNTED = [SVGAnimatedEnumeration, SVGAnimatedPreserveAspectRatio];
  // What an animation has made of the attribute *name*; null where nobody tells.
  const animated = (element, name) => {
    const own = element[NAMES[name] ?? name];
    if (name === "points") return printValue(element.animatedPoints);
    if (own?.animVal !== undefined && !COUNTED.some((kind) => own instanceof kind))
      return printValue(own.animVal);
    const pair = ["X", "Y"].map((axis) => element[name + axis]?.animVal);
    return pair.includes(undefined) ? null : pair.join(" ");
  };
  const kebab = (name) =>
    name.startsWith("--") ? name : name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  const KEYS = new Set(["offset", "computedOffset", "easing", "composite"]);
  const propertiesOf = ({ effect }) =>
    effect.getKeyframes().flatMap((row) => Object.keys(row).filter((key) => !KEYS.has(key)));
  // Where it is seen from its parent, with the path it moves along.
  const placeOf = (element) => {
    const outer = element.parentElement?.getScreenCTM?.();
    const own = element.getScreenCTM?.();
    return outer && own ? print(outer.inverse().multiply(own)) : null;
  };

  const STAND = "* { animation: none !important; transition: none !important }";
  class Drawing {
    constructor(source) {
      this.source = source;
      this.elements = [source, ...source.querySelectorAll("*")];
      this.live = this.make();
      this.at = -1;
      this.animations = new Set();
      this.attributes = this.find();
    }
    // As its own document would have it, but for what it would ask the network for.
    make() {
      const live = document.importNode(this.source, true);
      live.setAttribute("data-hf-root", "");
      for (const element of [live, ...live.querySelectorAll("*")])
        for (const { name, value } of [...element.attributes])
          if (/(^|:)href$|^src$/.test(name) && !/^(#|data:)/.test(value.trim()))
            element.removeAttribute(name);
      for (const style of live.querySelectorAll("style"))
        style.textContent = style.textContent
          .replace(/@import[^;]*;/g, "")
          .replace(/:root\b/g, "[data-hf-root]");
      stageOf().append(live);
      live.pauseAnimations();
      this.copies = [live, ...live.querySelectorAll("*")];
      return live;
    }
    // Which attributes of which elements are animated.
    find() {
      const found = new Map();
      for (const element of this.live.querySelectorAll(TIMED)) {
        const index = this.copies.indexOf(element.targetElement);
        if (index < 0) continue;
        const motion = element.localName === "animateMotion";
        const name = motion ? "" : element.getAttribute("attributeName");
        if (name !== null) found.set(`${index} ${name}`, [index, name]);
      }
      return [...found.values()];
    }
    // Rows of index, name, value and whether it is a style.
    values() {
      const rows = [];
      for (const [index, name] of this.attributes) {
        const element = this.copies[index];
        if (name === "") {
          const value = placeOf(element);
          if (value) rows.push([index, "transform", value, true], ...STRAIGHT.map((row) => [index, ...row, true]));
          continue;
        }
        const value = animated(element, name);
        if (value !== null) rows.push([index, name, value, false]);
        const style = getComputedStyle(element).getPropertyValue(name);
        if (style && name !== "transform") rows.push([index, name, style, true]);
      }
      for (const animation of this.animations) {
        const index = this.copies.indexOf(animation.effect?.target);
        if (index < 0 || animation.effect.pseudoElement) continue;
        const style = getComputedStyle(this.copies[index]);
        for (const name of new Set(propertiesOf(animation).map(kebab)))
          rows.push([index, name, style.getPropertyValue(name), true]);
      }
      return rows;
    }
    seek(seconds) {
      this.live.setCurrentTime(seconds);
      void getComputedStyle(this.live).opacity;
      for (const animation of this.live.getRootNode().getAnimations())
        if (this.live.contains(animation.effect?.target)) this.animations.add(animation);
      for (const animation of this.animations) {
        animation.pause();
        animation.currentTime = seconds * 1000;
      }
    }
    // The address of the picture it is after *seconds*.
    pictureAt(seconds) {
      if (this.at === seconds) return this.address;
      this.at = seconds;
      this.seek(seconds);
      const rows = this.values();
      const told = JSON.stringify(rows);
      if (told === this.told) return this.address;
      this.told = told;
      const still = this.source.cloneNode(true);
      const elements = [still, ...still.querySelectorAll("*")];
      for (const [index, name, value, isStyle] of rows)
        if (isStyle) elements[index].style?.setProperty(name, value, "important");
        else if (name === "xlink:href") elements[index].setAttribute("href", value);
        else elements[index].setAttribute(name, value);
      for (const element of still.querySelectorAll(TIMED)) element.remove();
      const style = still.ownerDocument.createElementNS(SVG, "style");
      style.textContent = STAND;
      still.append(style);
      const text = new XMLSerializer().serializeToString(still);
      this.address = `data:image/svg+xml,${encodeURIComponent(text)}`;
      return this.address;
    }
  }
  const STRAIGHT = [
    ["transform-origin", "0 0"],
    ["transform-box", "view-box"],
    ["translate", "none"],
    ["rotate", "none"],
    ["scale", "none"],
    ["offset", "none"],
  ];

  let stage = null;
  // Laid out, so that its styles are computed, and never seen.
  const stageOf = () => {
    if (stage) return stage;
    const host = document.createElement("hf-moving");
    host.style.cssText =
      "all: initial !important; position: fixed !important; left: 0 !important; top: 0 !important; " +
      "width: 0 !important; height: 0 !important; overflow: hidden !important; " +
      "visibility: hidden !important; contain: strict !important";
    host.setAttribute("aria-hidden", "true");
    stage = host.attachShadow({ mode: "closed" });
    document.documentElement.append(host);
    return stage;
  };

  // --- Where they are shown -----------------------------------------------------------

  // By address: the drawing, when it begins, and the property that has its picture; null for a
  // picture that stands.
  const known = new Map();
  const shown = new CSSStyleSheet();
  const parse = (text) => {
    if (!MOVES.test(text)) return null;
    const { documentElement: root } = new DOMParser().parseFromString(text, "image/svg+xml");
    if (!(root instanceof SVGSVGElement) || root.querySelector("parsererror")) return null;
    for (const element of root.querySelectorAll(DEAD)) element.remove();
    return new Drawing(root);
  };
  // What Chrome itself does not make sense of stays as it is.
  const attempt = (work) => {
    try {
      return work();
    } catch {
      return null;
    }
  };
  const load = async (address) => {
    known.set(address, null);
    const [file, fragment] = address.split("#");
    const answer = await fetch(file).catch(() => null);
    const text = answer?.ok ? await answer.text() : "";
    const drawing = attempt(() => parse(text));
    if (!drawing) return;
    const name = `--hf-moving-${known.size}`;
    known.set(address, { drawing, name, fragment, begins: Infinity, image: null });
  };
  const meet = async (uses) => {
    const strange = new Set(uses.map(({ address }) => address).filter((each) => !known.has(each)));
    for (const address of strange) await load(address);
    for (const { address, users, show } of uses) {
      const picture = known.get(address);
      if (!picture) continue;
      for (const user of users) picture.begins = Math.min(picture.begins, window.__hfd.startOf(user));
      show(`var(${picture.name})`);
    }
  };

  const met = new WeakMap();
  const imagesOf = () => {
    const found = [];
    for (const image of document.images) {
      const address = image.currentSrc || image.src;
      if (met.get(image) === address || !address) continue;
      met.set(image, address);
      // What showed another one before shows it no more.
      if (image.style.content.includes("--hf-moving-")) image.style.removeProperty("content");
      if (!SHAPE.test(address) && !(TELLS_NOT.test(address) && image.naturalWidth)) continue;
      const show = (value) => image.style.setProperty("content", value, "important");
      found.push({ address, users: [image], show });
    }
    return found;
  };
  const inShapes = new Map();
  const shapesOf = () => {
    const found = [];
    for (const image of document.getElementsByTagNameNS(SVG, "image")) {
      if (met.get(image) === image.href.baseVal) continue;
      met.set(image, image.href.baseVal);
      inShapes.delete(image);
      const address = new URL(image.href.baseVal, document.baseURI).href;
      if (!SHAPE.test(address)) continue;
      found.push({ address, users: [image], show: () => inShapes.set(image, address) });
    }
    return found;
  };

  const ADDRESS = /url\(\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|([^\s"')]+))\s*\)/g;
  const PAINTED = ["background-image", "border-image-source", "list-style-image", "content", "cursor"];
  const MASKS = ["mask-image", "-webkit-mask-image", "-webkit-mask-box-image-source", "shape-outside"];
  const usersOf = (selector) => {
    try {
      return [...document.querySelectorAll(selector.replace(/::[\w-]+(\([^)]*\))?/g, ""))];
    } catch {
      return []; // A selector of a nested rule, or of a page.
    }
  };
  // Where *style* names pictures, by *base*, for elements that *find* gives.
  const usesOf = (style, base, find) => {
    const found = [];
    for (const property of [...PAINTED, ...MASKS]) {
      const value = style.getPropertyValue(property);
      if (!value.includes("url(")) continue;
      for (const match of value.matchAll(ADDRESS)) {
        const text = (match[1] ?? match[2] ?? match[3]).replace(/\\(.)/g, "$1");
        const address = URL.parse(text, base)?.href;
        if (!address || !FILE.test(address) || !SHAPE.test(address)) continue;
        // A fragment of a mask is an element, and no picture.
        if (MASKS.includes(property) && address.includes("#")) continue;
        const show = (picture) => {
          const now = style.getPropertyValue(property);
          const important = style.getPropertyPriority(property);
          style.setProperty(property, now.replace(match[0], picture), important);
        };
        found.push({ address, users: find(), show });
      }
    }
    return found;
  };
  const rulesOf = function* (list) {
    for (const rule of list) {
      if (rule.style && !(rule instanceof CSSFontFaceRule)) yield rule;
      if (rule.styleSheet) yield* sheetRules(rule.styleSheet);
      if (rule.cssRules) yield* rulesOf(rule.cssRules);
    }
  };
  const sheetRules = (sheet) => {
    try {
      return rulesOf(sheet.cssRules);
    } catch {
      return []; // Another origin's; its rules are not told.
    }
  };
  const read = new WeakSet();
  const stylesOf = () => {
    const found = [];
    for (const sheet of [...document.styleSheets, ...document.adoptedStyleSheets]) {
      if (sheet === shown || read.has(sheet)) continue;
      read.add(sheet);
      for (const rule of sheetRules(sheet)) {
        const base = rule.parentStyleSheet?.href ?? document.baseURI;
        found.push(...usesOf(rule.style, base, () => usersOf(rule.selectorText ?? "")));
      }
    }
    for (const element of document.querySelectorAll('[style*=".svg"], [style*="image/svg"]'))
      found.push(...usesOf(element.style, document.baseURI, () => [element]));
    return found;
  };

  const pictures = () => [...known.values()].filter(Boolean);
  const wear = () => {
    if (pictures().length && !document.adoptedStyleSheets.includes(shown))
      document.adoptedStyleSheets = [...document.adoptedStyleSheets, shown];
  };
  // Loaded before it is named, so that nothing is painted without it.
  const move = async (now) => {
    if (!known.size) return;
    const changed = [];
    for (const picture of pictures()) {
      const begins = Number.isFinite(picture.begins) ? picture.begins : 0;
      const still = attempt(() => picture.drawing.pictureAt(Math.max(0, now - begins)));
      if (!still) continue;
      const address = picture.fragment ? `${still}#${picture.fragment}` : still;
      if (picture.image?.src === address) continue;
      picture.image = new Image();
      picture.image.src = address;
      changed.push(picture.image.decode().catch(() => {}));
    }
    if (!changed.length) return;
    await Promise.all(changed);
    const there = pictures().filter(({ image }) => image);
    const rows = there.map(({ name, image }) => `${name}: url("${image.src}")`);
    shown.replaceSync(`:root { ${rows.join("; ")} }`);
    wear();
    const within = [...inShapes].map(([image, address]) => {
      const src = known.get(address).image?.src ?? address;
      met.set(image, src);
      image.setAttribute("href", src);
      return image.decode().catch(() => {});
    });
    await Promise.all(within);
  };

  // What a script paints on a canvas is the picture at that time.
  let isPainting = false;
  const loose = new Set(config.preload);
  const painted = (source) => {
    if (!(source instanceof HTMLImageElement)) return source;
    const address = source.currentSrc || source.src;
    loose.add(address);
    const picture = known.get(address);
    if (!picture) return source;
    isPainting = true;
    return picture.image ?? source;
  };
  for (const kind of ["CanvasRenderingContext2D", "OffscreenCanvasRenderingContext2D"])
    for (const name of ["drawImage", "createPattern"]) {
      const native = window[kind]?.prototype[name];
      if (!native) continue;
      window[kind].prototype[name] = function (...args) {
        return native.apply(this, args.map(painted));
      };
    }

  // Live lists, and a look at what a frame brought only where there is something new.
  let sheets = 0;
  const findAll = async () => {
    const strange = [...loose].filter((address) => SHAPE.test(address));
    const uses = strange.map((address) => ({ address, users: [], show: () => {} }));
    loose.clear();
    uses.push(...imagesOf(), ...shapesOf());
    const count = document.styleSheets.length + document.adoptedStyleSheets.length;
    if (count !== sheets) uses.push(...stylesOf());
    sheets = count;
    if (uses.length) await meet(uses);
  };
  Object.assign(window.__hfd, {
    beginMoving: findAll,
    moveImages: async (seconds) => {
      await findAll();
      await move(seconds);
    },
    drawn: () => [...known.keys()].filter((address) => !address.startsWith("data:")),
    moveDrawn: (seconds) => isPainting && move(seconds),
  });
}
