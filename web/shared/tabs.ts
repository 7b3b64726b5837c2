/**
 * The tabs of one site that show the same chat: a bus between them, and the election of the one that
 * holds the socket and sends.
 *
 * Invariant: at most one tab is told that it leads, except for the moment in which a leader that does
 * not answer is replaced; what both do in that moment is idempotent. A tab that cannot reach others
 * (no BroadcastChannel, blocked storage) leads itself.
 *
 * Web Locks end a dead leader's term at once. Where they are missing, as on plain `http://` pages,
 * the tabs agree over the bus: the smallest id wins.
 */

import { systemClock, type Clock, type TimerHandle } from './clock.ts';
import { Emitter } from './emitter.ts';

/** The part of a BroadcastChannel that is used. */
export interface Bus {
  onmessage: ((event: { data: unknown }) => void) | null;
  postMessage(data: unknown): void;
  close(): void;
}

type Locks = Pick<LockManager, 'request'>;

export interface TabsOptions {
  /** Shared by the tabs that belong together. */
  name: string;
  openBus?: (name: string) => Bus | null;
  locks?: Locks | null;
  clock?: Clock;
  newId?: () => string;
  isVisible?: () => boolean;
}

interface TabsEvents {
  /** This tab leads now, or no longer. */
  leader: boolean;
  /** From another tab; only what was posted with `post`. */
  message: unknown;
  /** A leader has taken over somewhere: tell it what it has to know. */
  changed: null;
}

type Signal =
  | { type: 'hello' | 'here' | 'bye' | 'lead' | 'ping' | 'pong' | 'front'; from: string; leads: boolean }
  | { type: 'data'; from: string; data: unknown };

/** As long as a visible tab accepts silence of the leader before it takes over. */
const PONG_MS = 2_000;
const CHECK_EVERY_MS = 15_000;
/** Without locks: as long as an answer to `hello` may take. */
const CLAIM_AFTER_MS = 250;
/** Other tabs that are remembered; more are counted as this many. */
const MAX_PEERS = 50;

export class Tabs {
  readonly events = new Emitter<TabsEvents>();
  readonly id: string;
  private readonly clock: Clock;
  private readonly locks: Locks | null;
  private bus: Bus | null = null;
  private readonly peers = new Set<string>();
  private leads = false;
  private running = false;
  private term = 0;
  private release: (() => void) | null = null;
  private claimTimer: TimerHandle = null;
  private pongTimer: TimerHandle = null;
  private checkTimer: TimerHandle = null;
  private front: string | null = null;

  constructor(private readonly options: TabsOptions) {
    this.clock = options.clock ?? systemClock;
    this.locks = options.locks === undefined ? ownLocks() : options.locks;
    this.id = options.newId?.() ?? `${this.clock.now().toString(36)}-${this.clock.random().toString(36).slice(2)}`;
  }

  get isLeader(): boolean {
    return this.leads;
  }

  /** Whether no other tab is known. */
  get alone(): boolean {
    return this.peers.size === 0;
  }

  /** Whether this is the tab that was looked at last: the one that makes a sound. */
  get isFront(): boolean {
    return this.front === null ? this.leads || this.alone : this.front === this.id;
  }

  start(): void {
    if (this.running) return;
    this.running = true;
    this.term += 1;
    this.bus = (this.options.openBus ?? ownBus)(this.options.name);
    if (!this.bus) {
      this.setLeader(true);
      return;
    }
    this.bus.onmessage = ({ data }) => this.receive(data as Signal);
    this.signal('hello');
    if (this.isVisible) this.lookedAt();
    this.campaign();
    this.scheduleCheck();
  }

  /** Another tab takes over at once. */
  stop(): void {
    if (!this.running) return;
    this.running = false;
    this.term += 1;
    for (const timer of [this.claimTimer, this.pongTimer, this.checkTimer]) this.clock.clearTimeout(timer);
    this.signal('bye');
    this.setLeader(false);
    this.release?.();
    this.release = null;
    this.bus?.close();
    this.bus = null;
    this.peers.clear();
    this.front = null;
  }

  post(data: unknown): void {
    if (!this.alone) this.send({ type: 'data', from: this.id, data });
  }

  /** The visitor looks at this tab now. */
  lookedAt(): void {
    this.front = this.id;
    this.signal('front');
  }

  /** Somebody counts on the leader at this moment: one that does not answer is replaced. */
  check(): void {
    if (!this.running || this.leads || !this.bus) return;
    this.signal('ping');
    this.clock.clearTimeout(this.pongTimer);
    this.pongTimer = this.clock.setTimeout(() => this.takeOver(), PONG_MS);
  }

  private get isVisible(): boolean {
    return this.options.isVisible?.() ?? true;
  }

  private scheduleCheck(): void {
    this.checkTimer = this.clock.setTimeout(() => {
      if (this.isVisible) this.check();
      this.scheduleCheck();
    }, CHECK_EVERY_MS);
  }

  private campaign(): void {
    if (this.locks) this.requestLock({});
    else this.claimTimer = this.clock.setTimeout(() => this.setLeader(true), CLAIM_AFTER_MS);
  }

  private requestLock(options: LockOptions): void {
    const { term, locks } = this;
    const hold = () =>
      new Promise<void>((resolve) => {
        if (term !== this.term || !this.running) return resolve();
        this.release = resolve;
        this.setLeader(true);
      });
    try {
      locks!.request(`${this.options.name}:leader`, options, hold).catch((error: unknown) => {
        if (term !== this.term || !this.running) return;
        this.release = null;
        // Another tab took the lock because we did not answer in time: queue up again.
        if ((error as { name?: string } | null)?.name === 'AbortError') {
          this.setLeader(false);
          this.requestLock({});
        } else {
          this.setLeader(true);
        }
      });
    } catch {
      this.setLeader(true);
    }
  }

  private takeOver(): void {
    if (!this.running || this.leads) return;
    if (this.locks) this.requestLock({ steal: true });
    else this.setLeader(true);
  }

  private receive(signal: Signal): void {
    if (!this.running || typeof signal?.from !== 'string' || signal.from === this.id) return;
    if (signal.type === 'bye') {
      this.peers.delete(signal.from);
      if (this.front === signal.from) this.front = null;
      if (signal.leads && !this.locks) this.campaignAfterLeader();
      return;
    }
    if (this.peers.size < MAX_PEERS) this.peers.add(signal.from);
    if (signal.type === 'data') {
      this.events.emit('message', signal.data);
      return;
    }
    if (signal.leads) this.heardLeader(signal.from);
    if (signal.type === 'hello') this.signal('here');
    else if (signal.type === 'front') this.front = signal.from;
    else if (signal.type === 'ping' && this.leads) this.signal('pong');
    else if (signal.type === 'lead') this.events.emit('changed', null);
    // A tab that came before knows who leads when it hears the greeting; a leader says so in its answer.
    if (signal.type === 'here' && signal.leads) this.events.emit('changed', null);
  }

  private heardLeader(from: string): void {
    this.clock.clearTimeout(this.pongTimer);
    if (this.locks) return;
    this.clock.clearTimeout(this.claimTimer);
    if (!this.leads) return;
    if (from < this.id) this.setLeader(false);
    else this.signal('lead');
  }

  /** Not all at once: the first to claim wins. */
  private campaignAfterLeader(): void {
    this.clock.clearTimeout(this.claimTimer);
    this.claimTimer = this.clock.setTimeout(() => this.setLeader(true), this.clock.random() * CLAIM_AFTER_MS);
  }

  private setLeader(leads: boolean): void {
    if (leads === this.leads) return;
    this.leads = leads;
    this.clock.clearTimeout(this.pongTimer);
    if (leads) this.signal('lead');
    this.events.emit('leader', leads);
  }

  private signal(type: Exclude<Signal['type'], 'data'>): void {
    this.send({ type, from: this.id, leads: this.leads });
  }

  private send(signal: Signal): void {
    try {
      this.bus?.postMessage(signal);
    } catch {
      // Something that cannot be cloned; the tabs that miss it fetch it.
    }
  }
}

function ownBus(name: string): Bus | null {
  try {
    return typeof BroadcastChannel === 'function' ? (new BroadcastChannel(name) as unknown as Bus) : null;
  } catch {
    return null;
  }
}

function ownLocks(): Locks | null {
  try {
    return globalThis.navigator?.locks ?? null;
  } catch {
    return null;
  }
}
