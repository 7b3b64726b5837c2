/**
 * Chooses from a list by writing a part of the name: one, which closes the list, or several, which are told one by one.
 * The keyboard stays in the search field; arrow keys move the marked option.
 */

import type { ComponentChildren, RefObject } from 'preact';
import { useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { text } from '../text.ts';
import { CheckIcon } from './icons.tsx';
import { Popover } from './popover.tsx';

export interface PickerOption<Value> {
  value: Value;
  label: string;
  /** Before the label: a picture, a color. */
  mark?: ComponentChildren;
  /** After the label, softer. */
  detail?: string;
  /** The keys that do the same. */
  keys?: ComponentChildren;
  selected?: boolean;
}

export interface PickerProps<Value> {
  anchor: RefObject<HTMLElement | null>;
  label: string;
  options: readonly PickerOption<Value>[];
  /** Stays open after a choice. */
  several?: boolean;
  onPick(value: Value): void;
  onClose(): void;
  align?: 'start' | 'end';
}

export function Picker<Value>({ anchor, label, options, several, onPick, onClose, align }: PickerProps<Value>) {
  return (
    <Popover anchor={anchor} label={label} align={align} class="picker" onClose={onClose}>
      <PickerList
        label={label}
        options={options}
        several={several}
        onPick={(value) => {
          if (!several) onClose();
          onPick(value);
        }}
        onLeave={onClose}
      />
    </Popover>
  );
}

/** More than anybody looks through: another letter finds it sooner. */
const MOST_SHOWN = 60;

export interface PickerListProps<Value> {
  label: string;
  options: readonly PickerOption<Value>[];
  several?: boolean;
  onPick(value: Value): void;
  /** Tab was pressed. */
  onLeave?(): void;
}

/** The list by itself, for a panel or dialog that is there already. */
export function PickerList<Value>({ label, options, several, onPick, onLeave }: PickerListProps<Value>) {
  const [words, setWords] = useState('');
  const [marked, setMarked] = useState(() => Math.max(0, options.findIndex(({ selected }) => selected)));
  const list = useRef<HTMLUListElement>(null);
  const id = useId();
  const shown = options.filter((option) => contains(option.label, words) || contains(option.detail ?? '', words)).slice(0, MOST_SHOWN);
  const at = Math.min(marked, shown.length - 1);

  useLayoutEffect(() => list.current?.children[at]?.scrollIntoView({ block: 'nearest' }), [at]);

  const key = (event: KeyboardEvent) => {
    if (event.isComposing) return;
    const step = { ArrowDown: at + 1, ArrowUp: at - 1 }[event.key];
    if (step !== undefined && shown.length > 0) {
      event.preventDefault();
      setMarked((step + shown.length) % shown.length);
    } else if (event.key === 'Enter') {
      event.preventDefault();
      const option = shown[at];
      if (option) onPick(option.value);
    } else if (event.key === 'Tab') onLeave?.();
  };

  return (
    <>
      <input
        class="picker__search"
        value={words}
        role="combobox"
        aria-label={label}
        aria-expanded="true"
        aria-controls={id}
        aria-activedescendant={shown[at] && `${id}-${at}`}
        aria-autocomplete="list"
        placeholder={label}
        autocomplete="off"
        spellcheck={false}
        onInput={(event) => {
          setWords(event.currentTarget.value);
          setMarked(0);
        }}
        onKeyDown={key}
      />
      <ul class="picker__list" ref={list} id={id} role="listbox" aria-label={label} aria-multiselectable={several}>
        {shown.map((option, index) => (
          <li
            key={index}
            id={`${id}-${index}`}
            class={index === at ? 'picker__option picker__option--marked' : 'picker__option'}
            role="option"
            aria-selected={option.selected ?? false}
            // The field keeps the focus.
            onMouseDown={(event) => event.preventDefault()}
            onMouseMove={() => setMarked(index)}
            onClick={() => onPick(option.value)}
          >
            {option.mark}
            <bdi class="picker__label">{option.label}</bdi>
            {option.detail && <bdi class="picker__detail">{option.detail}</bdi>}
            {option.keys}
            {option.selected && <CheckIcon />}
          </li>
        ))}
      </ul>
      {shown.length === 0 && (
        <p class="picker__none" role="status">
          {text.nothingFound}
        </p>
      )}
    </>
  );
}

function contains(label: string, words: string): boolean {
  return folded(label).includes(folded(words.trim()));
}

/** Without accents and capitals, which nobody writes in a hurry. */
function folded(words: string): string {
  return words.normalize('NFD').replace(/\p{M}/gu, '').toLocaleLowerCase();
}
