/** A search while its words are written: asked for a moment after the last letter, and only the newest answer counts. */

import { toApiError } from '../../shared/api.ts';
import { systemClock, type Clock, type TimerHandle } from '../../shared/clock.ts';
import { Emitter, type Off } from '../../shared/emitter.ts';
import type { FoundMessage, FoundPerson, InboxApi } from '../inbox-api.ts';
import { text } from '../text.ts';

export interface SearchState {
  words: string;
  messages: readonly FoundMessage[];
  people: readonly FoundPerson[];
  /** Whether what is shown belongs to `words`; while it does not, older results stay. */
  loaded: boolean;
  loading: boolean;
  /** Why it did not work, for people. */
  failed: string | null;
  /** Where the next page of messages begins. */
  next: string | null;
}

const NOTHING: SearchState = { words: '', messages: [], people: [], loaded: false, loading: false, failed: null, next: null };
/** After the last letter. */
const PAUSE_MS = 150;
const PAGE_LIMIT = 30;

export class Search {
  private readonly events = new Emitter<{ change: SearchState }>();
  private current = NOTHING;
  private timer: TimerHandle = null;
  /** Rises with every question. */
  private question = 0;

  constructor(
    private readonly api: Pick<InboxApi, 'search'>,
    private readonly clock: Clock = systemClock,
  ) {}

  get state(): SearchState {
    return this.current;
  }

  subscribe(listener: () => void): Off {
    return this.events.on('change', listener);
  }

  look(written: string): void {
    const words = written.trim();
    if (words === this.current.words) return;
    this.question += 1;
    this.clock.clearTimeout(this.timer);
    if (!words) return this.set(NOTHING);
    this.set({ ...this.current, words, loaded: false, failed: null, next: null });
    this.timer = this.clock.setTimeout(() => void this.ask(null), PAUSE_MS);
  }

  /** The next page of messages. */
  more(): void {
    if (!this.current.loading && this.current.next !== null) void this.ask(this.current.next);
  }

  retry(): void {
    this.set({ ...this.current, failed: null });
    void this.ask(null);
  }

  private async ask(cursor: string | null): Promise<void> {
    const question = (this.question += 1);
    const { words } = this.current;
    this.set({ ...this.current, loading: true });
    try {
      const found = await this.api.search(words, cursor, PAGE_LIMIT);
      if (question !== this.question) return;
      const messages = cursor === null ? found.messages : [...this.current.messages, ...found.messages];
      const people = cursor === null ? found.people : this.current.people;
      this.set({ words, messages, people, loaded: true, loading: false, failed: null, next: found.next });
    } catch (thrown) {
      if (question !== this.question) return;
      const error = toApiError(thrown);
      this.set({ ...this.current, loading: false, failed: error.offline ? text.unreachable : text.searchPage.failed });
    }
  }

  private set(state: SearchState): void {
    this.current = state;
    this.events.emit('change', state);
  }
}
