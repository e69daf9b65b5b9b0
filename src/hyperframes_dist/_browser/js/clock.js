// The page's clock and dice: what a script reads is the frame's time, never the machine's.
// Given to every document before any of its scripts. Timers stay real: pages use them to
// load, and a page may not draw from them (see docs/limits.md).
(() => {
  if (window.__HF_VIRTUAL_TIME__) return;
  const realDate = Date;
  const native = {
    requestAnimationFrame: window.requestAnimationFrame.bind(window),
    setTimeout: window.setTimeout.bind(window),
    performanceNow: performance.now.bind(performance),
  };
  let now = 0;
  let queue = new Map();
  let lastHandle = 0;

  class VirtualDate extends realDate {
    constructor(...args) {
      super(...(args.length ? args : [now]));
    }
    static now() {
      return now;
    }
  }
  // Date() called as a function gives a string, which a class cannot do.
  window.Date = new Proxy(VirtualDate, {
    apply: () => new VirtualDate().toString(),
  });
  VirtualDate.prototype.constructor = window.Date;
  performance.now = () => now;

  window.requestAnimationFrame = (callback) => {
    queue.set(++lastHandle, callback);
    return lastHandle;
  };
  window.cancelAnimationFrame = (handle) => {
    queue.delete(handle);
  };

  // A sound card keeps the machine's time, and playing nothing to nobody takes processors
  // too. What is heard is mixed from the media elements while planning.
  if (window.AudioContext) {
    window.AudioContext = class AudioContext extends window.AudioContext {
      constructor(...args) {
        super(...args);
        super.suspend().catch(() => {});
      }
      get currentTime() {
        return now / 1000;
      }
      async resume() {}
    };
  }

  // Mulberry32, seeded by the frame's time: a value depends on when it is drawn, not on
  // which frames this worker has visited before.
  let state = 0;
  const seed = (ms) => {
    state = (Math.imul(Math.floor(ms), -1640531527) + 0x9e3779b9) | 0;
  };
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let z = Math.imul(state ^ (state >>> 15), 1 | state);
    z = (z + Math.imul(z ^ (z >>> 7), 61 | z)) ^ z;
    return (z ^ (z >>> 14)) >>> 0;
  };
  Math.random = () => next() / 4294967296;
  crypto.getRandomValues = (array) => {
    const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
    for (let i = 0; i < bytes.length; i++) bytes[i] = next() & 255;
    return array;
  };
  crypto.randomUUID = () => {
    const b = crypto.getRandomValues(new Uint8Array(16));
    b[6] = (b[6] & 15) | 64;
    b[8] = (b[8] & 63) | 128;
    const hex = [...b].map((x) => x.toString(16).padStart(2, "0")).join("");
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
  };
  seed(0);

  const setTime = (ms) => {
    now = ms;
    seed(ms);
  };
  const seekToTime = (ms) => {
    setTime(ms);
    const due = queue;
    queue = new Map();
    for (const [handle, callback] of due) {
      try {
        callback(ms);
      } catch (error) {
        reportError(error);
      }
    }
  };
  Object.defineProperty(window, "__HF_VIRTUAL_TIME__", {
    value: { setTime, seekToTime, getTime: () => now, native },
  });
})();
