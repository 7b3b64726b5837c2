/** What somebody wrote, as they wrote it; addresses of pages become links, everything else stays text. */

import { splitLinks } from '../state/split-links.ts';

export function MessageText({ text }: { text: string }) {
  return (
    <p class="message__text" dir="auto">
      {splitLinks(text).map((part) =>
        part.kind === 'link' ? (
          <a href={part.text} target="_blank" rel="noopener noreferrer nofollow">
            {part.text}
          </a>
        ) : (
          part.text
        ),
      )}
    </p>
  );
}
