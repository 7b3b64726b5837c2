/** The icon of the browser's tab, and of the installed app: with the number of conversations that wait to be read. */

import icon from '../icon.svg';
import { text } from '../text.ts';
import { SETTLE_MS } from './page-title.ts';

const SIZE_PX = 64;
const BADGE = { fill: '#d92d20', ink: '#ffffff' };

let link: HTMLLinkElement | null = null;
let picture: Promise<HTMLImageElement> | null = null;
let settling: ReturnType<typeof setTimeout> | undefined;
let wanted = 0;

/** Puts the icon into the page, with a count above zero drawn on it. */
export function showUnread(count: number): void {
  wanted = count;
  clearTimeout(settling);
  // The first icon is there at once.
  if (link) settling = setTimeout(() => void show(count), SETTLE_MS);
  else void show(count);
}

async function show(count: number): Promise<void> {
  const badge = navigator as Navigator & { setAppBadge?(count: number): Promise<void> };
  badge.setAppBadge?.(count).catch(() => undefined);
  const plain = new URL(icon, import.meta.url).href;
  link ??= document.head.appendChild(Object.assign(document.createElement('link'), { rel: 'icon' }));
  const href = count > 0 ? await drawn(plain, text.row.unreadShort(count)).catch(() => plain) : plain;
  if (wanted === count && link.href !== href) link.href = href;
}

async function drawn(plain: string, words: string): Promise<string> {
  picture ??= loaded(plain);
  const image = await picture;
  const canvas = Object.assign(document.createElement('canvas'), { width: SIZE_PX, height: SIZE_PX });
  const brush = canvas.getContext('2d');
  if (!brush) return plain;
  brush.drawImage(image, 0, 0, SIZE_PX, SIZE_PX);
  const radius = 19;
  const width = Math.max(2 * radius, words.length * 15 + 14);
  brush.fillStyle = BADGE.fill;
  brush.beginPath();
  brush.roundRect(SIZE_PX - width, 0, width, 2 * radius, radius);
  brush.fill();
  brush.fillStyle = BADGE.ink;
  brush.font = 'bold 28px system-ui, sans-serif';
  brush.textAlign = 'center';
  brush.textBaseline = 'middle';
  brush.fillText(words, SIZE_PX - width / 2, radius + 1);
  return canvas.toDataURL();
}

function loaded(address: string): Promise<HTMLImageElement> {
  const image = new Image();
  image.src = address;
  return image.decode().then(() => image);
}
