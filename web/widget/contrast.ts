/** Colours of text on the window's own backgrounds, which the loader has no use for. */

import { DARK_TEXT, LIGHT_TEXT, parseColor, relativeLuminance } from './theme.ts';

/** The window's backgrounds, as in `launcher.css` and `styles/frame.css`. */
export const LIGHT_SURFACE = '#ffffff';
export const DARK_SURFACE = '#16181d';
/** WCAG AA for text of ordinary size. */
export const READABLE = 4.5;
/** Darker than this is dark: between the grays on which white and black are equally readable. */
const DARK_BELOW = 0.18;

/** CSS custom properties for the owner's colour as the colour of text. */
export function linkProperties(color: unknown): Record<string, string> {
  const accent = parseColor(color);
  if (!accent) return {};
  return { '--accent-on-light': readable(accent, LIGHT_SURFACE), '--accent-on-dark': readable(accent, DARK_SURFACE) };
}

/** The colour itself, or mixed with black or white until it can be read as text on the background. */
export function readable(color: string, background: string): string {
  const towards = background === DARK_SURFACE ? 255 : 0;
  const channels = [1, 3, 5].map((start) => parseInt(color.slice(start, start + 2), 16));
  for (let share = 0; share <= 1; share += 0.1) {
    const mixed = channels.map((value) => Math.round(value + (towards - value) * share));
    const hex = `#${mixed.map((value) => value.toString(16).padStart(2, '0')).join('')}`;
    if (contrast(hex, background) >= READABLE) return hex;
  }
  return towards === 255 ? LIGHT_TEXT : DARK_TEXT;
}

export function contrast(a: string, b: string): number {
  const [low, high] = [relativeLuminance(a), relativeLuminance(b)].sort((x, y) => x - y) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

/** Of a computed colour; null for one that shows what is behind it. */
export function isDark(computed: string): boolean | null {
  const [red, green, blue, alpha = 1] = (computed.match(/[\d.]+/g) ?? []).map(Number);
  if (red === undefined || green === undefined || blue === undefined || alpha < 0.5) return null;
  const hex = [red, green, blue].map((value) => Math.round(value).toString(16).padStart(2, '0')).join('');
  return /^rgb/.test(computed) ? relativeLuminance(`#${hex}`) < DARK_BELOW : null;
}
