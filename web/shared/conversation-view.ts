/**
 * What is known of a conversation besides its messages. News may arrive late or twice, by any way:
 * the status follows the highest revision, and marks only ever move forward.
 */

import type { Assignee, Conversation, ConversationStatus, MarkKind, ReadMarks, Role } from './types.ts';

export interface ConversationView {
  readonly id: number;
  readonly status: ConversationStatus;
  readonly assignedTo: Assignee | null;
  readonly visitorName: string | null;
  readonly visitorEmail: string | null;
  readonly visitorPhone: string | null;
  /** The newest revision heard of, of any part. */
  readonly revision: number;
  /** The revision that `status` and `assignedTo` are of. */
  readonly statusRevision: number;
  readonly read: ReadMarks;
  /** What is read has been delivered, whatever stands here. */
  readonly delivered: ReadMarks;
}

export function emptyView(id: number): ConversationView {
  return {
    id,
    status: 'pending',
    assignedTo: null,
    visitorName: null,
    visitorEmail: null,
    visitorPhone: null,
    revision: -1,
    statusRevision: -1,
    read: { visitor_seq: 0, agent_seq: 0 },
    delivered: { visitor_seq: 0, agent_seq: 0 },
  };
}

export interface StatusChange {
  status: ConversationStatus;
  assignedTo: Assignee | null;
  revision: number;
}

/** Newer wins; an equal revision changes nothing, so a repeat is harmless. */
export function withStatus(view: ConversationView, change: StatusChange): ConversationView {
  const revision = Math.max(view.revision, change.revision);
  if (change.revision <= view.statusRevision) return revision === view.revision ? view : { ...view, revision };
  return {
    ...view,
    revision,
    status: change.status,
    assignedTo: change.assignedTo,
    statusRevision: change.revision,
  };
}

export function withConversation(
  view: ConversationView,
  data: Omit<Conversation, 'messages'>,
  revision: number,
): ConversationView {
  if (revision < view.statusRevision) return view;
  const next = withStatus(view, { status: data.status, assignedTo: data.assigned_to, revision });
  return {
    ...next,
    visitorName: data.visitor_name,
    visitorEmail: data.visitor_email,
    visitorPhone: data.visitor_phone,
  };
}

/** `kind`: which of the marks are news. */
export function withMarks(
  view: ConversationView,
  kind: MarkKind,
  marks: Partial<ReadMarks> = {},
  revision = -1,
): ConversationView {
  const known = view[kind];
  const further = {
    visitor_seq: Math.max(known.visitor_seq, marks.visitor_seq ?? 0),
    agent_seq: Math.max(known.agent_seq, marks.agent_seq ?? 0),
  };
  return { ...view, [kind]: further, revision: Math.max(view.revision, revision) };
}

/** The mark that belongs to a side. */
export function markOf(marks: ReadMarks, role: Role): number {
  return role === 'visitor' ? marks.visitor_seq : marks.agent_seq;
}

export function marksFor(role: Role, upToSeq: number): Partial<ReadMarks> {
  return role === 'visitor' ? { visitor_seq: upToSeq } : { agent_seq: upToSeq };
}
