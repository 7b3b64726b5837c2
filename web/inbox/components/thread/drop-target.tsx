/** Takes files that are dragged onto a conversation, and says so while they are over it. */

import type { ComponentChildren } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { text } from '../../text.ts';
import { ClipIcon } from './icons.tsx';

export interface DropTargetProps {
  class: string;
  label: string;
  /** Null: none are taken now. */
  onDrop: ((files: File[]) => unknown) | null;
  onKeyDown(event: KeyboardEvent): void;
  children: ComponentChildren;
}

export function DropTarget({ class: name, label, onDrop, onKeyDown, children }: DropTargetProps) {
  const [over, setOver] = useState(false);
  /** How many elements the pointer is in; it leaves one after it has entered the next. */
  const depth = useRef(0);
  const holdsFiles = (event: DragEvent) => onDrop !== null && (event.dataTransfer?.types.includes('Files') ?? false);
  const end = () => {
    depth.current = 0;
    setOver(false);
  };
  return (
    <section
      class={name}
      aria-label={label}
      onKeyDown={onKeyDown}
      onDragEnter={(event) => {
        if (!holdsFiles(event)) return;
        event.preventDefault();
        depth.current += 1;
        setOver(true);
      }}
      onDragOver={(event) => holdsFiles(event) && event.preventDefault()}
      onDragLeave={() => {
        depth.current -= 1;
        if (depth.current <= 0) end();
      }}
      onDrop={(event) => {
        if (!holdsFiles(event)) return;
        event.preventDefault();
        end();
        onDrop?.([...(event.dataTransfer?.files ?? [])]);
      }}
    >
      {children}
      {over && (
        <div class="drop-target" aria-hidden="true">
          <p>
            <ClipIcon />
            {text.thread.dropHere}
          </p>
        </div>
      )}
    </section>
  );
}
