/**
 * The contrast of text within a shadow root, which axe-core reports as undecided. Backgrounds are those of the nearest
 * ancestor that has one: good enough for pages that lay no text over pictures.
 */

/** WCAG AA for text of ordinary size. */
const LEAST = 4.5;

/** Answers a line for every visible text below `#hostId` whose contrast is too low. */
export function tooFaint(page, hostId) {
  return page.evaluate(findTooFaint, { hostId, least: LEAST });
}

function findTooFaint({ hostId, least }) {
  const parse = (color) => {
    const [red, green, blue, alpha = 1] = color.match(/[\d.]+/g).map(Number);
    return { channels: [red, green, blue], alpha };
  };
  const luminance = (channels) => {
    const [red, green, blue] = channels.map((value) => {
      const share = value / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const backgroundOf = (element) => {
    for (let at = element; at; at = at.parentElement ?? at.getRootNode().host) {
      const { channels, alpha } = parse(getComputedStyle(at).backgroundColor);
      if (alpha === 1) return channels;
    }
    return [255, 255, 255];
  };
  const complaints = [];
  const texts = document.createTreeWalker(document.getElementById(hostId).shadowRoot, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const { data, parentElement: element } = texts.currentNode;
    if (!data.trim() || !element || element.matches('style') || !element.checkVisibility()) continue;
    const { color } = getComputedStyle(element);
    const behind = backgroundOf(element);
    const { channels, alpha } = parse(color);
    const seen = channels.map((value, index) => value * alpha + behind[index] * (1 - alpha));
    const [dark, light] = [luminance(seen), luminance(behind)].sort((a, b) => a - b);
    const ratio = (light + 0.05) / (dark + 0.05);
    if (ratio < least) complaints.push(`“${data}” has a contrast of ${ratio.toFixed(2)}: ${color} on rgb(${behind})`);
  }
  return complaints;
}
