/**
 * The notes of one conversation. They come with the inbox's channel, which only agents hear; whatever was missed there is
 * found by asking again. A note that is being saved is shown at once, and kept for another attempt when that fails.
 */

import { toApiError } from '../../shared/api.ts';
import { Emitter, type Off } from '../../shared/emitter.ts';
import type { RealtimeChannel } from '../../shared/realtime.ts';
import type { Note, ThreadApi } from '../thread-api.ts';

export interface ShownNote extends Note {
  /** Stays the same when a note that is being saved becomes a saved one. */
  key: string;
  delivery: 'saved' | 'saving' | 'failed';
}

export interface NotesState {
  notes: ShownNote[];
}

export interface ConversationNotesOptions {
  api: Pick<ThreadApi, 'notes' | 'addNote' | 'editNote' | 'deleteNote'>;
  conversationId: number;
  agent: { id: number; name: string };
  /** The inbox's. */
  channel: Pick<RealtimeChannel, 'bind' | 'onLive'>;
}

/** A note as an event carries it, or only the word that there is one. */
type NoteEvent = Note | { conversation_id: number; reference: true };

export class ConversationNotes {
  private readonly events = new Emitter<{ change: NotesState }>();
  private readonly saved = new Map<number, ShownNote>();
  private readonly unsaved = new Map<string, ShownNote>();
  private readonly offs: Off[] = [];
  private snapshot: NotesState | null = null;
  private loading = false;
  private again = false;
  private nextKey = 1;

  constructor(private readonly options: ConversationNotesOptions) {}

  get state(): NotesState {
    return (this.snapshot ??= { notes: [...this.saved.values(), ...this.unsaved.values()] });
  }

  /** Whether there is something that only this browser has. */
  get isSaving(): boolean {
    return this.unsaved.size > 0;
  }

  subscribe(listener: () => void): Off {
    return this.events.on('change', listener);
  }

  start(): void {
    const { channel } = this.options;
    const received = (event: NoteEvent) => this.received(event);
    this.offs.push(
      channel.onLive((live) => live && void this.load()),
      channel.bind('NoteAdded', received),
      channel.bind('NoteUpdated', received),
    );
    void this.load();
  }

  stop(): void {
    this.offs.splice(0).forEach((off) => off());
  }

  /** Asks for all of them; a failure leaves what is known, and the next occasion asks again. */
  async load(): Promise<void> {
    this.again = this.loading;
    if (this.loading) return;
    this.loading = true;
    try {
      for (const note of await this.options.api.notes(this.options.conversationId)) this.merge(note);
      this.changed();
    } catch {
      // Tried again with the next subscription or change of the conversation.
    } finally {
      this.loading = false;
    }
    if (this.again) void this.load();
  }

  add(body: string, afterSeq: number): void {
    const { agent, conversationId } = this.options;
    const key = `unsaved-note-${this.nextKey++}`;
    const note = { id: 0, conversation_id: conversationId, agent, body, mentions: [], after_seq: afterSeq, created_at: new Date().toISOString(), edited_at: null, deleted_at: null };
    this.unsaved.set(key, { ...note, key, delivery: 'saving' });
    this.changed();
    void this.save(key);
  }

  retry(key: string): void {
    void this.save(key);
  }

  /** Gives up a note that could not be saved. */
  discard(key: string): void {
    this.unsaved.delete(key);
    this.changed();
  }

  /** Rejects with an `ApiError`. */
  async edit(id: number, body: string): Promise<void> {
    this.merge(await this.options.api.editNote(id, body));
    this.changed();
  }

  /** Rejects with an `ApiError`. */
  async remove(id: number): Promise<void> {
    await this.options.api.deleteNote(id);
    this.saved.delete(id);
    this.changed();
  }

  private async save(key: string): Promise<void> {
    const note = this.unsaved.get(key);
    if (!note) return;
    const before = new Set(this.saved.keys());
    this.unsaved.set(key, { ...note, delivery: 'saving' });
    this.changed();
    try {
      const saved = await this.options.api.addNote(this.options.conversationId, note.body);
      this.unsaved.delete(key);
      this.merge(saved, key);
    } catch (thrown) {
      // An answer that was lost is no reason to write it twice.
      if (toApiError(thrown).offline) await this.load();
      if (this.isSaved(note, before)) this.unsaved.delete(key);
      else if (this.unsaved.has(key)) this.unsaved.set(key, { ...note, delivery: 'failed' });
    }
    this.changed();
  }

  private isSaved({ body }: ShownNote, before: ReadonlySet<number>): boolean {
    const { id } = this.options.agent;
    return [...this.saved.values()].some((note) => note.agent.id === id && note.body === body && !before.has(note.id));
  }

  private received(event: NoteEvent): void {
    if (event.conversation_id !== this.options.conversationId) return;
    if ('reference' in event) {
      void this.load();
      return;
    }
    this.merge(event, this.adopt(event));
    this.changed();
  }

  /** Of an own note the event may be quicker than the answer; the key of what is shown already. */
  private adopt({ agent, body }: Note): string | undefined {
    if (agent.id !== this.options.agent.id) return undefined;
    const own = [...this.unsaved.values()].find((note) => note.body === body && note.delivery === 'saving');
    if (own) this.unsaved.delete(own.key);
    return own?.key;
  }

  private merge(note: Note, key?: string): void {
    const known = this.saved.get(note.id);
    if (note.deleted_at) {
      this.saved.delete(note.id);
      return;
    }
    // An answer that was asked for before an edit must not undo it.
    if (known && (known.edited_at ?? '') > (note.edited_at ?? '')) return;
    this.saved.set(note.id, { ...note, key: known?.key ?? key ?? `note-${note.id}`, delivery: 'saved' });
  }

  private changed(): void {
    this.snapshot = null;
    this.events.emit('change', this.state);
  }
}
