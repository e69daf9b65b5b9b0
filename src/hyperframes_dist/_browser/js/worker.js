// A worker's clock, dice and timers. It stands at the time its page told it last; told another
// one, it does what was due by then, each at its own time, and answers what is due next. What
// it is sent meanwhile waits. Given to every worker before its own script.
(dice, timers, readTime, hideMachine) => {
  const AT = "__hfTime";
  const post = self.postMessage.bind(self);
  // Who does nothing but look at the clock waits for it to go on.
  const PATIENT = 1000;
  let told = 0;
  let looks = 0;
  const now = () => told + Math.max(0, ++looks - PATIENT) / 1000;
  const stand = (ms) => {
    told = ms;
    looks = 0;
  };

  hideMachine(self, readTime(self, now));

  const seed = dice();

  // A task of its own for each, so that what one has promised comes before the next one.
  const { port1, port2 } = new MessageChannel();
  const waiting = [];
  port1.onmessage = () => waiting.shift()();
  const task = () =>
    new Promise((done) => {
      waiting.push(done);
      port2.postMessage(0);
    });

  const call = (callback, ...args) => {
    try {
      callback(...args);
    } catch (error) {
      self.reportError(error);
    }
  };
  let isBusy = false;
  let isPumping = false;
  const say = (facts) => post({ [AT]: { due: later.nextDue(), ...facts } });
  const fireUntil = async (ms) => {
    while (later.fire(ms, stand)) {
      await task(); // Whoever awaits a timer goes on as a part of it.
      later.rest();
    }
  };
  // What is due at once does not wait to be told a time.
  const pump = async () => {
    isPumping = true;
    await task();
    if (!isBusy) await fireUntil(told);
    isPumping = false;
    if (!isBusy) say({});
  };
  const later = timers(self, call, () => {
    if (!isBusy && !isPumping) pump();
  });
  let queue = new Map();
  let lastHandle = 0;
  self.requestAnimationFrame = (callback) => {
    queue.set(++lastHandle, callback);
    return lastHandle;
  };
  self.cancelAnimationFrame = (handle) => {
    queue.delete(handle);
  };

  const move = async ({ [AT]: ms, isAnew, isFrame, isAsked }) => {
    if (isAnew) later.begin(ms);
    await fireUntil(ms);
    if (!isAsked) {
      later.reach(ms);
      stand(ms);
      seed(ms);
    }
    if (isFrame) {
      const due = queue;
      queue = new Map();
      for (const callback of due.values()) call(callback, ms);
      await task();
      await fireUntil(ms);
    }
    say({ isAnswer: true });
  };
  const inbox = [];
  const passed = new WeakSet();
  // What it asks for may be due at once, or be what the page has to wait for.
  const hear = async ({ data, origin, lastEventId, ports }) => {
    const again = new MessageEvent("message", { data, origin, lastEventId, ports });
    passed.add(again);
    self.dispatchEvent(again);
    await task();
    await fireUntil(told);
    say({});
  };
  const work = async () => {
    isBusy = true;
    while (inbox.length) {
      const next = inbox.shift();
      await (next instanceof MessageEvent ? hear(next) : move(next));
    }
    isBusy = false;
  };
  self.addEventListener("message", (event) => {
    later.rest();
    const isTime = typeof event.data?.[AT] === "number";
    if (passed.has(event) || !(isTime || isBusy)) return;
    event.stopImmediatePropagation();
    inbox.push(isTime ? event.data : event);
    if (!isBusy) work();
  });

  const close = self.close.bind(self);
  self.close = () => {
    say({ isEnded: true });
    close();
  };
  // Done when nothing is left to do that is due.
  const settled = async () => {
    do await task();
    while (isBusy || isPumping);
  };
  Object.defineProperty(self, "__hfSettled", { value: settled });
}
