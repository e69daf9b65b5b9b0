// What a person does on the preview's page, and what the page shows then: one JSON object.
// node preview_page.mjs ADDRESS BROWSER FILE: FILE is the project's document, to be changed.
import { readFileSync, writeFileSync } from "node:fs";
import { chromium } from "playwright-core";

const [address, executablePath, file] = process.argv.slice(2);
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
const page = await browser.newPage();
const faults = [];
page.on("pageerror", (error) => faults.push(String(error)));
await page.goto(address);

const still = page.locator("#still");
const shown = () => still.evaluate(async (picture) => {
  await picture.decode();
  const canvas = new OffscreenCanvas(picture.naturalWidth, picture.naturalHeight);
  const context = canvas.getContext("2d");
  context.drawImage(picture, 0, 0);
  return [...context.getImageData(0, 0, 1, 1).data];
});
const changed = async (act) => {
  const before = await still.getAttribute("src");
  await act();
  await page.waitForFunction(
    (src) => document.getElementById("still").src !== src && document.getElementById("still").src,
    before,
  );
  return shown();
};
await page.waitForFunction(() => document.getElementById("still").src);
const result = { facts: await page.textContent("#facts"), first: await shown() };

result.sought = await changed(() => page.locator("#seek").fill("29"));
result.place = await page.textContent("#place");
result.live = await page.frameLocator("#live").locator("#root").count();
result.fields = await page.locator("#variables [name]").evaluateAll((all) =>
  all.map((field) => [field.name, field.tagName, field.type]));
result.set = await changed(() => page.locator("#variables select").selectOption("lime"));

await page.locator("#play").click();
result.playing = await page.textContent("#play");
await page.waitForFunction((old) => document.getElementById("place").textContent !== old, result.place);
await changed(() => page.locator("#play").click());
result.paused = await page.textContent("#play");

const asked = page.waitForRequest((request) => request.url().includes("/live/"));
const begun = performance.now();
writeFileSync(file, readFileSync(file, "utf8").replace("data-start", "data-strat"));
await asked;
result.reloaded = performance.now() - begun;
await page.locator("#findings li").first().waitFor();
result.finding = await page.locator("#findings li").first().textContent();
result.faults = faults;
await browser.close();
console.log(JSON.stringify(result));
