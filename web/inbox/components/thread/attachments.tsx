/** The files of a message: pictures to enlarge, sounds and films to play, everything else to open. */

import { useEffect, useMemo } from 'preact/hooks';
import { webAddress } from '../../../shared/links.ts';
import type { OutboxUpload } from '../../../shared/outbox.ts';
import type { Attachment } from '../../../shared/types.ts';
import { formatSize } from '../../../shared/upload-rules.ts';
import { text } from '../../text.ts';
import { FileIcon } from './icons.tsx';
import { VoicePlayer } from './voice-player.tsx';

/** Pictures that browsers show; others, such as HEIC, are files to open. */
export const SHOWN_PICTURE = /^image\/(jpeg|png|gif|webp|avif)$/;
const FILM = /^video\/(mp4|webm)$/;
/** Until a picture is there it has its place, so that nothing jumps. */
const MAX_WIDTH = 320;
const MAX_HEIGHT = 280;

export interface AttachmentsProps {
  attachments: readonly Attachment[];
  tabbable: boolean;
  onEnlarge(url: string): void;
}

export function Attachments({ attachments, tabbable, onEnlarge }: AttachmentsProps) {
  if (attachments.length === 0) return null;
  return (
    <div class="attachments">
      {attachments.map((attachment) => (
        <Attached key={attachment.id} attachment={attachment} tabbable={tabbable} onEnlarge={onEnlarge} />
      ))}
    </div>
  );
}

/** Where a file is; null for what is no web address. */
export function urlOf(attachment: Attachment): string | null {
  return webAddress(attachment.url, location.href);
}

function Attached({ attachment, tabbable, onEnlarge }: Omit<AttachmentsProps, 'attachments'> & { attachment: Attachment }) {
  const url = urlOf(attachment);
  const name = attachment.name || text.row.attachment;
  const type = attachment.content_type;
  if (url && SHOWN_PICTURE.test(type)) {
    return <Picture attachment={attachment} url={url} name={name} tabbable={tabbable} onEnlarge={onEnlarge} />;
  }
  if (url && type.startsWith('audio/')) {
    const { duration_ms: durationMs = null, waveform = null } = attachment;
    return <VoicePlayer url={url} durationMs={durationMs} waveform={waveform} label={name} tabbable={tabbable} />;
  }
  if (url && FILM.test(type)) {
    return <video class="film" src={url} controls preload="metadata" aria-label={name} tabIndex={tabbable ? 0 : -1} />;
  }
  return (
    <a class="file" href={url ?? undefined} target="_blank" rel="noopener noreferrer" tabIndex={tabbable ? 0 : -1}>
      <FileIcon />
      <span class="file__text">
        <span class="file__name" dir="auto">
          {name}
        </span>
        <span class="file__facts">
          {[extensionOf(name), attachment.size > 0 && formatSize(attachment.size, undefined)].filter(Boolean).join(' · ')}
        </span>
      </span>
    </a>
  );
}

function extensionOf(name: string): string {
  return /\.(\p{L}[\p{L}\p{N}]{0,5})$/u.exec(name)?.[1]?.toUpperCase() ?? '';
}

interface PictureProps {
  attachment: Attachment;
  url: string;
  name: string;
  tabbable: boolean;
  onEnlarge(url: string): void;
}

function Picture({ attachment, url, name, tabbable, onEnlarge }: PictureProps) {
  const { width, height } = attachment;
  const share = width && height ? Math.min(1, MAX_WIDTH / width, MAX_HEIGHT / height) : null;
  const size = share && width && height ? { width: Math.round(width * share), height: Math.round(height * share) } : {};
  return (
    <button class="picture" type="button" tabIndex={tabbable ? 0 : -1} aria-label={text.thread.enlarge(name)} onClick={() => onEnlarge(url)}>
      <img
        src={webAddress(attachment.thumbnail_url ?? '', location.href) ?? url}
        alt=""
        loading="lazy"
        decoding="async"
        {...size}
        // The small one is made after the message was sent.
        onError={({ currentTarget }) => {
          if (currentTarget.getAttribute('src') !== url) currentTarget.src = url;
        }}
      />
    </button>
  );
}

export interface PendingUploadProps {
  upload: OutboxUpload;
  /** The share that is through, 0–1; null when nothing is under way. */
  progress: number | null;
  onCancel: (() => void) | null;
}

/** What is on its way: as it will be, as far as this browser has it. */
export function PendingUpload({ upload, progress, onCancel }: PendingUploadProps) {
  const shown = useMemo(
    () => upload.files.map(({ blob, name }) => ({ name, size: blob.size, type: blob.type, url: URL.createObjectURL(blob) })),
    [upload],
  );
  useEffect(() => () => shown.forEach(({ url }) => URL.revokeObjectURL(url)), [shown]);
  const percent = Math.round((progress ?? 0) * 100);
  return (
    <div class="attachments attachments--pending">
      {shown.map(({ name, size, type, url }) =>
        upload.kind === 'voice' ? (
          <VoicePlayer key={url} url={url} durationMs={upload.durationMs ?? null} waveform={null} label={text.thread.voice} />
        ) : SHOWN_PICTURE.test(type) ? (
          <span class="picture" key={url}>
            <img src={url} alt={name} />
          </span>
        ) : (
          <span class="file" key={url}>
            <FileIcon />
            <span class="file__text">
              <span class="file__name" dir="auto">
                {name}
              </span>
              <span class="file__facts">{formatSize(size, undefined)}</span>
            </span>
          </span>
        ),
      )}
      {progress !== null && <progress class="upload__progress" max={100} value={percent} aria-label={text.thread.uploading} />}
      {onCancel && (
        <button class="text-button upload__cancel" type="button" onClick={onCancel}>
          {text.thread.cancelUpload}
        </button>
      )}
    </div>
  );
}
