/** How long ago something was, growing older while it is looked at; exactly, for whoever points at it. */

import { useEffect, useState } from 'preact/hooks';
import { completeTime, shortTime } from '../../../format-time.ts';
import { text } from '../../../text.ts';

/** Seconds are told, so they have to pass. */
const TICK_MS = 5_000;

export interface AgoProps {
  at: string;
  /** The sentence around it. */
  words?(ago: string): string;
}

export function Ago({ at, words = (ago) => ago }: AgoProps) {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), TICK_MS);
    return () => clearInterval(timer);
  }, [at]);
  const then = new Date(at);
  return (
    <time dateTime={at} title={completeTime(then)}>
      {words(ago(then, new Date(now)))}
    </time>
  );
}

/** “10 seconds ago”; what is older than an hour is told by its time. */
export function ago(then: Date, now: Date): string {
  const seconds = Math.max(0, Math.round((now.getTime() - then.getTime()) / 1_000));
  if (seconds === 0) return text.time.now;
  if (seconds < 60) return text.websites.secondsAgo(seconds);
  if (seconds < 3_600) return text.websites.minutesAgo(Math.floor(seconds / 60));
  return shortTime(then, now);
}
