import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiClient, ApiError } from '../../shared/api.ts';
import type { ChatApi, OutgoingMessage } from '../../shared/chat-api.ts';
import { Realtime } from '../../shared/realtime.ts';
import { MemoryStorage } from '../../shared/storage.ts';
import type { ConversationResponse } from '../../shared/types.ts';
import { Drafts } from '../../inbox/state/drafts.ts';
import { OpenConversations } from '../../inbox/state/open-conversations.ts';
import { FakeClock, FakeLog, settle } from './fakes.ts';

const AGENT = { id: 3, name: 'Ada', email: 'ada@chat.test', role: 'admin' };

function setUp(storage = new MemoryStorage()) {
  const clock = new FakeClock();
  const sent: OutgoingMessage[] = [];
  const control = { refuse: null as number | null };
  const chat = {
    conversation: async (id: number, query: { wait?: number }): Promise<ConversationResponse> => {
      if (query.wait) return new Promise(() => {});
      return {
        success: true,
        data: {
          id,
          visitor_name: 'Vera',
          visitor_email: null,
          visitor_phone: null,
          status: 'active',
          assigned_to: null,
          messages: [],
          created_at: '2026-01-01T00:00:00Z',
          last_message_at: null,
        },
        last_seq: 0,
        revision: 1,
        read: { visitor_seq: 0, agent_seq: 0 },
      };
    },
    sendMessage: async (message: OutgoingMessage) => {
      if (control.refuse) throw new ApiError('http', 'refused', { status: control.refuse });
      sent.push(message);
      return { success: true, message_id: sent.length, seq: 1, timestamp: '', created_at: '2026-01-01T00:00:00Z' };
    },
  } as unknown as ChatApi;
  const realtime = new Realtime({
    config: { providers: ['polling'] },
    baseUrl: 'https://chat.test',
    authorize: async () => ({}),
    clock,
    log: new FakeLog(),
  });
  const watch = { isHidden: () => false, onSent: () => {} };
  const open = new OpenConversations({ agent: AGENT, chat, http: new ApiClient({ baseUrl: '' }), realtime, storage, clock, ...watch });
  return { open, storage, sent, control };
}

test('going back to a conversation finds it as it was left', async () => {
  const { open } = setUp();
  const session = open.get(1);
  await settle();
  open.get(2);
  assert.equal(open.get(1), session);
  assert.equal(session.state.view?.visitorName, 'Vera');
  open.stop();
});

test('of many conversations the ones used last are kept, and the one on screen', async () => {
  const { open } = setUp();
  const first = open.get(1);
  open.show(1);
  const second = open.get(2);
  for (let id = 3; id <= 12; id += 1) open.get(id);
  await settle();
  assert.equal(open.get(1), first);
  assert.notEqual(open.get(2), second);
  open.stop();
});

test('what could not be sent is kept at hand until it is', async () => {
  const { open, control } = setUp();
  control.refuse = 503;
  const session = open.get(1);
  await settle();
  session.send('later');
  await settle();
  for (let id = 2; id <= 12; id += 1) open.get(id);
  assert.equal(open.get(1), session);
  open.stop();
});

test('what an earlier page left unsent is sent by the next one, and only by its author', async () => {
  const first = setUp();
  first.control.refuse = 401;
  first.open.get(7);
  await settle();
  first.open.get(7).send('before the login ended');
  await settle();
  first.open.stop();

  const next = setUp(first.storage);
  next.open.resumeUnsent();
  await settle();
  assert.deepEqual(next.sent.map(({ conversation_id, message }) => [conversation_id, message]), [[7, 'before the login ended']]);
  assert.deepEqual(first.storage.keys(''), []);
  next.open.stop();
});

test('logging out leaves nothing behind', async () => {
  const { open, storage, control } = setUp();
  control.refuse = 422;
  open.get(1);
  await settle();
  open.get(1).send('secret');
  await settle();
  assert.equal(storage.keys('').length, 1);
  open.forgetUnsent();
  assert.deepEqual(storage.keys(''), []);
});

test('drafts belong to a conversation and to an agent', () => {
  const storage = new MemoryStorage();
  const [ada, bob] = [new Drafts(1, storage), new Drafts(2, storage)];
  ada.set(7, 'half a sent');
  assert.deepEqual([ada.get(7), ada.get(8), bob.get(7)], ['half a sent', '', '']);
  bob.set(7, 'other');
  ada.forget();
  assert.deepEqual([ada.get(7), bob.get(7)], ['', 'other']);
  bob.set(7, '');
  assert.deepEqual(storage.keys(''), []);
});
