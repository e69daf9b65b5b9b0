// The benchmarks' composition as a Remotion one: its own script, put at Remotion's frame.
import gsap from "gsap";
import React, { useLayoutEffect, useRef } from "react";
import { Composition, registerRoot, useCurrentFrame, useVideoConfig } from "remotion";
import { facts, script, style } from "./remotion_scene.js";

const Peer = () => {
  const frame = useCurrentFrame();
  const { fps } = useVideoConfig();
  const timeline = useRef(null);
  useLayoutEffect(() => {
    window.__timelines = {};
    new Function("gsap", script)(gsap);
    timeline.current = window.__timelines.main;
  }, []);
  useLayoutEffect(() => {
    timeline.current.seek(frame / fps, false);
  }, [frame, fps]);
  return (
    <>
      <style>{style}</style>
      <div id="root">
        <div id="bar" />
      </div>
    </>
  );
};

registerRoot(() => <Composition id="peer" component={Peer} {...facts} />);
