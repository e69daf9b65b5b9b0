// Animations the page itself steers once the film has begun: paused, played, turned round,
// slowed down. The page runtime's adapters know of none of it and would put them back at the
// film's time; from then on they go as the page says. Run after bridge.js.
(config) => {
  if (window.top !== window || !window.__hfd) return;
  const { getTime, isRuntime, notice } = window.__HF_VIRTUAL_TIME__;
  const OWN = "https://composition.invalid/.hyperframes-dist/";
  const { prototype } = Animation;
  const own = (name) => Object.getOwnPropertyDescriptor(prototype, name);
  const current = own("currentTime");
  const { pause, finish } = prototype;

  // A library that the runtime seeks is not the page's word, and what has no address is ours.
  const isPages = () => {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 50;
    const { stack } = new Error();
    Error.stackTraceLimit = stackTraceLimit;
    return /https?:\/\//.test(stack) && !stack.includes(OWN);
  };

  let begun = false;
  let seeked = 0;
  // Paused while the page was made ready: the format has such ones run all the same.
  const early = new WeakMap();
  const steered = new Map();
  const endOf = (animation) => Number(animation.effect?.getComputedTiming().endTime ?? 0);
  // What is to begin later has not come to its beginning.
  const within = (animation, time, rate) =>
    rate > 0 ? Math.min(endOf(animation), time) : Math.max(0, time);
  const timeOf = (animation, now) => {
    const state = steered.get(animation);
    if (state) {
      const passed = state.running ? (now - state.at) * state.rate : 0;
      return within(animation, state.time + passed, state.rate);
    }
    const time = Number(current.get.call(animation) ?? 0);
    return within(animation, time + (begun ? now - seeked : 0), 1);
  };
  const take = (animation, change) => {
    const at = begun ? getTime() : 0;
    const { rate = 1, running = true } = steered.get(animation) ?? {};
    const state = { rate, running, at, time: timeOf(animation, at) };
    steered.set(animation, Object.assign(state, change(state)));
    if (begun) notice("an animation that a script steers");
  };
  // One that is at its end begins anew.
  const replayed = (animation, { time, rate }) => {
    const end = endOf(animation);
    if (rate > 0 && time >= end) return 0;
    return rate < 0 && time <= 0 ? end : time;
  };

  const steps = {
    pause(animation) {
      if (begun) take(animation, () => ({ running: false }));
      else early.set(animation, timeOf(animation, 0));
    },
    play(animation) {
      if (begun)
        take(animation, (state) => {
          const held = steered.has(animation) ? undefined : early.get(animation);
          return { running: true, time: held ?? replayed(animation, state) };
        });
      early.delete(animation);
    },
    reverse(animation) {
      take(animation, (state) => {
        const rate = -state.rate;
        return { rate, running: true, time: replayed(animation, { ...state, rate }) };
      });
    },
    updatePlaybackRate(animation, rate) {
      if (rate !== (steered.get(animation)?.rate ?? 1)) take(animation, () => ({ rate }));
    },
    finish(animation) {
      if (begun) take(animation, () => ({ time: endOf(animation), running: false }));
    },
    cancel(animation) {
      steered.delete(animation);
    },
  };
  // A runtime that goes on writing to what is over for good would bring it back.
  const isLeftAlone = (animation) =>
    (steered.has(animation) || animation.playState === "idle") && isRuntime();
  for (const [name, step] of Object.entries(steps)) {
    const native = prototype[name];
    prototype[name] = function (...args) {
      if (isPages()) step(this, ...args);
      else if (isLeftAlone(this)) return undefined;
      return native.apply(this, args);
    };
  }
  const onSet = (name, step) => {
    const native = own(name);
    Object.defineProperty(prototype, name, {
      ...native,
      set(value) {
        if (isPages()) step(this, value);
        else if (isLeftAlone(this)) return;
        native.set.call(this, value);
      },
    });
  };
  onSet("playbackRate", steps.updatePlaybackRate);
  onSet("currentTime", (animation, time) => {
    if (begun && typeof time === "number") take(animation, () => ({ time }));
  });

  // When it began, by the page's timeline: how animations are set beside one another.
  onSet("startTime", (animation, since) => {
    if (!begun || typeof since !== "number") return;
    take(animation, ({ rate, at }) => ({ time: (at - since) * rate, running: true }));
  });

  // Style sheets pause animations too; what one says from the beginning on, the format does
  // not heed.
  const said = new WeakMap();
  const words = (text) => text.split(",").map((word) => word.trim());
  const stateOf = (animation) => {
    const { target, pseudoElement } = animation.effect;
    const style = getComputedStyle(target, pseudoElement);
    const index = words(style.animationName).lastIndexOf(animation.animationName);
    const states = words(style.animationPlayState);
    return states[Math.max(0, index) % states.length];
  };
  const holdsPaused = (sheet) => {
    try {
      return [...sheet.cssRules].some(({ cssText }) => cssText.includes("paused"));
    } catch {
      return false; // Another origin's; its rules are not told.
    }
  };
  // What has no box has no animation, and the runtime writes where it would be into its style
  // instead; there it stands still when it is shown, until a frame later. What an element says
  // itself is what it said before the frame's seek.
  const inline = new Map();
  const authored = new WeakMap();
  const ownWords = ({ animationDelay, animationPlayState }) => [animationDelay, animationPlayState];
  const learnStyles = () => {
    inline.clear();
    for (const { style } of document.querySelectorAll('[style*="animation"]')) {
      inline.set(style, ownWords(style));
      if (style.animationPlayState !== "paused") authored.set(style, ownWords(style));
    }
  };
  document.addEventListener("DOMContentLoaded", learnStyles, { capture: true, once: true });
  const restore = (style, [delay, state]) => {
    if (style.animationDelay !== delay) style.animationDelay = delay;
    if (style.animationPlayState !== state) style.animationPlayState = state;
  };
  const restoreStyles = () => {
    for (const { style } of document.querySelectorAll('[style*="paused"]'))
      if (style.animationPlayState === "paused") restore(style, inline.get(style) ?? ["", ""]);
    for (const [style, words] of inline) if (words[1] === "paused") restore(style, words);
  };
  const isStandIn = (element) =>
    element.style?.animationPlayState === "paused" &&
    element.style.animationDelay !== "" &&
    !element.getAnimations().length;
  const dropStandIns = () => {
    for (const element of document.querySelectorAll('[style*="paused"]'))
      if (isStandIn(element)) restore(element.style, authored.get(element.style) ?? ["", ""]);
  };

  let mayPause = false;
  const hear = () => {
    if (!begun) dropStandIns();
    learnStyles();
    mayPause ||=
      document.querySelector('[style*="paused"]') !== null ||
      (!begun && [...document.styleSheets, ...document.adoptedStyleSheets].some(holdsPaused));
    if (!mayPause) return;
    for (const animation of document.getAnimations()) {
      if (!(animation instanceof CSSAnimation) || !animation.effect?.target) continue;
      const state = stateOf(animation);
      const last = said.get(animation) ?? (begun ? "running" : state);
      said.set(animation, state);
      if (state === last) continue;
      if (!steered.has(animation) && state === "running") early.set(animation, 0);
      steps[state === "running" ? "play" : "pause"](animation);
    }
  };

  const move = (animation, state, now) => {
    const time = timeOf(animation, now);
    const { rate, running } = state;
    Object.assign(state, { time, at: now });
    pause.call(animation);
    current.set.call(animation, time);
    if (!running || !(rate > 0 ? time >= endOf(animation) : time <= 0)) return;
    state.running = false;
    finish.call(animation); // Its event is due, and its styles.
  };
  window.__hfd.hearStyles = hear;
  window.__hfd.steer = (ms) => {
    begun = true;
    restoreStyles();
    seeked = ms;
    for (const [animation, state] of steered) {
      if (animation.playState === "idle" || !animation.effect) steered.delete(animation);
      else move(animation, state, ms);
    }
  };
  window.__hfd.isSteered = (animation) => steered.has(animation);
}
