// What a page asks of its browser, one line for each answer: of two showings that differ, the
// first answer that does is what makes them differ. Run after all others, and only for a doctor.
(config) => {
  if (window.top !== window) return;
  const MOST = config.most;
  const { getTime } = window.__HF_VIRTUAL_TIME__;
  const OWN = "https://composition.invalid/.hyperframes-dist/";
  const { random } = config;
  const rows = [];

  const place = () => {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 30;
    const { stack } = new Error();
    Error.stackTraceLimit = stackTraceLimit;
    const found = stack.match(/https:\/\/composition\.invalid\/[^\s)]+/g) ?? [];
    return found.find((each) => !each.startsWith(OWN))?.slice(OWN.length - 18) ?? "";
  };
  const told = (value) => {
    if (value === null || typeof value !== "object") return String(value);
    try {
      return JSON.stringify(value) ?? "";
    } catch {
      return "";
    }
  };
  // What the page runtime asks is not the page's doing.
  const counts = new Map();
  const note = (api, value, at = place()) => {
    if (!at) return;
    counts.set(`${api}\n${at}`, (counts.get(`${api}\n${at}`) ?? 0) + 1);
    if (rows.length < MOST) rows.push([api, told(value).slice(0, 200), at, getTime()]);
  };

  const called = (owner, name, api, read = (value) => value) => {
    const own = owner && Object.getOwnPropertyDescriptor(owner, name);
    if (typeof own?.value !== "function") return;
    owner[name] = new Proxy(own.value, {
      apply(original, self, args) {
        const at = place();
        const answer = Reflect.apply(original, self, args);
        if (answer instanceof Promise)
          answer.then((value) => note(api, read(value, self, args), at), () => note(api, "failed", at));
        else note(api, read(answer, self, args), at);
        return answer;
      },
    });
  };
  const read = (owner, name, api, value = (each) => each) => {
    const own = owner && Object.getOwnPropertyDescriptor(owner, name);
    if (!own?.get || !own.configurable) return;
    Object.defineProperty(owner, name, {
      ...own,
      get() {
        const answer = own.get.call(this);
        note(api, value(answer));
        return answer;
      },
    });
  };
  // When it calls back counts, and what with.
  const calledBack = (owner, name, api, value, index = 0) => {
    const original = owner?.[name];
    if (typeof original !== "function") return;
    owner[name] = new Proxy(original, {
      apply: (run, self, args) => Reflect.apply(run, self, heard(args)),
      construct: (made, args, kind) => Reflect.construct(made, heard(args), kind),
    });
    const heard = (args) => {
      const at = place();
      const callback = args[index];
      if (typeof callback !== "function" || !at) return args;
      const listening = function (...given) {
        note(api, value(...given), at);
        return callback.apply(this, given);
      };
      return args.map((each, n) => (n === index ? listening : each));
    };
  };
  const listened = (target, api, at) =>
    target.addEventListener("message", ({ data }) => note(api, data, at));

  called(Math, "random", "Math.random");
  called(Date, "now", "Date.now");
  called(performance, "now", "performance.now");
  for (const name of ["getEntries", "getEntriesByType", "getEntriesByName"])
    called(Performance.prototype, name, `performance.${name}`);
  read(Performance.prototype, "memory", "performance.memory", (memory) => memory?.usedJSHeapSize);
  called(crypto, "getRandomValues", "crypto.getRandomValues", (values) => [...values].slice(0, 16));
  called(crypto, "randomUUID", "crypto.randomUUID");
  // Keys never repeat, and cannot be read.
  called(SubtleCrypto.prototype, "generateKey", "crypto.subtle.generateKey", () => random);
  called(URL, "createObjectURL", "URL.createObjectURL");
  called(WeakRef.prototype, "deref", "WeakRef", (value) => value !== undefined);
  calledBack(window, "FinalizationRegistry", "FinalizationRegistry", () => "collected");
  for (const name of ["createOffer", "createAnswer"])
    called(window.RTCPeerConnection?.prototype, name, "RTCPeerConnection", (value) => value?.sdp);
  called(window.StorageManager?.prototype, "estimate", "navigator.storage.estimate");
  called(Storage.prototype, "getItem", "Storage");
  called(window.SpeechSynthesis?.prototype, "getVoices", "speechSynthesis", (voices) => voices.length);
  called(window.Navigator.prototype, "getBattery", "navigator.getBattery", (it) => it.level);
  for (const name of ["rtt", "downlink", "effectiveType"])
    read(window.NetworkInformation?.prototype, name, `navigator.connection.${name}`);
  for (const [name, value] of [["getImageData", ({ data }) => data.reduce((a, b) => (a * 31 + b) | 0, 7)]])
    called(CanvasRenderingContext2D.prototype, name, `canvas.${name}`, value);
  called(HTMLCanvasElement.prototype, "toDataURL", "canvas.toDataURL", (url) => url.slice(-150));
  called(window, "fetch", "fetch", (_, __, args) => String(args[0]?.url ?? args[0]));
  calledBack(window, "setTimeout", "setTimeout", () => "");
  calledBack(window, "setInterval", "setInterval", () => "");
  calledBack(window, "requestAnimationFrame", "requestAnimationFrame", (time) => time);
  calledBack(window, "requestIdleCallback", "requestIdleCallback", (it) => it.timeRemaining());
  for (const name of ["IntersectionObserver", "ResizeObserver", "MutationObserver", "PerformanceObserver"])
    calledBack(window, name, name, (seen) => seen.length ?? "");
  for (const name of ["Worker", "MessageChannel", "BroadcastChannel"]) {
    if (!window[name]) continue;
    window[name] = new Proxy(window[name], {
      construct(made, args, kind) {
        const it = Reflect.construct(made, args, kind);
        const at = place();
        for (const each of it.port1 ? [it.port1, it.port2] : [it]) listened(each, name, at);
        return it;
      },
    });
  }
  for (const kind of ["load", "error", "scroll", "resize", "visibilitychange", "animationend", "transitionend"])
    addEventListener(
      kind,
      ({ target }) => note(`the event ${kind}`, target?.id || target?.localName, "an event"),
      true,
    );

  const totals = () =>
    [...counts].map(([key, count]) => {
      const [api, at] = key.split("\n");
      return [api, `${count} times`, at, getTime()];
    });

  // Which element shows what lies at each of *points*: the smallest there, the last of equals.
  const elementsAt = (points) => {
    const boxes = [...document.body.querySelectorAll("*")]
      .filter((each) => each.checkVisibility())
      .map((each) => [each, each.getBoundingClientRect()]);
    const found = new Map();
    for (const [x, y] of points) {
      let best = null;
      let least = Infinity;
      for (const [each, box] of boxes) {
        const area = box.width * box.height;
        if (x < box.left || x >= box.right || y < box.top || y >= box.bottom || area > least) continue;
        [best, least] = [each, area];
      }
      const tag = best ? best.cloneNode(false).outerHTML.replace(/<\/[^>]*>$/, "").slice(0, 120) : "the document";
      found.set(tag, (found.get(tag) ?? 0) + 1);
    }
    return [...found].sort((one, other) => other[1] - one[1]).map(([tag]) => tag);
  };
  Object.defineProperty(window, "__hfWitness", {
    value: Object.freeze({ rows: () => [...rows, ...totals()], elementsAt }),
  });
}
