/** What the demo page and the shop in its frame say to each other, always within one origin. */

/** To the frame. `design` is as in an address; `restart` begins again with a new visitor. */
export type ToFrame = { design: string } | { command: 'toggle' | 'restart' };

/** From the frame: the shop listens, or the chat was opened or closed. */
export interface FromFrame {
  chat: 'ready' | 'open' | 'closed';
}

export function isFrameMessage(data: unknown): data is ToFrame {
  if (typeof data !== 'object' || data === null) return false;
  if ('design' in data) return typeof data.design === 'string';
  return 'command' in data && (data.command === 'toggle' || data.command === 'restart');
}
