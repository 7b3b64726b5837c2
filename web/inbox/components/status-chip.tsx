import type { ConversationStatus } from '../../shared/types.ts';
import { text } from '../text.ts';

export function StatusChip({ status }: { status: ConversationStatus }) {
  return <span class={`chip chip--${status}`}>{text.row.status[status]}</span>;
}
