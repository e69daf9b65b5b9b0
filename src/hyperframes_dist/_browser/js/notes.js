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

  observe(window.GPU?.prototype, "requestAdapter", () => {
    notes.add("the page asks for WebGPU, which is not there; it draws what it has without");
  });

  window.__hfd.notes = () => [...notes];
}
