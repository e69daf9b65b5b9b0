// web-video-creator renders a page that a server on loopback hands out.
import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import WebVideoCreator from "web-video-creator";

const [project, output, settings] = process.argv.slice(2);
const { width, height, seconds, browsers, browser, ffmpeg, ffprobe } =
  JSON.parse(settings);

const types = { ".html": "text/html", ".js": "text/javascript" };
const server = createServer(async (request, response) => {
  const name = new URL(request.url, "http://localhost").pathname.slice(1);
  try {
    const body = await readFile(join(project, name));
    const type = types[name.slice(name.lastIndexOf("."))];
    response.writeHead(200, { "content-type": type }).end(body);
  } catch {
    response.writeHead(404).end();
  }
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));

const creator = new WebVideoCreator();
creator.config({
  browserExecutablePath: browser,
  ffmpegExecutablePath: ffmpeg,
  ffprobeExecutablePath: ffprobe,
  browserUseGPU: false,
  numBrowserMax: browsers,
  numPageMax: 1,
});
const url = `http://localhost:${server.address().port}/index.html`;
const shape = { width, height, fps: 30 };
const length = Math.round((seconds * 30) / browsers);
// Its clock is one frame ahead when it begins, and a sum of floats: a chunk that begins
// later has to ask for the frame after its first, less a little.
const begin = (frame) => (frame === 0 ? 0 : ((frame + 1) * 1000) / 30 - 1);
const chunks = [...Array(browsers).keys()].map((index) => ({
  ...shape,
  url,
  startTime: begin(index * length),
  duration: (length * 1000) / 30,
}));
const video =
  browsers === 1
    ? creator.createSingleVideo({ ...chunks[0], outputPath: output })
    : creator.createMultiVideo({ ...shape, outputPath: output, chunks });
video.on("error", (error) => {
  console.error(String(error?.stack ?? error));
  process.exit(1);
});
await video.startAndWait();
process.exit(0);
