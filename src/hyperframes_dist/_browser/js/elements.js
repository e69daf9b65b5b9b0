// HTML drawn into a canvas: what an element was last painted as. Frames hang on those before
// them, and while nothing has been painted yet there is nothing to draw, which Chrome calls an
// error. Run after bridge.js.
(config) => {
  if (window.top !== window || !window.__hfd) return;
  const { notice } = window.__HF_VIRTUAL_TIME__;
  const bear = (owner, name, nothing) => {
    const native = owner?.[name];
    if (!native) return;
    owner[name] = function (...args) {
      notice("HTML drawn into a canvas");
      try {
        return native.apply(this, args);
      } catch (error) {
        if (error.name !== "InvalidStateError") throw error;
        return nothing();
      }
    };
  };
  for (const kind of ["CanvasRenderingContext2D", "OffscreenCanvasRenderingContext2D"])
    bear(window[kind]?.prototype, "drawElementImage", () => new DOMMatrix());
  for (const kind of ["WebGLRenderingContext", "WebGL2RenderingContext"])
    bear(window[kind]?.prototype, "texElementImage2D", () => undefined);
}
