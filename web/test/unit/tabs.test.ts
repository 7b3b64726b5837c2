import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Realtime } from '../../shared/realtime.ts';
import { SharedRealtime } from '../../shared/shared-realtime.ts';
import { silentLog } from '../../shared/log.ts';
import { Tabs, type Bus } from '../../shared/tabs.ts';
import { onWake } from '../../shared/wake.ts';
import { FakeClock, FakeNetwork, settle } from './fakes.ts';

/** The buses of one browser: what one posts, all others of its name get, later and as copies. */
class FakeBrowser {
  private readonly open: { name: string; bus: Bus }[] = [];
  readonly silent = new Set<Bus>();

  readonly openBus = (name: string): Bus => {
    const bus: Bus = {
      onmessage: null,
      postMessage: (data) => {
        if (this.silent.has(bus)) return;
        for (const other of this.open.filter((entry) => entry.name === name && entry.bus !== bus)) {
          if (this.silent.has(other.bus)) continue;
          queueMicrotask(() => other.bus.onmessage?.({ data: structuredClone(data) }));
        }
      },
      close: () => void this.open.splice(this.open.findIndex((entry) => entry.bus === bus), 1),
    };
    this.open.push({ name, bus });
    return bus;
  };
}

/** `navigator.locks`, as far as one exclusive lock goes. */
class FakeLocks {
  private holder: { end: (error: Error) => void } | null = null;
  private readonly queue: (() => void)[] = [];

  readonly request = ((_name: string, options: LockOptions, hold: () => Promise<void>): Promise<void> =>
    new Promise((resolve, reject) => {
      const take = () => {
        const holder = { end: reject };
        this.holder = holder;
        void hold().then(() => {
          if (this.holder === holder) this.next();
          resolve();
        });
      };
      if (options.steal && this.holder) {
        this.holder.end(Object.assign(new Error('stolen'), { name: 'AbortError' }));
        this.holder = null;
        take();
      } else if (this.holder) this.queue.push(take);
      else take();
    })) as unknown as LockManager['request'];

  private next(): void {
    this.holder = null;
    this.queue.shift()?.();
  }
}

function newTab(browser: FakeBrowser, clock: FakeClock, id: string, locks: FakeLocks | null) {
  let bus: Bus | null = null;
  const openBus = (name: string) => (bus = browser.openBus(name));
  const tabs = new Tabs({ name: 'chat', openBus, locks, clock, newId: () => id });
  const heard: unknown[] = [];
  tabs.events.on('message', (data) => heard.push(data));
  return { tabs, heard, freeze: () => browser.silent.add(bus!) };
}

for (const [how, makeLocks] of [['with Web Locks', () => new FakeLocks()], ['without them', () => null]] as const) {
  test(`${how}, one of several tabs leads, and another follows it when it closes`, async () => {
    const [browser, clock, locks] = [new FakeBrowser(), new FakeClock(), makeLocks()];
    const all = ['a', 'b', 'c'].map((id) => newTab(browser, clock, id, locks));
    for (const { tabs } of all) tabs.start();
    await clock.advance(1_000);
    const leaders = () => all.filter(({ tabs }) => tabs.isLeader);
    assert.equal(leaders().length, 1);
    const first = leaders()[0]!;
    first.tabs.stop();
    clock.chance = 0.5;
    await clock.advance(1_000);
    assert.equal(leaders().length, 1);
    assert.notEqual(leaders()[0], first);
  });

  test(`${how}, a leader that does not answer is replaced`, async () => {
    const [browser, clock, locks] = [new FakeBrowser(), new FakeClock(), makeLocks()];
    const [a, b] = ['a', 'b'].map((id) => newTab(browser, clock, id, locks)) as [ReturnType<typeof newTab>, ReturnType<typeof newTab>];
    a.tabs.start();
    await clock.advance(1_000);
    b.tabs.start();
    await clock.advance(1_000);
    assert.deepEqual([a.tabs.isLeader, b.tabs.isLeader], [true, false]);
    b.tabs.check();
    await clock.advance(5_000);
    assert.equal(b.tabs.isLeader, false, 'one that answers stays');
    a.freeze();
    b.tabs.check();
    await clock.advance(1_999);
    assert.equal(b.tabs.isLeader, false);
    await clock.advance(1);
    assert.equal(b.tabs.isLeader, true);
  });
}

test('a tab that cannot reach others leads itself', () => {
  const tabs = new Tabs({ name: 'chat', openBus: () => null, locks: null, clock: new FakeClock() });
  tabs.start();
  assert.deepEqual([tabs.isLeader, tabs.alone, tabs.isFront], [true, true, true]);
});

test('the tab that was looked at last is the one in front', async () => {
  const [browser, clock] = [new FakeBrowser(), new FakeClock()];
  const [a, b] = ['a', 'b'].map((id) => newTab(browser, clock, id, null)) as [ReturnType<typeof newTab>, ReturnType<typeof newTab>];
  a.tabs.start();
  await clock.advance(1_000);
  b.tabs.start();
  await clock.advance(1_000);
  assert.deepEqual([a.tabs.isFront, b.tabs.isFront], [false, true]);
  a.tabs.lookedAt();
  await settle();
  assert.deepEqual([a.tabs.isFront, b.tabs.isFront], [true, false]);
  a.tabs.stop();
  await clock.advance(1_000);
  assert.equal(b.tabs.isFront, true);
});

const CHANNEL = 'private-chat.conversation.1';

function tabWithRealtime(browser: FakeBrowser, clock: FakeClock, id: string) {
  const { tabs } = newTab(browser, clock, id, null);
  const network = new FakeNetwork();
  const inner = new Realtime({
    config: { providers: ['reverb', 'polling'], reverb: { enabled: true, key: 'k', host: null, port: null, scheme: null } },
    baseUrl: 'https://chat.test',
    authorize: async (_socketId, channels) => Object.fromEntries(channels.map((name) => [name, { auth: 'x' }])),
    createSocket: network.createSocket,
    clock,
    log: silentLog,
  });
  const realtime = new SharedRealtime(inner, tabs);
  const channel = realtime.channel(CHANNEL);
  const events: string[] = [];
  channel.bind('ChatMessageReceived', (event: { seq: number }) => events.push(`message ${event.seq}`));
  channel.onLive((live) => events.push(live ? 'live' : 'quiet'));
  return { tabs, network, realtime, channel, events };
}

test('two tabs share one socket, and the second opens its own when the first closes', async () => {
  const [browser, clock] = [new FakeBrowser(), new FakeClock()];
  const a = tabWithRealtime(browser, clock, 'a');
  a.realtime.start();
  await clock.advance(300);
  a.network.last.establish('7.7');
  await settle();
  a.network.last.succeed(CHANNEL);
  assert.equal(a.realtime.socketId, '7.7');

  const b = tabWithRealtime(browser, clock, 'b');
  b.realtime.start();
  await clock.advance(300);
  assert.equal(b.network.sockets.length, 0);
  assert.deepEqual(b.realtime.status, { provider: 'reverb', connected: true });
  assert.equal(b.realtime.socket?.readyState, 1);
  assert.equal(a.realtime.socketId, null, 'what the first tab sends is to reach the second, too');
  a.network.last.receive('ChatMessageReceived', { seq: 1 }, CHANNEL);
  await settle();
  assert.deepEqual(a.events, ['live', 'message 1']);
  assert.deepEqual(b.events, ['live', 'message 1']);
  b.channel.trigger('client-typing', { typing: true });
  await settle();
  assert.equal(a.network.last.sentEvents.at(-1), 'client-typing');

  a.realtime.stop();
  await clock.advance(300);
  assert.equal(b.network.sockets.length, 1);
  b.network.last.establish('8.8');
  await settle();
  b.network.last.succeed(CHANNEL);
  b.network.last.receive('ChatMessageReceived', { seq: 2 }, CHANNEL);
  assert.deepEqual(b.events, ['live', 'message 1', 'quiet', 'live', 'message 2']);
});

test('a jump of the clock is a reason to look for news, its usual pace is none', async () => {
  const clock = new FakeClock();
  const target = () => Object.assign(new EventTarget(), { visibilityState: 'visible' });
  const sources = { window: target(), document: target() };
  let wakes = 0;
  const off = onWake(() => (wakes += 1), sources, clock);
  await clock.advance(600_000);
  assert.equal(wakes, 0);
  clock.jump(120_000);
  await clock.advance(5_000);
  assert.equal(wakes, 1);
  sources.document.dispatchEvent(new Event('visibilitychange'));
  sources.window.dispatchEvent(new Event('online'));
  assert.equal(wakes, 3);
  off();
  clock.jump(120_000);
  await clock.advance(5_000);
  assert.equal(wakes, 3);
});
