// At plan time: which fonts the page's text asks for, and which characters none of them
// has. Run after bridge.js; only looks.
(config) => {
  if (window.top !== window || !window.__hfd) return;
  const MOST_CHARACTERS = 400;
  // No font draws it, so it shows what a missing character looks like.
  const NOBODYS = String.fromCodePoint(0x10fffd);
  const SILENT = new Set(
    "script style noscript template title desc metadata iframe select".split(" "),
  );
  const TYPED = new Set(["input", "textarea"]);
  const PRINTED = /[\p{L}\p{N}\p{P}\p{S}]/u;
  const seen = new Map();

  const label = (element) => {
    const id = element.id ? ` id="${element.id}"` : "";
    const classes = element.getAttribute("class");
    const name = !id && classes ? ` class="${classes}"` : "";
    return `<${element.localName}${id || name}>`.slice(0, 80);
  };
  const textOf = (element) => {
    if (SILENT.has(element.localName)) return "";
    if (TYPED.has(element.localName)) return element.value || element.placeholder || "";
    return [...element.childNodes].map((n) => (n.nodeType === 3 ? n.data : "")).join("");
  };
  const note = (element, style, text) => {
    if (!text.trim() || !style.fontFamily) return;
    const font = `${style.fontStyle} ${style.fontWeight} 24px ${style.fontFamily}`;
    const row = seen.get(font) ?? { stack: style.fontFamily, where: label(element), text: "" };
    row.text += text;
    seen.set(font, row);
  };
  const noteFonts = () => {
    for (const element of document.querySelectorAll("body, body *")) {
      note(element, getComputedStyle(element), textOf(element));
      for (const pseudo of ["::before", "::after"]) {
        const style = getComputedStyle(element, pseudo);
        if (style.content.startsWith('"')) note(element, style, style.content.slice(1, -1));
      }
    }
  };

  const canvas = new OffscreenCanvas(48, 48);
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  const picture = (text) => {
    pen.clearRect(0, 0, 48, 48);
    pen.fillText(text, 8, 32);
    return pen.getImageData(0, 0, 48, 48).data.join();
  };
  const missing = (font, text) => {
    const found = [];
    const characters = new Set(text.match(/\P{ASCII}\uFE0F?/gu) ?? []);
    pen.font = font;
    const nothing = picture(NOBODYS);
    for (const each of [...characters].slice(0, MOST_CHARACTERS)) {
      if (PRINTED.test(each) && picture(each) === nothing) found.push(each);
    }
    return found;
  };

  const names = (stack) =>
    (stack.match(/"(?:[^"\\]|\\.)*"|[^",]+/g) ?? [])
      .map((name) => name.trim().replace(/^"|"$/g, "").replace(/\\(.)/g, "$1"))
      .filter(Boolean);
  const fonts = () => ({
    brought: [...new Set([...document.fonts].map((face) => names(face.family)[0]))],
    rows: [...seen].map(([font, { stack, where, text }]) => ({
      stack: names(stack),
      where,
      missing: missing(font, text),
    })),
  });

  window.__hfd.noteFonts = noteFonts;
  window.__hfd.fonts = fonts;
}
