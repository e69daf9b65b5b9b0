// The clock of SVG's animations, which is Chrome's own. A function that puts it by the time that
// *now* tells; *hasBegun* tells whether the film has.
(scope, native, now, hasBegun) => {
  // Outside of a frame Chrome guesses what time it is for SVG. What a script asks of it and
  // tells it goes by the film's time, and Chrome is told in the frame that is drawn next.
  const shapes = { begin() {}, meet() {}, move() {} };
  if (!scope.SVGSVGElement) return shapes;
  const { getCurrentTime, setCurrentTime, pauseAnimations, unpauseAnimations, animationsPaused } =
    SVGSVGElement.prototype;
  // How many seconds each stood at, and since when in the film; null where it stands still.
  const states = new WeakMap();
  const outermost = (element) => {
    let svg = element;
    while (svg.ownerSVGElement) svg = svg.ownerSVGElement;
    return svg;
  };
  const isTimed = (svg) => hasBegun() && states.has(svg);
  // Chrome rounds a frame's time, counted from where the document began. A document within the
  // page began anywhere: its shapes stand still for Chrome, and are told every frame's time.
  const isWithin = scope.top !== scope;
  const isPaused = (svg) =>
    isWithin && isTimed(svg) ? states.get(svg).since === null : animationsPaused.call(svg);
  const timeOf = (svg) => {
    const { at, since } = states.get(svg);
    return since === null ? at : at + (now() - since) / 1000;
  };
  const stand = (svg, at, isStill = isPaused(svg)) => {
    states.set(svg, { at, since: isStill ? null : now() });
    const tell = () => setCurrentTime.call(svg, timeOf(svg));
    if (isWithin) pauseAnimations.call(svg);
    if (isStill || isWithin) tell();
    else native.requestAnimationFrame(tell);
  };
  Object.assign(SVGSVGElement.prototype, {
    getCurrentTime() {
      return isTimed(this) ? timeOf(this) : getCurrentTime.call(this);
    },
    setCurrentTime(seconds) {
      setCurrentTime.call(this, seconds);
      if (isTimed(this)) stand(this, getCurrentTime.call(this));
    },
    pauseAnimations() {
      const at = isTimed(this) && timeOf(this);
      pauseAnimations.call(this);
      if (isTimed(this)) stand(this, at, true);
    },
    unpauseAnimations() {
      const at = isTimed(this) && timeOf(this);
      unpauseAnimations.call(this);
      if (isTimed(this)) stand(this, at, false);
    },
    animationsPaused() {
      return isPaused(this);
    },
  });
  const { beginElementAt, endElementAt } = SVGAnimationElement.prototype;
  // What begins is counted from where Chrome thinks it is.
  const moved = (element, seconds) => {
    const svg = outermost(element);
    if (!hasBegun() || svg === element) return seconds;
    if (!states.has(svg)) stand(svg, 0);
    return seconds + timeOf(svg) - getCurrentTime.call(svg);
  };
  Object.assign(SVGAnimationElement.prototype, {
    beginElement() {
      beginElementAt.call(this, moved(this, 0));
    },
    beginElementAt(seconds) {
      beginElementAt.call(this, moved(this, seconds));
    },
    endElement() {
      endElementAt.call(this, moved(this, 0));
    },
    endElementAt(seconds) {
      endElementAt.call(this, moved(this, seconds));
    },
  });
  // What was loaded before the film began, at whatever moment, has run for no time; what an
  // author set stays set. Told within a frame.
  const SVG_MOMENTS = 100;
  shapes.begin = () => {
    for (const svg of document.querySelectorAll("svg")) {
      if (svg.ownerSVGElement) continue;
      const at = Math.round(getCurrentTime.call(svg) * SVG_MOMENTS) / SVG_MOMENTS;
      setCurrentTime.call(svg, at);
      states.set(svg, { at, since: animationsPaused.call(svg) ? null : 0 });
    }
  };
  shapes.move = () => {
    if (!isWithin || !hasBegun()) return;
    for (const svg of document.querySelectorAll("svg")) {
      if (!states.has(svg)) continue;
      pauseAnimations.call(svg);
      setCurrentTime.call(svg, timeOf(svg));
    }
  };
  // Live lists, which cost nothing where they are empty; a window may be another document's
  // after a while.
  const ANIMATED = ["animate", "animateTransform", "animateMotion", "set"];
  // What came with this frame begins with it.
  shapes.meet = () => {
    for (const name of ANIMATED)
      for (const element of document.getElementsByTagName(name)) {
        const svg = outermost(element);
        if (svg !== element && !states.has(svg)) stand(svg, 0);
      }
  };
  return shapes;
}
