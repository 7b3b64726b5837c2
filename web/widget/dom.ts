/**
 * Building elements without markup: text only ever becomes text nodes, so nothing that a visitor or
 * an agent writes can become HTML, and pages that enforce Trusted Types have nothing to object to.
 */

type Child = Node | string | null | false;

interface Attributes {
  class?: string;
  [name: string]: string | number | boolean | null | undefined | ((event: never) => void);
}

/** `onclick` and the like add listeners; true is an empty attribute; false, null and undefined leave it out. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const created = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') created.addEventListener(name.slice(2), value as EventListener);
    else if (value === true) created.setAttribute(name, '');
    else if (value !== false && value != null) created.setAttribute(name, String(value));
  }
  for (const child of children) if (child !== null && child !== false) created.append(child);
  return created;
}

/** A 24 × 24 line icon from its path data. Decorative: its button carries the name. */
export function icon(...paths: string[]): SVGSVGElement {
  const namespace = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(namespace, 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  for (const data of paths) {
    const path = document.createElementNS(namespace, 'path');
    path.setAttribute('d', data);
    svg.append(path);
  }
  return svg;
}

/** Sets text only when it differs, so that live regions stay quiet. */
export function setText(node: HTMLElement, text: string): void {
  if (node.textContent !== text) node.textContent = text;
}

/** A style element is the fallback for browsers without constructable style sheets. */
export function adoptStyles(root: ShadowRoot, css: string): void {
  try {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
  } catch {
    root.append(element('style', {}, css));
  }
}
