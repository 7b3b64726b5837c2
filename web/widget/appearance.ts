/**
 * Light or dark. `auto` means: like the page, because a dark window on a white page looks broken. A
 * page is as dark as its background is painted; one without a background is as dark as its canvas.
 */

import { isDark, linkProperties } from './contrast.ts';

export type Mode = 'auto' | 'light' | 'dark';

export class Appearance {
  private mode: Mode = 'auto';

  /** `host` is the widget's element in the page; it inherits the page's colour scheme. */
  constructor(
    private readonly host: Element,
    private readonly frame: HTMLElement,
  ) {
    const update = () => this.update();
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', update);
    // Where pages keep their switch for dark mode.
    const observer = new MutationObserver(update);
    const filter = ['class', 'style', 'data-theme', 'data-mode', 'data-bs-theme', 'data-color-scheme'];
    for (const node of [document.documentElement, document.body]) {
      if (node) observer.observe(node, { attributes: true, attributeFilter: filter });
    }
  }

  set(mode: unknown): void {
    this.mode = mode === 'light' || mode === 'dark' ? mode : 'auto';
    this.update();
  }

  setColor(color: unknown): void {
    for (const [name, value] of Object.entries(linkProperties(color))) this.frame.style.setProperty(name, value);
  }

  update(): void {
    const dark = this.mode === 'auto' ? this.pageIsDark() : this.mode === 'dark';
    this.frame.classList.toggle('dark', dark);
  }

  private pageIsDark(): boolean {
    for (const node of [document.body, document.documentElement, this.host]) {
      const color = node && getComputedStyle(node).backgroundColor;
      const dark = color ? isDark(color) : null;
      if (dark !== null) return dark;
    }
    return false;
  }
}
