import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiClient } from '../../shared/api.ts';
import { MemoryStorage } from '../../shared/storage.ts';
import { splitLinks, webAddress } from '../../shared/links.ts';
import { formatDay } from '../../widget/format.ts';
import { storageKey } from '../../widget/host.ts';
import { readOptions, type OptionSources } from '../../widget/options.ts';
import { texts as en } from '../../widget/texts/en.ts';
import { textOn, themeProperties } from '../../widget/theme.ts';
import { VisitorMemory, VisitorSource } from '../../widget/visitor-source.ts';

const sources = (fields: Partial<OptionSources> = {}): OptionSources => ({
  dataset: { apiToken: 'cbw_1' },
  global: undefined,
  scriptUrl: 'https://chat.test/chatbot-widget.js?v=2',
  pageUrl: 'https://shop.test/cart',
  ...fields,
});

test('the server is where the script came from, unless the page says otherwise', () => {
  assert.equal(readOptions(sources())?.widgetUrl, 'https://chat.test');
  assert.equal(readOptions(sources())?.assetsUrl, 'https://chat.test/');
  const below = readOptions(sources({ scriptUrl: 'https://shop.test/chat/chatbot-widget.js' }));
  assert.equal(below?.widgetUrl, 'https://shop.test/chat');
  const other = readOptions(sources({ dataset: { apiToken: 'x', widgetUrl: 'https://api.test/' } }));
  assert.deepEqual([other?.widgetUrl, other?.assetsUrl], ['https://api.test', 'https://chat.test/']);
  const inlined = readOptions(sources({ scriptUrl: null }));
  assert.deepEqual([inlined?.widgetUrl, inlined?.assetsUrl], ['https://shop.test', 'https://shop.test/']);
});

test('ChatbotConfig works, and attributes win over it', () => {
  const global = { apiToken: 'cbw_2', visitorName: 'Vi', visitorId: 7, visitorMetadata: { plan: 'pro' } };
  const options = readOptions(sources({ dataset: { visitorName: 'Vera' }, global }));
  assert.equal(options?.apiToken, 'cbw_2');
  assert.equal(options?.visitor.name, 'Vera');
  assert.equal(options?.visitor.id, '7');
  assert.deepEqual(options?.visitor.metadata, { plan: 'pro' });
});

test('nothing useful in the page is no reason to throw', (context) => {
  const warn = context.mock.method(console, 'warn', () => {});
  assert.equal(readOptions(sources({ dataset: {} })), null);
  assert.equal(readOptions(sources({ dataset: {}, global: 'nonsense' })), null);
  const options = readOptions(sources({ dataset: { apiToken: ' x ', widgetUrl: 'http://', visitorMetadata: '{' } }));
  assert.equal(options?.apiToken, 'x');
  assert.equal(options?.widgetUrl, 'https://chat.test');
  assert.equal(options?.visitor.metadata, null);
  assert.equal(warn.mock.callCount(), 1);
});

test('text on any colour is readable', () => {
  assert.equal(textOn('#3455db'), '#ffffff');
  assert.equal(textOn('#ffd400'), '#14161a');
  assert.deepEqual(themeProperties({ color: '#FD0', offset_x: 12, offset_y: -1 }), {
    '--accent': '#FFDD00',
    '--on-accent': '#14161a',
    '--offset-x': '12px',
  });
  assert.deepEqual(themeProperties({ color: 'red;background:url(x)' }), {});
  assert.equal(themeProperties({ theme: { color: '#111111' }, color: '#222222' })['--accent'], '#222222', 'what the page says counts');
});

test('only web addresses become links, without the punctuation around them', () => {
  assert.deepEqual(splitLinks('See https://a.test/x, and (http://b.test/c_(d)).'), [
    { text: 'See ' },
    { text: 'https://a.test/x', href: 'https://a.test/x' },
    { text: ', and (' },
    { text: 'http://b.test/c_(d)', href: 'http://b.test/c_(d)' },
    { text: ').' },
  ]);
  assert.deepEqual(splitLinks('javascript:alert(1) <b>https</b>'), [{ text: 'javascript:alert(1) <b>https</b>' }]);
  assert.equal(webAddress('javascript:alert(1)'), null);
  assert.equal(webAddress('/files/1', 'https://chat.test/'), 'https://chat.test/files/1');
});

test('days have names people use', () => {
  const now = new Date(2026, 2, 10, 9);
  assert.equal(formatDay(new Date(2026, 2, 10, 1), now, en, 'en'), 'Today');
  assert.equal(formatDay(new Date(2026, 2, 9, 23), now, en, 'en'), 'Yesterday');
  assert.equal(formatDay(new Date(2026, 2, 1), now, en, 'en'), 'Sunday, March 1');
  assert.equal(formatDay(new Date(2025, 2, 1), now, en, 'en'), 'Saturday, March 1, 2025');
});

/** A server for the requests a visitor source makes; answers by path. */
function visitorSetUp(storage = new MemoryStorage(), visitorName: string | null = null) {
  const options = readOptions(sources({ dataset: { apiToken: 'cbw_1', visitorName: visitorName ?? undefined } }))!;
  const memory = new VisitorMemory(storage, options.apiToken);
  const requests: { path: string; token: string; body: Record<string, unknown> }[] = [];
  const refuse: Record<string, number[]> = {};
  const http = new ApiClient({
    baseUrl: options.widgetUrl,
    token: () => memory.token,
    fetch: (async (url: string, init: RequestInit) => {
      const path = new URL(url).pathname;
      const headers = init.headers as Record<string, string>;
      const body = init.body ? JSON.parse(String(init.body)) : {};
      requests.push({ path, token: headers['Authorization'] ?? '', body });
      const status = refuse[path]?.shift();
      if (status) return new Response('{"error":"no"}', { status });
      const common = { messages: [], status: 'active' };
      return Response.json(
        path.endsWith('/init')
          ? { ...common, conversation_id: 5, visitor_token: 'cbv_1', last_seq: 0, revision: 1 }
          : { data: { ...common, id: 5 }, last_seq: 3, revision: 2, read: { visitor_seq: 1, agent_seq: 2 } },
      );
    }) as typeof fetch,
  });
  return { source: new VisitorSource(http, options, memory), memory, requests, refuse, storage };
}

test('a first visit asks for a conversation and remembers it', async () => {
  const { source, requests, storage } = visitorSetUp();
  const opened = await source.open();
  assert.equal(opened.conversationId, 5);
  assert.deepEqual(requests.map(({ path, token }) => [path, token]), [['/api/chatbot/init', 'Bearer cbw_1']]);
  assert.match(storage.get(storageKey('cbw_1')) ?? '', /cbv_1/);
});

test('a later visit resumes with the visitor token and writes nothing', async () => {
  const { storage, source } = visitorSetUp();
  await source.open();
  const later = visitorSetUp(storage);
  const opened = await later.source.open();
  assert.equal(opened.lastSeq, 3);
  assert.deepEqual(later.requests.map(({ path, token }) => [path, token]), [
    ['/api/chatbot/conversation/5', 'Bearer cbv_1'],
  ]);
});

test('a visitor the site describes anew is introduced again', async () => {
  const { storage, source } = visitorSetUp();
  await source.open();
  const later = visitorSetUp(storage, 'Vera');
  await later.source.open();
  assert.deepEqual(later.requests.map(({ path, body }) => [path, body['visitor_name'], body['visitor_token']]), [
    ['/api/chatbot/init', 'Vera', 'cbv_1'],
  ]);
});

test('a conversation that is gone is replaced, and so is a visitor the server has forgotten', async () => {
  const { storage, source } = visitorSetUp();
  await source.open();
  const later = visitorSetUp(storage);
  later.refuse['/api/chatbot/conversation/5'] = [404];
  later.refuse['/api/chatbot/init'] = [401];
  await later.source.open();
  assert.deepEqual(later.requests.map(({ path, body }) => [path, body['visitor_token']]), [
    ['/api/chatbot/conversation/5', undefined],
    ['/api/chatbot/init', 'cbv_1'],
    ['/api/chatbot/init', undefined],
  ]);
});

test('a new chat is asked for once, with the same visitor', async () => {
  const { source, requests } = visitorSetUp();
  await source.open();
  source.requestNew();
  await source.open();
  await source.open();
  assert.deepEqual(requests.map(({ path, body }) => [path, body['visitor_token'], body['new_conversation']]), [
    ['/api/chatbot/init', undefined, undefined],
    ['/api/chatbot/init', 'cbv_1', true],
    ['/api/chatbot/conversation/5', undefined, undefined],
  ]);
});
