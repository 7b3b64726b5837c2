/** The chat as it will be, in a page of its own: the real widget, which follows what is edited. */

import { useEffect, useRef } from 'preact/hooks';
import { text } from '../../../text.ts';
import type { Widget, WidgetDocument } from '../../../widgets-api.ts';

export interface WidgetPreviewProps {
  widget: Widget;
  /** What is edited, in the place of what is saved. */
  settings: Partial<WidgetDocument>;
}

export function WidgetPreview({ widget, settings }: WidgetPreviewProps) {
  const frame = useRef<HTMLIFrameElement>(null);
  const preview = { name: widget.name, welcome_message: widget.welcome_message, settings: { ...widget.settings, ...settings } };
  const latest = useRef(preview);
  latest.current = preview;
  const tell = () => frame.current?.contentWindow?.postMessage({ preview: latest.current }, location.origin);
  useEffect(() => {
    const hear = ({ source, data }: MessageEvent) => {
      if (source === frame.current?.contentWindow && data?.preview === 'ready') tell();
    };
    window.addEventListener('message', hear);
    return () => window.removeEventListener('message', hear);
  }, []);
  useEffect(() => tell(), [JSON.stringify(preview)]);
  return (
    <figure class="preview">
      <figcaption class="field__label">{text.websites.appearance.preview}</figcaption>
      <iframe class="preview__frame" ref={frame} src="/widget-preview" title={text.websites.appearance.preview} />
      <p class="field__hint">{text.websites.appearance.previewHint}</p>
    </figure>
  );
}
