/**
 * Who is logged in. The cookie that proves it is out of reach of scripts, so the server is asked
 * once at the start, and any request that it answers with 401 later means: logged out.
 */

import { ApiClient, ApiError, toApiError } from '../../shared/api.ts';
import { Backoff } from '../../shared/backoff.ts';
import { systemClock, type Clock, type TimerHandle } from '../../shared/clock.ts';
import { Emitter, type Off } from '../../shared/emitter.ts';
import { InboxApi, type Me, type NewAgent } from '../inbox-api.ts';
import { PeopleApi } from '../people-api.ts';
import { InOrder } from './in-order.ts';
import { Preferences } from './preferences.ts';
import { Workspace } from './workspace.ts';

export type AccountState =
  | { phase: 'unknown' }
  /** The server gave no answer; asking goes on by itself. */
  | { phase: 'unreachable'; error: ApiError }
  | { phase: 'logged-out'; reason: LogoutReason; setupRequired: boolean }
  /** The team needs a second factor, and this agent has none yet. */
  | { phase: 'two-factor-missing' }
  | { phase: 'logged-in'; workspace: Workspace };

/** `new`: was not logged in to begin with. `expired`: the server ended it. `left`: logged out here. */
export type LogoutReason = 'new' | 'expired' | 'left';

export interface AccountOptions {
  fetch?: typeof fetch;
  clock?: Clock;
  preferences?: Preferences;
  createWorkspace?: (me: Me, http: ApiClient) => Workspace;
}

export class Account {
  readonly api: InboxApi;
  readonly people: PeopleApi;
  private readonly events = new Emitter<{ change: AccountState }>();
  private readonly http: ApiClient;
  private readonly clock: Clock;
  private readonly backoff: Backoff;
  private readonly createWorkspace: (me: Me, http: ApiClient) => Workspace;
  private current: AccountState = { phase: 'unknown' };
  private readonly rechecks = new InOrder();
  private retryTimer: TimerHandle = null;

  constructor(options: AccountOptions = {}) {
    this.clock = options.clock ?? systemClock;
    this.backoff = new Backoff(this.clock);
    const preferences = options.preferences ?? new Preferences();
    this.createWorkspace = options.createWorkspace ?? ((me, http) => new Workspace(me, http, preferences));
    const ask = options.fetch ?? ((input, init) => fetch(input, init));
    this.http = new ApiClient({
      baseUrl: '',
      credentials: 'same-origin',
      clock: this.clock,
      fetch: async (input, init) => {
        const answer = await ask(input, init);
        if (answer.status === 401 && this.current.phase === 'logged-in') this.loggedOut('expired');
        return answer;
      },
    });
    this.api = new InboxApi(this.http);
    this.people = new PeopleApi(this.http);
  }

  get state(): AccountState {
    return this.current;
  }

  subscribe(listener: () => void): Off {
    return this.events.on('change', listener);
  }

  /** Asks the server who is logged in, until it answers. */
  async check(): Promise<void> {
    this.clock.clearTimeout(this.retryTimer);
    try {
      const me = await this.api.me();
      this.backoff.reset();
      this.loggedIn(me);
    } catch (thrown) {
      const error = toApiError(thrown);
      if (error.status === 401) {
        this.loggedOut('new', error.body['setup_required'] === true);
        return;
      }
      this.set({ phase: 'unreachable', error });
      const delayMs = Math.max(this.backoff.next(), (error.retryAfter ?? 0) * 1_000);
      this.retryTimer = this.clock.setTimeout(() => void this.check(), delayMs);
    }
  }

  async logIn(email: string, password: string, code: string | null = null): Promise<void> {
    await this.api.logIn(email, password, code);
    await this.check();
  }

  async setUp(agent: NewAgent): Promise<void> {
    await this.api.setUp(agent);
    await this.check();
  }

  async acceptInvitation(token: string, name: string, password: string): Promise<void> {
    await this.people.acceptInvitation(token, name, password);
    await this.check();
  }

  /** What was written and not sent is forgotten: the next person at this desk may be another one. */
  async logOut(): Promise<void> {
    await this.api.logOut();
    if (this.current.phase === 'logged-in') void this.current.workspace.forget();
    this.loggedOut('left');
  }

  private loggedIn(me: Me): void {
    if (this.current.phase === 'logged-in') this.current.workspace.stop();
    if (me.two_factor_missing) return this.set({ phase: 'two-factor-missing' });
    const workspace = this.createWorkspace(me, this.http);
    workspace.wishes.on('recheck', () => void this.recheck(workspace));
    workspace.start();
    this.set({ phase: 'logged-in', workspace });
  }

  /** What the agent may do, or the account's rules, may be others: what is on screen follows. */
  private async recheck(workspace: Workspace): Promise<void> {
    const isNews = this.rechecks.ask();
    const me = await this.api.me().catch(() => null);
    if (!me || this.current.phase !== 'logged-in' || this.current.workspace !== workspace || !isNews()) return;
    if (me.two_factor_missing) return this.loggedIn(me);
    workspace.renew(me);
    this.set({ phase: 'logged-in', workspace });
  }

  private loggedOut(reason: LogoutReason, setupRequired = false): void {
    if (this.current.phase === 'logged-in') this.current.workspace.stop();
    this.set({ phase: 'logged-out', reason, setupRequired });
  }

  private set(state: AccountState): void {
    this.current = state;
    this.events.emit('change', state);
  }
}
