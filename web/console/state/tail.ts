/** What happens on the server, as it happens: bounded, and stopped on demand so that it can be read. */

import { Emitter, type Off } from '../../shared/emitter.ts';

/** How many rows are kept; the oldest go first. */
export const MAX_ROWS = 500;
/** After the server refused: too many are watching, or it restarts. */
const RETRY_MS = 3_000;

export type TailType = 'opened' | 'refused' | 'closed' | 'received' | 'sent' | 'published' | 'announced' | 'requested';

export interface TailEvent {
  at: number;
  app: string | null;
  type: TailType;
  socket_id?: string;
  event?: string;
  channel?: string | null;
  /** Cut after some 2,000 bytes; `bytes` says how many there were. */
  data?: string | null;
  bytes?: number;
  subscriptions?: number;
  except?: string | null;
  origin?: string | null;
  address?: string | null;
  code?: number | null;
  reason?: string | null;
  key?: string;
  method?: string;
  target?: string;
  status?: number;
  took_us?: number;
}

export interface TailRow extends TailEvent {
  /** In the order of arrival. */
  n: number;
}

export interface TailState {
  phase: 'connecting' | 'open' | 'lost';
  /** The newest first. */
  rows: readonly TailRow[];
  paused: boolean;
  /** What came since the pause. */
  held: number;
  /** What the server could not send, since the last clear. */
  missed: number;
}

/** The part of `EventSource` that is used, for tests to stand in. */
export interface Source {
  readonly readyState: number;
  addEventListener(type: 'open' | 'error' | 'message', listener: (event: MessageEvent<string>) => void): void;
  close(): void;
}

const CLOSED = 2;

export class Tail {
  private readonly events = new Emitter<{ change: TailState }>();
  private current: TailState = { phase: 'connecting', rows: [], paused: false, held: 0, missed: 0 };
  private source: Source | null = null;
  private retry: ReturnType<typeof setTimeout> | null = null;
  /** What came while nothing new is shown, the newest first. */
  private heldRows: TailRow[] = [];
  private n = 0;

  constructor(
    private readonly address: string,
    private readonly connect: (address: string) => Source = (address) => new EventSource(address),
  ) {}

  get state(): TailState {
    return this.current;
  }

  subscribe(listener: () => void): Off {
    return this.events.on('change', listener);
  }

  open(): void {
    const source = this.connect(this.address);
    this.source = source;
    source.addEventListener('open', () => this.set({ phase: 'open' }));
    source.addEventListener('message', ({ data }) => this.take(data));
    source.addEventListener('error', () => {
      this.set({ phase: 'lost' });
      // A lost connection is made again by the browser; a refusal is final to it.
      if (source.readyState === CLOSED && this.source === source) this.retry = setTimeout(() => this.open(), RETRY_MS);
    });
  }

  close(): void {
    this.source?.close();
    this.source = null;
    if (this.retry !== null) clearTimeout(this.retry);
  }

  pause(): void {
    this.set({ paused: true });
  }

  resume(): void {
    const rows = [...this.heldRows, ...this.current.rows].slice(0, MAX_ROWS);
    this.heldRows = [];
    this.set({ paused: false, held: 0, rows });
  }

  clear(): void {
    this.heldRows = [];
    this.set({ rows: [], held: 0, missed: 0 });
  }

  private take(text: string): void {
    const { events, missed } = JSON.parse(text) as { events: TailEvent[]; missed: number };
    const fresh = events.map((event) => ({ ...event, n: (this.n += 1) })).reverse();
    const all = { missed: this.current.missed + missed };
    if (this.current.paused) {
      this.heldRows = [...fresh, ...this.heldRows].slice(0, MAX_ROWS);
      this.set({ ...all, held: this.current.held + fresh.length });
    } else {
      this.set({ ...all, rows: [...fresh, ...this.current.rows].slice(0, MAX_ROWS) });
    }
  }

  private set(change: Partial<TailState>): void {
    this.current = { ...this.current, ...change };
    this.events.emit('change', this.current);
  }
}
