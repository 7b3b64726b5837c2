/**
 * A panel beside what opened it, above everything else (the browser's top layer, so that no pane cuts it off). Escape, a
 * click elsewhere and a scroll close it; the focus then returns to the anchor if it was inside.
 */

import type { ComponentChildren, RefObject } from 'preact';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';

export interface PopoverProps {
  anchor: RefObject<HTMLElement | null>;
  onClose(): void;
  /** Which edge of the anchor it keeps to. */
  align?: 'start' | 'end';
  class?: string;
  label?: string;
  role?: 'menu' | 'dialog';
  children: ComponentChildren;
}

/** Between anchor and panel, and between panel and the window's edge. */
const GAP_PX = 4;
const EDGE_PX = 8;

export function Popover({ anchor, onClose, align = 'start', class: name = '', label, role = 'dialog', children }: PopoverProps) {
  const element = useRef<HTMLDivElement>(null);
  const close = useRef(onClose);
  close.current = onClose;

  useLayoutEffect(() => {
    const panel = element.current;
    if (!panel) return;
    panel.showPopover?.();
    const first = panel.querySelector<HTMLElement>('[aria-checked="true"]') ?? panel.querySelector<HTMLElement>('input, button, a');
    first?.focus({ preventScroll: true });
    place(panel, anchor.current, align);
    const observer = new ResizeObserver(() => place(panel, anchor.current, align));
    observer.observe(panel);
    return () => {
      observer.disconnect();
      if (panel.contains(document.activeElement)) anchor.current?.focus();
    };
  }, []);

  useEffect(() => {
    const elsewhere = (event: Event) => {
      const target = event.target as Node;
      if (!element.current?.contains(target) && !anchor.current?.contains(target)) close.current();
    };
    const resized = () => close.current();
    document.addEventListener('pointerdown', elsewhere, true);
    document.addEventListener('scroll', elsewhere, true);
    window.addEventListener('resize', resized);
    return () => {
      document.removeEventListener('pointerdown', elsewhere, true);
      document.removeEventListener('scroll', elsewhere, true);
      window.removeEventListener('resize', resized);
    };
  }, []);

  return (
    <div
      class={`popover ${name}`}
      ref={element}
      popover="manual"
      role={role}
      aria-label={label}
      onKeyDown={(event) => {
        event.stopPropagation();
        if (event.key !== 'Escape') return;
        event.preventDefault();
        onClose();
      }}
    >
      {children}
    </div>
  );
}

/** Below the anchor, or above it where there is more room; never beyond the window. */
function place(panel: HTMLElement, anchor: HTMLElement | null, align: 'start' | 'end'): void {
  if (!anchor) return;
  const at = anchor.getBoundingClientRect();
  const { innerWidth: width, innerHeight: height } = window;
  const below = height - at.bottom - GAP_PX - EDGE_PX;
  const above = at.top - GAP_PX - EDGE_PX;
  const up = panel.scrollHeight > below && above > below;
  panel.style.maxHeight = `${Math.max(120, up ? above : below)}px`;
  const box = panel.getBoundingClientRect();
  const toRight = (align === 'end') === (getComputedStyle(panel).direction === 'rtl');
  const left = toRight ? at.left : at.right - box.width;
  panel.style.left = `${Math.max(EDGE_PX, Math.min(left, width - box.width - EDGE_PX))}px`;
  panel.style.top = `${up ? Math.max(EDGE_PX, at.top - GAP_PX - box.height) : at.bottom + GAP_PX}px`;
}
