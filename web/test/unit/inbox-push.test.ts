import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryStorage } from '../../shared/storage.ts';
import type { PushBrowser, PushWishes } from '../../inbox/push-api.ts';
import { noticeOf } from '../../inbox/pushed.ts';
import { hrefOf, inboxRoute } from '../../inbox/routes.ts';
import { Looking } from '../../inbox/state/looking.ts';
import { Preferences } from '../../inbox/state/preferences.ts';
import { ReadNotices } from '../../inbox/state/read-notices.ts';
import { bytesOf, WebPush } from '../../inbox/state/web-push.ts';
import { ApiError } from '../../shared/api.ts';
import { PusherClient } from '../../shared/pusher-client.ts';
import { signIn } from '../../inbox/state/sign-in.ts';
import { FakeClock, FakeNetwork, settle } from './fakes.ts';

test('what is pushed is told in the language of the agent, else of the browser', () => {
  const message = { kind: 'message', conversation_id: 5, seq: 7, sender: 'Vera', text: 'Hello', language: null };
  const data = { href: '/inbox/conversations/5', conversationId: 5, seq: 7, mention: false };
  assert.deepEqual(noticeOf(message, ['fr', 'en-GB']), { title: 'Vera', body: 'Hello', tag: 'conversation-5', language: 'en', data });
  assert.equal(data.href, hrefOf(inboxRoute(5)), 'the address that the inbox has for it');
  const nameless = noticeOf({ ...message, sender: null, text: null, language: 'de-AT' }, ['en']);
  assert.deepEqual([nameless.title, nameless.body, nameless.language], ['Besucher #5', 'Neue Nachricht', 'de']);
  const mention = noticeOf({ kind: 'mention', conversation_id: 5, sender: 'Ada', text: 'Look' }, ['de']);
  assert.deepEqual([mention.title, mention.body, mention.tag, mention.data.mention], ['Ada hat Sie erwähnt', 'Look', 'mention-5', true]);
  assert.equal(noticeOf({ kind: 'test', language: 'en' }, ['de']).title, 'Notifications work');
});

test('what is not understood is told as something new, and leads nowhere but to the inbox', () => {
  for (const given of [null, 7, 'x', [], {}, { kind: 'message', conversation_id: '5/../x' }, { kind: 'message', conversation_id: 1.5 }]) {
    const { title, data } = noticeOf(given, []);
    assert.deepEqual([title, data.href, data.conversationId], ['New message', '/inbox', null], JSON.stringify(given));
  }
});

const KEY = Buffer.from(Uint8Array.from({ length: 65 }, (_, index) => index)).toString('base64url');

function setUp(permission: NotificationPermission | 'unsupported' = 'granted', stored: MemoryStorage = new MemoryStorage()) {
  const log: string[] = [];
  const preferences = new Preferences(stored);
  preferences.belongTo(1);
  const server: { session: number; there: PushBrowser[] } = { session: 1, there: [] };
  let own: { key: string } | null = null;
  const subscription = () =>
    own && {
      options: { applicationServerKey: bytesOf(own.key).buffer },
      toJSON: () => ({ endpoint: 'https://push.example', keys: {} }),
      unsubscribe: async () => {
        log.push('unsubscribed');
        own = null;
        return true;
      },
    };
  const push = new WebPush({
    preferences,
    api: {
      list: async () => ({ public_key: KEY, session_id: server.session, subscriptions: server.there }),
      subscribe: async (_: PushSubscriptionJSON, wishes: PushWishes) => {
        log.push(`told ${wishes.notify_of} ${wishes.with_text}`);
        const made = { id: 9, current: true, ...wishes } as PushBrowser;
        server.there = [made];
        return made;
      },
      remove: async (id) => {
        log.push(`removed ${id}`);
        server.there = [];
      },
    },
    browser: {
      permission: () => permission,
      ask: async () => permission,
      manager: async () => ({
        getSubscription: async () => subscription() as unknown as PushSubscription | null,
        subscribe: async () => {
          own ??= { key: KEY };
          return subscription() as unknown as PushSubscription;
        },
      }),
    },
  });
  return { push, preferences, server, log, stored, forgetOwn: () => (own = null), another: (key: string) => (own = { key }) };
}

test('a browser is subscribed, says what it wants anew, and is not told any more', async () => {
  const { push, preferences, log } = setUp();
  push.start();
  assert.equal(push.state, 'off');
  await push.turnOn();
  assert.equal(push.state, 'on');
  preferences.set({ notifyOf: 'all' });
  preferences.set({ theme: 'dark' });
  await settle();
  preferences.set({ pushText: false });
  await settle();
  assert.deepEqual(log, ['told mine true', 'told all true', 'told all false']);
  await push.turnOff();
  assert.deepEqual(log.slice(3), ['unsubscribed', 'removed 9']);
  assert.deepEqual([push.state, preferences.state.whenClosed], ['off', false]);
});

test('a later login subscribes again, but not a browser that was removed from another one', async () => {
  const { stored, push, server } = setUp();
  await push.turnOn();
  const again = setUp('granted', stored);
  Object.assign(again.server, { session: 2, there: [] });
  again.push.start();
  await settle();
  assert.deepEqual([again.push.state, again.log], ['on', ['told mine true']]);

  const removed = setUp('granted', stored);
  Object.assign(removed.server, { session: 2, there: [] });
  removed.push.start();
  await settle();
  assert.deepEqual([removed.push.state, removed.preferences.state.whenClosed, removed.log], ['off', false, []]);
  assert.equal(server.session, 1);
});

test('another key takes the place of one that was made for another server', async () => {
  const { push, another, log } = setUp();
  another('AAAA');
  await push.turnOn();
  assert.deepEqual([push.state, log], ['on', ['unsubscribed', 'told mine true']]);
});

test('where notifications are blocked or unknown there is nothing to turn on', async () => {
  for (const [permission, state] of [['denied', 'blocked'], ['unsupported', 'unsupported'], ['default', 'off']] as const) {
    const { push, log } = setUp(permission);
    await push.turnOn();
    assert.deepEqual([push.state, log], [state, []], permission);
  }
});

test('who looks says so every minute, and says it when they look away', async () => {
  const clock = new FakeClock();
  const told: boolean[] = [];
  let visible = true;
  const api = { looking: async (looking: boolean) => void told.push(looking) };
  const looking = new Looking({ api, clock, isVisible: () => visible });
  looking.look();
  await clock.advance(60_000);
  assert.deepEqual(told, [true, true]);
  visible = false;
  looking.look();
  looking.away();
  await clock.advance(600_000);
  assert.deepEqual(told, [true, true, false]);
});

test('what was read is taken away a moment later, at once for all', async () => {
  const clock = new FakeClock();
  const asked: number[][] = [];
  const notices = [
    { href: '', conversationId: 1, seq: 1, mention: false },
    { href: '', conversationId: 2, seq: 1, mention: false },
    { href: '', conversationId: 1, seq: 0, mention: true },
  ];
  const read = new ReadNotices(async (isOver) => void asked.push(notices.flatMap((data, index) => (isOver(data) ? [index] : []))), clock);
  read.conversation(1);
  read.conversation(3);
  await clock.advance(500);
  read.mentions();
  await clock.advance(500);
  await clock.advance(5_000);
  assert.deepEqual(asked, [[0], [2]]);
});

test('a socket that is signed in comes back when it is shut out, and is asked anew who it is', async () => {
  const clock = new FakeClock();
  const network = new FakeNetwork();
  const client = new PusherClient({ url: 'ws://chat/app/key', authorize: async () => ({}), createSocket: network.createSocket, clock });
  const asked: string[] = [];
  const ask = async (socketId: string) => {
    asked.push(socketId);
    if (socketId === '2.2' && asked.length < 4) throw new ApiError('network', 'unreachable');
    return { auth: `key:${socketId}`, user_data: '{"id":"agent.7"}' };
  };
  signIn(client, { ask, clock });
  client.connect();
  network.last.establish('1.1');
  await settle();
  assert.deepEqual(network.last.sent, [{ event: 'pusher:signin', data: { auth: 'key:1.1', user_data: '{"id":"agent.7"}' } }]);
  network.last.drop(4009);
  assert.equal(client.state, 'failed');
  await clock.advance(10_000);
  network.last.establish('2.2');
  await settle();
  assert.deepEqual(network.last.sent, []);
  await clock.advance(60_000);
  assert.deepEqual([asked, network.last.sentEvents.includes('pusher:signin')], [['1.1', '2.2', '2.2', '2.2'], true]);
  network.last.drop(4001);
  await clock.advance(60_000);
  assert.equal(client.state, 'failed', 'of another refusal it is no matter who it was');
  client.disconnect();
});
