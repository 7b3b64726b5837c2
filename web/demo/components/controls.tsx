/** The controls of the panel: each says its own name, and knows nothing of designs. */

import { useEffect, useId, useState } from 'preact/hooks';
import type { ComponentChildren, InputHTMLAttributes } from 'preact';

interface SegmentsProps<T extends string> {
  label: string;
  value: T;
  choices: readonly (readonly [value: T, label: string])[];
  /** Whether the name is only for who cannot see the control. */
  bare?: boolean;
  onChange(value: T): void;
}

/** One of a few, as radio buttons. */
export function Segments<T extends string>({ label, value, choices, bare, onChange }: SegmentsProps<T>) {
  const name = useId();
  return (
    <fieldset class={bare ? 'segments segments--bare' : 'segments'}>
      <legend class={bare ? 'visually-hidden' : 'control__label'}>{label}</legend>
      <div class="segments__choices">
        {choices.map(([choice, text]) => (
          <label key={choice} class="segments__choice">
            <input class="segments__input" type="radio" name={name} checked={choice === value} onChange={() => onChange(choice)} />
            <span>{text}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

interface SwitchProps {
  label: string;
  hint?: string;
  checked: boolean;
  onChange(checked: boolean): void;
}

export function Switch({ label, hint, checked, onChange }: SwitchProps) {
  const id = useId();
  return (
    <div class="switch">
      <div class="switch__words">
        <label class="switch__label" for={id}>
          {label}
        </label>
        {hint && (
          <p class="hint" id={`${id}-hint`}>
            {hint}
          </p>
        )}
      </div>
      <input
        class="switch__input"
        id={id}
        type="checkbox"
        role="switch"
        checked={checked}
        aria-describedby={hint ? `${id}-hint` : undefined}
        onChange={({ currentTarget }) => onChange(currentTarget.checked)}
      />
    </div>
  );
}

interface TextProps {
  label: string;
  value: string;
  placeholder?: string;
  maxLength: number;
  type?: 'text' | 'url' | 'time';
  lines?: number;
  hint?: string;
  dir?: 'auto' | 'ltr';
  onInput(value: string): void;
}

export function TextField({ label, value, placeholder, maxLength, type = 'text', lines, hint, dir = 'auto', onInput }: TextProps) {
  const id = useId();
  const shared = { id, class: 'input', value, placeholder, maxLength, dir, 'aria-describedby': hint ? `${id}-hint` : undefined };
  return (
    <div class="control">
      <label class="control__label" for={id}>
        {label}
      </label>
      {lines ? (
        <textarea {...shared} rows={lines} onInput={({ currentTarget }) => onInput(currentTarget.value)} />
      ) : (
        <input {...({ ...shared, type } as InputHTMLAttributes<HTMLInputElement>)} onInput={({ currentTarget }) => onInput(currentTarget.value)} />
      )}
      {hint && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  );
}

interface SelectProps {
  label: string;
  value: string;
  choices: readonly (readonly [value: string, label: string])[];
  onChange(value: string): void;
}

export function SelectField({ label, value, choices, onChange }: SelectProps) {
  const id = useId();
  return (
    <div class="control">
      <label class="control__label" for={id}>
        {label}
      </label>
      <select class="input" id={id} value={value} onChange={({ currentTarget }) => onChange(currentTarget.value)}>
        {choices.map(([choice, text]) => (
          <option key={choice} value={choice}>
            {text}
          </option>
        ))}
      </select>
    </div>
  );
}

interface SliderProps {
  label: string;
  value: number;
  max: number;
  onInput(value: number): void;
}

/** A distance in CSS pixels. */
export function Slider({ label, value, max, onInput }: SliderProps) {
  const id = useId();
  return (
    <div class="control">
      <label class="control__label" for={id}>
        {label}
      </label>
      <div class="slider">
        <input
          class="slider__input"
          id={id}
          type="range"
          min={0}
          max={max}
          value={Math.min(value, max)}
          aria-valuetext={`${value} pixels`}
          onInput={({ currentTarget }) => onInput(Number(currentTarget.value))}
        />
        <span class="slider__value" dir="ltr">{value} px</span>
      </div>
    </div>
  );
}

interface LinesProps {
  label: string;
  value: readonly string[];
  maxLines: number;
  maxLength: number;
  placeholder: string;
  hint: string;
  onInput(lines: string[]): void;
}

/** A list, one entry a line. What was typed stays as it was typed, also an empty line that is about to be filled. */
export function LinesField({ label, value, maxLines, maxLength, placeholder, hint, onInput }: LinesProps) {
  const [text, setText] = useState(value.join('\n'));
  const read = (typed: string) => typed.split('\n').map((line) => line.slice(0, maxLength)).filter((line) => line.trim()).slice(0, maxLines);
  useEffect(() => {
    if (read(text).join('\n') !== value.join('\n')) setText(value.join('\n'));
  }, [value]);
  const typed = (next: string) => {
    setText(next);
    onInput(read(next));
  };
  return <TextField {...{ label, placeholder, hint }} value={text} lines={3} maxLength={maxLines * (maxLength + 1)} onInput={typed} />;
}

/** A part of the panel, which opens and closes. */
export function Section({ title, open, children }: { title: string; open?: boolean; children: ComponentChildren }) {
  return (
    <details class="section" open={open}>
      <summary class="section__title">{title}</summary>
      <div class="section__body">{children}</div>
    </details>
  );
}
