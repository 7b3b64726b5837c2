/** A picture at its full size, over the whole page. A modal dialog: the browser keeps the focus in it. */

import { element, icon } from './dom.ts';
import { needStyles } from './styles.ts';
import css from './styles/lightbox.css';
import type { Texts } from './texts.ts';

const CROSS_ICON = 'M18 6 6 18M6 6l12 12';
const DOWNLOAD_ICON = 'M12 4v11m0 0-4.500-4.500M12 15l4.500-4.500M5 19.500h14';

export function openLightbox(place: Element, image: { url: string; name: string }, texts: Texts): void {
  needStyles(css);
  const close = () => dialog.close();
  const dialog = element(
    'dialog',
    {
      class: 'lightbox',
      'aria-label': image.name,
      onclick: (event: Event) => event.target === dialog && close(),
      onclose: () => dialog.remove(),
      onkeydown: (event: KeyboardEvent) => event.stopPropagation(),
    },
    element('img', { src: image.url, alt: image.name }),
    element(
      'div',
      { class: 'lightbox-tools' },
      element('a', { href: image.url, download: image.name, target: '_blank', rel: 'noopener noreferrer', 'aria-label': texts.download }, icon(DOWNLOAD_ICON)),
      element('button', { type: 'button', 'aria-label': texts.closeImage, onclick: close }, icon(CROSS_ICON)),
    ),
  );
  place.append(dialog);
  dialog.showModal();
}
