/** Time, sockets, servers and storage that tests move by hand. */

import type { Clock } from '../../shared/clock.ts';
import type { Log } from '../../shared/log.ts';
import type { SocketLike } from '../../shared/pusher-client.ts';
import type { Message } from '../../shared/types.ts';

/** Lets every promise callback that is due run. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
}

interface Timer {
  id: number;
  at: number;
  run: () => void;
}

export class FakeClock implements Clock {
  private time = 1_000_000;
  private timers: Timer[] = [];
  private nextId = 1;
  /** What `random` answers. */
  chance = 0;

  now(): number {
    return this.time;
  }

  random(): number {
    return this.chance;
  }

  setTimeout(run: () => void, delayMs: number): number {
    const id = this.nextId++;
    this.timers.push({ id, at: this.time + Math.max(0, delayMs), run });
    return id;
  }

  clearTimeout(handle: unknown): void {
    this.timers = this.timers.filter((timer) => timer.id !== handle);
  }

  /** The machine slept: time has passed and no timer ran. */
  jump(ms: number): void {
    this.time += ms;
    for (const timer of this.timers) timer.at += ms;
  }

  /** Moves time forward, firing timers in order and letting promises settle after each. */
  async advance(ms: number): Promise<void> {
    const end = this.time + ms;
    await settle();
    for (;;) {
      const due = this.timers.filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at || a.id - b.id)[0];
      if (!due) break;
      this.time = Math.max(this.time, due.at);
      this.clearTimeout(due.id);
      due.run();
      await settle();
    }
    this.time = end;
    await settle();
  }
}

export class FakeSocket implements SocketLike {
  readyState = 0;
  onopen: SocketLike['onopen'] = null;
  onmessage: SocketLike['onmessage'] = null;
  onclose: SocketLike['onclose'] = null;
  onerror: SocketLike['onerror'] = null;
  readonly sent: { event: string; channel?: string; data: Record<string, unknown> }[] = [];
  closedWith: number | null = null;

  constructor(readonly url: string) {}

  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }

  close(code?: number): void {
    this.closedWith = code ?? 1005;
    this.readyState = 3;
  }

  /** The names of the events that were sent. */
  get sentEvents(): string[] {
    return this.sent.map((frame) => frame.event);
  }

  receive(event: string, data?: unknown, channel?: string): void {
    const text = typeof data === 'string' || data === undefined ? data : JSON.stringify(data);
    this.onmessage?.({ data: JSON.stringify({ event, channel, data: text }) });
  }

  establish(socketId = '1.1', activityTimeout = 120): void {
    this.readyState = 1;
    this.receive('pusher:connection_established', { socket_id: socketId, activity_timeout: activityTimeout });
  }

  succeed(channel: string): void {
    this.receive('pusher_internal:subscription_succeeded', {}, channel);
  }

  drop(code = 1006, reason = ''): void {
    this.readyState = 3;
    this.onclose?.({ code, reason });
  }
}

/** Collects the sockets that were opened; the last one is usually the one of interest. */
export class FakeNetwork {
  readonly sockets: FakeSocket[] = [];

  readonly createSocket = (url: string): SocketLike => {
    const socket = new FakeSocket(url);
    this.sockets.push(socket);
    return socket;
  };

  get last(): FakeSocket {
    const socket = this.sockets[this.sockets.length - 1];
    if (!socket) throw new Error('no socket was opened');
    return socket;
  }
}

export class FakeLog implements Log {
  readonly lines: string[] = [];
  info(line: string): void {
    this.lines.push(line);
  }
  warn(line: string): void {
    this.lines.push(`! ${line}`);
  }
}

export function message(seq: number, fields: Partial<Message> = {}): Message {
  return {
    id: 100 + seq,
    seq,
    conversation_id: 1,
    client_id: null,
    sender_type: 'employee',
    sender_name: 'Ada',
    message: `text ${seq}`,
    attachments: [],
    is_voice: false,
    timestamp: '2026-01-01 00:00:00',
    created_at: '2026-01-01T00:00:00Z',
    read_at: null,
    ...fields,
  };
}
