// At plan time: which fonts the page's text asks for, and which characters none of them
// has. Run after bridge.js; only looks.
(config) => {
  if (window.top !== window || !window.__hfd) return;
  const MOST_CHARACTERS = 5000;
  // A font that has every character, each as nothing at all of 300 em. Tried last, it tells
  // what no other font has drawn: a picture of a missing character differs by font, and a
  // mark is drawn with its letter or not at all.
  const NOBODY = "hyperframes nobody";
  const NOBODYS_FILE =
    "d09GMgABAAAAAAEQAAoAAAAAAmgAAADHAAEAAAAAAAAAAAAAAAAAAAAAAAAAAAAABmAAKAooPAE2AiQDCAsG" +
    "AAQgBV0HIBvCAQAuCmxj2uBNOLDMtCiXnf+RBzLaiLLVqmc2ByyvJUGcUViExQgShDohNUaimxPE1k3JYCii" +
    "eF4Og8PhL+3JI1rfAP9OMFOG3d4NjiPPMdCIAhvYFtn3wXSPsXKYYvum1JvmE4PwUmEtbVcQbeLkDB6AYHUr" +
    "BBQYKCzYAwaIdCdHxpxAyMp388bV+/ZB/CS/YJpoBYJ3sY3/pgAACrYhKC2gAAAwPAXEgoCys2gZB3Fy7rVc" +
    "3I9V/BZ1OwMF2uOG6VjSxgwAAAA=";
  const SIZE = 24;
  const NOBODYS_WIDTH = 250 * SIZE;
  const SILENT = new Set(
    "script style noscript template title desc metadata iframe select".split(" "),
  );
  const TYPED = new Set(["input", "textarea"]);
  const PRINTED = /[\p{L}\p{M}\p{N}\p{P}\p{S}\p{Co}]/u;
  const seen = new Map();

  const label = (element) => {
    const id = element.id ? ` id="${element.id}"` : "";
    const classes = element.getAttribute("class");
    const name = !id && classes ? ` class="${classes}"` : "";
    return `<${element.localName}${id || name}>`.slice(0, 80);
  };
  // A name of one letter in a formula is drawn as another character.
  const slanted = (text) => {
    if (text === "h") return "\u210e";
    if (/^[a-z]$/.test(text)) return String.fromCodePoint(0x1d44e - 97 + text.codePointAt(0));
    if (/^[A-Z]$/.test(text)) return String.fromCodePoint(0x1d434 - 65 + text.codePointAt(0));
    return text;
  };
  const textOf = (element) => {
    if (SILENT.has(element.localName)) return "";
    if (TYPED.has(element.localName)) return element.value || element.placeholder || "";
    const text = [...element.childNodes].map((n) => (n.nodeType === 3 ? n.data : "")).join("");
    return element.localName === "mi" ? slanted(text.trim()) : text;
  };
  const note = (element, style, text) => {
    if (!text.trim() || !style.fontFamily) return;
    const font = `${style.fontStyle} ${style.fontWeight} ${SIZE}px ${style.fontFamily}`;
    const row = seen.get(font) ?? { stack: style.fontFamily, where: label(element), text: "" };
    const capital = /^(upper|capital)/.test(style.textTransform);
    row.text += capital ? text.toUpperCase() + text : text;
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

  const pen = new OffscreenCanvas(1, 1).getContext("2d");
  const clusters = new Intl.Segmenter("en", { granularity: "grapheme" });
  const missing = (font, text) => {
    // What Chrome tries by itself after the list: the machine's fonts, which are these three.
    pen.font = `${font}, sans-serif, serif, monospace, "${NOBODY}"`;
    const drawn = new Set();
    for (const { segment } of clusters.segment(text)) {
      if (/\P{ASCII}/u.test(segment) && PRINTED.test(segment)) drawn.add(segment);
    }
    return [...drawn]
      .slice(0, MOST_CHARACTERS)
      .filter((each) => pen.measureText(each).width > NOBODYS_WIDTH);
  };

  const names = (stack) =>
    (stack.match(/"(?:[^"\\]|\\.)*"|[^",]+/g) ?? [])
      .map((name) => name.trim().replace(/^"|"$/g, "").replace(/\\(.)/g, "$1"))
      .filter(Boolean);
  // A face whose file did not come, such as one that only names a font of its author's
  // machine, brings nothing.
  const families = (refused) =>
    new Set(
      [...document.fonts]
        .filter((face) => (face.status === "error") === refused)
        .map((face) => names(face.family)[0]),
    );
  const fonts = async () => {
    const [found, refused] = [[...families(false)], [...families(true)]];
    const file = Uint8Array.from(atob(NOBODYS_FILE), (each) => each.charCodeAt(0));
    const nobody = new FontFace(NOBODY, file);
    document.fonts.add(await nobody.load());
    const rows = [...seen].map(([font, { stack, where, text }]) => ({
      stack: names(stack),
      where,
      missing: missing(font, text),
    }));
    document.fonts.delete(nobody);
    return { brought: found, refused, rows };
  };

  window.__hfd.noteFonts = noteFonts;
  window.__hfd.fonts = fonts;
}
