// Plays a live preview with hls.js in a browser; what it sees is printed as lines of JSON.
import process from "node:process";
import { createInterface } from "node:readline";

import { chromium } from "playwright-core";

const [page_url, executable] = process.argv.slice(2);
const browser = await chromium.launch({
  executablePath: executable,
  args: ["--no-sandbox", "--autoplay-policy=no-user-gesture-required"],
});
const page = await browser.newPage();
const faults = [];
page.on("pageerror", (error) => faults.push(String(error)));
await page.goto(page_url);

const look = () =>
  page.evaluate(() => {
    const { hls, video, seen } = window;
    const buffered = video.buffered;
    const details = hls.levels[0]?.details;
    return {
      live: details?.live,
      fragments: details?.fragments.length,
      edge: buffered.length ? buffered.end(buffered.length - 1) : 0,
      ranges: buffered.length,
      begin: buffered.length ? buffered.start(0) : -1,
      time: video.currentTime,
      ended: video.ended,
      frames: video.getVideoPlaybackQuality().totalVideoFrames,
      heard: video.webkitAudioDecodedByteCount,
      tracks: hls.audioTracks.length,
      size: [video.videoWidth, video.videoHeight],
      duration: video.duration,
      faults: seen,
    };
  });
const say = (row) => process.stdout.write(`${JSON.stringify({ ...row, pageFaults: faults })}\n`);

await page.waitForFunction(() => window.video.currentTime > 0.3, null, { timeout: 60_000 });
say(await look());
// The rest of the film is made when this line has been read.
const lines = createInterface({ input: process.stdin });
await new Promise((done) => lines.once("line", done));
await page.waitForFunction(() => window.video.ended, null, { timeout: 90_000 });
say(await look());
await browser.close();
process.exit(0);
