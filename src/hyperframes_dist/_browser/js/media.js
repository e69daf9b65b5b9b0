// What the page holds of sound and moving pictures. Run after bridge.js; only describes:
// nothing here plays, and the sound of the output is made from the sources' own bytes.
(config) => {
  if (window.top !== window || !window.__hfd) return;
  const GAIN = 10 ** (12 / 20);
  const STRICT = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
  const clamp = (low, value, high) => Math.min(high, Math.max(low, value));
  const number = (text) => (STRICT.test((text ?? "").trim()) ? Number(text) : null);
  const attribute = (element, ...names) => {
    for (const name of names) {
      const value = number(element.getAttribute(name));
      if (value !== null) return value;
    }
    return null;
  };

  // Videos that a script plays without putting them into the document: what a texture or a
  // canvas is painted from.
  const made = new Set();
  const played = new WeakSet();
  // To whoever asks it stays the browser's own: what a mounted script calls is bound as such.
  Document.prototype.createElement = new Proxy(Document.prototype.createElement, {
    apply(create, self, args) {
      const element = Reflect.apply(create, self, args);
      if (element instanceof HTMLVideoElement) made.add(element);
      return element;
    },
  });
  const play = HTMLMediaElement.prototype.play;
  HTMLMediaElement.prototype.play = function () {
    played.add(this);
    // What interrupts it is how frames are made, of which a script shall see nothing.
    return play.call(this).catch((error) => {
      if (error.name !== "AbortError") throw error;
    });
  };
  const isLoose = (element) => element.getRootNode() !== document;
  const loose = () =>
    [...made].filter((video) => isLoose(video) && (played.has(video) || video.autoplay));

  // An element keeps the id it gets when it is first seen; a worker sees the same ones in
  // the same order, since it shows the same frames.
  const elements = () => {
    const found = [...document.querySelectorAll("video, audio"), ...loose()];
    const taken = new Set(found.map((e) => e.getAttribute("data-hf-render-id")));
    for (const element of found) {
      if (element.hasAttribute("data-hf-render-id")) continue;
      const stem = element.id || `hf-${element.localName}`;
      let id = element.id || `${stem}-1`;
      for (let n = 2; taken.has(id); n++) id = element.id ? `${stem}__hf${n}` : `${stem}-${n}`;
      taken.add(id);
      element.setAttribute("data-hf-render-id", id);
    }
    return found.map((element) => [element.getAttribute("data-hf-render-id"), element]);
  };

  const source = (element) => {
    if (element.hasAttribute("src")) return element.getAttribute("src").trim() && element.src;
    const sources = [...element.querySelectorAll("source[src]")].filter((each) =>
      each.getAttribute("src").trim(),
    );
    const playable = sources.find((s) => !s.type || element.canPlayType(s.type));
    return element.currentSrc || (playable ?? sources[0])?.src || "";
  };

  // Where the page runtime has no resolver for an element, the format's grammar decides:
  // a number, or the end of another clip, plus or minus an offset.
  const REFERENCE = /^([\w.:-]+?)\s*(?:([+-])\s*(\d+\.?\d*|\.\d+))?$/;
  const compositionOf = (element) => element.parentElement?.closest("[data-composition-id]");
  const lengthOf = (element, visiting) => {
    const own = attribute(element, "data-duration", "data-hf-authored-duration");
    if (own > 0) return own;
    const end = attribute(element, "data-end", "data-hf-authored-end");
    if (end !== null) return Math.max(0, end - startOf(element, visiting));
    if (element instanceof HTMLMediaElement) return naturalOf(element);
    const timeline = window.__timelines?.[element.dataset.compositionId];
    return typeof timeline?.duration === "function" ? Number(timeline.duration()) : null;
  };
  const naturalOf = (element) =>
    Number.isFinite(element.duration)
      ? (element.duration - mediaStartOf(element)) / rateOf(element)
      : null;
  const startOf = (element, visiting = new Set()) => {
    if (visiting.has(element)) return 0;
    visiting.add(element);
    const host = compositionOf(element);
    const base = host ? startOf(host, visiting) : 0;
    const text = (element.getAttribute("data-start") ?? "").trim();
    const absolute = number(text);
    if (absolute !== null) return base + Math.max(0, absolute);
    const match = REFERENCE.exec(text);
    const target =
      match &&
      (document.getElementById(match[1]) ||
        document.querySelector(`[data-composition-id="${CSS.escape(match[1])}"]`));
    if (!target) return base;
    const offset = Number(`${match[2] ?? "+"}${match[3] ?? 0}`);
    const begin = startOf(target, visiting);
    return Math.max(0, begin + (lengthOf(target, visiting) ?? 0) + offset);
  };
  const mediaStartOf = (element) =>
    Math.max(0, attribute(element, "data-playback-start", "data-media-start") ?? 0);
  const rateOf = (element) => {
    const rate = attribute(element, "data-playback-rate") ?? element.defaultPlaybackRate;
    return rate > 0 ? clamp(0.1, rate, 10) : 1;
  };
  // What is in a timed element of its own composition begins with it, unless it says when.
  const wrapperOf = (element) => {
    const found = element.parentElement?.closest("[data-composition-id], [data-start]");
    return found && !found.hasAttribute("data-composition-id") ? found : null;
  };
  const hasStart = (element) => Boolean(element.getAttribute("data-start")?.trim());
  const resolve = (element) => {
    const wrapper = hasStart(element) ? null : wrapperOf(element);
    if (wrapper) return resolve(wrapper);
    return Math.max(0, window.__hfResolveMediaStartSeconds?.(element) ?? startOf(element));
  };

  // No clip outlives a scene it is in.
  const limit = (element) => {
    let end = null;
    for (let wrapper = wrapperOf(element); wrapper; wrapper = wrapperOf(wrapper)) {
      const length = lengthOf(wrapper, new Set());
      if (length > 0) end = Math.min(end ?? Infinity, resolve(wrapper) + length);
    }
    for (let host = compositionOf(element); host; host = compositionOf(host)) {
      if (!compositionOf(host)) break; // The root ends with the output.
      const length = lengthOf(host, new Set());
      if (length > 0) end = Math.min(end ?? Infinity, startOf(host) + length);
    }
    return end;
  };

  // What loops goes on until its scene ends, which the page runtime takes from an attribute
  // alone.
  const endLoops = () => {
    const loops = "[loop][data-start]:not([data-duration], [data-end])";
    for (const element of document.querySelectorAll(`video${loops}, audio${loops}`)) {
      const scene = wrapperOf(element) ?? compositionOf(element);
      const length = scene && attribute(scene, "data-duration", "data-hf-authored-duration");
      const left = length > 0 ? resolve(scene) + length - resolve(element) : 0;
      if (left > 0) element.setAttribute("data-duration", String(left));
    }
  };
  document.addEventListener("DOMContentLoaded", endLoops, { capture: true });

  const group = (element) => {
    const id = element.getAttribute("data-audio-group");
    const bus = element.localName === "audio" && id && document.getElementById(id);
    return bus?.localName === "hf-audio-group" ? bus : null;
  };
  const gain = (element) => clamp(0, attribute(element, "data-volume") ?? 1, GAIN);

  // Seconds it was given; null where it is as long as its source.
  const declaredOf = (element, start) => {
    const declared = attribute(element, "data-duration", "data-hf-authored-duration");
    if (declared > 0) return declared;
    const end = attribute(element, "data-end", "data-hf-authored-end");
    if (end === null) return null;
    const host = compositionOf(element);
    return (host ? startOf(host) : 0) + end - start;
  };
  // From when to when it is heard or seen, in seconds of the composition.
  const windowOf = (element) => {
    const start = resolve(element);
    const length = declaredOf(element, start) ?? Infinity;
    const stop = Math.min(start + length, limit(element) ?? Infinity);
    return { start, stop, mediaStart: mediaStartOf(element), rate: rateOf(element) };
  };

  const describe = ([id, element]) => {
    const bus = group(element);
    const start = resolve(element);
    const sound = element.getAttribute("data-has-audio");
    const quiet = element.muted || element.defaultMuted || sound === "false";
    return {
      id,
      kind: element.localName,
      tag: element.cloneNode(false).outerHTML.slice(0, 200),
      src: source(element),
      start,
      duration: declaredOf(element, start),
      limit: limit(element),
      mediaStart: mediaStartOf(element),
      rate: rateOf(element),
      loop: element.loop,
      muted:
        isLoose(element) ||
        (quiet && !(sound === "true" && element.localName === "video")) ||
        element.closest("[data-hidden]") !== null ||
        Boolean(bus?.hasAttribute("data-hidden")),
      volume: gain(element),
      busVolume: bus ? gain(bus) : 1,
      fadeIn: Math.max(0, attribute(element, "data-fade-in") ?? 0),
      fadeOut: Math.max(0, attribute(element, "data-fade-out") ?? 0),
      automation: element.getAttribute("data-automation"),
      busAutomation: bus?.getAttribute("data-automation") ?? null,
      effects: element.getAttribute("data-fx-chain"),
      bus: bus?.id ?? "",
      busEffects: bus?.getAttribute("data-fx-chain") ?? null,
      written: watched.get(element)?.written ?? true,
      points: watched.get(element)?.points ?? [],
    };
  };

  // What scripts and tweens make of an element's volume. Chrome's own property ends at 1
  // and belongs to the page runtime's playback, which writes it at every seek; an element
  // that seems to be elsewhere is none of its business.
  const watched = new Map();
  const watch = () => {
    for (const [, element] of elements()) {
      if (watched.has(element)) continue;
      const state = { value: gain(element), points: [], flat: -1, written: false };
      watched.set(element, state);
      Object.defineProperty(element, "isConnected", { get: () => false });
      Object.defineProperty(element, "volume", {
        get: () => state.value,
        set: (value) => {
          state.written = true;
          if (Number.isFinite(Number(value))) state.value = clamp(0, Number(value), GAIN);
        },
      });
    }
  };
  // Points [frame, gain] between which it is linear, gathered over calls that go on where
  // the last one stopped; a single point says that nothing moves it.
  const listen = async (start, stop, step) => {
    watch();
    for (let frame = start; frame < stop; frame += step) {
      await window.__hfd.visit([frame]);
      for (const state of watched.values()) {
        const last = state.points.at(-1);
        if (last?.[1] === state.value) state.flat = frame;
        else {
          if (state.flat > last?.[0]) state.points.push([state.flat, last[1]]);
          state.points.push([frame, state.value]);
        }
      }
    }
  };

  window.__hfd.mediaElements = elements;
  window.__hfd.mediaWindow = windowOf;
  window.__hfd.startOf = resolve;
  window.__hfd.watchVolumes = watch;
  window.__hfd.listen = listen;
  window.__hfd.media = () => elements().map(describe);
}
