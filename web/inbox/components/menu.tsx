/** A button with a menu of actions: arrow keys, Home, End and first letters move in it, Tab and Escape leave it. */

import type { ComponentChildren } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { CheckIcon } from './icons.tsx';
import { Popover } from './popover.tsx';

export interface MenuItem {
  label: string;
  /** Also what tells the item apart from others of the same name. */
  key?: string;
  icon?: ComponentChildren;
  /** For one of several choices. */
  checked?: boolean;
  dangerous?: boolean;
  /** Begins a new group. */
  separated?: boolean;
  onSelect(): void;
}

export interface MenuProps {
  /** What the menu is called, and its button unless that shows words. */
  label: string;
  /** The button is called what it shows. */
  worded?: boolean;
  items: readonly MenuItem[];
  /** What the button shows. */
  children: ComponentChildren;
  class?: string;
  align?: 'start' | 'end';
}

export function Menu({ label, worded, items, children, class: name = 'icon-button', align = 'end' }: MenuProps) {
  const [open, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  return (
    <>
      <button
        class={name}
        type="button"
        ref={button}
        aria-label={worded ? undefined : label}
        title={label}
        aria-haspopup="menu"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
        onKeyDown={(event) => {
          if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
          event.preventDefault();
          event.stopPropagation();
          setOpen(true);
        }}
      >
        {children}
      </button>
      {open && (
        <Popover anchor={button} role="menu" label={label} align={align} class="menu" onClose={() => setOpen(false)}>
          <Items items={items} onDone={() => setOpen(false)} />
        </Popover>
      )}
    </>
  );
}

function Items({ items, onDone }: { items: readonly MenuItem[]; onDone(): void }) {
  const list = useRef<HTMLDivElement>(null);
  const buttons = () => [...(list.current?.querySelectorAll<HTMLButtonElement>('button') ?? [])];

  const move = (event: KeyboardEvent) => {
    const all = buttons();
    const at = all.findIndex((button) => button === document.activeElement);
    const step = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
    if (event.key === 'Tab') return onDone();
    if (step !== undefined) {
      event.preventDefault();
      all[(step + all.length) % all.length]?.focus();
    } else if (event.key.length === 1 && !event.ctrlKey && !event.metaKey) {
      const letter = event.key.toLocaleLowerCase();
      const after = [...all.slice(at + 1), ...all.slice(0, at + 1)];
      after.find((button) => button.textContent?.toLocaleLowerCase().startsWith(letter))?.focus();
    }
  };

  return (
    <div ref={list} onKeyDown={move}>
      {items.map(({ label, key = label, icon, checked, dangerous, separated, onSelect }) => (
        <button
          key={key}
          class={`menu__item ${dangerous ? 'menu__item--dangerous' : ''} ${separated ? 'menu__item--separated' : ''}`}
          type="button"
          role={checked === undefined ? 'menuitem' : 'menuitemradio'}
          aria-checked={checked}
          tabIndex={-1}
          onClick={() => {
            onDone();
            onSelect();
          }}
        >
          {icon}
          <span class="menu__label">{label}</span>
          {checked && <CheckIcon />}
        </button>
      ))}
    </div>
  );
}
