/** From counts that only grow to what happened in each second. Pure. */

import type { AppCounts, OverviewAnswer } from '../console-api.ts';

/** How many seconds are kept for the small charts. */
export const KEPT = 60;

export interface Moment {
  connections: number;
  subscriptions: number;
  /** Each per second. */
  messagesIn: number;
  messagesOut: number;
  bytesIn: number;
  bytesOut: number;
}

export interface History {
  /** When the counts were taken, by the server's own clock. */
  uptimeMs: number;
  counts: ReadonlyMap<string, AppCounts>;
  /** For each application the last moments, the newest last. */
  moments: ReadonlyMap<string, readonly Moment[]>;
}

/** Adds what the server says now. After a restart of the server, which counts from zero, the history begins again. */
export function extend(before: History | null, now: OverviewAnswer): History {
  const elapsedS = before === null ? 0 : (now.uptime_ms - before.uptimeMs) / 1000;
  if (before !== null && elapsedS === 0) return before;
  const counts = new Map<string, AppCounts>();
  const moments = new Map<string, readonly Moment[]>();
  for (const app of now.apps) {
    counts.set(app.id, app);
    const earlier = elapsedS > 0 ? before?.counts.get(app.id) : undefined;
    const known = earlier ? (before?.moments.get(app.id) ?? []) : [];
    moments.set(app.id, earlier ? [...known, momentOf(earlier, app, elapsedS)].slice(-KEPT) : known);
  }
  return { uptimeMs: now.uptime_ms, counts, moments };
}

function momentOf(before: AppCounts, now: AppCounts, elapsedS: number): Moment {
  const perSecond = (name: 'messages_received' | 'messages_sent' | 'received_bytes' | 'sent_bytes') =>
    Math.max(0, now[name] - before[name]) / elapsedS;
  return {
    connections: now.connections,
    subscriptions: now.subscriptions,
    messagesIn: perSecond('messages_received'),
    messagesOut: perSecond('messages_sent'),
    bytesIn: perSecond('received_bytes'),
    bytesOut: perSecond('sent_bytes'),
  };
}
