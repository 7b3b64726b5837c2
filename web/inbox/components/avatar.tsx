/** A colored disc with initials. The color only helps to tell rows apart; it means nothing. */

import { initials } from '../names.ts';
import { ChatIcon } from './icons.tsx';

const COLORS = 6;

export interface AvatarProps {
  /** Null for somebody who gave no name. */
  name: string | null;
  /** Decides the color, so that it stays when the name becomes known. */
  id: number;
}

export function Avatar({ name, id }: AvatarProps) {
  return (
    <span class={`avatar avatar--${id % COLORS}`} aria-hidden="true">
      {initials(name ?? '') || <ChatIcon />}
    </span>
  );
}
