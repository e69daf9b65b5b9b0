// Remotion's server-side API: `bundle` once, then `render` from the bundle.
import { bundle } from "@remotion/bundler";
import { renderMedia, selectComposition } from "@remotion/renderer";

const [step, ...args] = process.argv.slice(2);

if (step === "bundle") {
  const [entryPoint, outDir, publicDir] = args;
  await bundle({ entryPoint, outDir, publicDir, enableCaching: false });
} else {
  const [serveUrl, outputLocation, browserExecutable, concurrency] = args;
  const options = {
    serveUrl,
    browserExecutable,
    chromeMode: "headless-shell",
    logLevel: "error",
  };
  const composition = await selectComposition({ ...options, id: "peer" });
  await renderMedia({
    ...options,
    composition,
    codec: "h264",
    crf: 18,
    concurrency: Number(concurrency),
    outputLocation,
    overwrite: true,
  });
}
process.exit(0);
