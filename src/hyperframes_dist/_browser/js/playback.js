// What a script reads of a sound or a video, and is told of it: where it is at the frame's
// time. Chrome's own player plays nothing, and when it says so is the machine's matter. Run
// after media.js; moves nothing.
(config) => {
  if (window.top !== window || !window.__hfd) return;
  const { getTime, isRuntime } = window.__HF_VIRTUAL_TIME__;
  const TOLD = ["play", "playing", "timeupdate", "pause", "ended"];
  const media = HTMLMediaElement.prototype;
  // One whose time a script sets itself is that script's.
  const moved = new WeakSet();
  // Others cost nothing: who asks once is told from then on.
  const asked = new Set();
  const isHeld = (element) =>
    element instanceof HTMLMediaElement &&
    element.getRootNode() === document &&
    !moved.has(element);

  const stateOf = (element) => {
    const { start, stop, mediaStart, rate } = window.__hfd.mediaWindow(element);
    const natural = (element.duration - mediaStart) / rate;
    const length = natural > 0 ? natural : Infinity;
    const end = Math.min(stop, element.loop ? Infinity : start + length);
    const now = getTime() / 1000;
    const passed = Math.max(0, Math.min(now, end) - start);
    return {
      time: mediaStart + (element.loop ? passed % length : passed) * rate,
      begun: now >= start,
      over: now >= end,
      ended: now >= end && !element.loop && end >= start + length,
    };
  };

  // While a plan is made, a video has no picture yet: libraries that are told it plays wait for
  // its size within themselves.
  const hasNoPicture = (element) =>
    element instanceof HTMLVideoElement && element.videoWidth === 0;

  // A frame shows what is due by its time, wherever a script would have the medium be.
  const CLOSE = 0.1;
  const noteTime = (element, seconds) => {
    if (element.getRootNode() !== document || !Number.isFinite(Number(seconds))) return;
    if (Math.abs(Number(seconds) - stateOf(element).time) <= CLOSE) return;
    window.__hfd.note(
      `a script sets the time of ${window.__hfd.tagOf(element)}, which is not followed; say when ` +
        "it is shown by data-start, and from where by data-media-start",
    );
  };

  const answer = (name, own) => {
    const native = Object.getOwnPropertyDescriptor(media, name);
    const get = function () {
      if (!isHeld(this)) return native.get.call(this);
      asked.add(this);
      return own(stateOf(this), this);
    };
    const set =
      native.set &&
      function (value) {
        if (!isRuntime()) {
          moved.add(this);
          noteTime(this, value);
        }
        native.set.call(this, value);
      };
    Object.defineProperty(media, name, { configurable: true, enumerable: true, get, set });
  };
  answer("currentTime", ({ time }) => time);
  answer("paused", ({ begun, over }, element) => !begun || over || hasNoPicture(element));
  answer("ended", ({ ended }) => ended);

  // A stream shows what is drawn while it runs, of which a frame is none; Chrome would wait
  // for its first picture for ever.
  Object.defineProperty(media, "srcObject", {
    ...Object.getOwnPropertyDescriptor(media, "srcObject"),
    set(value) {
      if (value === null) return;
      const tag = this.cloneNode(false).outerHTML.slice(0, 200);
      throw new Error(`a stream cannot be shown frame by frame: ${tag}; show what it is made of`);
    },
  });

  const { addEventListener } = EventTarget.prototype;
  media.addEventListener = function (type, ...args) {
    if (TOLD.includes(type)) asked.add(this);
    return addEventListener.call(this, type, ...args);
  };
  for (const type of TOLD) {
    const name = `on${type}`;
    const native = Object.getOwnPropertyDescriptor(HTMLElement.prototype, name);
    Object.defineProperty(media, name, {
      ...native,
      set(value) {
        asked.add(this);
        native.set.call(this, value);
      },
    });
    window.addEventListener(
      type,
      (event) => {
        if (event.isTrusted && isHeld(event.target)) event.stopImmediatePropagation();
      },
      { capture: true },
    );
  }
  document.addEventListener("DOMContentLoaded", () => {
    const handled = TOLD.map((type) => `[on${type}]`).join(", ");
    for (const element of document.querySelectorAll(`:is(audio, video):is(${handled})`))
      asked.add(element);
  });

  const told = new WeakMap();
  const tell = (element) => {
    const last = told.get(element) ?? { begun: false, over: false, time: null };
    const state = stateOf(element);
    told.set(element, state);
    const say = (...types) => {
      for (const type of types) element.dispatchEvent(new Event(type));
    };
    if (state.begun && (!last.begun || (last.over && !state.over))) say("play", "playing");
    if (state.begun && state.time !== last.time) say("timeupdate");
    if (state.over && !last.over) say("pause", ...(state.ended ? ["ended"] : []));
  };
  window.__hfd.tellPlayback = () => {
    for (const element of asked) if (isHeld(element)) tell(element);
  };
}
