/**
 * What the inbox's requests take on a large installation: `node test/measure/inbox.js URL TOKEN`, in `web/`. The server runs with its
 * release binary on a folder that `antiphon demo:fill` has filled; the token is an agent's (`antiphon agent:token`). One request at a time
 * over one connection, each kind in turns, after some that do not count. Prints a table of Markdown.
 */

import { Agent, request } from 'node:http';
import { cpus, loadavg } from 'node:os';
import { randomUUID } from 'node:crypto';
import { percentile } from '../support/stopwatch.js';

const [base, token] = process.argv.slice(2);
const RUNS = 200;
const WARM_UP = 20;
const connection = new Agent({ keepAlive: true, maxSockets: 1 });

function ask(method, path, body) {
  const started = performance.now();
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) };
    const sent = request(new URL(path, base), { method, headers, agent: connection }, (answer) => {
      const parts = [];
      answer.on('data', (part) => parts.push(part));
      answer.on('end', () => {
        const ms = performance.now() - started;
        const text = Buffer.concat(parts).toString();
        if (answer.statusCode >= 300) return reject(new Error(`${method} ${path}: ${answer.statusCode} ${text}`));
        resolve({ ms, body: text && JSON.parse(text) });
      });
    });
    sent.on('error', reject);
    sent.end(body && JSON.stringify(body));
  });
}

const list = async (query) => (await ask('GET', `/api/v1/conversations?${query}`)).body;
const [teams, labels, agents] = [
  (await ask('GET', '/api/v1/teams')).body.teams,
  (await ask('GET', '/api/v1/labels')).body.labels,
  (await ask('GET', '/api/v1/agents')).body.agents,
];
const busiest = agents.find(({ email }) => email.startsWith('demo-'));
const open = (await list('limit=200')).conversations;
const deep = (await list('status=closed&limit=200')).next;
const long = [...open].sort((a, b) => b.last_seq - a.last_seq)[0];
const get = (path) => () => ask('GET', path);
const kinds = {
  'list: open': get('/api/v1/conversations'),
  'list: of one agent': get(`/api/v1/conversations?assignee=${busiest.id}`),
  'list: unassigned': get('/api/v1/conversations?assignee=none'),
  'list: of a team': get(`/api/v1/conversations?team=${teams[0].id}`),
  'list: with a label': get(`/api/v1/conversations?label=${labels.at(-1).id}`),
  'list: unread, who waits longest first': get('/api/v1/conversations?unread=1&sort=waiting'),
  'list: open, by priority': get('/api/v1/conversations?sort=priority'),
  'list: closed': get('/api/v1/conversations?status=closed'),
  'list: closed, second page of 200': get(`/api/v1/conversations?status=closed&limit=200&cursor=${deep}`),
  'list: all, of one agent with a label': get(`/api/v1/conversations?status=all&assignee=${busiest.id}&label=${labels[0].id}`),
  'list: closed, urgent, of nobody': get('/api/v1/conversations?status=closed&priority=urgent&assignee=none'),
  'list: all, who waits longest first': get('/api/v1/conversations?status=all&sort=waiting'),
  counts: get('/api/v1/conversations/counts'),
  'search: a common word (order)': get('/api/v1/search?q=order&in=messages'),
  'search: a rare one (ORD-004711)': get('/api/v1/search?q=ORD-004711&in=messages'),
  'search: two common words (order invoice)': get('/api/v1/search?q=order+invoice&in=messages'),
  'search: three, one unfinished (thanks for get)': get('/api/v1/search?q=thanks+for+get&in=messages'),
  'search: a beginning (re)': get('/api/v1/search?q=re&in=messages'),
  'search: a beginning (refu)': get('/api/v1/search?q=refu&in=messages'),
  'search: Chinese (退款)': get(`/api/v1/search?q=${encodeURIComponent('退款')}&in=messages`),
  'search: nothing found': get('/api/v1/search?q=xylophonist&in=messages'),
  'search: people (müller)': get(`/api/v1/search?q=${encodeURIComponent('müller')}&in=people`),
  'search: people, part of a word (isitor19)': get('/api/v1/search?q=isitor19&in=people'),
  'search: messages and people (wal)': get('/api/v1/search?q=wal'),
  'open a conversation: its last 50 messages': get(`/api/chatbot/conversation/${long.id}?limit=50`),
  'open a conversation: row, details, visitor': get(`/api/v1/conversations/${long.id}`),
  'post a message': () =>
    ask('POST', '/api/chatbot/message', {
      conversation_id: open[Math.floor(Math.random() * open.length)].id,
      message: 'I have refunded it, it should be on your account within five working days.',
      client_id: randomUUID(),
    }),
};

const times = Object.fromEntries(Object.keys(kinds).map((kind) => [kind, []]));
for (let run = 0; run < WARM_UP + RUNS; run += 1) {
  for (const [kind, measure] of Object.entries(kinds)) {
    const { ms } = await measure();
    if (run >= WARM_UP) times[kind].push(ms);
  }
}
connection.destroy();

const shown = (ms) => ms.toFixed(1);
console.log(`${cpus().length} × ${cpus()[0].model}, load ${loadavg()[0].toFixed(1)}, ${RUNS} runs of each\n`);
console.log('| | p50, ms | p99, ms |\n|---|---:|---:|');
for (const [kind, all] of Object.entries(times)) {
  const sorted = all.sort((a, b) => a - b);
  console.log(`| ${kind} | ${shown(percentile(sorted, 50))} | ${shown(percentile(sorted, 99))} |`);
}
