/** A field to search with. */

import { SearchIcon } from './icons.tsx';

export interface SearchFieldProps {
  label: string;
  placeholder: string;
  value: string;
  onValue(value: string): void;
  onSubmit?(): void;
}

export function SearchField({ label, placeholder, value, onValue, onSubmit }: SearchFieldProps) {
  const submit = (event: Event) => {
    event.preventDefault();
    onSubmit?.();
  };
  return (
    <form class="search" role="search" onSubmit={submit}>
      <SearchIcon />
      <input
        class="search__input"
        type="search"
        aria-label={label}
        placeholder={placeholder}
        autocomplete="off"
        autocapitalize="off"
        spellcheck={false}
        value={value}
        onInput={(event) => onValue(event.currentTarget.value)}
      />
    </form>
  );
}
