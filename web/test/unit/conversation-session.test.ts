import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError } from '../../shared/api.ts';
import { ConversationSession, type ConversationSource } from '../../shared/conversation-session.ts';
import { Realtime } from '../../shared/realtime.ts';
import { MemoryStorage } from '../../shared/storage.ts';
import type { ConversationQuery, ConversationResponse, ConversationStatus, MarkKind, Message } from '../../shared/types.ts';
import { FakeClock, FakeNetwork, message, settle } from './fakes.ts';
import { silentLog } from '../../shared/log.ts';

const CHANNEL = 'private-chat.conversation.1';

/** A server with one conversation, as far as a session can tell. */
class FakeServer implements ConversationSource {
  messages: Message[] = [];
  status: ConversationStatus = 'active';
  revision = 1;
  read = { visitor_seq: 0, agent_seq: 0 };
  delivered = { visitor_seq: 0, agent_seq: 0 };
  /** What the next requests fail with, in order. */
  failures: (Error | null)[] = [];
  readonly requests: string[] = [];
  readonly marks: number[] = [];
  readonly deliveredMarks: number[] = [];
  private held: (() => void)[] = [];

  get lastSeq(): number {
    return this.messages.length;
  }

  /** The revisions of second thoughts, by `seq`. */
  readonly changes = new Map<number, number>();

  post(text: string, fields: Partial<Message> = {}): Message {
    const posted = message(this.lastSeq + 1, { message: text, ...fields });
    this.messages.push(posted);
    this.revision += 1;
    this.release();
    return posted;
  }

  /** An agent's second thought about a message. */
  change(seq: number, fields: Partial<Message>): Message {
    this.revision += 1;
    const changed = { ...this.messages[seq - 1]!, ...fields };
    this.messages[seq - 1] = changed;
    this.changes.set(seq, this.revision);
    this.release();
    return changed;
  }

  close(): void {
    this.status = 'closed';
    this.revision += 1;
    this.release();
  }

  async open() {
    this.enter('open');
    const { messages, lastSeq, revision, status, read, delivered } = this;
    return { conversationId: 1, messages: [...messages], lastSeq, revision, status, read, delivered };
  }

  async fetch(_id: number, query: ConversationQuery, signal?: AbortSignal): Promise<ConversationResponse> {
    const { after_seq: after = 0, before_seq: before, after_revision: revision = Infinity, wait } = query;
    this.enter(before ? `before ${before}` : wait ? `wait ${after}` : `after ${after}`);
    if (wait && this.lastSeq <= after && this.revision <= revision) {
      await new Promise<void>((resolve, reject) => {
        this.held.push(resolve);
        signal?.addEventListener('abort', () => reject(new ApiError('aborted', 'cancelled')));
      });
    }
    return {
      success: true,
      data: {
        id: 1,
        visitor_name: 'Vi',
        visitor_email: null,
        visitor_phone: null,
        status: this.status,
        assigned_to: null,
        messages: before ? this.messages.filter((m) => m.seq < before) : this.messages.filter((m) => m.seq > after),
        created_at: '',
        last_message_at: null,
      },
      last_seq: this.lastSeq,
      revision: this.revision,
      changed: this.messages.filter((m) => m.seq <= after && (this.changes.get(m.seq) ?? 0) > revision),
      read: { ...this.read },
      delivered: { ...this.delivered },
    };
  }

  async send(_id: number, item: { clientId: string; text: string }, socketId: string | null) {
    this.enter(`send ${item.text} from ${socketId}`);
    const known = this.messages.find((m) => m.client_id === item.clientId);
    const stored = known ?? this.post(item.text, { client_id: item.clientId, sender_type: 'visitor' });
    return {
      success: true as const,
      message_id: stored.id,
      seq: stored.seq,
      timestamp: stored.timestamp,
      created_at: stored.created_at,
    };
  }

  async mark(kind: MarkKind, _id: number, upToSeq: number): Promise<void> {
    this.enter(kind);
    (kind === 'read' ? this.marks : this.deliveredMarks).push(upToSeq);
  }

  private enter(request: string): void {
    this.requests.push(request);
    const failure = this.failures.shift();
    if (failure) throw failure;
  }

  private release(): void {
    this.held.splice(0).forEach((resolve) => resolve());
  }
}

function setUp(options: { sockets?: boolean; storage?: MemoryStorage } = {}) {
  const clock = new FakeClock();
  const network = new FakeNetwork();
  const server = new FakeServer();
  const realtime = new Realtime({
    config: {
      providers: ['reverb', 'polling'],
      reverb: options.sockets === false ? null : { enabled: true, key: 'k', host: null, port: null, scheme: null },
    },
    baseUrl: 'https://chat.test',
    authorize: async (_id, channels) => Object.fromEntries(channels.map((name) => [name, { auth: 'k:s' }])),
    createSocket: network.createSocket,
    clock,
    log: silentLog,
  });
  const session = new ConversationSession({
    source: server,
    realtime,
    role: 'visitor',
    storage: options.storage ?? new MemoryStorage(),
    outboxPrefix: 'outbox',
    clock,
  });
  const incoming: string[] = [];
  session.events.on('incoming', ({ message }) => incoming.push(message));
  const texts = () => session.state.entries.map((entry) => entry.message.message);
  const goLive = async (socketId = '1.1') => {
    network.last.establish(socketId);
    await settle();
    network.last.succeed(CHANNEL);
    await settle();
  };
  return { clock, network, server, realtime, session, incoming, texts, goLive };
}

test('opening shows the history, and the subscription is followed by one fetch', async () => {
  const { server, session, texts, goLive } = setUp();
  server.post('welcome');
  session.start();
  await settle();
  assert.equal(session.state.phase, 'ready');
  assert.equal(session.state.conversationId, 1);
  server.post('while subscribing');
  await goLive();
  assert.deepEqual(texts(), ['welcome', 'while subscribing']);
  assert.deepEqual(server.requests, ['open', 'after 1']);
  assert.equal(session.state.provider, 'reverb');
});

test('a broadcast is shown without a request', async () => {
  const { network, server, session, texts, incoming, goLive } = setUp();
  session.start();
  await settle();
  await goLive();
  const requests = server.requests.length;
  network.last.receive('ChatMessageReceived', server.post('hi'), CHANNEL);
  await settle();
  assert.deepEqual(texts(), ['hi']);
  assert.deepEqual(incoming, ['hi']);
  assert.equal(server.requests.length, requests);
});

test('a broadcast that came ahead of a lost one fetches what is missing, once, in order', async () => {
  const { network, server, session, incoming, texts, goLive } = setUp();
  session.start();
  await settle();
  await goLive();
  server.post('lost');
  network.last.receive('ChatMessageReceived', server.post('second'), CHANNEL);
  await settle();
  assert.deepEqual(texts(), ['lost', 'second']);
  assert.deepEqual(incoming, ['lost', 'second']);
  assert.deepEqual(server.requests.slice(2), ['after 0']);
});

test('a message too large to broadcast is fetched', async () => {
  const { network, server, session, texts, goLive } = setUp();
  session.start();
  await settle();
  await goLive();
  const { seq } = server.post('very long');
  network.last.receive('ChatMessageReceived', { reference: true, conversation_id: 1, seq, revision: 2 }, CHANNEL);
  await settle();
  assert.deepEqual(texts(), ['very long']);
});

test('an own message is shown at once, sent with the socket id, and never doubled', async () => {
  const { network, server, session, texts, goLive } = setUp();
  session.start();
  await settle();
  await goLive('7.7');
  session.send('  hello ');
  assert.equal(session.state.entries[0]?.delivery, 'sending');
  const key = session.state.entries[0]?.key;
  await settle();
  assert.deepEqual(server.requests.at(-1), 'send hello from 7.7');
  network.last.receive('ChatMessageReceived', server.messages[0], CHANNEL);
  await settle();
  assert.deepEqual(texts(), ['hello']);
  assert.equal(session.state.entries[0]?.delivery, 'sent');
  assert.equal(session.state.entries[0]?.key, key);
});

test('a message whose answer was lost is recognised when it comes back', async () => {
  const { server, session, texts } = setUp({ sockets: false });
  session.start();
  await settle();
  server.send = async (_id, item) => {
    server.post(item.text, { client_id: item.clientId, sender_type: 'visitor' });
    throw new ApiError('network', 'the answer was lost');
  };
  session.send('hello');
  await settle();
  assert.deepEqual(session.state.entries.map((entry) => entry.delivery), ['sent']);
  assert.deepEqual(texts(), ['hello']);
});

test('messages written before the conversation is open wait for it', async () => {
  const { clock, server, session, texts } = setUp({ sockets: false });
  server.failures.push(new ApiError('network', 'tunnel'));
  session.start();
  session.send('first');
  await settle();
  assert.equal(session.state.reachable, false);
  assert.deepEqual(texts(), ['first']);
  await clock.advance(1_000);
  assert.equal(session.state.reachable, true);
  assert.deepEqual(session.state.entries.map((entry) => entry.delivery), ['sent']);
});

test('without a socket news comes by long-poll, messages and state alike', async () => {
  const { server, session, texts, incoming } = setUp({ sockets: false });
  session.start();
  await settle();
  assert.deepEqual(server.requests, ['open', 'wait 0']);
  assert.equal(session.state.provider, 'polling');
  server.post('polled');
  await settle();
  assert.deepEqual(texts(), ['polled']);
  assert.deepEqual(incoming, ['polled']);
  server.close();
  await settle();
  assert.equal(session.state.view?.status, 'closed');
  assert.equal(server.requests.at(-1), 'wait 1');
});

test('a socket that drops is followed by a fetch and then a long-poll, and back', async () => {
  const { clock, network, server, session, texts, goLive } = setUp();
  session.start();
  await settle();
  await goLive();
  network.last.drop();
  server.post('in the gap');
  await settle();
  assert.deepEqual(texts(), ['in the gap']);
  assert.equal(session.state.provider, 'polling');
  assert.deepEqual(server.requests.slice(2), ['after 0', 'wait 1']);
  await clock.advance(1_000);
  server.post('while reconnecting');
  await goLive('2.2');
  await settle();
  assert.deepEqual(texts(), ['in the gap', 'while reconnecting']);
  assert.equal(session.state.provider, 'reverb');
  const requests = server.requests.length;
  await clock.advance(60_000);
  assert.equal(server.requests.length, requests);
});

test('console listeners hear polled messages too', async () => {
  const { server, session, realtime } = setUp({ sockets: false });
  const heard: string[] = [];
  realtime.channel(CHANNEL).bind('ChatMessageReceived', ({ message }: Message) => heard.push(message));
  session.start();
  await settle();
  server.post('polled');
  await settle();
  assert.deepEqual(heard, ['polled']);
});

test('a failing server is asked again with back-off', async () => {
  const { clock, server, session } = setUp({ sockets: false });
  session.start();
  await settle();
  const busy = () => new ApiError('http', 'busy', { status: 503, retryAfter: 5 });
  server.failures.push(busy());
  session.wake();
  await settle();
  const requests = server.requests.length;
  session.wake();
  await clock.advance(4_999);
  assert.equal(server.requests.length, requests);
  await clock.advance(1);
  assert.equal(server.requests.length > requests, true);
});

test('a refusal ends the session', async () => {
  const { clock, server, session } = setUp();
  server.failures.push(new ApiError('http', 'Unknown token', { status: 401 }));
  session.start();
  await clock.advance(60_000);
  assert.equal(session.state.phase, 'gone');
  assert.equal(session.state.error?.status, 401);
  assert.deepEqual(server.requests, ['open']);
});

test('state follows the newest revision, whatever the order of the events', async () => {
  const { network, session, goLive } = setUp();
  session.start();
  await settle();
  await goLive();
  const event = (status: string, revision: number) => ({ conversation_id: 1, status, assigned_to: null, revision });
  network.last.receive('ConversationReopened', event('active', 9), CHANNEL);
  network.last.receive('ConversationClosed', event('closed', 8), CHANNEL);
  assert.equal(session.state.view?.status, 'active');
  network.last.receive('MessagesRead', { reader: 'employee', up_to_seq: 4, revision: 11 }, CHANNEL);
  network.last.receive('ConversationAssigned', { ...event('active', 10), assigned_to: { id: 2, name: 'Ada' } }, CHANNEL);
  assert.equal(session.state.view?.assignedTo?.name, 'Ada');
  assert.equal(session.state.view?.read.agent_seq, 4);
});

test('reading moves the mark at once and tells the server once', async () => {
  const { server, session } = setUp({ sockets: false });
  server.post('a');
  server.post('b');
  session.start();
  await settle();
  assert.equal(session.state.unread, 2);
  server.failures.push(new ApiError('network', 'tunnel'));
  session.markRead();
  session.markRead();
  assert.equal(session.state.unread, 0);
  await settle();
  assert.deepEqual(server.marks, []);
  server.post('c');
  await settle();
  assert.deepEqual(server.marks, [2]);
  assert.equal(session.state.unread, 1);
});

test('what reached the other side is known from an answer and from an event, and moves forward only', async () => {
  const { network, server, session, goLive } = setUp();
  server.delivered.agent_seq = 2;
  session.start();
  await settle();
  await goLive();
  const seen = () => session.state.view?.delivered;
  assert.deepEqual(seen(), { visitor_seq: 0, agent_seq: 2 });
  network.last.receive('MessagesDelivered', { reader: 'employee', up_to_seq: 3, revision: 11 }, CHANNEL);
  network.last.receive('MessagesDelivered', { reader: 'employee', up_to_seq: 1, revision: 12 }, CHANNEL);
  assert.deepEqual(seen(), { visitor_seq: 0, agent_seq: 3 });
  assert.equal(session.state.view?.revision, 12);
  assert.equal(session.state.view?.read.agent_seq, 0, 'delivered is not read');
});

test('without a socket, a poll brings what reached the other side', async () => {
  const { server, session } = setUp({ sockets: false });
  server.post('mine', { sender_type: 'visitor' });
  session.start();
  await settle();
  assert.equal(session.state.view?.delivered.agent_seq, 0);
  server.delivered.agent_seq = 1;
  server.post('another', { sender_type: 'visitor' });
  await settle();
  assert.equal(session.state.view?.delivered.agent_seq, 1);
});

test('what is on this screen unseen is told once, and not what was seen', async () => {
  const { server, session } = setUp({ sockets: false });
  server.post('a');
  session.start();
  await settle();
  session.markDelivered();
  session.markDelivered();
  await settle();
  assert.deepEqual(server.deliveredMarks, [1]);
  session.markRead();
  session.markDelivered();
  await settle();
  server.post('b');
  await settle();
  session.markRead();
  session.markDelivered();
  await settle();
  assert.deepEqual([server.marks, server.deliveredMarks], [[1, 2], [1]]);
});

test('typing is whispered sparingly and shown until it is stale', async () => {
  const { clock, network, session, goLive } = setUp();
  session.start();
  await settle();
  await goLive();
  session.setTyping(true);
  session.setTyping(true);
  await clock.advance(3_000);
  session.setTyping(true);
  session.setTyping(false);
  session.setTyping(false);
  const whispers = network.last.sent.filter((frame) => frame.event === 'client-typing');
  assert.deepEqual(whispers.map((frame) => frame.data['typing']), [true, true, false]);
  network.last.receive('client-typing', { sender_type: 'employee', name: 'Ada', typing: true }, CHANNEL);
  assert.deepEqual(session.state.typing, { name: 'Ada' });
  await clock.advance(5_000);
  assert.equal(session.state.typing, null);
});

test('a message refused because the chat is closed reveals the state and can be sent after reopening', async () => {
  const { network, server, session, goLive } = setUp();
  session.start();
  await settle();
  await goLive();
  server.status = 'closed';
  server.revision += 1;
  server.failures.push(new ApiError('http', 'Conversation closed', { status: 409 }));
  session.send('too late');
  await settle();
  assert.equal(session.state.view?.status, 'closed');
  assert.equal(session.state.entries[0]?.delivery, 'failed');
  network.last.receive('ConversationReopened', { conversation_id: 1, status: 'active', assigned_to: null, revision: 50 }, CHANNEL);
  session.retryRefusedByClosing();
  await settle();
  assert.deepEqual(session.state.entries.map((entry) => entry.delivery), ['sent']);
});

test('older messages are loaded page by page', async () => {
  const { server, session, texts } = setUp({ sockets: false });
  for (const text of ['1', '2', '3']) server.post(text);
  const open = server.open.bind(server);
  server.open = async () => ({ ...(await open()), messages: server.messages.slice(2) });
  session.start();
  await settle();
  assert.deepEqual(texts(), ['3']);
  assert.equal(session.state.hasOlder, true);
  await session.loadOlder();
  assert.deepEqual(texts(), ['1', '2', '3']);
  assert.equal(session.state.hasOlder, false);
});

test('stopping ends all requests, and starting again catches up', async () => {
  const { clock, network, server, session, texts, goLive } = setUp();
  session.start();
  await settle();
  await goLive();
  session.stop();
  server.post('meanwhile');
  const requests = server.requests.length;
  await clock.advance(60_000);
  assert.equal(server.requests.length, requests);
  session.start();
  await settle();
  network.last.succeed(CHANNEL);
  await settle();
  assert.deepEqual(texts(), ['meanwhile']);
});

test('a listener may stop the session while it starts, and start it later', async () => {
  const { clock, server, session } = setUp({ sockets: false });
  server.status = 'closed';
  const off = session.subscribe(() => session.state.phase === 'ready' && session.stop());
  session.start();
  await settle();
  session.start();
  await clock.advance(60_000);
  assert.deepEqual(server.requests, ['open']);
  off();
  server.post('meanwhile');
  session.start();
  await settle();
  assert.equal(session.state.entries.length, 1);
});

test('a mistake in the program is not asked again without a pause', async () => {
  const { clock, server, session } = setUp({ sockets: false });
  server.failures = Array.from({ length: 3 }, () => new TypeError('x is undefined'));
  session.start();
  await settle();
  assert.deepEqual(server.requests, ['open']);
  await clock.advance(600_000);
  assert.equal(session.state.phase, 'ready');
});

test('what was edited and deleted while the line was cut is found by the next answer, whatever was heard since', async () => {
  const { session, server, network, clock, goLive } = setUp();
  server.post('first');
  server.post('second');
  session.start();
  await settle();
  await goLive();
  // Missed: the line is dead, and nobody knows yet.
  server.change(1, { message: 'First', edited_at: '2026-01-01T00:01:00Z' });
  server.change(2, { message: '', deleted_at: '2026-01-01T00:01:00Z' });
  // Something later is heard all the same, as of a socket that skipped what came before.
  network.last.receive('MessagesRead', { conversation_id: 1, reader: 'visitor', up_to_seq: 1, revision: server.revision }, CHANNEL);
  network.last.drop();
  await clock.advance(100);
  const shown = session.state.entries.map(({ message }) => [message.message, Boolean(message.edited_at), Boolean(message.deleted_at)]);
  assert.deepEqual(shown, [['First', true, false], ['', false, true]]);
});

test('an edit that is too large to be told is fetched', async () => {
  const { session, server, network, goLive } = setUp();
  server.post('first');
  session.start();
  await settle();
  await goLive();
  const { seq } = server.change(1, { message: 'First', edited_at: '2026-01-01T00:01:00Z' });
  network.last.receive('MessageUpdated', { conversation_id: 1, seq, revision: server.revision, reference: true }, CHANNEL);
  await settle();
  assert.equal(session.state.entries[0]?.message.message, 'First');
});
