// Before the author's scripts: their variables, and a clock that the preview page turns.
(() => {
  const values = window.__hfPreview;
  window.__hfVariables = values;
  window.__hyperframes = { ...window.__hyperframes, getVariables: () => values };
  let wanted = 0;
  const show = (time) => {
    wanted = time;
    for (const timeline of Object.values(window.__timelines ?? {})) timeline.time?.(time);
    for (const animation of document.getAnimations()) {
      animation.pause();
      animation.currentTime = time * 1000;
    }
    for (const clip of document.querySelectorAll(".clip[data-start]")) {
      const start = Number(clip.dataset.start), length = Number(clip.dataset.duration ?? Infinity);
      clip.style.visibility = time >= start && time < start + length ? "" : "hidden";
    }
    for (const media of document.querySelectorAll("video, audio")) {
      media.pause();
      media.currentTime = Math.max(0, time - Number(media.dataset.start ?? 0));
    }
    window.dispatchEvent(new CustomEvent("hf-seek", { detail: { time } }));
  };
  window.addEventListener("message", (event) => {
    if (event.source === window.parent && typeof event.data?.time === "number") show(event.data.time);
  });
  window.addEventListener("load", () => show(wanted));
})();
