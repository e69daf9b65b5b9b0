// Between the renderer and the page: when is it ready, what is it, show frame i.
// A function of the plan's facts; called once per document, after clock.js.
(config) => {
  const { native, setTime } = window.__HF_VIRTUAL_TIME__;
  const { endAwaited, notice, wants, findWants } = window.__HF_VIRTUAL_TIME__;
  const { postTask } = native;
  const { decode } = HTMLImageElement.prototype;
  // A frame is drawn at several ticks where a shutter is open; all of them are on one grid, and
  // what is called a frame here is a tick of it.
  const { ticks, grid, opens, step } = config;
  const shownIn = (tick) => Math.floor(tick / ticks);
  const part = (tick) => shownIn(tick) * grid + opens + (tick % ticks) * step;
  const inFilm = (part) => (config.last === null ? part : Math.min(Math.max(part, 0), config.last));
  const seconds = (tick) => (inFilm(part(tick)) * config.rateDenominator) / config.rateNumerator;
  window.__HF_RENDER_CAPTURE_MODE = true;
  window.__HF_EXPORT_RENDER_SEEK_CONFIG = {
    mode: "strict-boundary",
    fps: config.rateNumerator / config.rateDenominator,
    fpsSource: "explicit",
    owner: "runtime",
  };
  window.__hfVariables = config.variables;
  window.__hf = window.__hf || {};
  window.__timelines = window.__timelines || {};
  // What begins with the document looks at sizes: the page runtime gives a clip without one
  // its parent's. Whether an image is there by then would be the machine's matter, so the
  // beginning waits for the images; an image that does not come is reported above.
  const pendingImages = () => [...document.images].filter((image) => !image.complete);
  const beginWithImages = (event) => {
    for (const image of pendingImages()) image.loading = "eager";
    if (!pendingImages().length) return;
    event.stopImmediatePropagation();
    const told = new AbortController();
    const begin = () => {
      told.abort();
      document.dispatchEvent(new Event(event.type, { bubbles: true }));
    };
    const look = () => {
      if (!pendingImages().length) begin();
    };
    for (const type of ["load", "error"])
      document.addEventListener(type, look, { capture: true, signal: told.signal });
    window.addEventListener("load", begin, { signal: told.signal });
  };
  window.addEventListener("DOMContentLoaded", beginWithImages, { capture: true, once: true });
  if (window.top !== window) return;

  if (config.transparent) {
    // What the format promises for outputs with alpha: the document's ground is not drawn. A
    // composition's is: it is part of the picture, and a nested one may be a coloured card.
    const ground = new CSSStyleSheet();
    ground.replaceSync("html, body { background: transparent !important }");
    document.adoptedStyleSheets = [ground];
  }

  // The page and the documents in it that can be moved.
  const views = function* (view) {
    yield view;
    // Those of <iframe>, <object> and <embed>; it is asked for at every turn.
    for (let index = 0; index < view.length; index++) {
      const child = view[index];
      let inside = null;
      try {
        inside = child.document;
      } catch {
        continue; // Another origin; sealed pages have none that answers.
      }
      if (inside) yield* views(child);
    }
  };
  const clocks = () =>
    [...views(window)].map((view) => view.__HF_VIRTUAL_TIME__).filter(Boolean);

  // The renderer holds time: no task of the page runs but while it grants some. It says when
  // it has, and by then nothing is under way on the network and no task is left.
  const NEXT = { priority: "user-visible" };
  const LAST = { priority: "background" };
  let granted = [];
  let realMs = 0;
  let waitingFor = "";
  const grant = (ms) => {
    realMs = ms;
    const due = granted;
    granted = [];
    for (const go of due) go();
    // Whether it waits for more than turns: for another thread, or for something to come.
    return { what: waitingFor, elsewhere: waitingFor !== "" || isPending() };
  };
  const granting = () => new Promise((done) => granted.push(done));
  const isPending = () => clocks().some((clock) => clock.pending());
  // Time goes on only when nothing is under way on the network and no task is left.
  const idle = () => postTask(() => {}, { delay: 1 });
  // The lowest task there is comes after all that were posted, and after what they posted.
  const drained = async () => {
    await postTask(() => {}, LAST);
    while (isPending()) await granting();
  };

  // While the page gets ready, it is given what it waits for as soon as nothing else is going
  // on: how long it takes is the machine's matter, in which order it comes is not.
  const STUCK = 300;
  const FRUITLESS = 3;
  const isIdle = () => document.readyState === "complete" && !isPending() && !pendingImages().length;
  const first = () => {
    const all = clocks();
    const due = Math.min(...all.map((clock) => clock.nextDue()));
    return { due, clock: all.find((clock) => clock.nextDue() === due) };
  };
  // Of all that the page and its workers wait for, what is due first happens, if by *limit*.
  const fireFirst = (limit) => {
    const { due, clock } = first();
    const members = clocks().flatMap((each) =>
      each.workers().map((member) => ({ ...member, clock: each })),
    );
    const soonest = Math.min(due, ...members.map((member) => member.due));
    if (soonest > limit || soonest === Infinity) return false;
    if (due === soonest) return clock.fireNext();
    const member = members.find((each) => each.due === soonest);
    member.clock.tell(member.worker, soonest);
    return true;
  };
  const runFrame = (t) => {
    for (const clock of clocks()) clock.seekToTime(t);
  };
  // A document is not loaded before its shapes from other files (<use href="icons.svg#a">) are
  // there, which Chrome takes from what has come when it computes styles.
  const bringShapes = () => {
    if (document.readyState !== "interactive") return;
    const isOutside = ({ href }) => href.baseVal && !href.baseVal.startsWith("#");
    if ([...document.querySelectorAll("use")].some(isOutside)) void document.body.offsetHeight;
  };
  // No page waits longer for itself.
  const GRACE = 300;
  const LATEST = 30000;
  const need = async (test, what) => {
    const limit = reached() + LATEST;
    if (!(await until(test, what, limit))) throw new Error(what);
  };
  const reached = () => Math.max(...clocks().map((clock) => clock.reached()));
  // Whether *test* came true before the page stood at *limit* milliseconds, or for good.
  const until = async (test, what, limit) => {
    for (let stuck = 0; !test() && stuck < STUCK; ) {
      waitingFor = what;
      await granting();
      if (test()) break;
      bringShapes();
      if (!isIdle()) continue;
      if (fireFirst(limit)) stuck = 0;
      // A page may want to be drawn before it goes on.
      else if (++stuck > FRUITLESS) runFrame(0);
    }
    waitingFor = "";
    return test();
  };
  // What a promise of the page's own comes to, which may wait for the page's timers.
  const come = async (work, what) => {
    let done = false;
    const end = () => {
      done = true;
    };
    Promise.resolve(work).then(end, end);
    await need(() => done, what);
    return work;
  };
  const ownSeek = () => window.__hf && typeof window.__hf.seek === "function";
  const hasRuntime = () => window.__player && window.__player.renderSeek;
  const root = () =>
    document.querySelector('[data-composition-id][data-root="true"]') ||
    document.querySelector("[data-composition-id]");
  let own = false;
  const position = () => (own ? window.__hf : window.__player);

  // The page runtime takes a list of one timeline for the root's, and forgets what is put into
  // a list by name. Who made a list or a Map of the registry finds there what has a name.
  const namesIn = (registry) => {
    const rows = Object.entries(registry);
    if (registry instanceof Map) return [...registry, ...rows];
    if (!Array.isArray(registry)) return [];
    const named = rows.map(([key, one]) => [/^\d+$/.test(key) ? one?.vars?.id : key, one]);
    return named.filter(([name]) => typeof name === "string");
  };
  const nameTimelines = () => {
    const named = namesIn(window.__timelines ?? {});
    if (named.length) window.__timelines = Object.fromEntries(named);
  };
  window.addEventListener("DOMContentLoaded", nameTimelines, { capture: true });

  // Every composition that promises a timeline must have registered it, or its tweens
  // would silently stand still.
  const missing = () =>
    [...document.querySelectorAll("[data-composition-id]:not([data-no-timeline])")]
      .map((node) => node.dataset.compositionId)
      .filter((id) => !window.__timelines || !window.__timelines[id]);

  // Names that are registered and belong to no element: a misspelt one stands among them.
  const strays = () => {
    if (!window.__timelines || Array.isArray(window.__timelines)) return [];
    const known = new Set();
    for (const node of document.querySelectorAll("[data-composition-id]"))
      known.add(node.dataset.compositionId).add(node.dataset.hfOriginalCompositionId);
    return Object.keys(window.__timelines).filter((name) => !known.has(name));
  };

  const settleTimelines = async () => {
    // At plan time: a page that loaded GSAP owes a timeline; one that did not (CSS, Web
    // Animations) gets a moment to prove otherwise. At chunk time the plan knows.
    // One that has a seek of its own owes none.
    const loaded = Boolean(window.gsap) && !ownSeek();
    const owed = config.timeline === null ? loaded : config.timeline;
    const patience = owed ? config.quietMs : GRACE;
    const whole = () => !missing().length;
    // Whatever registers gives the others as long again.
    for (let count = -1; ; ) {
      const found = Object.keys(window.__timelines || {}).length;
      if (whole() || found === count) break;
      count = found;
      const more = () => whole() || Object.keys(window.__timelines || {}).length > found;
      await until(more, "no timeline was registered", reached() + patience);
    }
    const absent = missing();
    if (owed && absent.length) refuseWithout(absent);
    return absent;
  };

  // A part that never moves needs no timeline of its own, as long as it is plain that none
  // was meant for it.
  const refuseWithout = (absent) => {
    const strange = strays();
    const main = root()?.dataset.compositionId;
    const name = absent.includes(main) ? main : absent[0];
    if (name === main || strange.length) {
      const found = strange.map((id) => `"${id}"`).join(", ");
      throw new Error(
        `no timeline was registered for composition "${name}"` +
          (found && `, but ${found} is`) +
          `; set window.__timelines["${name}"], or data-no-timeline on the element`,
      );
    }
    for (const id of absent)
      document
        .querySelector(`[data-composition-id="${CSS.escape(id)}"]:not([data-no-timeline])`)
        ?.setAttribute("data-no-timeline", "");
  };

  // A stand-in says how long a medium is, on which a clip's end and others' starts hang.
  const hasSource = (medium) =>
    medium.hasAttribute("src")
      ? Boolean(medium.getAttribute("src").trim())
      : [...medium.querySelectorAll("source[src]")].some(
          (source) =>
            source.getAttribute("src").trim() &&
            (!source.type || medium.canPlayType(source.type)),
        );
  const pendingMedia = () =>
    [...document.querySelectorAll("video, audio")].filter((medium) => {
      if (medium.preload === "none") medium.preload = "auto";
      // Of one whose last <source> has failed, that is all there is to tell.
      const failed = medium.error || medium.networkState === HTMLMediaElement.NETWORK_NO_SOURCE;
      return hasSource(medium) && !failed && medium.readyState < 1;
    });
  const settleMedia = async () => {
    const patience = realMs + config.mediaMs;
    while (pendingMedia().length && realMs < patience) {
      waitingFor = "a video or a sound has not come";
      await granting();
    }
    waitingFor = "";
  };
  // Chrome does not draw text anew whose first font was there while another of its list, which
  // some of its characters need, was not. Without kerning it does; so text of more than Latin
  // letters goes without where such a font came late. What is asked of other text stays.
  const MORE = /[^\u0000-\u024f\u2000-\u206f]/;
  const hasMore = ({ childNodes }) =>
    [...childNodes].some((node) => node.nodeType === Node.TEXT_NODE && MORE.test(node.data));
  const shapeAnew = () => {
    for (const element of document.querySelectorAll("*"))
      if (hasMore(element)) element.style?.setProperty("font-kerning", "none", "important");
  };
  const settleContent = async () => {
    for (let turn = 0; turn < 20; turn++) {
      // Asking for a size forces style and layout, which is what makes the page ask for
      // fonts and images it has not needed before.
      if (document.body) void document.body.offsetHeight;
      await settleMedia();
      const images = pendingImages();
      const isLate = document.fonts.status === "loading";
      if (!isLate && !images.length) return;
      await document.fonts.ready;
      if (isLate) shapeAnew();
      await Promise.all(images.map((image) => decode.call(image).catch(() => {})));
    }
  };

  // Kept and never shown. Chrome keeps an eighth of what it has allocated at hand for what it
  // allocates next; without this much, every layer that is drawn apart (a shadow under an
  // opacity) is given back to the system and asked for anew, page by page.
  const reserve = new OffscreenCanvas(2048, 2048).getContext("2d", { willReadFrequently: true });
  reserve.fillRect(0, 0, 1, 1);
  const kept = [reserve];
  const preload = (addresses) =>
    Promise.all(
      addresses.map((address) => {
        const image = new Image();
        image.src = address;
        kept.push(image);
        return decode.call(image).catch(() => {});
      }),
    );

  const duration = () => {
    const declared = Number(root()?.getAttribute("data-duration") ?? NaN);
    // What has no end is as long as there is: JSON has no word for it.
    const longest = Number.MAX_VALUE;
    if (declared > 0) return Math.min(declared, longest);
    const found = own ? window.__hf.duration : window.__player.getDuration();
    return Number.isFinite(Number(found)) ? Number(found) : 0;
  };

  const size = (name) => {
    const holder = root() || document.querySelector(`[data-${name}]`);
    return parseInt(holder?.dataset[name] ?? window.__hf?.[name] ?? "", 10) || 0;
  };

  const prepare = async () => {
    const loaded = () => document.readyState === "complete";
    await need(loaded, "not loaded");
    const started = () => hasRuntime() || !config.runtime;
    await need(started, "the page runtime did not start");
    // With a composition to show, a page's own seek is called besides the runtime's.
    own = Boolean(ownSeek()) && !config.runtime;
    if (!own && !hasRuntime())
      throw new Error(
        "no composition: the document has neither an element with data-composition-id " +
          "nor a window.__hf with duration and seek",
      );
    let absent = [];
    if (!own) {
      absent = await settleTimelines();
      window.__hfForceTimelineRebind?.();
      await need(() => window.__renderReady, "the page was not ready");
    }
    // A leap of time is where a worker begins, and no lag to be made up for bit by bit.
    window.gsap?.ticker?.lagSmoothing?.(0);
    if (window.__tailwindReady) await come(window.__tailwindReady, "Tailwind was not ready");
    await Promise.all([preload(config.preload), settleContent()]);
    window.__hfd.mediaElements();
    await window.__hfd.beginPictures?.();
    await window.__hfd.moveImages(0);
    await drained();
    return {
      id: own ? "" : (root()?.dataset.compositionId ?? ""),
      width: size("width"),
      height: size("height"),
      duration: duration(),
      timeline: !own && !absent.includes(root()?.dataset.compositionId),
      absent,
    };
  };

  const seekDocuments = (t) => {
    for (const view of views(window)) {
      if (view !== window) view.__player?.renderSeek?.(t);
      view.__HF_VIRTUAL_TIME__?.seekToTime(t * 1000);
    }
  };
  // What is due before the frame happens before it, each at its own time and in its own task.
  const runTimers = async (t) => {
    while (first().clock.fireUntil(t * 1000)) await postTask(() => {}, NEXT);
    for (const clock of clocks()) clock.fireUntil(t * 1000);
  };
  // Workers come to the frame one after the other, so that what they say comes in one order.
  const moveWorkers = async (t) => {
    for (const clock of clocks())
      for (const { worker } of clock.workers()) {
        clock.tell(worker, t * 1000, { isFrame: true });
        waitingFor = "a worker is not done with what it does";
        await drained();
        waitingFor = "";
      }
  };
  // A page that waits for itself while it seeks is given at once what it waits for.
  const waitOut = async (work, t) => {
    if (typeof work?.then !== "function") return work;
    let done = false;
    const end = () => {
      done = true;
    };
    work.then(end, end);
    await drained();
    while (!done) {
      await granting();
      if (done || isPending()) continue;
      runFrame(t * 1000);
      fireFirst(Infinity);
    }
    return work;
  };

  // A transition, or an animation whose class came late, is of no adapter: it begins with the
  // frame it was first drawn in, or is first seen in. So does one of an element that had another
  // before, which adapters count from the clip's beginning.
  const begun = new Map();
  const known = new WeakSet();
  let animated = new WeakSet();
  const isFree = (animation, document) =>
    animation.playState === "running" && animation.timeline === document.timeline;
  const isReplaced = (animation) =>
    animation instanceof CSSAnimation &&
    animation.timeline instanceof DocumentTimeline &&
    animated.has(animation.effect?.target);
  const animations = function* () {
    for (const { document } of views(window))
      for (const animation of document.getAnimations()) yield { animation, document };
  };
  const beginAnimation = (animation, t) => {
    begun.set(animation, t);
    notice("an animation that is begun late");
  };
  // What began after the last frame's seek was drawn with it, and has run since. At the
  // beginning everything is new, and the adapters' own.
  const tickBefore = (start, t, rate) => {
    if (ticks === 1) return t - Math.max(0, Math.round((t - start) * rate)) / rate;
    // Ticks are not evenly apart, and draws are a little after them.
    let tick = now;
    while (tick > 0 && timeOf(tick) > start - LEEWAY) tick--;
    return timeOf(tick);
  };
  const noteAnimations = (t, rate) => {
    for (const { animation, document } of animations()) {
      if (known.has(animation) || !isFree(animation, document)) continue;
      known.add(animation);
      beginAnimation(animation, tickBefore((animation.startTime ?? t * 1000) / 1000, t, rate));
    }
  };
  const holdAnimations = (t) => {
    const targets = new WeakSet();
    for (const { animation, document } of animations()) {
      if (animation.effect?.target) targets.add(animation.effect.target);
      if (known.has(animation)) continue;
      known.add(animation);
      if (isFree(animation, document) || isReplaced(animation)) beginAnimation(animation, t);
    }
    animated = targets;
    for (const [animation, start] of begun) {
      // One that an adapter put behind its end is in no list, and is not over.
      if (animation.playState === "idle" || window.__hfd.isSteered(animation))
        begun.delete(animation);
      else hold(animation, Math.round((t - start) * 1e6) / 1e3);
    }
  };
  const ROUNDING_MS = 0.001;
  const hold = (animation, now) => {
    const { endTime } = animation.effect.getComputedTiming();
    animation.pause();
    animation.currentTime = Math.min(now, endTime);
    if (now < endTime - ROUNDING_MS) return;
    animation.finish(); // Its event is due, and its styles.
    begun.delete(animation);
    const { target } = animation.effect;
    if (!isOver(animation)) return;
    if (!wereOver.has(target)) wereOver.set(target, new Set());
    wereOver.get(target).add(nameOf(animation));
  };

  let moved = false;
  // What lies over the page is made anew when it has been hidden, and what moves it begins
  // again: it goes on from where it was, or is over.
  const OVER = ":popover-open, :modal, :fullscreen";
  const nameOf = ({ effect, transitionProperty, animationName }) =>
    `${effect?.pseudoElement} ${transitionProperty ?? animationName}`;
  const isTimed = ({ timeline }) => timeline instanceof DocumentTimeline;
  // What is on its way out lies over the page still, and is not called open any more.
  let leaving = [];
  const liesOver = (element) =>
    Boolean(element?.closest?.(OVER)) || leaving.some((each) => each.contains(element));
  const isOver = ({ effect }) => liesOver(effect?.target);
  const wereOver = new WeakMap();
  const stopped = new Map();
  const stopAnimation = (animation, start) => {
    const { target } = animation.effect;
    if (!stopped.has(target)) stopped.set(target, new Map());
    const stood = { start };
    if (animation instanceof CSSTransition)
      Object.assign(stood, {
        property: animation.transitionProperty,
        keyframes: animation.effect.getKeyframes(),
        pseudoElement: animation.effect.pseudoElement,
        timing: animation.effect.getTiming(),
      });
    stopped.get(target).set(nameOf(animation), stood);
  };
  const stopAnimations = () => {
    stopped.clear();
    leaving = [...begun.keys()]
      .filter(({ transitionProperty }) => transitionProperty === "overlay")
      .map(({ effect }) => effect.target);
    if (!leaving.length && !document.querySelector(OVER)) return;
    for (const [animation, start] of begun)
      if (isOver(animation)) stopAnimation(animation, start);
    for (const { animation, document } of animations()) {
      if (!isOver(animation) || begun.has(animation)) continue;
      // What began with the last frame has run for no time.
      if (animation instanceof CSSTransition && isFree(animation, document))
        stopAnimation(animation, at);
      // A pseudo-element's is found anew by its element's adapter, and counted from there.
      else if (animation.effect.pseudoElement && isTimed(animation))
        stopAnimation(animation, at - (animation.currentTime ?? 0) / 1000);
    }
  };
  // A transition does not begin again by itself: what it changes is put back for a moment, and
  // then it does.
  const before = new CSSStyleSheet();
  const STRONG = ":root:not(#a#b#c#d)";
  const pathTo = (element) => {
    const steps = [];
    for (let each = element; each.parentElement; each = each.parentElement)
      steps.unshift(`:nth-child(${[...each.parentElement.children].indexOf(each) + 1})`);
    return [STRONG, ...steps].join(" > ");
  };
  const KEYS = ["offset", "computedOffset", "easing", "composite"];
  const ruleOf = ([target, { property, keyframes, pseudoElement }]) => {
    const [first] = keyframes;
    const key = Object.keys(first).find((each) => !KEYS.includes(each));
    const words = `transition: none !important; ${property}: ${first[key]} !important`;
    return `${pathTo(target)}${pseudoElement ?? ""} { ${words} }`;
  };
  const changeAgain = (changes) => {
    const computed = () => {
      for (const [target, { property, pseudoElement }] of changes)
        void getComputedStyle(target, pseudoElement).getPropertyValue(property);
    };
    const sheets = [...document.adoptedStyleSheets];
    before.replaceSync(changes.map(ruleOf).join("\n"));
    document.adoptedStyleSheets = [...sheets, before];
    computed();
    document.adoptedStyleSheets = sheets;
    computed();
  };
  // Nobody cancelled what was hidden, and it has begun once.
  const silent = new WeakMap();
  const onTold = (event) => {
    const { type, target, pseudoElement, propertyName, animationName } = event;
    const name = `${pseudoElement || null} ${propertyName ?? animationName}`;
    const isCancelled = type.endsWith("cancel") && veiled && liesOver(target);
    if (isCancelled || silent.get(target)?.delete(`${type} ${name}`))
      event.stopImmediatePropagation();
  };
  const BEGINS = ["animationstart", "transitionrun", "transitionstart"];
  for (const type of ["animationcancel", "transitioncancel", ...BEGINS])
    window.addEventListener(type, onTold, { capture: true });
  const goOn = (animation) => {
    const { target } = animation.effect;
    const name = nameOf(animation);
    const stood = stopped.get(target)?.get(name);
    if (!stood) return false;
    stopped.get(target).delete(name);
    if (stood.keyframes) {
      animation.effect.setKeyframes(stood.keyframes);
      animation.effect.updateTiming(stood.timing);
    }
    known.add(animation);
    begun.set(animation, stood.start);
    if (!silent.has(target)) silent.set(target, new Set());
    for (const type of BEGINS) silent.get(target).add(`${type} ${name}`);
    return true;
  };
  const resumeAnimations = () => {
    for (const { animation } of animations()) {
      if (known.has(animation) || !isOver(animation) || goOn(animation)) continue;
      const { target, pseudoElement } = animation.effect;
      const isEnded = pseudoElement || wereOver.get(target)?.has(nameOf(animation));
      known.add(animation);
      if (animation instanceof CSSTransition) animation.cancel();
      else if (isEnded && isTimed(animation)) animation.finish();
      // One that was made anew stays its adapter's; what had none before begins.
      else if (!animated.has(target)) known.delete(animation);
    }
    const changes = [...stopped].flatMap(([target, names]) =>
      [...names.values()]
        .filter(({ keyframes, property }) => keyframes && property !== "overlay")
        .map((each) => [target, each]),
    );
    if (!changes.length) return;
    changeAgain(changes);
    for (const { animation } of animations())
      if (!known.has(animation) && isOver(animation)) goOn(animation);
  };
  // What came into sight or went out of it meanwhile is told now, if it has.
  let veiled = false;
  const unveil = async () => {
    if (!veiled) return;
    await drained();
    if (stopped.size || document.querySelector(OVER)) resumeAnimations();
    for (const clock of clocks()) clock.hide(false);
    veiled = false;
  };
  // The page runtime goes on where a script of the page throws while it is sought, and tells
  // whoever asks it to. What it catches of its own accord is none of the page's.
  const OURS = `${location.origin}/.hyperframes-dist/`;
  const toldErrors = new Set();
  const isPages = (stack) =>
    stack.split("\n").some((line) => line.includes(location.origin) && !line.includes(OURS));
  const onSwallowed = ({ error }) => {
    if (!isPages(String(error?.stack)) || toldErrors.has(error.stack)) return;
    toldErrors.add(error.stack);
    reportError(error);
  };
  const listen = () => {
    for (const { __hf } of views(window))
      if (__hf && Object.isExtensible(__hf)) __hf.onSwallowed ??= onSwallowed;
  };

  const rate = config.rateNumerator / config.rateDenominator;
  const timeOf = (frame) => Math.floor(seconds(frame) * rate + 1e-9) / rate;
  // Half of what a draw is after its tick, by the renderer's clock.
  const LEEWAY = 0.00025;
  let now = 0;
  let at = 0;
  // Footage stands still while a shutter is open: a film of it shows its pictures, and not two
  // at once. A video that the frame itself does not show, but the one before, is as it is there
  // until the frame's own time; where the shutter is not open then, who draws has no such picture.
  const straddles = opens <= 0 && opens + (ticks - 1) * step >= 0;
  const near = (tick) => (straddles ? Math.floor(inFilm(part(tick)) / grid) : shownIn(tick));
  const footage = (tick) => [shownIn(tick), near(tick)];
  // What has come with this frame begins with it, documents too.
  const meet = () => {
    for (const clock of clocks()) {
      clock.begin(at * 1000);
      clock.meetShapes();
    }
  };
  const seek = async (frame) => {
    window.__hfd.onSeek?.();
    listen();
    await unveil();
    window.__hfd.releaseVideos?.();
    const t = timeOf(frame);
    now = frame;
    at = t;
    for (const clock of clocks()) clock.begin(t * 1000);
    await runTimers(t);
    // A callback of the timeline reads this frame's clock, not the last one's.
    setTime(t * 1000);
    if (clocks().some((clock) => clock.workers().length)) await moveWorkers(t);
    if (moved) noteAnimations(t, rate);
    moved = true;
    window.__hfd.presentVideos?.(...footage(frame));
    window.__hfd.tellPlayback();
    window.__hfd.hearStyles();
    if (!own) await waitOut(window.__player.renderSeek(t), t);
    // What an author's seek gives back may be a timeline, whose `then` waits for its end.
    const told = ownSeek() ? window.__hf.seek(t) : null;
    if (told instanceof Promise) await waitOut(told, t);
    seekDocuments(t);
    if (window.__hfWaitForSeekCompletion) await waitOut(window.__hfWaitForSeekCompletion(), t);
    holdAnimations(t);
    window.__hfd.steer(t * 1000);
    endAwaited();
    for (const clock of clocks()) clock.runIdle();
    meet();
    window.__hfd.mediaElements();
    window.__hfd.attachPictures?.();
  };

  // What the frame's callbacks posted and asked for has been done and has come.
  const settle = async () => {
    await drained();
    window.__hfd.releaseVideos?.(); // Their look is looked at anew.
    await window.__hfd.placePictures?.();
    await window.__hfd.moveImages(at);
    await settleContent();
    meet();
  };
  // What a frame owes the page besides: draws until something has begun, or to be drawn at all.
  const owes = () => {
    const all = clocks();
    if (all.some((clock) => clock.views())) return "views";
    return all.some((clock) => clock.draws()) ? "draws" : "";
  };
  const show = async (frame, next) => {
    await window.__hfd.preparePictures?.(...footage(frame));
    await window.__hfd.moveImages(timeOf(frame));
    await seek(frame);
    await settle();
    if (next !== undefined) window.__hfd.expectPictures?.(...footage(next));
    return owes();
  };
  const sent = () => clocks().reduce((sum, clock) => sum + clock.sent(), 0);

  // A frame on the way to another one: all a frame is but its picture.
  const pass = async (frame) => {
    await window.__hfd.preparePaint?.(...footage(frame));
    await window.__hfd.moveDrawn(timeOf(frame));
    await seek(frame);
    await drained();
    meet();
    return owes();
  };
  // As far as frames owe the page no more than their time. The last one has been reached, and
  // owes the rest where that has come true.
  const skim = async (start, stop) => {
    for (let frame = start; frame < stop; frame++) {
      if (findWants()) return { next: frame, owes: false };
      await window.__hfd.preparePaint?.(...footage(frame));
      await window.__hfd.moveDrawn(timeOf(frame));
      await seek(frame);
      void getComputedStyle(document.documentElement).opacity;
      if (!wants()) continue;
      await drained();
      return { next: frame + 1, owes: true };
    }
    return { next: stop, owes: false };
  };
  // On the way of a jump, and at plan time, where nothing is drawn: the timeline alone.
  const visit = async (frames) => {
    for (const frame of frames) {
      await window.__hfd.preparePaint?.(...footage(frame));
      await window.__hfd.moveDrawn(timeOf(frame));
      await seek(frame);
      void getComputedStyle(document.documentElement).opacity;
    }
  };

  // The film begins with the next draw.
  const begin = () =>
    native.requestAnimationFrame(() => {
      for (const clock of clocks()) clock.beginShapes();
    });

  // Skipped contents lose their layers and tiles but keep layout, scripts and animations.
  const curtain = new CSSStyleSheet();
  curtain.replaceSync(":root { content-visibility: hidden !important }");
  const hide = (hidden) => {
    if (hidden && !veiled) stopAnimations();
    veiled ||= hidden;
    if (hidden) for (const clock of clocks()) clock.hide(true);
    const others = document.adoptedStyleSheets.filter((sheet) => sheet !== curtain);
    document.adoptedStyleSheets = hidden ? [...others, curtain] : others;
  };

  // At plan time: what does the page ask for on its way?
  const survey = async (frames) => {
    for (const frame of frames) {
      await show(frame);
      await idle();
    }
  };

  const value = { ready: prepare, grant, show, settle, owes, sent, pass, skim, visit, survey, begin };
  Object.defineProperty(window, "__hfd", { value: { ...value, hide, unveil } });
}
