/** The color, and in words what the widget does so that everything in it can be read. */

import { useEffect, useId, useState } from 'preact/hooks';
import { parseColor } from '../../widget/theme.ts';
import { reportOn, type AsText } from '../color-report.ts';

/** A house's usual colors, one of which is hard to read on purpose. */
const SWATCHES = [
  ['#3455db', 'Blue'],
  ['#0b7a5b', 'Green'],
  ['#8f2d56', 'Berry'],
  ['#c2410c', 'Rust'],
  ['#ffd23f', 'Yellow'],
  ['#1f2328', 'Ink'],
] as const;

export function ColorField({ value, onChange }: { value: string; onChange(color: string): void }) {
  const id = useId();
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  const typed = (next: string) => {
    setText(next);
    const color = parseColor(next.startsWith('#') ? next : `#${next}`);
    if (color) onChange(color.toLowerCase());
  };
  return (
    <div class="control">
      <label class="control__label" for={id}>
        Color
      </label>
      <div class="color">
        <input class="color__well" type="color" aria-label="Pick a color" value={value} onInput={({ currentTarget }) => onChange(currentTarget.value)} />
        <input
          class="input color__text"
          id={id}
          dir="ltr"
          spellcheck={false}
          maxLength={7}
          value={text}
          onInput={({ currentTarget }) => typed(currentTarget.value)}
          onBlur={() => setText(value)}
        />
        <div class="color__swatches" role="group" aria-label="Colors">
          {SWATCHES.map(([color, name]) => (
            <button
              key={color}
              class="swatch"
              type="button"
              aria-label={name}
              aria-pressed={color === value}
              style={{ '--swatch': color }}
              onClick={() => onChange(color)}
            />
          ))}
        </div>
      </div>
      <Report color={value} />
    </div>
  );
}

function Report({ color }: { color: string }) {
  const { onColor, onLight, onDark, button } = reportOn(color);
  return (
    <ul class="report" aria-label="Readability" aria-live="polite">
      <li class="report__row">
        <span class="report__sample" style={{ '--back': color, '--front': onColor.color }} aria-hidden="true">
          Aa
        </span>
        <span>
          Text on it is {onColor.isWhite ? 'white' : 'black'}, <b>{ratio(onColor.ratio)}</b>
        </span>
      </li>
      <Line asText={onLight} back="#ffffff" place="on white" change="darker" />
      <Line asText={onDark} back="#16181d" place="in dark mode" change="lighter" />
      {button.isFaint && (
        <li class="report__row report__row--warning">
          <span class="report__mark" aria-hidden="true">
            !
          </span>
          <span>
            The button is only {ratio(button.onLight)} from a white page. Below 3 : 1 it is easily overlooked; the widget keeps the color and gives it a
            shadow.
          </span>
        </li>
      )}
    </ul>
  );
}

function Line({ asText, back, place, change }: { asText: AsText; back: string; place: string; change: string }) {
  return (
    <li class={asText.isChanged ? 'report__row report__row--changed' : 'report__row'}>
      <span class="report__sample" style={{ '--back': back, '--front': asText.color }} aria-hidden="true">
        Aa
      </span>
      {asText.isChanged ? (
        <span>
          As a link {place}: {ratio(asText.ratio)} is too faint, so the widget makes it {change}: <code>{asText.color}</code>, <b>{ratio(asText.changedRatio)}</b>
        </span>
      ) : (
        <span>
          As a link {place}: <b>{ratio(asText.ratio)}</b>
        </span>
      )}
    </li>
  );
}

/** Rounded down, so that nothing looks better than it is. */
function ratio(value: number): string {
  return `${(Math.floor(value * 10) / 10).toFixed(1)} : 1`;
}
