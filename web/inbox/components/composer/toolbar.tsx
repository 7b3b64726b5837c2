/** The buttons below the text: what can be put into it, and how it is formatted. */

import type { ComponentChildren } from 'preact';
import type { Format } from '../../state/formatting.ts';
import { text } from '../../text.ts';
import { AtIcon, BoldIcon, BoltIcon, BulletsIcon, ClipIcon, CodeIcon, ItalicIcon, LinkIcon, MicrophoneIcon, SmileIcon } from '../thread/icons.tsx';

export interface ToolbarProps {
  /** Null: not here. */
  onAttach: (() => void) | null;
  onRecord: (() => void) | null;
  onCanned: (() => void) | null;
  onMention: (() => void) | null;
  emojiOpen: boolean;
  onEmoji(): void;
  onFormat(format: Format): void;
}

const FORMATS: readonly [Format, () => ComponentChildren][] = [
  ['bold', BoldIcon],
  ['italic', ItalicIcon],
  ['code', CodeIcon],
  ['link', LinkIcon],
  ['bullets', BulletsIcon],
];

export function Toolbar({ onAttach, onRecord, onCanned, onMention, emojiOpen, onEmoji, onFormat }: ToolbarProps) {
  return (
    <div class="composer__tools" role="group" aria-label={text.thread.tools}>
      {onAttach && <Tool label={text.thread.attach} Icon={ClipIcon} onClick={onAttach} />}
      <Tool label={text.thread.emoji} Icon={SmileIcon} expanded={emojiOpen} onClick={onEmoji} />
      {onRecord && <Tool label={text.thread.record} Icon={MicrophoneIcon} onClick={onRecord} />}
      {onCanned && <Tool label={text.thread.cannedReplies} Icon={BoltIcon} onClick={onCanned} />}
      {onMention && <Tool label={text.thread.mention} Icon={AtIcon} onClick={onMention} />}
      <span class="composer__formats">
        {FORMATS.map(([format, Icon]) => (
          <Tool key={format} label={text.thread.formats[format]} Icon={Icon} onClick={() => onFormat(format)} />
        ))}
      </span>
    </div>
  );
}

interface ToolProps {
  label: string;
  Icon: () => ComponentChildren;
  expanded?: boolean;
  onClick(): void;
}

function Tool({ label, Icon, expanded, onClick }: ToolProps) {
  return (
    <button class="composer__tool" type="button" aria-label={label} title={label} aria-expanded={expanded} onMouseDown={(event) => event.preventDefault()} onClick={onClick}>
      <Icon />
    </button>
  );
}
