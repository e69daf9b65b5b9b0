// The page's clock and dice: what a script reads is the frame's time, never the machine's, and
// what it asks for later comes with the frame at which it is due. Given to every document
// before any of its scripts; knows nothing of compositions.
(dice, timers, svgClock, underWay, workers) => {
  const scope = globalThis;
  if (scope.__HF_VIRTUAL_TIME__) return;
  const realDate = Date;
  const native = {
    requestAnimationFrame: scope.requestAnimationFrame?.bind(scope),
    setTimeout: scope.setTimeout.bind(scope),
    performanceNow: performance.now.bind(performance),
    MessageChannel: scope.MessageChannel,
    postTask: scope.scheduler?.postTask?.bind(scope.scheduler),
  };
  // Who called: the first script of the stack that has an address.
  const caller = () => /https?:\/\/[^\s)]+/.exec(new Error().stack)?.[0] ?? "";
  const isRuntime = () => caller().startsWith("https://composition.invalid/.hyperframes-dist/");
  let now = 0;
  const report = (error) => scope.reportError(error);
  const call = (callback, ...args) => {
    try {
      callback(...args);
    } catch (error) {
      report(error);
    }
  };

  // --- What is read -------------------------------------------------------------------

  class VirtualDate extends realDate {
    constructor(...args) {
      super(...(args.length ? args : [now]));
    }
    static now() {
      return now;
    }
  }
  // Date() called as a function gives a string, which a class cannot do.
  scope.Date = new Proxy(VirtualDate, {
    apply: () => new VirtualDate().toString(),
  });
  VirtualDate.prototype.constructor = scope.Date;

  const getter = (owner, name, get) => {
    if (owner && Object.getOwnPropertyDescriptor(owner, name)?.configurable)
      Object.defineProperty(owner, name, { configurable: true, enumerable: true, get });
  };
  performance.now = () => now;
  getter(Performance.prototype, "timeOrigin", () => 0);
  getter(scope.Event?.prototype, "timeStamp", () => now);
  // Dates are formatted as of the frame where none is given.
  for (const name of ["format", "formatToParts"]) {
    const owner = Intl.DateTimeFormat.prototype;
    const own = Object.getOwnPropertyDescriptor(owner, name);
    const asOf = (date) => (date === undefined ? now : date);
    if (own.get)
      getter(owner, name, function () {
        const format = own.get.call(this);
        return (date) => format(asOf(date));
      });
    else {
      owner[name] = function (date) {
        return own.value.call(this, asOf(date));
      };
    }
  }
  if (scope.Temporal) {
    const zone = () => "UTC";
    const instant = () => Temporal.Instant.fromEpochMilliseconds(Math.floor(now));
    const dated = (timeZone = zone()) => instant().toZonedDateTimeISO(timeZone);
    Object.assign(Temporal.Now, {
      instant,
      timeZoneId: zone,
      zonedDateTimeISO: dated,
      plainDateTimeISO: (timeZone) => dated(timeZone).toPlainDateTime(),
      plainDateISO: (timeZone) => dated(timeZone).toPlainDate(),
      plainTimeISO: (timeZone) => dated(timeZone).toPlainTime(),
    });
  }
  // A mark has the frame's time; what Chrome measures by itself has none.
  const mark = performance.mark.bind(performance);
  performance.mark = (name, options) => mark(name, { startTime: now, ...options });
  const measure = performance.measure.bind(performance);
  performance.measure = (name, from, to) => {
    if (typeof from === "object" && from !== null)
      return measure(name, "end" in from || "duration" in from ? from : { ...from, end: now });
    return measure(name, { start: from ?? 0, end: to ?? now });
  };
  const ours = new Set(["mark", "measure"]);
  for (const name of ["startTime", "duration"]) {
    const own = Object.getOwnPropertyDescriptor(PerformanceEntry.prototype, name).get;
    getter(PerformanceEntry.prototype, name, function () {
      return ours.has(this.entryType) ? own.call(this) : 0;
    });
  }
  // How long Chrome took to paint, and for what, is nobody's measure here.
  const told = new Set([...ours, "navigation", "resource"]);
  for (const name of ["getEntries", "getEntriesByType", "getEntriesByName"]) {
    const own = Performance.prototype[name];
    Performance.prototype[name] = function (...args) {
      return own.apply(this, args).filter((entry) => told.has(entry.entryType));
    };
  }
  const observe = scope.PerformanceObserver?.prototype.observe;
  if (observe)
    PerformanceObserver.prototype.observe = function (options = {}) {
      const { type, entryTypes, ...rest } = options;
      if (type !== undefined ? !told.has(type) : entryTypes && !entryTypes.some((each) => told.has(each)))
        return;
      if (type !== undefined || !entryTypes) observe.call(this, options);
      else observe.call(this, { ...rest, entryTypes: [...entryTypes].filter((each) => told.has(each)) });
    };
  for (const [name, value] of Object.entries({ effectiveType: "4g", rtt: 50, downlink: 10 }))
    getter(scope.NetworkInformation?.prototype, name, () => value);
  getter(scope.Navigator?.prototype, "hardwareConcurrency", () => 4);

  // Animations begin by Chrome's own clock, whose zero is when the page was asked for. A script
  // sees the film's instead: where that is told, times on it are moved, read and written alike.
  let zero = null;
  if (scope.DocumentTimeline) {
    const moved = (value, by) => (typeof value === "number" && zero !== null ? value + by() : value);
    const timed = (animation) => animation.timeline instanceof DocumentTimeline;
    const time = Object.getOwnPropertyDescriptor(AnimationTimeline.prototype, "currentTime").get;
    getter(AnimationTimeline.prototype, "currentTime", function () {
      if (!(this instanceof DocumentTimeline)) return time.call(this);
      return zero === null ? 0 : now;
    });
    const start = Object.getOwnPropertyDescriptor(Animation.prototype, "startTime");
    Object.defineProperty(Animation.prototype, "startTime", {
      ...start,
      get() {
        const value = start.get.call(this);
        return timed(this) ? moved(value, () => -zero) : value;
      },
      set(value) {
        start.set.call(this, timed(this) ? moved(value, () => zero) : value);
      },
    });
    native.timelineNow = () => time.call(document.timeline);
    // The page runtime pauses what it finds and sets its time; what is moved by scrolling, it
    // would stop.
    const { pause } = Animation.prototype;
    const current = Object.getOwnPropertyDescriptor(Animation.prototype, "currentTime");
    const isLeftAlone = (animation) => !timed(animation) && isRuntime();
    Animation.prototype.pause = function () {
      if (!isLeftAlone(this)) pause.call(this);
    };
    Object.defineProperty(Animation.prototype, "currentTime", {
      ...current,
      set(value) {
        if (!isLeftAlone(this)) current.set.call(this, value);
      },
    });
  }

  // --- SVG's own clock ----------------------------------------------------------------

  const shapes = svgClock(scope, native, () => now, () => begun);

  // --- What comes later ---------------------------------------------------------------

  let queue = new Map();
  let idle = new Map();
  let lastHandle = 0;
  let begun = false;
  const later = timers(scope, call, () => {});

  scope.requestAnimationFrame = (callback) => {
    queue.set(++lastHandle, callback);
    return lastHandle;
  };
  scope.cancelAnimationFrame = (handle) => {
    queue.delete(handle);
  };

  scope.requestIdleCallback = (callback) => {
    idle.set(++lastHandle, callback);
    return lastHandle;
  };
  scope.cancelIdleCallback = (handle) => {
    idle.delete(handle);
  };

  // --- What is under way --------------------------------------------------------------

  const work = underWay(scope, native, call, (what) => want(what));
  const crew = workers(scope, () => now, work);

  // --- What a frame owes --------------------------------------------------------------

  // Whether a page wants more of a frame than that its time is reached: to be drawn, to have
  // what it posted done, to be told of what it sees. Of most pages it never comes true, and
  // frames they are not drawn at cost them no more than their scripts. The page runtime, which
  // looks at the page for its editor, does not count.
  let wants = "";
  // And whether it has to be painted: what a transition of views leaves is a picture.
  let draws = false;
  // Transitions of views that have not begun, which takes them some draws.
  let views = 0;
  // What a script does once is over when the film begins; what it waits with is not.
  const did = (what) => {
    if (begun) want(what);
  };
  const want = (what) => {
    if (wants) return;
    // What has no address is the host's own.
    if (caller() && !isRuntime()) wants = what;
  };
  const noticed = (owner, names, what, tell = want) => {
    for (const name of names) {
      const own = owner && Object.getOwnPropertyDescriptor(owner, name);
      if (typeof own?.value === "function") {
        // To whoever asks it stays the browser's own, and is bound as such.
        owner[name] = new Proxy(own.value, {
          apply: (original, self, args) => {
            tell(what);
            return Reflect.apply(original, self, args);
          },
        });
      } else if (own?.configurable && (own.set || own.get)) {
        Object.defineProperty(owner, name, {
          ...own,
          get: own.get,
          set: own.set && function (value) {
            tell(what);
            if (this instanceof Animation) expectEnd(this);
            own.set.call(this, value);
          },
        });
      }
    }
  };
  // Between segments the page is hidden for a moment, of which it is not to know: what is then
  // out of sight, and after it where it was, has not moved.
  let hidden = false;
  const held = new Map();
  const unmoved = (callback) => {
    if (typeof callback !== "function") return callback;
    const told = new WeakMap();
    const isNews = ({ target, isIntersecting, intersectionRatio }) => {
      const state = `${isIntersecting} ${intersectionRatio}`;
      if (told.get(target) === state) return false;
      told.set(target, state);
      return true;
    };
    const tell = (entries, observer) => {
      const news = entries.filter(isNews);
      if (news.length) callback.call(observer, news, observer);
    };
    return (entries, observer) => {
      // What is observed anew is told again, though nothing has moved.
      if (!hidden) {
        entries.forEach(isNews);
        return callback.call(observer, entries, observer);
      }
      const last = held.get(observer)?.last ?? new Map();
      for (const entry of entries) last.set(entry.target, entry);
      held.set(observer, { last, tell });
    };
  };
  const hide = (is) => {
    hidden = is;
    if (hidden) return;
    for (const [observer, { last, tell }] of held)
      call(() => tell([...last.values()], observer));
    held.clear();
  };
  // Animations whose end somebody waits for.
  const awaited = new WeakSet();
  let isAnyAwaited = false;
  const expectEnd = (animation) => {
    isAnyAwaited = true;
    awaited.add(animation);
  };
  const asked = (owner, names, what) => {
    for (const name of names) {
      const own = owner && Object.getOwnPropertyDescriptor(owner, name);
      if (own?.get)
        Object.defineProperty(owner, name, {
          ...own,
          get() { want(what); expectEnd(this); return own.get.call(this); },
        });
    }
  };
  for (const name of ["IntersectionObserver", "ResizeObserver", "PerformanceObserver",
    "Worker", "MessageChannel", "BroadcastChannel", "FileReader"]) {
    const original = scope[name];
    if (original)
      scope[name] = class extends original {
        constructor(...args) {
          want(name);
          if (name === "IntersectionObserver") args[0] = unmoved(args[0]);
          super(...args);
        }
      };
    if (original) Object.defineProperty(scope[name], "name", { value: name });
  }
  const elements = [Element.prototype, HTMLElement.prototype, SVGElement.prototype];
  const handled = ["animationstart", "animationend", "animationiteration", "animationcancel",
    "transitionrun", "transitionstart", "transitionend", "transitioncancel", "scroll",
    "scrollend", "toggle", "beforetoggle", "contentvisibilityautostatechange",
    "scrollsnapchange", "finish", "cancel", "remove", "message", "slotchange", "select",
    "focus", "blur", "close", "webkitAnimationEnd", "webkitTransitionEnd"];
  const types = new Set(handled);
  EventTarget.prototype.addEventListener = new Proxy(
    EventTarget.prototype.addEventListener,
    {
      apply: (listen, self, args) => {
        if (types.has(args[0]) && self !== scope) want(`the event ${args[0]}`);
        if (self instanceof Animation) expectEnd(self);
        return Reflect.apply(listen, self, args);
      },
    },
  );
  const handlers = handled.map((type) => `on${type}`);
  for (const owner of [...elements, Animation.prototype, Document.prototype])
    noticed(owner, handlers, "an event's handler");
  noticed(scope, ["fetch", "postMessage"], "what is posted", did);
  noticed(scope.XMLHttpRequest?.prototype, ["send"], "what is asked for", did);
  noticed(scope.HTMLImageElement?.prototype, ["src", "srcset"], "an image that loads", did);
  noticed(scope.SVGImageElement?.prototype, ["decode"], "an image that loads", did);
  noticed(scope.Scheduler?.prototype, ["yield"], "what is posted", did);
  noticed(scope.scheduler, ["postTask"], "what is posted", did);
  noticed(Element.prototype, ["attachShadow"], "a shadow tree");
  for (const owner of [...elements, scope])
    noticed(owner, ["scroll", "scrollTo", "scrollBy", "scrollIntoView"], "scrolling", did);
  noticed(Element.prototype, ["scrollTop", "scrollLeft"], "scrolling", did);
  noticed(HTMLElement.prototype, ["showPopover", "hidePopover", "togglePopover", "focus"], "a popover");
  noticed(scope.HTMLDialogElement?.prototype, ["show", "showModal", "close"], "a dialog");
  // Styles within are looked at only where a frame is.
  noticed(scope.HTMLDetailsElement?.prototype, ["open"], "a <details>", did);
  const { startViewTransition } = Document.prototype;
  if (startViewTransition)
    Document.prototype.startViewTransition = new Proxy(startViewTransition, {
      apply(start, self, args) {
        want("a view transition");
        const transition = Reflect.apply(start, self, args);
        draws = true;
        views++;
        const isThere = () => {
          views--;
        };
        transition.ready.then(isThere, isThere);
        return transition;
      },
    });
  asked(Animation.prototype, ["finished", "ready"], "an animation's end");
  // What is found in the document, not asked for by a script.
  const MOVING = "animate, animateTransform, animateMotion, set, marquee, iframe, " +
    "object, embed, progress, [popover], dialog, [onanimationend], [ontransitionend], [onscroll]";
  const findWants = () => {
    if (wants) return wants;
    const moving = document.querySelector(MOVING);
    if (moving) wants = `<${moving.localName}>`;
    else if (work.pending || crew.hasSent()) wants = "work under way";
    else if ([...document.querySelectorAll("*")].some((element) => element.shadowRoot))
      wants = "a shadow tree";
    return wants;
  };

  // A sound card keeps the machine's time, and playing nothing to nobody takes processors
  // too. What is heard is mixed from the media elements while planning.
  if (scope.AudioContext) {
    scope.AudioContext = class AudioContext extends scope.AudioContext {
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

  // A film is visited once and by one page, and what a service worker answers instead of the
  // door is settled by a race: there are none, and a page that asks finds that out.
  delete scope.Navigator?.prototype.serviceWorker;
  delete scope.SharedWorker;
  // What a worker draws comes when it comes, which no frame can wait for: a page that asks
  // whether it may hand a canvas over draws itself.
  delete scope.HTMLCanvasElement?.prototype.transferControlToOffscreen;

  // --- Dice ---------------------------------------------------------------------------

  const seed = dice();

  // --- Who moves it -------------------------------------------------------------------

  const setTime = (ms) => {
    now = ms;
    seed(ms);
  };
  // The frame's time is reached: what the page wanted to be called back for is called.
  const seekToTime = (ms) => {
    setTime(ms);
    const due = queue;
    queue = new Map();
    for (const [, callback] of due) call(callback, ms);
    shapes.move();
  };
  const runIdle = () => {
    const due = idle;
    idle = new Map();
    const deadline = { didTimeout: false, timeRemaining: () => 10 };
    for (const [, callback] of due) call(callback, deadline);
  };
  // The film begins: what the page waits for, it waits for from here. A document that comes
  // later begins at the time it finds.
  const begin = (ms) => {
    if (begun) return;
    begun = true;
    later.begin(ms);
    now = ms;
    crew.begin();
    zero = (native.timelineNow?.() ?? 0) - ms;
  };
  // Timers run up to *ms*, each at its own time.
  const fireUntil = (ms) => {
    const isFired = later.fire(ms, (reached) => {
      now = reached;
    });
    later.rest();
    if (!isFired) later.reach(ms);
    return isFired;
  };
  const fireNext = () => {
    const isFired = later.fire(later.nextDue(), () => {});
    later.rest();
    return isFired;
  };
  Object.defineProperty(scope, "__HF_VIRTUAL_TIME__", {
    value: Object.freeze({
      setTime,
      seekToTime,
      runIdle,
      begin,
      fireUntil,
      fireNext,
      nextDue: later.nextDue,
      reached: later.reached,
      pending: () => work.pending,
      sent: crew.sent,
      workers: crew.members,
      tell: crew.tell,
      isRuntime,
      isAwaited: (animation) => awaited.has(animation),
      isAnyAwaited: () => isAnyAwaited,
      wants: () => wants,
      draws: () => draws || document.getElementsByTagName("marquee").length > 0,
      views: () => views,
      beginShapes: () => shapes.begin(),
      meetShapes: () => shapes.meet(),
      findWants,
      hide,
      notice: (what) => {
        wants = wants || what;
      },
      getTime: () => now,
      native,
    }),
  });
}
