/** `pusher` for Python, the HTTP client for backends, as it comes from the registry. Skipped where there is no Python. */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { noPython, PythonSdk } from '../support/python.js';
import { startServer } from '../support/server.js';
import { collect, connected, next, StockClients, subscribed } from '../support/stock-clients.js';
import { until } from '../support/wait.js';

const missing = noPython();

describe('the Python SDK', { skip: missing ?? false }, () => {
  let server;
  let clients;
  let python;
  before(async () => {
    server = await startServer();
    clients = await StockClients.of(server);
    python = await PythonSdk.open(clients.app, server.socketPort);
  });
  after(async () => {
    python?.close();
    clients?.close();
    await server?.close();
  });

  /** pusher-js whose channels, and whose user, are signed by the Python SDK. */
  function signedByPython(user = null) {
    const member = user ? [{ user_id: user, user_info: { name: `Ü ${user}` } }] : [];
    const by = (ask) => ({ customHandler: (request, answer) => ask(request).then((grant) => answer(null, grant), answer) });
    return clients.pusherJs({
      channelAuthorization: by(({ socketId, channelName }) => {
        const data = channelName.startsWith('presence-') ? member : [];
        return python.call('authenticate', channelName, socketId, ...data);
      }),
      userAuthentication: by(({ socketId }) => python.call('authenticate_user', socketId, { id: user })),
    });
  }

  test('trigger reaches one channel and several, and leaves out the socket that is named', async () => {
    const [sender, other] = [clients.pusherJs(), clients.pusherJs()];
    const own = collect(await subscribed(sender, 'py-a'));
    const [a, b] = [collect(await subscribed(other, 'py-a')), collect(await subscribed(other, 'py-b'))];
    const data = { id: 7, text: 'Zażółć “quoted” \\ \u{1f680}', list: [1, 2.5, null, true] };
    assert.deepEqual(await python.call('trigger', 'py-a', 'one', data), {});
    await python.call('trigger', ['py-a', 'py-b'], 'both', { n: 2 }, await connected(sender));
    await python.call('trigger', ['py-a', 'py-b'], 'end', 'a text');
    await until('all events', () => own.length === 2 && a.length === 3 && b.length === 2);
    assert.deepEqual(own, [['one', data], ['end', 'a text']]);
    assert.deepEqual(a, [['one', data], ['both', { n: 2 }], ['end', 'a text']]);
    assert.deepEqual(b, [['both', { n: 2 }], ['end', 'a text']]);
  });

  test('trigger_batch reaches each of its channels', async () => {
    const pusher = clients.pusherJs();
    const events = [next(await subscribed(pusher, 'py-c'), 'first'), next(await subscribed(pusher, 'py-d'), 'second')];
    const batch = [
      { channel: 'py-c', name: 'first', data: { n: 1 } },
      { channel: 'py-d', name: 'second', data: { n: 2 } },
    ];
    assert.deepEqual(await python.call('trigger_batch', batch), {});
    assert.deepEqual(await Promise.all(events), [{ n: 1 }, { n: 2 }]);
  });

  test('authenticate makes signatures for private and presence channels that the server accepts', async () => {
    const secret = await subscribed(signedByPython(), 'private-py');
    const event = next(secret, 'event');
    await python.call('trigger', 'private-py', 'event', { n: 1 });
    assert.deepEqual(await event, { n: 1 });

    const room = await subscribed(signedByPython('ana'), 'presence-py');
    assert.deepEqual(room.members.me, { id: 'ana', info: { name: 'Ü ana' } });
  });

  test('channels_info, channel_info and users_info tell who is there', async () => {
    await subscribed(signedByPython('ida'), 'presence-asked');
    await subscribed(signedByPython('joe'), 'presence-asked');
    await subscribed(clients.pusherJs(), 'asked');
    assert.deepEqual(await python.call('channels_info', 'presence-asked', ['user_count']), {
      channels: { 'presence-asked': { user_count: 2 } },
    });
    assert.deepEqual(await python.call('channels_info', 'nobody-is-here-'), { channels: {} });
    assert.deepEqual(await python.call('channel_info', 'asked', ['subscription_count']), { occupied: true, subscription_count: 1 });
    assert.deepEqual(await python.call('channel_info', 'nobody-is-here'), { occupied: false });
    const { users } = await python.call('users_info', 'presence-asked');
    assert.deepEqual(users.map(({ id }) => id).sort(), ['ida', 'joe']);
  });

  test('authenticate_user signs a user in, whom send_to_user then reaches', async () => {
    const pusher = signedByPython('uma');
    await connected(pusher);
    const reached = [];
    pusher.user.bind('notice', (data) => reached.push(data));
    pusher.signin();
    await until('the subscription of the user', () => pusher.user.serverToUserChannel?.subscribed);
    assert.deepEqual(await python.call('send_to_user', 'uma', 'notice', { text: 'for you' }), {});
    await until('the event', () => reached.length > 0);
    assert.deepEqual(reached, [{ text: 'for you' }]);
  });

  test('what the server refuses is an exception with its reason', async () => {
    const forger = await PythonSdk.open({ ...clients.app, secret: 'not the secret' }, server.socketPort);
    await assert.rejects(forger.call('trigger', 'py-a', 'forged', {}), /^Error: PusherBadAuth: /);
    forger.close();
    await assert.rejects(python.call('channel_info', 'py-a', ['user_count']), /^Error: PusherBadRequest: .*user_count/);
    // This version of the SDK leaves the application out of the path.
    await assert.rejects(python.call('terminate_user_connections', 'uma'), /^Error: PusherBadStatus: 404/);
  });
});
