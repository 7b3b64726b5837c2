/** permessage-deflate (`ANTIPHON_WEBSOCKET_COMPRESSION=on`) with a browser, which offers it on every WebSocket. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { leave, Stage } from '../support/cast.js';

/** Long enough to be compressed, well beyond ASCII, and within what a message may have. */
const LONG = 'Good morning – 早上好 – \u{1f600}. '.repeat(60).trim();

let stage;
before(async () => {
  stage = await Stage.open({ env: { ANTIPHON_WEBSOCKET_COMPRESSION: 'on' } });
});
after(() => stage?.close());

test('short and long messages go both ways over a compressed WebSocket', async () => {
  const people = await stage.conversation('Hello');
  const { visitor, agent } = people;
  await visitor.provider('reverb');
  const extensions = await visitor.page.evaluate(() => window.Echo.connector.socket.extensions);
  assert.match(extensions, /^permessage-deflate/);

  await agent.say(LONG);
  await visitor.sees(LONG);
  await visitor.say(`And to you. ${LONG}`);
  await agent.sees(`And to you. ${LONG}`);
  await agent.say('Bye');
  await visitor.sees('Bye');
  await visitor.provider('reverb');
  await leave(people);
});
