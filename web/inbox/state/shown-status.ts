/**
 * The status and the assignee of a conversation, which are known from two sides: from its row in the
 * list and from the conversation itself. Whichever heard of the later change is right.
 */

import type { ConversationView } from '../../shared/conversation-view.ts';
import type { Assignee, ConversationStatus } from '../../shared/types.ts';
import type { ConversationRow } from '../inbox-api.ts';

export interface ShownStatus {
  status: ConversationStatus;
  assignedTo: Assignee | null;
}

export function shownStatus(row: ConversationRow | null, view: ConversationView | null): ShownStatus | null {
  if (view && (!row || view.statusRevision >= row.revision)) {
    return { status: view.status, assignedTo: view.assignedTo };
  }
  return row && { status: row.status, assignedTo: row.assigned_to };
}
