/** The keys of a shortcut, as they are printed on keyboards. */

import { text } from '../text.ts';

const MAC = /Mac|iPhone|iPad/.test(globalThis.navigator?.platform ?? '');

export function KeyCaps({ keys }: { keys: string }) {
  return (
    <span class="keys">
      {keys.split(' ').map((stroke, index) => (
        <>
          {index > 0 && <span class="keys__then"> {text.commands.then} </span>}
          {stroke.split('+').map((key) => (
            <kbd class="keys__cap">{capOf(key)}</kbd>
          ))}
        </>
      ))}
    </span>
  );
}

function capOf(key: string): string {
  const { keys } = text.commands;
  if (key === 'mod') return MAC ? keys.modMac : keys.mod;
  if (key === 'shift') return keys.shift;
  return key.toUpperCase();
}
