/**
 * What somebody wrote. The team's Markdown becomes elements; what visitors write stays as they wrote it. Only web addresses
 * become links.
 */

import { Fragment, type ComponentChildren } from 'preact';
import { splitLinks } from '../../shared/links.ts';
import { linkOrText, parseMarkdown, type Inline } from '../../shared/markdown.ts';
import { splitMentions } from '../state/mentions.ts';

export interface MessageTextProps {
  text: string;
  markdown?: boolean;
  /** Whether its links are to be reached with the Tab key. */
  tabbable?: boolean;
  /** The agent for whom a mention stands out. */
  ownId?: number;
}

export function MessageText({ text, markdown = false, tabbable = true, ownId }: MessageTextProps) {
  const shown = { tabbable, ownId };
  return (
    <div class="message__text" dir="auto">
      {markdown ? blocks(text, shown) : inlines(splitLinks(text).map(linkOrText), shown)}
    </div>
  );
}

interface Shown {
  tabbable: boolean;
  ownId: number | undefined;
}

function blocks(text: string, shown: Shown): ComponentChildren {
  return parseMarkdown(text).map((block) => {
    if (block.kind === 'pre') {
      return (
        <pre dir="ltr">
          <code>{block.text}</code>
        </pre>
      );
    }
    if (block.kind === 'text') return <p>{inlines(block.children, shown)}</p>;
    const Tag = block.kind;
    return (
      <Tag>
        {block.items.map((item) => (
          <li>{inlines(item, shown)}</li>
        ))}
      </Tag>
    );
  });
}

function inlines(parts: Inline[], shown: Shown): ComponentChildren {
  return parts.map((part, index) => {
    if (typeof part === 'string') return <Fragment key={index}>{withMentions(part, shown)}</Fragment>;
    if (part.tag === 'a') {
      return (
        <a href={part.href} target="_blank" rel="noopener noreferrer nofollow" tabIndex={shown.tabbable ? 0 : -1}>
          {inlines(part.children, shown)}
        </a>
      );
    }
    const Tag = part.tag;
    return <Tag>{inlines(part.children, shown)}</Tag>;
  });
}

function withMentions(text: string, { ownId }: Shown): ComponentChildren {
  if (ownId === undefined) return text;
  return splitMentions(text).map((part) =>
    typeof part === 'string' ? part : <span class={part.id === ownId ? 'mention mention--own' : 'mention'}>@{part.name}</span>,
  );
}
