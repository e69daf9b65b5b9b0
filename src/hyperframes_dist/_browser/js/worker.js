// A worker's clock and dice: the time of the frame it was last sent something in, which its page
// says before what it sends. Given to every worker before its own script. Its timers go by
// Chrome's time, which is granted.
(dice) => {
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

  const seed = dice();

  self.addEventListener("message", (event) => {
    const ms = event.data?.[SAID];
    if (typeof ms !== "number") return;
    event.stopImmediatePropagation();
    told = ms;
    looks = 0;
    seed(ms);
  });
}
