// What a page asks of the browser that no frame can hold, told once each, for a warning.
// Run after bridge.js, before the page's own scripts; changes nothing the page can see.
(config) => {
  if (window.top !== window || !window.__hfd) return;
  const MOST_CONTEXTS = 16; // Chrome drops the oldest one beyond.
  const notes = new Set();

  const observe = (owner, name, look) => {
    const original = owner?.[name];
    if (!original) return;
    owner[name] = function (...args) {
      const result = original.apply(this, args);
      look(this, args, result);
      return result;
    };
  };

  const contexts = new Set();
  const count = (canvas, [kind], context) => {
    if (!context || !/webgl/.test(kind)) return;
    contexts.add(canvas);
    if (contexts.size > MOST_CONTEXTS)
      notes.add(
        `the page draws with more than ${MOST_CONTEXTS} WebGL contexts; Chrome keeps no more, ` +
          "and the canvases of the first ones are blank; share a context, or end those not seen",
      );
  };
  observe(window.HTMLCanvasElement?.prototype, "getContext", count);
  observe(window.OffscreenCanvas?.prototype, "getContext", count);

  observe(HTMLMediaElement.prototype, "play", (medium) => {
    const inPage = medium.getRootNode() === document;
    if (inPage || medium.muted || medium.defaultMuted) return;
    const name = String(medium.currentSrc || medium.src).split(/[?#]/)[0].slice(0, 200);
    notes.add(
      `a script plays ${name || "a medium"}, which is not in the document, and is not heard; ` +
        "put it into the composition, with data-start",
    );
  });

  // What a script plays slower or faster is shown and heard as its attributes say.
  const { isRuntime } = window.__HF_VIRTUAL_TIME__;
  const playbackRate = Object.getOwnPropertyDescriptor(HTMLMediaElement.prototype, "playbackRate");
  Object.defineProperty(HTMLMediaElement.prototype, "playbackRate", {
    ...playbackRate,
    set(rate) {
      playbackRate.set.call(this, rate);
      const said = Number(this.getAttribute("data-playback-rate")) || this.defaultPlaybackRate;
      if (Number(rate) !== said && this.getRootNode() === document && !isRuntime())
        notes.add(
          `a script sets the speed of ${tagOf(this)} to ${Number(rate)}, which is not followed; ` +
            "say it by data-playback-rate",
        );
    },
  });

  observe(window.GPU?.prototype, "requestAdapter", () => {
    notes.add("the page asks for WebGPU, which is not there; it draws what it has without");
  });

  // Web Audio reads and makes what nobody plays.
  const analysed = () =>
    notes.add(
      "a script looks at sound while it plays (AnalyserNode); nothing plays while frames are " +
        "drawn, so it finds silence; put the levels into the page as data",
    );
  const sounded = () =>
    notes.add(
      "a script makes sound (Web Audio), which is not heard; put it into the composition as a " +
        "file, with data-start",
    );
  observe(window.BaseAudioContext?.prototype, "createAnalyser", analysed);
  if (window.AnalyserNode)
    window.AnalyserNode = new Proxy(AnalyserNode, {
      construct(kind, args) {
        analysed();
        return Reflect.construct(kind, args);
      },
    });
  for (const kind of ["OscillatorNode", "AudioBufferSourceNode", "ConstantSourceNode"])
    observe(window[kind]?.prototype, "start", ({ context }) => {
      if (context instanceof AudioContext) sounded();
    });
  observe(window.SpeechSynthesis?.prototype, "speak", () =>
    notes.add("a script speaks, which is not heard; put the speech into the composition as a file"),
  );

  // What lies where no picture of it is shown.
  const tagOf = (element) => element.cloneNode(false).outerHTML.slice(0, 200);
  const rootsIn = function* (root) {
    for (const element of root.querySelectorAll("*")) {
      let inside = element.shadowRoot;
      let where = "a shadow tree";
      if (element.localName === "iframe") {
        where = "an iframe";
        try {
          inside = element.contentDocument;
        } catch {
          inside = null; // Another origin's.
        }
      }
      if (!inside) continue;
      yield { inside, where };
      yield* rootsIn(inside);
    }
  };
  const look = () => {
    for (const medium of document.querySelectorAll("video, audio")) {
      if (!/#t=/.test(medium.currentSrc || medium.src)) continue;
      if (!medium.hasAttribute("data-media-start"))
        notes.add(
          `the part that ${tagOf(medium)} names by #t= is not followed; say where it begins by ` +
            "data-media-start, and how long it is by data-duration",
        );
    }
    for (const { inside, where } of rootsIn(document))
      for (const medium of inside.querySelectorAll("video, audio"))
        notes.add(
          `what plays in ${where} is neither shown nor heard: ${tagOf(medium)}; put it into the ` +
            "document itself",
        );
    for (const track of document.querySelectorAll("video > track[default]"))
      notes.add(
        `captions of a video are not drawn: ${tagOf(track)}; put their lines into the page, each ` +
          "with data-start and data-duration",
      );
  };

  window.__hfd.note = (text) => notes.add(text);
  window.__hfd.tagOf = tagOf;
  window.__hfd.notes = () => {
    look();
    return [...notes];
  };
}
