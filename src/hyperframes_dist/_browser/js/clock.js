// The page's clock and dice: what a script reads is the frame's time, never the machine's, and
// what it asks for later comes with the frame at which it is due. Given to every document
// before any of its scripts; knows nothing of compositions.
(dice, timers, readTime, hideMachine, svgClock, underWay, workers) => {
  const scope = globalThis;
  if (scope.__HF_VIRTUAL_TIME__) return;
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

  const getter = readTime(scope, () => now);
  hideMachine(scope, getter);

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
  // Animations whose end somebody waits for, and those that were told of it. An adapter that
  // puts one behind its end has it stand there, and it may be in no list any more.
  const awaited = new Set();
  const ended = new WeakSet();
  const expectEnd = (animation) => {
    if (!ended.has(animation)) awaited.add(animation);
  };
  const ROUNDING_MS = 0.001;
  const isOver = ({ playState, playbackRate, currentTime, effect }) => {
    if (playState !== "paused" || !effect) return false;
    if (playbackRate < 0) return currentTime <= ROUNDING_MS;
    return currentTime >= effect.getComputedTiming().endTime - ROUNDING_MS;
  };
  const endAwaited = () => {
    for (const animation of awaited) {
      const isTold = animation.playState === "finished";
      if (!isTold && !isOver(animation)) continue;
      awaited.delete(animation);
      ended.add(animation);
      if (!isTold) animation.finish();
    }
  };
  const asked = (owner, names, what) => {
    for (const name of names) {
      const own = owner && Object.getOwnPropertyDescriptor(owner, name);
      if (own?.get)
        Object.defineProperty(owner, name, {
          ...own,
          get() {
            want(what);
            expectEnd(this);
            const isTold = name === "finished" && ended.has(this) && isOver(this);
            return isTold ? Promise.resolve(this) : own.get.call(this);
          },
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
      getOutputTimestamp() {
        return { contextTime: now / 1000, performanceTime: now };
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
      endAwaited,
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
