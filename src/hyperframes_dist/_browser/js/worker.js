// A worker's clock and dice: the time of the frame it was last sent something in, which its page
// says before what it sends. Given to every worker before its own script. Its timers go by
// Chrome's time, which is granted.
(() => {
  const SAID = "__hfTime";
  const realDate = Date;
  // Who does nothing but look at the clock waits for it to go on.
  const PATIENT = 1000;
  let told = 0;
  let looks = 0;
  const now = () => told + Math.max(0, ++looks - PATIENT) / 1000;

  class VirtualDate extends realDate {
    constructor(...args) {
      super(...(args.length ? args : [now()]));
    }
    static now() {
      return Math.floor(now());
    }
  }
  self.Date = new Proxy(VirtualDate, { apply: () => new VirtualDate().toString() });
  VirtualDate.prototype.constructor = self.Date;
  performance.now = now;
  const fixed = (owner, name, value) =>
    owner && Object.defineProperty(owner, name, { configurable: true, get: () => value });
  fixed(Performance.prototype, "timeOrigin", 0);
  fixed(WorkerNavigator.prototype, "hardwareConcurrency", 4);

  // As the page's own: what is drawn depends on when, and not on what was drawn before.
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
  seed(0);
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

  self.addEventListener("message", (event) => {
    const ms = event.data?.[SAID];
    if (typeof ms !== "number") return;
    event.stopImmediatePropagation();
    told = ms;
    looks = 0;
    seed(ms);
  });
})();
