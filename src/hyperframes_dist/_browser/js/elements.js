// HTML drawn into a canvas: what an element was last painted as. Frames hang on those before
// them, and while nothing has been painted yet there is nothing to draw, which Chrome calls an
// error. Run after bridge.js.
(config) => {
  if (window.top !== window || !window.__hfd) return;
  const { notice } = window.__HF_VIRTUAL_TIME__;
  const bear = (owner, name, nothing, spell = (args) => args) => {
    const native = owner?.[name];
    if (!native) return;
    owner[name] = function (...args) {
      notice("HTML drawn into a canvas");
      try {
        return native.apply(this, spell(args));
      } catch (error) {
        if (error.name === "InvalidStateError") return nothing();
        if (!/ValidateTexFunc/.test(error.message)) throw error;
        throw new TypeError(`${name}: WebGL 1 takes no element; ask for a "webgl2" context`);
      }
    };
  };
  for (const kind of ["CanvasRenderingContext2D", "OffscreenCanvasRenderingContext2D"])
    bear(window[kind]?.prototype, "drawElementImage", () => new DOMMatrix());
  // An earlier trial of Chrome's took what texImage2D takes, and pages are written for it. A
  // texture of an element has one level, of four bytes a pixel.
  const RGBA8 = 0x8058;
  const spell = (args) =>
    args.length === 6 && args[5] instanceof Element ? [args[0], RGBA8, args[5]] : args;
  for (const kind of ["WebGLRenderingContext", "WebGL2RenderingContext"])
    bear(window[kind]?.prototype, "texElementImage2D", () => undefined, spell);
}
