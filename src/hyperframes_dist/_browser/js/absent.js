// What is not there: whether the page has an answer to that, or leaves a gap nobody sees.
// Run after bridge.js, before the page's own scripts, in every document.
(config) => {
  const OURS = `${location.origin}/.hyperframes-dist/`;
  const caller = () => /https?:\/\/[^\s)]+/.exec(new Error().stack)?.[0] ?? "";
  // Whether the page runtime calls, which listens to all media and has no answer.
  const isOurs = () => caller().startsWith(OURS);
  // Whether a script of the project's own calls, rather than a library, which may lie in it.
  const VENDORED = /\/(?:node_modules|bower_components|vendors?)\/|\.min\.[cm]?js\b/;
  const isAuthors = () => {
    const address = caller();
    const own = address.startsWith(`${location.origin}/`) && !address.startsWith(OURS);
    return own && !VENDORED.test(address);
  };
  // Addresses whose absence the page, or a document in it, has an answer to.
  const ofPage = () => {
    try {
      return window.top.__hfd?.answered;
    } catch {
      return undefined; // Another origin's.
    }
  };
  const answered = ofPage() ?? new Set();
  const answer = (address) => answered.add(address.split("#")[0]);
  // No address is no source: HTML has it raise an error all the same, and a blank one means
  // the document itself.
  const isBlank = (element) =>
    !["src", "srcset", "href", "xlink:href", "data", "poster"].some((name) =>
      element.getAttribute(name)?.trim(),
    );
  const addressOf = (element) => {
    const named = element.currentSrc || element.src || element.data;
    const address = named || (element.href?.baseVal ?? element.href) || "";
    return address && URL.canParse(address, document.baseURI)
      ? new URL(address, document.baseURI).href
      : String(address);
  };

  // --- Who listens --------------------------------------------------------------------

  const listened = new WeakSet();
  const above = new WeakSet();
  // React listens to every image; whether its author does, stands among the properties.
  const hasHandler = (element) => {
    if (typeof element.onerror === "function") return true;
    const react = Object.keys(element).find((name) => name.startsWith("__reactProps$"));
    return react ? typeof element[react]?.onError === "function" : listened.has(element);
  };
  const isHeard = (element, path = []) =>
    hasHandler(element) || path.some((each) => each !== element && above.has(each));
  // What has a second choice in it or after it, and what only hurries others or never shows.
  const HINTS = /\b(preload|prefetch|modulepreload|preconnect|icon|manifest|alternate)\b/i;
  const isSpare = (element) => {
    if (element.localName === "object") return /\S/.test(element.innerHTML);
    if (element.localName === "link")
      return HINTS.test(element.rel) || !matchMedia(element.media).matches;
    if (element.localName !== "source") return false;
    for (let next = element.nextElementSibling; next; next = next.nextElementSibling)
      if (next.localName === "source") return true;
    return hasHandler(element.parentElement);
  };
  const observe = (element) => {
    if (listened.has(element)) return;
    listened.add(element);
    // What is in no document is heard of by nobody else. A library listens to all it loads.
    const own = isAuthors();
    const note = () => {
      if ((own || element.isConnected) && hasHandler(element)) answer(addressOf(element));
    };
    addListener.call(element, "error", note);
  };
  const LOADERS = "img, script, link, image, video, audio, source, object, embed, input";
  const isLoader = (target) => target instanceof Element && target.matches(LOADERS);
  const addListener = EventTarget.prototype.addEventListener;
  EventTarget.prototype.addEventListener = new Proxy(addListener, {
    apply(add, self, args) {
      const target = self ?? window;
      if (args[0] === "error" && !listened.has(target) && !isOurs()) {
        if (isLoader(target)) observe(target);
        else if ((args[2]?.capture ?? args[2]) === true && isAuthors()) above.add(target);
      }
      return Reflect.apply(add, self, args);
    },
  });
  const onerror = Object.getOwnPropertyDescriptor(HTMLElement.prototype, "onerror");
  Object.defineProperty(HTMLElement.prototype, "onerror", {
    ...onerror,
    set(value) {
      if (typeof value === "function" && isLoader(this)) observe(this);
      onerror.set.call(this, value);
    },
  });
  // Who decodes and does not catch is told of by Chrome.
  const { decode } = HTMLImageElement.prototype;
  HTMLImageElement.prototype.decode = function () {
    const address = addressOf(this);
    const decoded = decode.call(this);
    if (isAuthors()) decoded.catch(() => answer(address));
    return decoded;
  };
  const URLS = /url\(\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|([^"')\s]*))\s*\)/g;
  const addressesIn = (text, base) =>
    [...text.matchAll(URLS)].map((found) => {
      const named = (found[1] ?? found[2] ?? found[3]).replace(/\\(.)/g, "$1");
      try {
        return new URL(named, base).href.split("#")[0];
      } catch {
        return "";
      }
    });
  if (window.FontFace) {
    const sources = new WeakMap();
    window.FontFace = new Proxy(FontFace, {
      construct(kind, args, target) {
        const face = Reflect.construct(kind, args, target);
        sources.set(face, args[1]);
        return face;
      },
    });
    const { load } = FontFace.prototype;
    FontFace.prototype.load = function () {
      const loaded = load.call(this);
      const source = sources.get(this);
      if (typeof source === "string")
        loaded.catch(() => addressesIn(source, document.baseURI).forEach(answer));
      return loaded;
    };
  }

  // What does not load leaves a gap nobody sees; these events neither bubble nor leave a
  // shadow tree.
  const hear = (event) => {
    const { target } = event;
    if (!(target instanceof Element)) return;
    // A module that is written out fails when what it imports does.
    const isModule = target.localName === "script" && !target.hasAttribute("src");
    if (isBlank(target) && !isModule) return;
    if (isSpare(target) || isHeard(target, event.composedPath())) {
      answer(addressOf(target));
      return;
    }
    // The door names a medium that is missing; whether Chrome can play it is no matter.
    if (target instanceof HTMLMediaElement || target.localName === "source") return;
    const address = addressOf(target).split(/[?#]/)[0]; // Query strings carry secrets.
    const tag = target.tagName.toLowerCase();
    const what = address ? `: ${address.slice(0, 200)}` : " what it imports";
    reportError(new Error(`<${tag}> did not load${what}`));
  };
  window.addEventListener("error", hear, true);
  Element.prototype.attachShadow = new Proxy(Element.prototype.attachShadow, {
    apply(attach, self, args) {
      const root = Reflect.apply(attach, self, args);
      addListener.call(root, "error", hear, true);
      return root;
    },
  });
  if (window.top !== window || !window.__hfd) return;

  // --- What style sheets ask for ------------------------------------------------------

  const layersOf = (value) => {
    const layers = [""];
    let depth = 0;
    for (const part of value.split(/([(),])/)) {
      if (part === "(") depth++;
      if (part === ")") depth--;
      if (part === "," && !depth) layers.push("");
      else layers[layers.length - 1] += part;
    }
    return layers.map((layer) => layer.trim());
  };
  const declarations = function* () {
    const trees = [document];
    for (const tree of trees)
      for (const { shadowRoot } of tree.querySelectorAll("*")) if (shadowRoot) trees.push(shadowRoot);
    for (const tree of trees) {
      for (const sheet of [...tree.styleSheets, ...tree.adoptedStyleSheets]) yield* rulesOf(sheet);
      for (const { style } of tree.querySelectorAll('[style*="url("]'))
        yield { style, base: document.baseURI };
    }
  };
  const rulesOf = function* (holder, base = holder.href ?? document.baseURI) {
    let rules = [];
    try {
      rules = holder.cssRules ?? [];
    } catch {
      return; // Another origin's.
    }
    for (const rule of rules) {
      if (rule.style) yield { style: rule.style, base, rule };
      if (rule.styleSheet) yield* rulesOf(rule.styleSheet);
      else yield* rulesOf(rule, base);
    }
  };
  // A list of sources is one face, of which one is enough.
  const plain = (text) => text.replace(/^["']|["']$/g, "");
  const isFaceThere = ({ style }) => {
    const told = (name, otherwise) => style.getPropertyValue(name) || otherwise;
    return [...document.fonts].some(
      (face) =>
        face.status === "loaded" &&
        plain(face.family) === plain(told("font-family", "")) &&
        face.weight === told("font-weight", "normal") &&
        face.style === told("font-style", "normal") &&
        face.unicodeRange.toUpperCase() === told("unicode-range", "U+0-10FFFF").toUpperCase(),
    );
  };
  // CSS says what is drawn in the place of these.
  const REPLACED = new Set(["cursor", "list-style-image", "border-image-source"]);
  const LAYERED = /^(background|mask|-webkit-mask)-image$/;
  const isFilled = (name, { style, base, rule }, missing) => {
    if (name === "src" && rule instanceof CSSFontFaceRule) return isFaceThere(rule);
    if (REPLACED.has(name)) return true;
    const isThere = (layer) =>
      layer !== "none" && !addressesIn(layer, base).some((address) => missing.has(address));
    return LAYERED.test(name) && layersOf(style.getPropertyValue(name)).some(isThere);
  };
  // Of *addresses* that are not there, those the page does without.
  const spared = (addresses) => {
    const missing = new Set(addresses);
    const gaps = new Set();
    const filled = new Set();
    for (const declaration of declarations()) {
      const { style, base } = declaration;
      for (const name of style) {
        const value = style.getPropertyValue(name);
        if (!value.includes("url(")) continue;
        const asked = addressesIn(value, base).filter((address) => missing.has(address));
        if (!asked.length) continue;
        const kind = isFilled(name, declaration, missing) ? filled : gaps;
        for (const address of asked) kind.add(address);
      }
    }
    for (const { poster } of document.querySelectorAll("video[poster]")) filled.add(poster);
    // A module that is asked for on the way and not caught is told of by Chrome; what a worker
    // asks for is none of the page's entries.
    for (const { name, initiatorType } of performance.getEntriesByType("resource"))
      if (initiatorType === "script" || initiatorType === "other") filled.add(name);
    return addresses.filter(
      (address) => !gaps.has(address) && (answered.has(address) || filled.has(address)),
    );
  };

  window.__hfd.spared = spared;
  window.__hfd.answered = answered;
}
