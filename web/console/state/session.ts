/** Whether the person before the page may look, and how they can show it. */

import { ApiError, toApiError } from '../../shared/api.ts';
import { Emitter, type Off } from '../../shared/emitter.ts';
import type { ConsoleApi } from '../console-api.ts';

export type SessionState =
  | { phase: 'unknown' }
  | { phase: 'unreachable'; message: string }
  | { phase: 'logged-out'; passwordOnly: boolean; expired: boolean }
  /** Logged in as an agent who may not look. */
  | { phase: 'forbidden' }
  | { phase: 'elsewhere'; address: string }
  | { phase: 'logged-in'; name: string | null; passwordOnly: boolean };

export class Session {
  private readonly events = new Emitter<{ change: SessionState }>();
  private current: SessionState = { phase: 'unknown' };
  private passwordOnly = false;

  constructor(private readonly api: ConsoleApi) {
    api.onLoggedOut = () => {
      if (this.current.phase === 'logged-in') this.set({ phase: 'logged-out', passwordOnly: this.passwordOnly, expired: true });
    };
  }

  get state(): SessionState {
    return this.current;
  }

  subscribe(listener: () => void): Off {
    return this.events.on('change', listener);
  }

  async check(): Promise<void> {
    try {
      const answer = await this.api.session();
      this.passwordOnly = answer.password_only;
      if (answer.elsewhere !== null) this.set({ phase: 'elsewhere', address: answer.elsewhere });
      else this.set({ phase: 'logged-in', name: answer.name, passwordOnly: answer.password_only });
    } catch (thrown) {
      this.refused(toApiError(thrown));
    }
  }

  /** Rejects with the refusal. `email` is of no use where there is only a password. */
  async logIn(email: string, password: string): Promise<void> {
    if (this.passwordOnly) await this.api.logInWithPassword(password);
    else await this.api.logInAsAgent(email, password);
    await this.check();
  }

  async logOut(): Promise<void> {
    await this.api.logOut(this.passwordOnly);
    this.set({ phase: 'logged-out', passwordOnly: this.passwordOnly, expired: false });
  }

  private refused(error: ApiError): void {
    switch (error.status) {
      case 401:
        this.passwordOnly = error.body['password_only'] === true;
        this.set({ phase: 'logged-out', passwordOnly: this.passwordOnly, expired: false });
        break;
      case 403:
        this.set({ phase: 'forbidden' });
        break;
      default:
        this.set({ phase: 'unreachable', message: error.message });
    }
  }

  private set(state: SessionState): void {
    this.current = state;
    this.events.emit('change', state);
  }
}
