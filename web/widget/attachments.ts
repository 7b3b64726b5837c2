/** The files of a message: pictures to enlarge, sounds to play, everything else to open. */

import type { OutboxUpload } from '../shared/outbox.ts';
import type { Attachment } from '../shared/types.ts';
import { element, icon } from './dom.ts';
import { webAddress } from '../shared/links.ts';
import type { Spoken } from './locale.ts';
import { fill } from './texts.ts';
import { formatSize } from '../shared/upload-rules.ts';

const FILE_ICON = 'M14 3H7a2 2 0 0 0-2 2v14a2 2 0 0 0 2 2h10a2 2 0 0 0 2-2V8l-5-5Zm0 0v5h5';
/** Pictures that browsers show; others, such as HEIC, are files to open. */
const SHOWN = /^image\/(jpeg|png|gif|webp|avif)$/;
/** Until a picture is there it has its place, so that nothing jumps. */
const MAX_WIDTH = 260;
const MAX_HEIGHT = 260;

export function renderAttachment(attachment: Attachment, baseUrl: string, spoken: Spoken): HTMLElement {
  const { texts } = spoken;
  const url = webAddress(attachment.url, `${baseUrl}/`);
  const name = attachment.name || texts.attachment;
  if (!url) return element('span', { class: 'file' }, icon(FILE_ICON), name);
  const type = attachment.content_type ?? '';
  if (SHOWN.test(type)) return picture(attachment, url, name, baseUrl, spoken);
  const link = fileLink(url, name, attachment.size, spoken.locale);
  if (type.startsWith('audio/')) void playInstead(link, attachment, url, name, spoken);
  return link;
}

/** What is on its way: as it will be, as far as this browser has it. */
export function renderUpload(upload: OutboxUpload, spoken: Spoken): HTMLElement[] {
  if (upload.kind === 'voice') {
    const [file] = upload.files;
    const url = file ? URL.createObjectURL(file.blob) : '';
    const place = element('span', { class: 'file' }, spoken.texts.voice);
    void playInstead(place, { duration_ms: upload.durationMs ?? null, waveform: null }, url, spoken.texts.voice, spoken);
    return [place];
  }
  return upload.files.map(({ blob, name }) => {
    if (!SHOWN.test(blob.type)) return pendingFile(name);
    const url = URL.createObjectURL(blob);
    const done = () => URL.revokeObjectURL(url);
    const failed = () => {
      done();
      place.replaceWith(pendingFile(name));
    };
    // A page's policy may not allow it, and not everything is a picture that is named like one.
    const place = element('span', { class: 'picture' }, element('img', { src: url, alt: name, onload: done, onerror: failed }));
    return place;
  });
}

function pendingFile(name: string): HTMLElement {
  return element('span', { class: 'file' }, icon(FILE_ICON), element('span', { dir: 'auto' }, name));
}

function fileLink(href: string, name: string, size: number, locale: string): HTMLElement {
  const small = size > 0 ? element('small', {}, formatSize(size, locale)) : null;
  const attributes = { class: 'file', href, target: '_blank', rel: 'noopener noreferrer', tabindex: -1 };
  return element('a', attributes, icon(FILE_ICON), element('span', { class: 'file-text' }, element('span', { dir: 'auto' }, name), small));
}

function picture(attachment: Attachment, url: string, name: string, baseUrl: string, spoken: Spoken): HTMLElement {
  const { width, height } = attachment;
  const shown = webAddress(attachment.thumbnail_url ?? '', `${baseUrl}/`) ?? url;
  const share = width && height ? Math.min(1, MAX_WIDTH / width, MAX_HEIGHT / height) : null;
  const size = share && width && height ? { width: Math.round(width * share), height: Math.round(height * share) } : {};
  const enlarge = (event: Event) => {
    const place = (event.currentTarget as Element).closest('.panel');
    // Without a network for the few lines of the viewer, the picture opens in a tab.
    import('./lightbox.ts').then(
      ({ openLightbox }) => place && openLightbox(place, { url, name }, spoken.texts),
      () => window.open(url, '_blank', 'noopener'),
    );
  };
  const image = element('img', {
    src: shown,
    alt: '',
    loading: 'lazy',
    decoding: 'async',
    ...size,
    // The small one is made after the message was sent.
    onerror: () => {
      if (image.getAttribute('src') !== url) image.src = url;
    },
  });
  return element(
    'button',
    { class: 'picture', type: 'button', 'aria-label': fill(spoken.texts.enlarge, { name }), onclick: enlarge },
    image,
  );
}

type Sounding = Pick<Attachment, 'duration_ms' | 'waveform'>;

/** The link stays where the player could not be loaded. */
async function playInstead(place: HTMLElement, attachment: Sounding, url: string, name: string, spoken: Spoken): Promise<void> {
  try {
    const { audioPlayer } = await import('./player.ts');
    const { duration_ms: durationMs = null, waveform = null } = attachment;
    place.replaceWith(audioPlayer({ url, durationMs: durationMs ?? null, waveform: waveform ?? null, label: name }, spoken).root);
  } catch {
    // Opening the file plays it too.
  }
}
