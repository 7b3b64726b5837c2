/**
 * Tells the server which messages have reached this inbox, so that their visitors know that somebody
 * can see them. Many rows are one request: it waits a moment, in which the agent may read them or
 * another inbox may be quicker, and then there is nothing left to tell.
 */

import { toApiError } from '../../shared/api.ts';
import { Backoff } from '../../shared/backoff.ts';
import { systemClock, type Clock, type TimerHandle } from '../../shared/clock.ts';
import { MAX_DELIVERED_MARKS, type ConversationRow, type InboxApi } from '../inbox-api.ts';

export interface DeliveryMarkerOptions {
  api: Pick<InboxApi, 'markDelivered'>;
  clock?: Clock;
}

/** Not noticed by a visitor; the inboxes of a team spread over as long again. */
const DELAY_MS = 250;

export class DeliveryMarker {
  private readonly clock: Clock;
  private readonly backoff: Backoff;
  /** By conversation, the `seq` that is to be told. Bounded by the rows that the list knows. */
  private readonly wanted = new Map<number, number>();
  /** By conversation, the `seq` up to which there is nothing more to tell. As many as there are rows. */
  private readonly told = new Map<number, number>();
  private timer: TimerHandle = null;
  private inFlight = false;
  private stopped = false;

  constructor(private readonly options: DeliveryMarkerOptions) {
    this.clock = options.clock ?? systemClock;
    this.backoff = new Backoff(this.clock);
  }

  /** A row as it stands. Only what visitors wrote and no inbox has told of before is worth a request. */
  note({ id, unread_count: unread, last_seq: lastSeq, delivered_seq: deliveredSeq, last_message: last }: ConversationRow): void {
    if (unread === 0 || lastSeq <= deliveredSeq) {
      this.wanted.delete(id);
      return;
    }
    const told = Math.max(this.told.get(id) ?? 0, deliveredSeq);
    if (lastSeq <= told) return;
    const isAnswer = last !== null && last.sender_type !== 'visitor';
    if (isAnswer && lastSeq === told + 1) {
      this.told.set(id, lastSeq);
      return;
    }
    this.wanted.set(id, lastSeq);
    this.schedule(DELAY_MS * (1 + this.clock.random()));
  }

  stop(): void {
    this.stopped = true;
    this.clock.clearTimeout(this.timer);
  }

  private schedule(delayMs: number): void {
    if (this.stopped || this.inFlight || this.timer !== null || this.wanted.size === 0) return;
    this.timer = this.clock.setTimeout(() => void this.tell(), delayMs);
  }

  private async tell(): Promise<void> {
    this.timer = null;
    const told = [...this.wanted].slice(0, MAX_DELIVERED_MARKS);
    if (told.length === 0) return;
    for (const [id, seq] of told) {
      this.wanted.delete(id);
      this.told.set(id, seq);
    }
    this.inFlight = true;
    let delayMs = DELAY_MS;
    try {
      await this.options.api.markDelivered(told.map(([id, seq]) => ({ conversation_id: id, up_to_seq: seq })));
      this.backoff.reset();
    } catch (thrown) {
      const error = toApiError(thrown);
      // What is refused for good would be refused again.
      if (error.transient) {
        for (const [id, seq] of told) {
          this.told.delete(id);
          this.wanted.set(id, Math.max(seq, this.wanted.get(id) ?? 0));
        }
      }
      delayMs = Math.max(this.backoff.next(), (error.retryAfter ?? 0) * 1_000);
    }
    this.inFlight = false;
    this.schedule(delayMs);
  }
}
