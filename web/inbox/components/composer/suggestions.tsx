/** What may be meant by what is being typed: above the text field, which keeps the focus and passes its keys on. */

import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';

export interface Suggestion {
  key: string;
  label: ComponentChildren;
}

export interface SuggestionsProps {
  id: string;
  label: string;
  suggestions: readonly Suggestion[];
  /** The place of the one that Enter takes. */
  active: number;
  onChoose(index: number): void;
}

export function optionId(id: string, index: number): string {
  return `${id}-${index}`;
}

export function Suggestions({ id, label, suggestions, active, onChoose }: SuggestionsProps) {
  const list = useRef<HTMLUListElement>(null);
  useLayoutEffect(() => {
    list.current?.children[active]?.scrollIntoView({ block: 'nearest' });
  }, [active]);
  return (
    <ul class="suggestions" id={id} role="listbox" aria-label={label} ref={list}>
      {suggestions.map((suggestion, index) => (
        <li
          key={suggestion.key}
          id={optionId(id, index)}
          class="suggestions__item"
          role="option"
          aria-selected={index === active}
          // Before the field would lose the focus.
          onMouseDown={(event) => {
            event.preventDefault();
            onChoose(index);
          }}
        >
          {suggestion.label}
        </li>
      ))}
    </ul>
  );
}
