/**
 * Tells the test page when a visitor's message was on this screen. Both pages are of one origin and
 * one computer, so their clocks agree and the difference to the moment of sending is the latency.
 */

import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import type { ConversationSession } from '../../shared/conversation-session.ts';
import type { TimelineEntry } from '../../shared/timeline.ts';

const CHANNEL = 'antiphon-latency';

export interface LatencyReport {
  client_id: string;
  /** Milliseconds since the epoch, with fractions. */
  shown_at: number;
}

/** Reports every message of the visitor that arrives while the conversation is shown, once it is in the page. */
export function useLatencyReport(session: ConversationSession, entries: readonly TimelineEntry[]): void {
  const channel = useRef<BroadcastChannel | null>(null);
  const awaited = useRef(new Set<string>());

  useEffect(() => {
    const opened = new BroadcastChannel(CHANNEL);
    const arrived = awaited.current;
    channel.current = opened;
    const off = session.events.on('incoming', (message) => {
      if (message.sender_type === 'visitor' && message.client_id) arrived.add(message.client_id);
    });
    return () => {
      off();
      arrived.clear();
      opened.close();
      channel.current = null;
    };
  }, [session]);

  useLayoutEffect(() => {
    if (awaited.current.size === 0) return;
    for (const { key } of entries) {
      if (!awaited.current.delete(key)) continue;
      const report: LatencyReport = { client_id: key, shown_at: performance.timeOrigin + performance.now() };
      // Told in a task of its own, so that telling it makes nothing late.
      setTimeout(() => channel.current?.postMessage(report));
    }
  }, [entries]);
}
