/** What the widget makes of a color, in numbers: contrasts are those of WCAG, 1 to 21. Pure. */

import { contrast, DARK_SURFACE, LIGHT_SURFACE, READABLE, readable } from '../widget/contrast.ts';
import { LIGHT_TEXT, textOn } from '../widget/theme.ts';

/** WCAG's least contrast of a control with what is around it. */
const VISIBLE = 3;

export interface ColorReport {
  /** Text on the color: on the button, and in the visitor's own messages. */
  onColor: { color: string; isWhite: boolean; ratio: number };
  /** The color as text, in a light and in a dark window. */
  onLight: AsText;
  onDark: AsText;
  /** Whether the button stands out from a white and from a black page. */
  button: { onLight: number; onDark: number; isFaint: boolean };
}

export interface AsText {
  /** Of the color as it was chosen. */
  ratio: number;
  /** What the widget takes. */
  color: string;
  changedRatio: number;
  isChanged: boolean;
}

export function reportOn(color: string): ColorReport {
  const text = textOn(color);
  const onLight = contrast(color, LIGHT_SURFACE);
  const onDark = contrast(color, DARK_SURFACE);
  return {
    onColor: { color: text, isWhite: text === LIGHT_TEXT, ratio: contrast(color, text) },
    onLight: asText(color, LIGHT_SURFACE),
    onDark: asText(color, DARK_SURFACE),
    button: { onLight, onDark, isFaint: onLight < VISIBLE },
  };
}

function asText(color: string, background: string): AsText {
  const ratio = contrast(color, background);
  const taken = readable(color, background);
  return { ratio, color: taken, changedRatio: contrast(taken, background), isChanged: ratio < READABLE };
}
