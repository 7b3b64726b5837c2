/** The row of the conversation on screen. One that no list has brought, such as behind a link to what was closed long ago, is asked for. */

import { useEffect } from 'preact/hooks';
import type { ConversationRow } from '../inbox-api.ts';
import type { ConversationListState } from './conversation-list.ts';
import type { Workspace } from './workspace.ts';

/** Null as long as it is not known, and for no conversation. */
export function useRow({ list }: Workspace, { loaded, error }: ConversationListState, id: number | null): ConversationRow | null {
  const row = id === null ? null : list.row(id);
  // The first page has most of those that are looked at.
  const wanted = row === null && (loaded || error !== null) ? id : null;
  useEffect(() => list.want(wanted), [list, wanted]);
  useEffect(() => () => list.want(null), [list]);
  return row;
}
