/** The style sheets of the chat's parts, each taken into the shadow root once, when its part is first needed. */

import { adoptStyles } from './dom.ts';

let root: ShadowRoot | null = null;
const taken = new Set<string>();

/** Where the sheets belong; to be said before the first of them. */
export function styleRoot(shadowRoot: ShadowRoot): void {
  root = shadowRoot;
}

export function needStyles(...sheets: string[]): void {
  for (const css of sheets) {
    if (!root || taken.has(css)) continue;
    taken.add(css);
    adoptStyles(root, css);
  }
}
