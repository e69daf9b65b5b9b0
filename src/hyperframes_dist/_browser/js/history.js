// What a page's frames depend on besides their times. Run after bridge.js and only while a plan
// is made: a page is walked and another one of it jumped to the same frames, and what both came
// to is compared. Nothing is drawn meanwhile, so what a page has its graphics draw for the
// screen is noted and left out.
() => {
  if (window.top !== window || !window.__hfd) return;
  const clock = window.__HF_VIRTUAL_TIME__;
  const RUNTIME = /^https:\/\/composition\.invalid\/\.hyperframes-dist\//;
  const COLOUR = 0x4000;

  // The first thing found that makes a frame depend on those before it, and whether that is what
  // a canvas keeps.
  let reason = "";
  let ofDrawing = false;
  let begun = false;
  // Whether what is drawn is drawn, and whether it is looked at.
  let draws = true;
  let mustDraw = false;
  let looks = false;
  let frames = 0;
  const remembers = (what, drawing = false) => {
    if (reason || !what) return;
    reason = what;
    ofDrawing = drawing;
  };
  const isPages = () => {
    const caller = /https?:\/\/[^\s)]+/.exec(new Error().stack)?.[0] ?? "";
    return caller !== "" && !RUNTIME.test(caller);
  };
  const did = (what, drawing) => {
    if (begun && !reason && isPages()) remembers(what, drawing);
  };

  // --- Sums ---------------------------------------------------------------------------

  class Sum {
    a = 0x9e3779b9 | 0;
    b = 0x41c6ce57;
    number(value) {
      this.a = Math.imul(this.a ^ value, 0x85ebca6b);
      this.a ^= this.a >>> 13;
      this.b = Math.imul(this.b ^ value, 0x5bd1e995) + this.a;
    }
    text(value) {
      this.number(value.length);
      for (let i = 0; i < value.length; i++) this.number(value.charCodeAt(i));
      return this;
    }
    toString() {
      return `${this.a >>> 0}.${this.b >>> 0}`;
    }
  }
  // Of what is larger than this, one in so many is looked at.
  const MOST = 1 << 14;
  const sumOfBytes = (buffer, offset, length) => {
    const bytes = new Uint8Array(buffer, offset, length);
    const sum = new Sum();
    sum.number(length);
    const step = Math.max(1, Math.floor(length / MOST));
    for (let i = 0; i < length; i += step) sum.number(bytes[i]);
    return `${sum}`;
  };
  const tell = (value) => {
    if (value === null || typeof value !== "object") return `${typeof value} ${String(value)}`;
    if (ArrayBuffer.isView(value)) return sumOfBytes(value.buffer, value.byteOffset, value.byteLength);
    if (value instanceof ArrayBuffer) return sumOfBytes(value, 0, value.byteLength);
    if (Array.isArray(value)) return value.map(tell).join();
    if (value instanceof ImageData) return tell(value.data);
    if (value instanceof HTMLImageElement) return `image ${value.currentSrc}`;
    const drawn = value.getContext && drawings.get(value);
    if (drawn) return `canvas ${drawn.picture()}`;
    if (sums.has(value)) return `${sums.get(value)}`;
    return Object.prototype.toString.call(value);
  };
  // What a canvas shows is followed in frames that are looked at alone.
  const tellNow = (value) => (value?.getContext && begun && !looks ? `canvas of ${frames}` : tell(value));
  // What is built call by call: paths and gradients.
  const sums = new WeakMap();

  // --- Wrapping -----------------------------------------------------------------------

  // To whoever asks they stay the browser's own.
  const wrap = (owner, name, apply) => {
    const own = owner && Object.getOwnPropertyDescriptor(owner, name);
    if (typeof own?.value === "function")
      Object.defineProperty(owner, name, { ...own, value: new Proxy(own.value, { apply }) });
  };
  const onSet = (owner, name, look) => {
    const own = owner && Object.getOwnPropertyDescriptor(owner, name);
    if (own?.set)
      Object.defineProperty(owner, name, {
        ...own,
        set(value) {
          own.set.call(this, value);
          look(this, value);
        },
      });
  };
  const tells = (owner, names, what) => {
    for (const name of names)
      wrap(owner, name, (call, self, args) => {
        did(what);
        return Reflect.apply(call, self, args);
      });
  };

  // --- What is drawn on ---------------------------------------------------------------

  // By canvas. One that was drawn on since the film began has to be drawn anew in every frame
  // that is looked at: what is kept from one frame to the next is not followed.
  const drawings = new Map();
  class Drawing {
    touched = -1; // In which frame it was last drawn on.
    cleared = -1; // In which frame it was last cleared as a whole, and drawn on since.
    sum = new Sum();
    touch() {
      this.touched = begun ? frames : -1;
    }
    // What it shows, and whether that is known.
    picture() {
      if (this.touched < 0) return "as it was loaded";
      if (this.cleared !== frames) remembers("a canvas that keeps what was drawn on it", true);
      return `${this.sum}`;
    }
    clear(state) {
      this.cleared = frames;
      this.sum = new Sum().text(state);
    }
    note(name, args) {
      if (looks) this.sum.text(name).text(args.map(tell).join());
    }
  }

  const PATH = new Set(["closePath", "moveTo", "lineTo", "bezierCurveTo", "quadraticCurveTo",
    "arc", "arcTo", "ellipse", "rect", "roundRect"]);
  const DRAWS = new Set(["clearRect", "fillRect", "strokeRect", "fill", "stroke", "fillText",
    "strokeText", "drawImage", "putImageData", "drawFocusIfNeeded"]);
  // What a call draws by besides its arguments.
  const COMMON = ["globalAlpha", "globalCompositeOperation", "filter", "shadowBlur", "shadowColor",
    "shadowOffsetX", "shadowOffsetY"];
  const LINES = ["strokeStyle", "lineWidth", "lineCap", "lineJoin", "miterLimit", "lineDashOffset",
    "lineDash"];
  const LETTERS = ["font", "textAlign", "textBaseline", "direction", "letterSpacing", "wordSpacing",
    "fontKerning", "fontStretch", "fontVariantCaps", "textRendering"];
  const IMAGES = ["imageSmoothingEnabled", "imageSmoothingQuality"];
  const FILL = [...COMMON, "fillStyle"];
  const STROKE = [...COMMON, ...LINES];
  const USES = { fillRect: FILL, fill: FILL, strokeRect: STROKE, stroke: STROKE,
    fillText: [...FILL, ...LETTERS], strokeText: [...STROKE, ...LETTERS],
    drawImage: [...COMMON, ...IMAGES], drawFocusIfNeeded: COMMON };
  const BY_CALL = { setLineDash: "lineDash", setTransform: "transform", resetTransform: "transform" };
  class Drawing2D extends Drawing {
    clips = 0;
    saved = [];
    path = new Sum();
    // How much of it was not looked at.
    unseen = 0;
    // Of what is drawn by, that which was told since the canvas was cleared.
    told = new Set();
    constructor(context) {
      super();
      this.context = context;
    }
    isWhole([x, y, width, height]) {
      const { a, b, c, d, e, f } = this.context.getTransform();
      if (b || c || this.clips) return false;
      const xs = [a * x + e, a * (x + width) + e];
      const ys = [d * y + f, d * (y + height) + f];
      const { canvas } = this.context;
      return Math.min(...xs) <= 0 && Math.min(...ys) <= 0 &&
        Math.max(...xs) >= canvas.width && Math.max(...ys) >= canvas.height;
    }
    isOpaque() {
      const { fillStyle, globalAlpha, globalCompositeOperation, filter } = this.context;
      return /^#[0-9a-f]{6}$/.test(fillStyle) && globalAlpha === 1 && filter === "none" &&
        ["source-over", "copy"].includes(globalCompositeOperation);
    }
    valueOf(name) {
      const { context } = this;
      if (name === "lineDash") return context.getLineDash().join();
      if (name !== "transform") return tell(context[name]);
      const { a, b, c, d, e, f } = context.getTransform();
      return [a, b, c, d, e, f].join();
    }
    // What is left from frames before is told where it is drawn by, and only there.
    tellUsed(name) {
      for (const each of [...(USES[name] ?? []), "transform"]) {
        if (this.told.has(each)) continue;
        this.told.add(each);
        this.sum.text(each).text(this.valueOf(each));
      }
      if (name === "fill" || name === "stroke") this.sum.text(`${this.path} ${this.unseen}`);
    }
    note(name, args) {
      if (!looks) return;
      if (name in BY_CALL) this.told.add(BY_CALL[name]);
      else this.told.add(name);
      super.note(name, args);
    }
    called(name, args) {
      if (name === "save") this.saved.push(this.clips);
      else if (name === "restore") this.clips = this.saved.pop() ?? this.clips;
      else if (name === "clip") this.clips++;
      else if (name === "getImageData") did("a canvas that is read back", true);
      else if (name === "reset") this.resized();
      if (DRAWS.has(name)) this.touch();
      if (name === "beginPath") this.begin();
      if (!looks) {
        if (PATH.has(name)) this.unseen++;
        return;
      }
      const whole = (name === "clearRect" || (name === "fillRect" && this.isOpaque())) &&
        this.isWhole(args);
      if (whole) {
        this.clear("");
        this.told.clear();
      }
      if (DRAWS.has(name)) this.tellUsed(name);
      this.note(name, name === "restore" ? [this.saved.length] : args);
      if (name === "restore") this.told.clear();
      if (PATH.has(name)) this.path.text(name).text(args.map(tell).join());
    }
    begin() {
      this.path = new Sum();
      this.unseen = 0;
    }
    resized() {
      this.clips = 0;
      this.saved = [];
      this.begin();
      this.told.clear();
      this.touch();
      this.clear("");
    }
  }
  const from2D = (owner) => {
    if (!owner) return;
    for (const [name, own] of Object.entries(Object.getOwnPropertyDescriptors(owner))) {
      if (typeof own.value === "function" && !/^(constructor|measure|is|getT|getL|getC)/.test(name))
        wrap(owner, name, (call, self, args) => {
          drawings.get(self.canvas)?.called(name, args);
          const made = Reflect.apply(call, self, args);
          if (name.startsWith("create") && made)
            sums.set(made, new Sum().text(name).text(args.map(tellNow).join()));
          return made;
        });
      onSet(owner, name, (self, value) => {
        if (looks) drawings.get(self.canvas)?.note(name, [value]);
      });
    }
  };
  from2D(window.CanvasRenderingContext2D?.prototype);
  from2D(window.OffscreenCanvasRenderingContext2D?.prototype);
  if (window.Path2D) {
    window.Path2D = new Proxy(Path2D, {
      construct: (make, args, self) => {
        const made = Reflect.construct(make, args, self);
        sums.set(made, new Sum().text(args.map(tell).join()));
        return made;
      },
    });
  }
  for (const owner of [window.Path2D?.prototype, window.CanvasGradient?.prototype]) {
    for (const name of Object.keys(owner ?? {}))
      wrap(owner, name, (call, self, args) => {
        if (!sums.has(self)) sums.set(self, new Sum());
        sums.get(self).text(name).text(args.map(tell).join());
        return Reflect.apply(call, self, args);
      });
  }
  for (const owner of [window.HTMLCanvasElement?.prototype, window.OffscreenCanvas?.prototype])
    for (const name of ["width", "height"])
      onSet(owner, name, (canvas) => drawings.get(canvas)?.resized());

  // --- WebGL --------------------------------------------------------------------------

  // A draw is what it draws (the contents of its buffers and textures), by which shaders, with
  // which values, in which state; not the calls that made it so, which libraries leave out
  // where nothing has changed.
  const GL_STATE = new Set(["activeTexture", "blendColor", "blendEquation", "blendEquationSeparate",
    "blendFunc", "blendFuncSeparate", "clearColor", "clearDepth", "clearStencil", "colorMask",
    "cullFace", "depthFunc", "depthMask", "depthRange", "frontFace", "lineWidth", "polygonOffset",
    "sampleCoverage", "scissor", "stencilFunc", "stencilMask", "stencilOp", "viewport"]);
  const KEYED_STATE = new Set(["stencilFuncSeparate", "stencilMaskSeparate", "stencilOpSeparate"]);
  const GL_DRAWS = new Set(["drawArrays", "drawElements", "drawArraysInstanced",
    "drawElementsInstanced", "drawRangeElements"]);
  const CLEARS = new Set(["clear", "clearBufferfv", "clearBufferiv", "clearBufferuiv", "clearBufferfi"]);
  const UNFOLLOWED = new Set(["readPixels", "copyTexImage2D", "copyTexSubImage2D",
    "copyTexSubImage3D", "beginQuery", "beginTransformFeedback", "copyBufferSubData",
    "getBufferSubData"]);
  const EXTENSIONS = new Set(["ANGLE_instanced_arrays", "OES_vertex_array_object",
    "WEBGL_multi_draw", "WEBGL_draw_instanced_base_vertex_base_instance"]);
  const SAMPLERS = new Map([[0x8b5e, 0x0de1], [0x8b60, 0x8513], [0x8b5f, 0x806f], [0x8b62, 0x0de1],
    [0x8dc1, 0x8c1a], [0x8dc4, 0x8c1a], [0x8dc5, 0x8513], [0x8dca, 0x0de1], [0x8dcb, 0x806f],
    [0x8dcc, 0x8513], [0x8dcf, 0x8c1a], [0x8dd2, 0x0de1], [0x8dd3, 0x806f], [0x8dd4, 0x8513],
    [0x8dd7, 0x8c1a]]);
  const SCISSOR_TEST = 0x0c11;
  const ELEMENTS = 0x8893;
  class DrawingGL extends Drawing {
    state = new Map();
    bound = new Map(); // Buffers by target, textures by unit and target.
    unit = 0x84c0;
    vertices = null;
    program = null;
    // What is drawn on; null is the screen.
    target = null;
    source = null;
    screen = { touched: -1, cleared: -1 };
    facts = new WeakMap();
    none = { attributes: new Map(), elements: null };
    constructor(context) {
      super();
      this.context = context;
    }
    of(thing, make) {
      if (!this.facts.has(thing)) this.facts.set(thing, make());
      return this.facts.get(thing);
    }
    buffer(thing) {
      return this.of(thing, () => ({ parts: new Map() }));
    }
    texture(thing) {
      return this.of(thing, () => ({ parts: new Map(), drawn: -1 }));
    }
    frame(thing) {
      return thing
        ? this.of(thing, () => ({ textures: new Map(), touched: -1, cleared: -1 }))
        : this.screen;
    }
    array() {
      return this.vertices
        ? this.of(this.vertices, () => ({ attributes: new Map(), elements: null }))
        : this.none;
    }
    shaders(program) {
      return this.of(program, () => ({ sources: [], values: new Map(), samplers: null }));
    }
    resized() {
      this.screen.cleared = frames;
      this.touch();
      this.clear("");
    }
    // Whether the call is to be made.
    called(name, args) {
      if (GL_STATE.has(name)) this.state.set(name, args.map(tell).join());
      else if (KEYED_STATE.has(name)) this.state.set(`${name} ${args[0]}`, args.map(tell).join());
      else if (name === "enable" || name === "disable") this.state.set(args[0], name);
      if (name === "activeTexture") [this.unit] = args;
      else if (name === "useProgram") [this.program] = args;
      else if (name === "bindVertexArray") [this.vertices] = args;
      else if (name === "bindBuffer") {
        if (args[0] === ELEMENTS) [, this.array().elements] = args;
        this.bound.set(args[0], args[1]);
      } else if (name === "bindBufferBase" || name === "bindBufferRange")
        this.bound.set(`${args[0]} ${args[1]}`, args[2]);
      else if (name === "bindTexture") this.bound.set(`${this.unit} ${args[0]}`, args[1]);
      else if (name === "bindFramebuffer") this.bindFrame(args);
      else if (name === "framebufferTexture2D" || name === "framebufferTextureLayer")
        this.attach(name, args);
      else if (name === "vertexAttribPointer" || name === "vertexAttribIPointer")
        this.array().attributes.set(args[0], [this.bound.get(0x8892), args.slice(1).join()]);
      else if (name === "shaderSource") this.of(args[0], () => ({})).source = args[1];
      else if (name === "attachShader")
        this.shaders(args[0]).sources.push(this.of(args[1], () => ({})).source ?? "");
      else if (name.startsWith("bufferData") || name === "bufferSubData") this.fill(name, args);
      else if (/^(tex|compressedTex)(Sub)?Image/.test(name)) this.paint(name, args);
      else if (/^uniform(Matrix)?\d/.test(name)) this.value(args);
      else if (name === "blitFramebuffer") this.blit();
      else if (UNFOLLOWED.has(name)) this.unfollowed();
      else if (CLEARS.has(name)) return this.clears(name, args);
      else if (GL_DRAWS.has(name)) return this.draw(name, args);
      else if (name === "linkProgram") this.shaders(args[0]).samplers = null;
      else if (name === "getExtension" && EXTENSIONS.has(args[0]) && begun) this.unfollowed();
      return true;
    }
    unfollowed() {
      did("a drawing that is read back");
      mustDraw = mustDraw || begun;
    }
    bindFrame([target, frame]) {
      if (target !== 0x8ca8) this.target = frame;
      if (target !== 0x8ca9) this.source = frame;
    }
    attach(name, args) {
      const frame = this.frame(args[0] === 0x8ca8 ? this.source : this.target);
      frame.textures?.set(args[1], name === "framebufferTexture2D" ? args[3] : args[2]);
    }
    blit() {
      if (!this.source) this.unfollowed();
      else this.isRead(this.frame(this.source));
      this.written();
    }
    isRead(frame) {
      for (const texture of frame.textures.values()) if (texture) this.isFresh(this.texture(texture));
      if (frame.touched >= 0 && frame.touched !== frames) this.keeps();
    }
    keeps() {
      remembers("a picture of WebGL's that is used again in the next frame", true);
    }
    isFresh(texture) {
      if (begun && texture.drawn >= 0 && texture.drawn !== frames) this.keeps();
    }
    written() {
      const frame = this.frame(this.target);
      const when = begun ? frames : -1;
      frame.touched = when;
      for (const texture of frame.textures?.values() ?? [])
        if (texture) this.texture(texture).drawn = when;
    }
    fill(name, args) {
      const buffer = args[0] === ELEMENTS ? this.array().elements : this.bound.get(args[0]);
      if (!buffer) return;
      const { parts } = this.buffer(buffer);
      if (name === "bufferData") parts.clear();
      const at = name === "bufferData" ? 0 : args[1];
      parts.set(at, args.slice(name === "bufferData" ? 1 : 2).map(tell).join());
    }
    paint(name, args) {
      const target = args[0] >= 0x8515 && args[0] <= 0x851a ? 0x8513 : args[0];
      const texture = this.bound.get(`${this.unit} ${target}`);
      if (!texture) return;
      const place = args.filter((each) => typeof each === "number").join();
      const source = args[args.length - 1];
      readsGL(source);
      this.texture(texture).parts.set(place, tellNow(source));
    }
    value([location, ...rest]) {
      const place = location && this.facts.get(location);
      if (!place) return;
      const kept = rest.map((each) => (typeof each === "object" ? each.slice() : each));
      this.shaders(place.program).values.set(place.name, kept);
    }
    located(program, name, location) {
      if (location) this.facts.set(location, { program, name: name.replace(/\[0\]$/, "") });
    }
    samplersOf(program) {
      const { context } = this;
      const facts = this.shaders(program);
      if (facts.samplers) return facts.samplers;
      facts.samplers = [];
      const count = context.getProgramParameter(program, context.ACTIVE_UNIFORMS);
      for (let i = 0; i < count; i++) {
        const { name, type, size } = context.getActiveUniform(program, i);
        const whole = name.replace(/\[0\]$/, "");
        if (SAMPLERS.has(type)) facts.samplers.push([whole, SAMPLERS.get(type), size]);
      }
      return facts.samplers;
    }
    texturesOf(program) {
      const { values } = this.shaders(program);
      const found = [];
      for (const [name, target, size] of this.samplersOf(program)) {
        const units = [values.get(name)?.[0] ?? 0].flatMap((v) => (v.length ? [...v] : [v]));
        if (size > 1 && units.length < size) this.keeps();
        for (const unit of units) {
          const texture = this.bound.get(`${0x84c0 + unit} ${target}`);
          if (texture) found.push(this.texture(texture));
        }
      }
      return found;
    }
    clears(name, args) {
      const frame = this.frame(this.target);
      const scissors = this.state.get(SCISSOR_TEST) === "enable";
      const whole = !scissors && (name === "clear" ? args[0] & COLOUR : args[0] === 0x1800);
      const mask = this.state.get("colorMask") ?? "";
      if (whole && !mask.includes("false")) frame.cleared = frames;
      if (!this.target) {
        this.touch();
        if (frame.cleared === frames && this.cleared !== frames) this.clear("");
      }
      if (looks) this.note(name, [...args, this.stateSum()]);
      return this.target !== null || draws;
    }
    draw(name, args) {
      const frame = this.frame(this.target);
      if (!this.target) this.touch();
      if (looks) {
        if (frame.cleared !== frames) remembers("a picture of WebGL's that is drawn on uncleared", true);
        this.note(name, [...args, this.drawSum(name)]);
      }
      this.written();
      return this.target !== null || draws;
    }
    stateSum() {
      let sum = 0;
      for (const [name, value] of this.state) sum = (sum + new Sum().text(`${name} ${value}`).a) | 0;
      return sum;
    }
    drawSum(name) {
      const facts = this.shaders(this.program);
      const sum = new Sum().text(facts.sources.join());
      let values = 0;
      for (const [name, value] of facts.values)
        values = (values + new Sum().text(name).text(value.map(tell).join()).a) | 0;
      sum.number(values);
      sum.number(this.stateSum());
      sum.number(this.target ? 1 : 0);
      const array = this.array();
      for (const [index, [buffer, how]] of [...array.attributes].sort(([a], [b]) => a - b)) {
        sum.text(`${index} ${how}`);
        if (buffer) sum.text([...this.buffer(buffer).parts].join());
      }
      if (name.includes("Elements") && array.elements)
        sum.text([...this.buffer(array.elements).parts].join());
      for (const [place, buffer] of this.bound)
        if (buffer && `${place}`.startsWith("35345 ")) sum.text([...this.buffer(buffer).parts].join());
      for (const texture of this.texturesOf(this.program)) {
        this.isFresh(texture);
        sum.text([...texture.parts].join());
      }
      return `${sum}`;
    }
  }
  for (const kind of ["WebGLRenderingContext", "WebGL2RenderingContext"]) {
    const owner = window[kind]?.prototype;
    for (const [name, own] of Object.entries(Object.getOwnPropertyDescriptors(owner ?? {}))) {
      if (typeof own.value !== "function" || /^(constructor|is|check|create|delete)/.test(name))
        continue;
      if (/^get/.test(name) && !["getExtension", "getUniformLocation", "getBufferSubData"].includes(name))
        continue;
      wrap(owner, name, (call, self, args) => {
        const drawing = drawings.get(self.canvas);
        if (drawing && !drawing.called(name, args)) return undefined;
        const made = Reflect.apply(call, self, args);
        if (name === "getUniformLocation") drawing?.located(args[0], args[1], made);
        if (name === "getExtension" && made && EXTENSIONS.has(args[0])) return unfollowed(made);
        return made;
      });
    }
  }
  const unfollowed = (extension) =>
    new Proxy(extension, {
      get: (object, name) => {
        const value = object[name];
        if (typeof value !== "function") return value;
        return (...args) => {
          remembers("WebGL by way of an extension", true);
          mustDraw = true;
          return value.apply(object, args);
        };
      },
    });

  for (const owner of [window.HTMLCanvasElement?.prototype, window.OffscreenCanvas?.prototype]) {
    wrap(owner, "getContext", (call, canvas, args) => {
      const context = Reflect.apply(call, canvas, args);
      if (!context || drawings.has(canvas)) return context;
      if (begun) did("a canvas that is made on the way", true);
      const is2D = args[0] === "2d";
      if (!is2D && !/webgl/.test(args[0])) did("a canvas of another kind", true);
      else drawings.set(canvas, is2D ? new Drawing2D(context) : new DrawingGL(context));
      return context;
    });
    for (const name of ["toDataURL", "toBlob", "convertToBlob", "captureStream",
      "transferToImageBitmap", "transferControlToOffscreen"])
      wrap(owner, name, (call, self, args) => {
        did("a canvas that is read back", true);
        readsGL(self);
        return Reflect.apply(call, self, args);
      });
  }
  // A picture of WebGL's that was left out cannot be painted elsewhere.
  const readsGL = (value) => {
    if (begun && value?.getContext && drawings.get(value) instanceof DrawingGL) {
      remembers("a canvas that is read back", true);
      mustDraw = true;
    }
  };
  wrap(window, "createImageBitmap", (call, self, args) => {
    readsGL(args[0]);
    return Reflect.apply(call, self, args);
  });
  for (const kind of ["CanvasRenderingContext2D", "OffscreenCanvasRenderingContext2D"])
    for (const name of ["drawImage", "createPattern"])
      wrap(window[kind]?.prototype, name, (call, self, args) => {
        readsGL(args[0]);
        return Reflect.apply(call, self, args);
      });

  // --- What else is kept --------------------------------------------------------------

  // What a page sets up while it loads may look once whether it is ready, if nothing is seen
  // of that.
  const fires = (callback, isLate) => {
    let isOver = isLate;
    return function (...args) {
      if (!begun) return callback.apply(this, args);
      if (isOver) remembers("a timer");
      isOver = true;
      const before = reason ? "" : tellDocument();
      try {
        return callback.apply(this, args);
      } finally {
        if (!reason && tellDocument() !== before) remembers("a timer");
      }
    };
  };
  for (const name of ["setTimeout", "setInterval"])
    wrap(window, name, (call, self, [callback, ...rest]) => {
      const own = isPages();
      if (own && begun && typeof callback !== "function") remembers("a timer");
      const wrapped = own && typeof callback === "function" ? fires(callback, begun) : callback;
      return Reflect.apply(call, self, [wrapped, ...rest]);
    });
  for (const name of ["localStorage", "sessionStorage"]) {
    const own = Object.getOwnPropertyDescriptor(window, name);
    if (own?.get)
      Object.defineProperty(window, name, {
        ...own,
        get() {
          did("what it stores");
          return own.get.call(this);
        },
      });
  }
  onSet(Document.prototype, "cookie", () => did("what it stores"));
  tells(window.IDBFactory?.prototype, ["open"], "what it stores");
  tells(window.CacheStorage?.prototype, ["open"], "what it stores");
  tells(window.CSSStyleSheet?.prototype, ["insertRule", "deleteRule", "replace", "replaceSync",
    "addRule", "removeRule"], "a style sheet that a script changes");
  for (const kind of ["CSSStyleRule", "CSSKeyframeRule"]) {
    const own = Object.getOwnPropertyDescriptor(window[kind]?.prototype ?? {}, "style");
    if (own?.get)
      Object.defineProperty(window[kind].prototype, "style", {
        ...own,
        get() {
          did("a style sheet that a script changes");
          return own.get.call(this);
        },
      });
  }
  onSet(Document.prototype, "adoptedStyleSheets", () => did("a style sheet that a script changes"));
  tells(window.Worklet?.prototype, ["addModule"], "a worklet");
  tells(window.HighlightRegistry?.prototype, ["set", "delete", "clear"], "a highlight");
  tells(window.History?.prototype, ["pushState", "replaceState"], "its address");
  // Planning shows no pictures, and who waits for the next one paints no others.
  wrap(window.HTMLVideoElement?.prototype, "requestVideoFrameCallback", (call, self, args) => {
    remembers("a callback for a video's next picture");
    return Reflect.apply(call, self, args);
  });
  wrap(window, "addEventListener", (call, self, args) => {
    if (/^(animation|transition|webkitAnimation|webkitTransition)/.test(args[0]) && isPages())
      remembers(`the event ${args[0]}`);
    return Reflect.apply(call, self, args);
  });

  // A style that goes from one value to the next in its own time is on the way for a while.
  const findTransition = () => {
    for (const element of document.querySelectorAll("*")) {
      const { transitionDuration } = getComputedStyle(element);
      if (/[1-9]/.test(transitionDuration)) return `a transition of <${element.localName}>`;
    }
    return "";
  };

  // --- What a frame has come to -------------------------------------------------------

  const tellAnimation = (animation) => {
    const { currentTime, playState, effect } = animation;
    const keyframes = effect?.getKeyframes?.() ?? [];
    return [Number(currentTime).toFixed(6), playState, JSON.stringify(keyframes)].join();
  };
  const tellDocument = () => {
    const sum = new Sum().text(document.documentElement.outerHTML);
    for (const field of document.querySelectorAll("input, textarea, select"))
      sum.text(`${field.value} ${field.checked}`);
    for (const animation of document.getAnimations()) sum.text(tellAnimation(animation));
    sum.text(`${document.documentElement.scrollTop} ${document.documentElement.scrollLeft}`);
    return `${sum}`;
  };
  const tellDrawings = () => [...drawings.values()].map((each) => each.picture()).join();

  // Tweens of GSAP's that read where they begin at the first frame they are seen in.
  const tweens = () =>
    Object.values(window.__timelines ?? {}).flatMap(
      (timeline) => timeline?.getChildren?.(true, true, false) ?? [],
    );
  const started = new Set();
  const starts = new Set();
  const findStarts = (frame) => {
    for (const tween of tweens()) {
      if (!tween._initted || started.has(tween)) continue;
      started.add(tween);
      if (frame > 0) starts.add(frame);
    }
  };

  window.__hfd.onSeek = () => {
    begun = true;
    frames++;
  };
  // Shows *wanted* unpainted, in order; of those that are *looked* at, what each has come to.
  // Not all of them, where the page has to be painted before it goes on.
  const follow = async (wanted, looked) => {
    const found = {};
    let shown = 0;
    for (const frame of wanted) {
      draws = frame === 0 || mustDraw;
      looks = looked.includes(frame) && !reason;
      await window.__hfd.survey([frame]);
      if (looks) {
        found[frame] = `${tellDocument()} ${tellDrawings()}`;
        remembers(findTransition());
      }
      looks = false;
      draws = true;
      findStarts(frame);
      shown++;
      if (clock.draws()) break;
    }
    remembers(clock.wants() || clock.findWants());
    return { found, reason, drawing: ofDrawing, starts: [...starts], shown, draws: clock.draws() };
  };

  window.__hfd.follow = follow;
}
