/** The menu of the chat window: a button and the list it opens, by WAI-ARIA's menu pattern. */

import { element, icon } from './dom.ts';

export interface MenuItem {
  label: string;
  icon: string;
  /** A switch when it answers something. */
  checked?: () => boolean;
  hidden?: () => boolean;
  run(): void;
}

const DOTS = 'M12 5.5v.01M12 12v.01M12 18.500v.01';

export class Menu {
  readonly root: HTMLElement;
  readonly button: HTMLButtonElement;
  private readonly list: HTMLElement;
  private readonly entries: { item: MenuItem; node: HTMLButtonElement }[];

  constructor(label: string, items: readonly MenuItem[]) {
    this.entries = items.map((item) => {
      const mark = item.checked ? element('span', { class: 'switch', 'aria-hidden': 'true' }) : null;
      const role = item.checked ? 'menuitemcheckbox' : 'menuitem';
      const node = element('button', { type: 'button', role, tabindex: -1, onclick: () => this.choose(item) }, icon(item.icon), element('span', {}, item.label), mark);
      return { item, node };
    });
    this.list = element('div', { class: 'menu-list', id: 'chat-menu', role: 'menu', 'aria-label': label, hidden: true }, ...this.entries.map(({ node }) => node));
    this.button = element(
      'button',
      { class: 'tool', type: 'button', 'aria-label': label, 'aria-haspopup': 'menu', 'aria-expanded': 'false', 'aria-controls': 'chat-menu', onclick: () => (this.isOpen ? this.close() : this.open()) },
      icon(DOTS),
    );
    this.root = element(
      'div',
      { class: 'menu', onkeydown: (event: KeyboardEvent) => this.keyDown(event), onfocusout: (event: FocusEvent) => this.left(event) },
      this.button,
      this.list,
    );
  }

  get isOpen(): boolean {
    return !this.list.hidden;
  }

  close(focusButton = false): void {
    this.list.hidden = true;
    this.button.setAttribute('aria-expanded', 'false');
    if (focusButton) this.button.focus({ preventScroll: true });
  }

  /** Reads the switches and what is hidden again. */
  update(): void {
    for (const { item, node } of this.entries) {
      node.hidden = item.hidden?.() ?? false;
      if (item.checked) node.setAttribute('aria-checked', String(item.checked()));
    }
  }

  private open(): void {
    this.update();
    this.list.hidden = false;
    this.button.setAttribute('aria-expanded', 'true');
    this.shown[0]?.focus({ preventScroll: true });
  }

  private get shown(): HTMLButtonElement[] {
    return this.entries.filter(({ node }) => !node.hidden).map(({ node }) => node);
  }

  private choose(item: MenuItem): void {
    if (!item.checked) this.close(true);
    item.run();
    this.update();
  }

  private keyDown(event: KeyboardEvent): void {
    if (!this.isOpen) {
      if (event.key === 'ArrowDown') this.open();
      else return;
    } else if (event.key === 'Escape') {
      this.close(true);
    } else if (event.key === 'Tab') {
      this.close();
      return;
    } else {
      const { shown } = this;
      const at = shown.indexOf(event.target as HTMLButtonElement);
      const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key];
      if (next === undefined) return;
      shown.at(next % shown.length)?.focus({ preventScroll: true });
    }
    event.preventDefault();
    event.stopPropagation();
  }

  private left(event: FocusEvent): void {
    if (!this.root.contains(event.relatedTarget as Node | null)) this.close();
  }
}
