// What a script of a nested composition sees: its own instance of the page.
// Several instances of one file run the same text; each finds its own elements, its own
// timeline and its own variables. What a script throws is the page's error, never caught.
(() => {
  const escape = (text) => text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
  const quote = (text) => `"${text.replace(/["\\]/g, "\\$&")}"`;
  const idTest = (id) =>
    `\\[\\s*data-composition-id\\s*=\\s*(?:"${escape(id)}"|'${escape(id)}'|${escape(id)})\\s*\\]`;
  const TIMING = String.raw`(?:\s*\[\s*data-(?:start|duration)\s*=\s*[^\]]*\])*`;
  const NATIVE = /\{\s*\[native code\]\s*\}\s*$/;
  const bound = new WeakMap();

  // A method of the browser insists on its own object; whatever else is called the way
  // the script calls it, and a class keeps its statics.
  const read = (target, key) => {
    const value = Reflect.get(target, key, target);
    if (typeof value !== "function" || value.prototype) return value;
    if (!NATIVE.test(Function.prototype.toString.call(value))) return value;
    if (!bound.has(value)) bound.set(value, value.bind(target));
    return bound.get(value);
  };
  const cover = (target, own) =>
    new Proxy(target, {
      get: (_, key) => (Object.hasOwn(own, key) ? own[key]() : read(target, key)),
      set: (_, key, value) => Reflect.set(target, key, value, target),
    });

  const translator = (facts) => {
    const host = `[data-composition-id=${quote(facts.host)}]`;
    const box = facts.wrapped ? `${host} > [data-hf-inner-root]` : host;
    const rules = Object.entries(facts.renamed).map(([id, selector]) => [
      new RegExp(idTest(id), "g"),
      selector,
    ]);
    // Alone it is the host; with more said about it, it is the root its author wrote.
    rules.push([
      new RegExp(`${idTest(facts.own)}${TIMING}(?=\\s*[>.#:[])`, "g"),
      `:is(${box})`,
    ]);
    rules.push([new RegExp(idTest(facts.own) + TIMING, "g"), host]);
    const root =
      facts.root && new RegExp(`("[^"]*"|'[^']*')|#${escape(facts.root)}(?![\\w-])`, "g");
    const ids = Object.entries(facts.ids).map(([id, own]) => [
      new RegExp(`("[^"]*"|'[^']*')|#${escape(id)}(?![\\w-])`, "g"),
      (_, quoted) => quoted || `#${own}`,
    ]);
    const rootSelector = `[data-hf-authored-id=${quote(facts.root || "")}]`;
    return (selector) => {
      if (typeof selector !== "string") return selector;
      if (/^\s*(html|body|:root)\s*$/i.test(selector)) return box;
      for (const [pattern, text] of rules) selector = selector.replace(pattern, () => text);
      for (const [pattern, own] of ids) selector = selector.replace(pattern, own);
      return root ? selector.replace(root, (_, quoted) => quoted || rootSelector) : selector;
    };
  };

  const finder = (facts) => {
    const translate = translator(facts);
    const host = document.querySelector(`[data-composition-id=${quote(facts.host)}]`);
    // What lies in a composition mounted in this one is that one's; a selector that
    // matches nothing else may still reach it.
    const isOwn = (node) =>
      node === host || node.parentElement?.closest("[data-composition-file]") === host;
    const ownFirst = (nodes) => {
      const own = nodes.filter(isOwn);
      return own.length ? own : nodes;
    };
    const all = (selector) => {
      const nodes = document.querySelectorAll(translate(selector));
      return ownFirst([...nodes].filter((node) => host.contains(node)));
    };
    const byId = (id) => {
      const name = Object.hasOwn(facts.ids, id) ? facts.ids[id] : `${id}`;
      const same = [...host.querySelectorAll("[id]")].filter((node) => node.id === name);
      if (same.length) return ownFirst(same)[0];
      return facts.root === `${id}` ? host.querySelector("[data-hf-inner-root]") : null;
    };
    return { host, all, byId };
  };

  const scopedDocument = (find) => {
    const own = {
      querySelector: (selector) => find.all(selector)[0] ?? null,
      querySelectorAll: (selector) => find.all(selector),
      getElementById: find.byId,
      getElementsByClassName: (names) => find.host.getElementsByClassName(names),
      getElementsByTagName: (name) => find.host.getElementsByTagName(name),
    };
    return (view) =>
      cover(document, {
        ...Object.fromEntries(Object.entries(own).map(([key, f]) => [key, () => f])),
        defaultView: () => view(),
      });
  };

  const registry = (facts) => {
    const names = (key) => (Object.hasOwn(facts.names, key) ? facts.names[key] : [key]);
    let target = null;
    let proxy = null;
    return {
      get: () => {
        const current = (window.__timelines ||= {});
        if (target === current) return proxy;
        target = current;
        proxy = new Proxy(target, {
          get: (_, key) => Reflect.get(target, names(key)[0], target),
          has: (_, key) => Reflect.has(target, names(key)[0]),
          set: (_, key, value) =>
            names(key).every((name) => Reflect.set(target, name, value, target)),
          deleteProperty: (_, key) =>
            names(key).every((name) => Reflect.deleteProperty(target, name)),
        });
        return proxy;
      },
      // A script may replace the registry; the other instances' timelines stay.
      set: (value) => {
        const given = value !== proxy && value && typeof value === "object" ? value : {};
        for (const [key, item] of Object.entries(given)) proxy[key] = item;
      },
    };
  };

  const FIRST = ["to", "from", "fromTo", "set", "quickTo", "quickSetter", "getProperty"];
  FIRST.push("killTweensOf", "getTweensOf", "isTweening");
  const scopedGsap = (gsap, find) => {
    if (!gsap) return gsap;
    const resolve = (what) => {
      if (typeof what === "string") return find.all(what);
      return Array.isArray(what) ? what.flatMap((one) => resolve(one)) : what;
    };
    const onFirst = (target, method) =>
      (first, ...rest) => target[method](resolve(first), ...rest);
    const scopeTimeline = (timeline) => {
      for (const name of FIRST) {
        const method = timeline[name];
        if (typeof method !== "function") continue;
        timeline[name] = (first, ...rest) =>
          method.call(timeline, resolve(first), ...rest);
      }
      return timeline;
    };
    const utils = cover(gsap.utils, {
      toArray: () => (what, scope, ...rest) =>
        gsap.utils.toArray(scope ? what : resolve(what), scope, ...rest),
      selector: () => (base) => {
        const start = typeof base === "string" ? find.all(base)[0] : base || find.host;
        const root = start?.current ?? start?.nativeElement ?? start;
        return (selector) =>
          find.all(selector).filter((node) => root && root.contains(node));
      },
    });
    const own = Object.fromEntries(FIRST.map((name) => [name, () => onFirst(gsap, name)]));
    own.timeline = () => (...args) => scopeTimeline(gsap.timeline(...args));
    own.utils = () => utils;
    return cover(gsap, own);
  };

  const views = new Map();
  const viewOf = (facts) => {
    if (views.has(facts.host)) return views.get(facts.host);
    const find = finder(facts);
    const timelines = registry(facts);
    const hyperframes = {
      ...window.__hyperframes,
      getVariables: () => ({ ...window.__hfVariablesByComp?.[facts.host] }),
    };
    const view = {};
    const own = {
      window: () => view.window,
      self: () => view.window,
      globalThis: () => view.window,
      document: () => view.document,
      gsap: () => view.gsap,
      __hyperframes: () => hyperframes,
      __timelines: () => timelines.get(),
    };
    view.document = scopedDocument(find)(() => view.window);
    view.window = new Proxy(cover(window, own), {
      set: (target, key, value) => {
        if (key === "__timelines") timelines.set(value);
        else target[key] = value;
        return true;
      },
    });
    // Read when asked for: a script may be the one that loads it.
    const kept = new Map();
    Object.defineProperty(view, "gsap", {
      get: () => {
        const base = window.gsap;
        if (!kept.has(base)) kept.set(base, scopedGsap(base, find));
        return kept.get(base);
      },
    });
    view.__hyperframes = hyperframes;
    views.set(facts.host, view);
    return view;
  };

  // With a source, runs it; without, gives a module what it shadows the page's names with.
  window.__hfNested = (facts, source, place) => {
    const view = viewOf(facts);
    if (source === undefined) return view;
    const names = "document, window, gsap, __hyperframes";
    let run;
    try {
      run = (0, eval)(`(function (${names}) {${source}\n})\n${place}`);
    } catch (error) {
      // Text that is no script has no place of its own; nothing of it has run.
      throw new SyntaxError(`${error.message} in ${facts.file}`);
    }
    const { document, window, gsap, __hyperframes } = view;
    return run.call(window, document, window, gsap, __hyperframes);
  };
})();
