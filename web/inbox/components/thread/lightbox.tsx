/** The pictures of a conversation at their full size, over the whole page. A modal dialog: the browser keeps the focus in it, and gives it back. */

import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { text } from '../../text.ts';
import { BackIcon } from '../icons.tsx';
import { CrossIcon, DownloadIcon, ZoomInIcon, ZoomOutIcon } from './icons.tsx';

export interface LightboxPicture {
  url: string;
  name: string;
}

export interface LightboxProps {
  pictures: readonly LightboxPicture[];
  /** Which one is shown first. */
  at: number;
  onClose(): void;
}

const ZOOM_STEP = 1.5;
const MAX_ZOOM = 8;

export function Lightbox({ pictures, at, onClose }: LightboxProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const stage = useRef<HTMLDivElement>(null);
  const [index, setIndex] = useState(at);
  const [zoom, setZoom] = useState(1);
  const picture = pictures[Math.min(index, pictures.length - 1)];

  useLayoutEffect(() => dialog.current?.showModal(), []);

  // What was in the middle stays there.
  const centre = useRef({ x: 0.5, y: 0.5 });
  useLayoutEffect(() => {
    const element = stage.current;
    if (!element) return;
    element.scrollLeft = centre.current.x * element.scrollWidth - element.clientWidth / 2;
    element.scrollTop = centre.current.y * element.scrollHeight - element.clientHeight / 2;
  }, [zoom, index]);

  if (!picture) return null;
  const zoomTo = (next: number) => {
    const element = stage.current;
    if (element) {
      const { scrollLeft, scrollTop, clientWidth, clientHeight, scrollWidth, scrollHeight } = element;
      centre.current = { x: (scrollLeft + clientWidth / 2) / scrollWidth, y: (scrollTop + clientHeight / 2) / scrollHeight };
    }
    setZoom(Math.max(1, Math.min(MAX_ZOOM, next)));
  };
  const step = (by: number) => {
    setIndex((index + by + pictures.length) % pictures.length);
    centre.current = { x: 0.5, y: 0.5 };
    setZoom(1);
  };
  const keyDown = (event: KeyboardEvent) => {
    // Nothing here is a shortcut of the page below.
    event.stopPropagation();
    const forward = getComputedStyle(event.currentTarget as Element).direction === 'rtl' ? -1 : 1;
    const act: Record<string, () => void> = {
      '+': () => zoomTo(zoom * ZOOM_STEP),
      '=': () => zoomTo(zoom * ZOOM_STEP),
      '-': () => zoomTo(zoom / ZOOM_STEP),
      '0': () => zoomTo(1),
    };
    // Enlarged, the arrows move about in it.
    if (zoom === 1 && pictures.length > 1) {
      act['ArrowRight'] = () => step(forward);
      act['ArrowLeft'] = () => step(-forward);
    }
    if (!act[event.key] || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    act[event.key]?.();
  };
  return (
    <dialog
      class="lightbox"
      ref={dialog}
      aria-label={picture.name}
      onClose={onClose}
      onKeyDown={keyDown}
      onClick={(event) => event.target === stage.current && dialog.current?.close()}
    >
      <div class="lightbox__bar">
        <p class="lightbox__name" aria-live="polite">
          <bdi>{picture.name}</bdi>
          {pictures.length > 1 && <span> {text.thread.pictureOf(index + 1, pictures.length)}</span>}
        </p>
        <button class="icon-button" type="button" aria-label={text.thread.zoomOut} aria-disabled={zoom === 1} onClick={() => zoomTo(zoom / ZOOM_STEP)}>
          <ZoomOutIcon />
        </button>
        <button class="icon-button" type="button" aria-label={text.thread.zoomIn} aria-disabled={zoom === MAX_ZOOM} onClick={() => zoomTo(zoom * ZOOM_STEP)}>
          <ZoomInIcon />
        </button>
        <a class="icon-button" href={picture.url} download={picture.name} target="_blank" rel="noopener noreferrer" aria-label={text.thread.download}>
          <DownloadIcon />
        </a>
        <button class="icon-button" type="button" aria-label={text.thread.closePicture} onClick={() => dialog.current?.close()}>
          <CrossIcon />
        </button>
      </div>
      <div
        class="lightbox__stage"
        ref={stage}
        tabIndex={0}
        onDblClick={() => zoomTo(zoom === 1 ? 2 : 1)}
        onWheel={(event) => {
          if (!event.ctrlKey && zoom === 1) return;
          if (event.ctrlKey) {
            event.preventDefault();
            zoomTo(event.deltaY < 0 ? zoom * 1.2 : zoom / 1.2);
          }
        }}
      >
        <img
          src={picture.url}
          alt={picture.name}
          // A small one is not made larger before somebody wants it.
          style={{ inlineSize: `${zoom * 100}%`, blockSize: `${zoom * 100}%`, objectFit: zoom === 1 ? 'scale-down' : 'contain' }}
        />
      </div>
      {pictures.length > 1 && (
        <>
          <button class="lightbox__step lightbox__step--back" type="button" aria-label={text.thread.previousPicture} onClick={() => step(-1)}>
            <BackIcon />
          </button>
          <button class="lightbox__step lightbox__step--on" type="button" aria-label={text.thread.nextPicture} onClick={() => step(1)}>
            <BackIcon />
          </button>
        </>
      )}
    </dialog>
  );
}
