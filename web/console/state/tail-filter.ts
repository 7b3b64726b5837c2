/** Which rows of a tail are of interest. Pure. */

import type { TailRow, TailType } from './tail.ts';

export type TailGroup = 'events' | 'frames' | 'connections' | 'requests';

/** In the order in which they are offered. */
export const GROUPS: readonly { group: TailGroup; label: string; types: readonly TailType[] }[] = [
  { group: 'events', label: 'Events', types: ['published', 'announced'] },
  { group: 'frames', label: 'Client frames', types: ['received', 'sent'] },
  { group: 'connections', label: 'Connections', types: ['opened', 'closed', 'refused'] },
  { group: 'requests', label: 'API', types: ['requested'] },
];

const GROUP_OF = new Map(GROUPS.flatMap(({ group, types }) => types.map((type) => [type, group] as const)));

/** Rows of the groups that are not hidden, with every word somewhere in them. */
export function select(rows: readonly TailRow[], hidden: ReadonlySet<TailGroup>, text: string): readonly TailRow[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0 && hidden.size === 0) return rows;
  return rows.filter((row) => {
    const group = GROUP_OF.get(row.type);
    if (group !== undefined && hidden.has(group)) return false;
    if (words.length === 0) return true;
    const haystack = searched(row);
    return words.every((word) => haystack.includes(word));
  });
}

function searched(row: TailRow): string {
  const { type, socket_id, event, channel, data, origin, address, reason, code, target, method, status } = row;
  return [type, socket_id, event, channel, data, origin, address, reason, code, method, target, status].join(' ').toLowerCase();
}
