/** Colours and placement from the widget's settings. Whatever the owner chose stays readable. */

import type { WidgetSettings } from '../shared/types.ts';

export const DARK_TEXT = '#14161a';
export const LIGHT_TEXT = '#ffffff';

/** CSS custom properties for the widget's root. */
export function themeProperties(settings: WidgetSettings | null | undefined): Record<string, string> {
  const properties: Record<string, string> = {};
  // `color` is also what the page says by `Chatbot('theme', …)`, which counts more than the widget's settings.
  const color = parseColor(settings?.color ?? settings?.theme?.color);
  if (color) {
    properties['--accent'] = color;
    properties['--on-accent'] = textOn(color);
  }
  if (isLength(settings?.offset_x)) properties['--offset-x'] = `${settings.offset_x}px`;
  if (isLength(settings?.offset_y)) properties['--offset-y'] = `${settings.offset_y}px`;
  return properties;
}

/** Black or white, whichever contrasts more; one of them always reaches 4.5 : 1. */
export function textOn(background: string): string {
  const luminance = relativeLuminance(background);
  const withLight = 1.05 / (luminance + 0.05);
  const withDark = (luminance + 0.05) / (relativeLuminance(DARK_TEXT) + 0.05);
  return withLight >= 4.5 || withLight >= withDark ? LIGHT_TEXT : DARK_TEXT;
}

export function parseColor(color: unknown): string | null {
  if (typeof color !== 'string') return null;
  const short = /^#([0-9a-f])([0-9a-f])([0-9a-f])$/i.exec(color);
  if (short) return `#${short[1]}${short[1]}${short[2]}${short[2]}${short[3]}${short[3]}`;
  return /^#[0-9a-f]{6}$/i.test(color) ? color : null;
}

/** WCAG's relative luminance of `#rrggbb`. */
export function relativeLuminance(color: string): number {
  const channel = (start: number) => {
    const value = parseInt(color.slice(start, start + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5);
}

function isLength(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= 500;
}
