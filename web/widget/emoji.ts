/** A small set to pick from; every system has a larger one of its own. Loaded when it is opened. */

import { element } from './dom.ts';
import { needStyles } from './styles.ts';
import css from './styles/emoji.css';

const EMOJI = [
  ...'😀 😄 😅 😂 🙂 😉 😊 😍 😘 😎 🤔 🤨 😐 🙄 😬 😴 😕 🙁 😢 😭 😠 😱 😳 🤯'.split(' '),
  ...'👍 👎 👌 👏 🙏 💪 👋 🤝 ✌️ 🤞 👀 ❤️ 💔 ✨ 🎉 🔥 💯 ✅ ❌ ❓ ❗ ☕ 🍀 🌞'.split(' '),
  ...'📷 📎 📦 🛒 💳 📅 ⏰ 📍 🚚 🏠 💡 🔒'.split(' '),
];
const COLUMNS = 8;

/** One tab stop; arrows move. Each emoji is its own name, which readers speak in their language. */
export function emojiGrid(label: string, onPick: (emoji: string) => void): HTMLElement {
  needStyles(css);
  const buttons = EMOJI.map((emoji, index) =>
    element('button', { type: 'button', tabindex: index === 0 ? 0 : -1, onclick: () => onPick(emoji) }, emoji),
  );
  const move = (event: KeyboardEvent) => {
    const from = buttons.indexOf(event.target as HTMLButtonElement);
    const forward = getComputedStyle(grid).direction === 'rtl' ? -1 : 1;
    const step: Record<string, number> = {
      ArrowRight: forward,
      ArrowLeft: -forward,
      ArrowDown: COLUMNS,
      ArrowUp: -COLUMNS,
      Home: -from,
      End: buttons.length - 1 - from,
    };
    const to = buttons[from + (step[event.key] ?? NaN)];
    if (!to) return;
    event.preventDefault();
    buttons[from]!.tabIndex = -1;
    to.tabIndex = 0;
    to.focus();
  };
  const grid = element('div', { class: 'emoji', role: 'group', 'aria-label': label, onkeydown: move }, ...buttons);
  return grid;
}
