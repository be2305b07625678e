/**
 * What is wrong with the page as it is laid out, one line each: text that covers other text, text outside its picture or
 * the window, text that can hardly be read on its ground. Runs in the browser, as the text of one expression.
 */
(() => {
  const faults = [];
  const root = document.documentElement;
  if (root.scrollWidth > root.clientWidth)
    faults.push(`the page is ${root.scrollWidth - root.clientWidth} px too wide`);

  const texts = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const text = node.textContent?.trim() ?? '';
    const element = node.parentElement;
    // What a closed `details` holds has a place, and is not shown.
    if (text === '' || element === null || !element.checkVisibility()) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    // One for each line.
    for (const { left, right, top, bottom, width, height } of range.getClientRects()) {
      if (width > 0 && height > 0) texts.push({ text, element, left, right, top, bottom });
    }
  }
  if (texts.length === 0) faults.push('the page shows no text');

  const within = (inner, outer, slack) =>
    inner.left >= outer.left - slack &&
    inner.right <= outer.right + slack &&
    inner.top >= outer.top - slack &&
    inner.bottom <= outer.bottom + slack;
  for (const text of texts) {
    const picture = text.element.closest('svg');
    if (picture !== null && !within(text, picture.getBoundingClientRect(), 1)) {
      faults.push(`“${text.text}” is cut off by its picture`);
    }
    if (text.left < -1 || text.right > root.clientWidth + 1) faults.push(`“${text.text}” is outside the window`);
  }

  // The line boxes of one paragraph touch each other; glyphs do not fill them.
  const shrunk = ({ left, right, top, bottom }) => {
    const inset = (bottom - top) * 0.18;
    return { left: left + 0.5, right: right - 0.5, top: top + inset, bottom: bottom - inset };
  };
  texts.forEach((one, index) => {
    const a = shrunk(one);
    for (const other of texts.slice(index + 1)) {
      const b = shrunk(other);
      if (a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom) {
        faults.push(`“${one.text}” and “${other.text}” cover each other`);
      }
    }
  });

  const channels = (colour) => (colour.match(/[\d.]+/g) ?? []).slice(0, 3).map(Number);
  const luminance = (colour) => {
    const [red = 0, green = 0, blue = 0] = channels(colour).map((value) => {
      const share = value / 255;
      return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const ground = luminance(getComputedStyle(document.body).backgroundColor);
  for (const { element, text } of texts) {
    const style = getComputedStyle(element);
    const ink = luminance(element instanceof SVGElement ? style.fill : style.color);
    const contrast = (Math.max(ink, ground) + 0.05) / (Math.min(ink, ground) + 0.05);
    // WCAG 2.2, 1.4.3.
    if (contrast < 4.5) faults.push(`“${text}” has a contrast of ${contrast.toFixed(1)} only`);
  }
  return [...new Set(faults)];
})();
