// HyperFrames' three distributed functions over local paths: plan, chunks, assemble.
// With `parallel` above 1 each chunk has a process of its own, so many at a time.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { assemble, plan, renderChunk } from "@hyperframes/producer/distributed";

const [step, ...args] = process.argv.slice(2);

async function renderAll(project, work, output, settings) {
  const { width, height, chunks, parallel } = JSON.parse(settings);
  const planDir = join(work, "plan");
  const config = {
    fps: 30,
    width,
    height,
    format: "mp4",
    codec: "h264",
    crf: 18,
    maxParallelChunks: chunks,
  };
  const planned = await plan(project, config, planDir);
  if (planned.chunkCount !== chunks)
    throw new Error(`${planned.chunkCount} chunks planned, ${chunks} wanted`);
  const paths = [...Array(chunks).keys()].map((i) => join(work, `${i}.mp4`));
  if (parallel > 1) await inProcesses(planDir, paths, parallel);
  else for (const [i, path] of paths.entries()) await renderChunk(planDir, i, path);
  await assemble(planDir, paths, null, output);
}

async function inProcesses(planDir, paths, parallel) {
  const waiting = [...paths.entries()];
  const worker = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift())
      await spawnChunk(planDir, ...next);
  };
  await Promise.all(Array.from({ length: parallel }, worker));
}

function spawnChunk(planDir, index, path) {
  const self = process.argv[1];
  const child = spawn(process.execPath, [self, "chunk", planDir, index, path], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  return new Promise((resolve, reject) =>
    child.on("exit", (code) =>
      code === 0 ? resolve() : reject(new Error(`chunk ${index} exited with ${code}`)),
    ),
  );
}

if (step === "chunk") await renderChunk(args[0], Number(args[1]), args[2]);
else await renderAll(...args);
// The library leaves timers behind; what is asked for is done.
process.exit(0);
