// Timers of a page or a worker: held, and run when their time is reached, each at its own. A
// function that puts them into *scope*; *call* calls back, *onHeld* is told when one waits.
(scope, call, onHeld) => {
  const timers = new Map();
  // Where timers stand: the frame's time; ahead of it only while the page gets ready.
  let reached = 0;
  let lastHandle = 0;
  let depth = 0;
  let order = 0;

  // As a browser: a whole number of milliseconds, and no less than four once they are nested.
  const delayOf = (delay, nested) => {
    const whole = Math.max(0, Math.trunc(Number(delay)) || 0);
    return nested >= 5 ? Math.max(4, whole) : whole;
  };
  const hold = (callback, delay, period, args) => {
    const run =
      typeof callback === "function"
        ? () => callback.apply(scope, args)
        : () => (0, eval)(String(callback));
    const handle = ++lastHandle;
    const nested = depth + 1;
    const due = reached + delayOf(delay, nested);
    timers.set(handle, { due, order: ++order, run, nested, period, delay });
    onHeld();
    return handle;
  };
  scope.setTimeout = (callback, delay, ...args) => hold(callback, delay, false, args);
  scope.setInterval = (callback, delay, ...args) => hold(callback, delay, true, args);
  scope.clearTimeout = scope.clearInterval = (handle) => {
    timers.delete(Number(handle));
  };

  if (scope.scheduler?.postTask) {
    const { scheduler } = scope;
    const postTask = scheduler.postTask.bind(scheduler);
    scheduler.postTask = (callback, { delay = 0, ...options } = {}) => {
      if (!(delay > 0)) return postTask(callback, options);
      return new Promise((done) => scope.setTimeout(done, delay)).then(() =>
        postTask(callback, options),
      );
    };
  }
  if (scope.AbortSignal?.timeout) {
    AbortSignal.timeout = (delay) => {
      const controller = new AbortController();
      const late = () => controller.abort(new DOMException("signal timed out", "TimeoutError"));
      scope.setTimeout(late, delay);
      return controller.signal;
    };
  }

  const first = (limit) => {
    let found = null;
    for (const [handle, timer] of timers) {
      if (timer.due > limit) continue;
      if (!found || timer.due < found.due || (timer.due === found.due && timer.order < found.order))
        found = { ...timer, handle };
    }
    return found;
  };
  return {
    nextDue: () => first(Infinity)?.due ?? Infinity,
    reached: () => reached,
    // The first timer that is due by *limit*; what it asks for may be due by then too. What is
    // held from then on is nested in it, until it has come to rest.
    fire(limit, onReached) {
      const timer = first(limit + 1e-6);
      if (!timer) return false;
      const { handle, period, run, nested } = timer;
      reached = Math.max(reached, timer.due);
      onReached(reached);
      if (!period) timers.delete(handle);
      depth = nested;
      call(run);
      if (period && timers.has(handle)) {
        const due = timer.due + Math.max(1, delayOf(timer.delay, nested));
        timers.set(handle, { ...timer, due, order: ++order, nested: nested + 1 });
      }
      return true;
    },
    rest() {
      depth = 0;
    },
    // Nothing is due by *ms* any more.
    reach(ms) {
      reached = Math.max(reached, ms);
    },
    // What is waited for, is waited for from here, which is *ms*.
    begin(ms) {
      for (const timer of timers.values()) timer.due = Math.max(0, timer.due - reached) + ms;
      reached = ms;
    },
  };
}
