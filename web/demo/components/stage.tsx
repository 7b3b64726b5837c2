/** The shop with the widget, in a frame that looks like a browser, or like a phone. */

import { useEffect, useRef, useState } from 'preact/hooks';
import { toHash, type Design } from '../design.ts';
import type { FromFrame, ToFrame } from '../frame-messages.ts';
import { Segments } from './controls.tsx';

interface StageProps {
  design: Design;
  onView(change: Partial<Design['view']>): void;
}

export function Stage({ design, onView }: StageProps) {
  const frame = useRef<HTMLIFrameElement>(null);
  const [state, setState] = useState<FromFrame['chat'] | 'loading'>('loading');
  const latest = useRef('');
  const first = useRef(toHash(design));
  const hash = toHash(design);
  latest.current = hash;
  const tell = (message: ToFrame) => frame.current?.contentWindow?.postMessage(message, location.origin);

  useEffect(() => {
    const hear = ({ source, origin, data }: MessageEvent<FromFrame>) => {
      if (source !== frame.current?.contentWindow || origin !== location.origin) return;
      setState(data.chat);
      // What was changed while the frame was loading.
      if (data.chat === 'ready') tell({ design: latest.current });
    };
    addEventListener('message', hear);
    return () => removeEventListener('message', hear);
  }, []);
  useEffect(() => tell({ design: hash }), [hash]);

  const { width, page } = design.view;
  return (
    <div class="stage">
      <div class="stage__tools">
        <div class="stage__width">
          <Segments
            label="Width of the preview"
            bare
            value={width}
            choices={[
              ['desktop', 'Desktop'],
              ['phone', 'Phone'],
            ]}
            onChange={(next) => onView({ width: next })}
          />
        </div>
        <span class="stage__word" aria-hidden="true">
          Page
        </span>
        <Segments
          label="The page is"
          bare
          value={page || 'auto'}
          choices={[
            ['auto', 'Auto'],
            ['light', 'Light'],
            ['dark', 'Dark'],
          ]}
          onChange={(next) => onView({ page: next === 'auto' ? '' : next })}
        />
        <span class="stage__gap" />
        <button class="button button--quiet" type="button" onClick={() => tell({ command: 'restart' })}>
          New visitor
        </button>
        <button class="button" type="button" onClick={() => tell({ command: 'toggle' })}>
          {state === 'open' ? 'Close the chat' : 'Open the chat'}
        </button>
      </div>
      <div class={`device device--${width}`}>
        <div class="device__bar" aria-hidden="true">
          <i />
          <i />
          <i />
          <span class="device__address">kiln-and-clay.example</span>
        </div>
        <iframe ref={frame} class="device__screen" title="A shop with the widget" src={`/demo/preview#${first.current}`} allow="microphone" />
      </div>
    </div>
  );
}
