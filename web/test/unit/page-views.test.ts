import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SessionState } from '../../shared/conversation-session.ts';
import { pageTeller } from '../../widget/page-views.ts';

test('a page is told once in a conversation, and only while it is seen', async () => {
  const told: unknown[] = [];
  const http = {
    post: async (path: string, body: unknown) => {
      told.push([path, body]);
      throw new Error('offline');
    },
  };
  const state = { phase: 'opening', conversationId: null } as SessionState;
  const page = { url: 'https://shop.test/', title: 'Shop' };
  let visible = true;
  const look = pageTeller(http, () => state, () => page, () => visible);
  const seen = (url: string, title: string, conversation = 7) => ['/api/chatbot/page', { conversation_id: conversation, url, title }];

  await look();
  Object.assign(state, { phase: 'ready', conversationId: 7 });
  await look();
  await look();
  assert.deepEqual(told.splice(0), [seen('https://shop.test/', 'Shop')]);

  Object.assign(page, { url: 'https://shop.test/shoes', title: 'Shoes' });
  visible = false;
  await look();
  assert.deepEqual(told, []);
  visible = true;
  await look();
  assert.deepEqual(told.splice(0), [seen('https://shop.test/shoes', 'Shoes')]);

  state.conversationId = 8;
  await look();
  assert.deepEqual(told.splice(0), [seen('https://shop.test/shoes', 'Shoes', 8)]);
});
