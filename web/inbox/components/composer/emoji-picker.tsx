/** A set of emoji to pick from, the ones used last first; every system has a larger one of its own. One tab stop; arrows move. */

import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { browserStorage } from '../../../shared/storage.ts';
import { text } from '../../text.ts';

export interface EmojiPickerProps {
  onPick(emoji: string): void;
  onClose(): void;
}

const COLUMNS = 9;
const RECENT_KEY = 'antiphon-inbox:emoji';
const GROUPS = {
  faces: '😀 😄 😁 😅 😂 🤣 🙂 🙃 😉 😊 😇 🥰 😍 😘 😋 😜 🤗 🤭 🤔 🤨 😐 😶 🙄 😏 😬 😌 😴 😷 🤒 🥳 😎 🤓 😕 🙁 😮 😳 🥺 😢 😭 😱 😤 😠 🤯 🤦 🤷',
  hands: '👍 👎 👌 ✌️ 🤞 🤙 👋 🙌 👏 🙏 🤝 💪 👀 ✍️ 👇 👆 👉 👈',
  signs: '❤️ 🧡 💚 💙 💜 💔 ✨ ⭐ 🔥 🎉 🎁 💯 ✅ ❌ ❓ ❗ ⚠️ ℹ️ ➡️ ⬅️ 🔁 🔍 🔒 🔑 💡 🐛',
  things: '📷 📎 📄 📦 🛒 💳 💶 📅 ⏰ ⌛ 📍 🚚 ✈️ 🏠 🏢 💻 📱 🖨️ 📞 ✉️ 🔧 🧰 ☕ 🍀 🌞 🌧️ 🐶 🐱',
} as const;

export function EmojiPicker({ onPick, onClose }: EmojiPickerProps) {
  const root = useRef<HTMLDivElement>(null);
  const [recent] = useState(readRecent);
  const groups: [string, string[]][] = [
    ...(recent.length > 0 ? [[text.thread.emojiGroups.recent, recent] as [string, string[]]] : []),
    ...(Object.keys(GROUPS) as (keyof typeof GROUPS)[]).map((name): [string, string[]] => [text.thread.emojiGroups[name], GROUPS[name].split(' ')]),
  ];

  useLayoutEffect(() => root.current?.querySelector('button')?.focus({ preventScroll: true }), []);

  const pick = (emoji: string) => {
    browserStorage().set(RECENT_KEY, [emoji, ...recent.filter((other) => other !== emoji)].slice(0, COLUMNS).join(' '));
    onPick(emoji);
  };
  const keyDown = (event: KeyboardEvent) => {
    event.stopPropagation();
    if (event.key === 'Escape') {
      event.preventDefault();
      onClose();
      return;
    }
    const buttons = [...(root.current?.querySelectorAll('button') ?? [])];
    const at = buttons.indexOf(event.target as HTMLButtonElement);
    const forward = root.current && getComputedStyle(root.current).direction === 'rtl' ? -1 : 1;
    const steps: Record<string, number> = { ArrowRight: forward, ArrowLeft: -forward, ArrowDown: COLUMNS, ArrowUp: -COLUMNS, Home: -at, End: buttons.length - 1 - at };
    const to = buttons[at + (steps[event.key] ?? NaN)];
    if (!to) return;
    event.preventDefault();
    for (const button of buttons) button.tabIndex = button === to ? 0 : -1;
    to.focus();
  };
  return (
    <div
      class="emoji"
      role="group"
      aria-label={text.thread.emoji}
      ref={root}
      onKeyDown={keyDown}
      onFocusOut={({ relatedTarget }) => relatedTarget instanceof Element && !root.current?.contains(relatedTarget) && onClose()}
    >
      {groups.map(([name, emoji], group) => (
        <div class="emoji__group" key={name}>
          <p class="emoji__title">{name}</p>
          <div class="emoji__grid">
            {emoji.map((one, index) => (
              <button key={one} type="button" tabIndex={group === 0 && index === 0 ? 0 : -1} onClick={() => pick(one)}>
                {one}
              </button>
            ))}
          </div>
        </div>
      ))}
    </div>
  );
}

function readRecent(): string[] {
  return (browserStorage().get(RECENT_KEY) ?? '').split(' ').filter(Boolean).slice(0, COLUMNS);
}
