/**
 * The test page: includes the widget as a site would, shows what it is doing, and runs the snippets
 * of the console contract. It uses nothing of the widget but `window.Chatbot` and the globals that
 * every site gets.
 */

import './chatbot-test.css';
import type { ConsoleState } from '../widget/console-contract.ts';
import type { ChatbotGlobal } from '../widget/host.ts';
import type { Echo } from '../shared/echo.ts';

interface TestSettings {
  token: string;
  widget_url: string;
}

/** What the inbox posts when a message from this browser is on its screen. */
interface ShownReport {
  client_id: string;
  /** Milliseconds since the epoch, with the resolution of `performance.now`. */
  shown_at: number;
}

interface Globals {
  Chatbot?: ChatbotGlobal;
  Echo?: Echo;
  state?: ConsoleState;
}

const LATENCY_CHANNEL = 'antiphon-latency';
const REFRESH_MS = 250;
const WIDGET_ID = 'chatbot-widget';
const APPEARS_WITHIN_MS = 5_000;
/** Sends that are still waiting for a report; the oldest go first. */
const MAX_PENDING_SENDS = 100;

const globals = window as unknown as Globals;
const startedAt = new Map<string, number>();
/** The snippets on the page; one of them names the conversation. */
const codes = new Map<HTMLElement, Snippet>();

void main();

async function main(): Promise<void> {
  const settings = await loadSettings();
  if (!settings) return;
  byId('tag').textContent = tagFor(settings);
  byId('copy').addEventListener('click', () => void copyTag());
  renderSnippets();
  try {
    await includeWidget(settings);
  } catch {
    report(`The widget script could not be loaded from ${settings.widget_url}.`);
    return;
  }
  const chatbot = globals.Chatbot;
  if (!chatbot) return;
  byId('open').addEventListener('click', () => chatbot.open());
  chatbot.on('open', () => document.body.classList.add('chat-open'));
  chatbot.on('close', () => document.body.classList.remove('chat-open'));
  measureLatency(chatbot);
  setInterval(refresh, REFRESH_MS);
  setTimeout(() => {
    if (!document.getElementById(WIDGET_ID)) report('The widget did not appear; the console says why.');
  }, APPEARS_WITHIN_MS);
}

/** The server knows a widget of its own for this page; `?token=` tries another one. */
async function loadSettings(): Promise<TestSettings | null> {
  const token = new URLSearchParams(location.search).get('token');
  const fallback: TestSettings | null = token ? { token, widget_url: location.origin } : null;
  try {
    const response = await fetch('/chatbot-test.json', { headers: { Accept: 'application/json' } });
    if (!response.ok) throw new Error(`answered ${response.status}`);
    const settings = (await response.json()) as TestSettings;
    return { ...settings, token: token ?? settings.token, widget_url: settings.widget_url || location.origin };
  } catch (error) {
    if (!fallback) report(`No widget to test: /chatbot-test.json ${error instanceof Error ? error.message : 'failed'}.`);
    return fallback;
  }
}

function includeWidget(settings: TestSettings): Promise<void> {
  return new Promise((resolve, reject) => {
    const script = document.createElement('script');
    script.async = true;
    script.src = `${settings.widget_url}/chatbot-widget.js`;
    script.dataset['apiToken'] = settings.token;
    script.dataset['widgetUrl'] = settings.widget_url;
    script.addEventListener('load', () => resolve());
    script.addEventListener('error', reject);
    document.body.append(script);
  });
}

function refresh(): void {
  const state = globals.Chatbot?.state as ConsoleState | undefined;
  if (!state) return;
  const { realtimeProvider, realtimeConnected, channelSubscription, conversationId } = state;
  show('provider', realtimeProvider ?? 'connecting…', realtimeProvider !== null);
  show('connected', realtimeConnected ? 'yes' : realtimeProvider === 'polling' ? 'polling' : 'no', realtimeConnected);
  const channel = channelSubscription?.name.replace(/^private-/, '');
  show('channel', channel ?? 'not subscribed', channel !== undefined);
  show('conversation', conversationId === null ? '–' : `#${conversationId}`, false);
  for (const [code, snippet] of codes) if (code.textContent !== snippet.code()) code.textContent = snippet.code();
}

function measureLatency(chatbot: ChatbotGlobal): void {
  chatbot.on('send', ({ client_id }) => {
    startedAt.set(client_id, performance.timeOrigin + performance.now());
    const oldest = startedAt.keys().next().value;
    if (startedAt.size > MAX_PENDING_SENDS && oldest !== undefined) startedAt.delete(oldest);
  });
  chatbot.on('sent', ({ client_id }) => showLatency('acknowledged', client_id, performance.timeOrigin + performance.now()));
  const reports = new BroadcastChannel(LATENCY_CHANNEL);
  reports.addEventListener('message', ({ data }: MessageEvent<Partial<ShownReport> | null>) => {
    if (typeof data?.client_id !== 'string' || typeof data.shown_at !== 'number') return;
    showLatency('shown', data.client_id, data.shown_at);
  });
}

function showLatency(id: string, clientId: string, at: number): void {
  const started = startedAt.get(clientId);
  if (started !== undefined) show(id, `${Math.max(0, at - started).toFixed(1)} ms`, true);
}

interface Snippet {
  code: () => string;
  /** Page scripts may not `eval` under the page's policy, so each snippet is written out. */
  run: (output: HTMLElement) => unknown;
}

const conversationName = () => `chat.conversation.${globals.state?.conversationId ?? 'N'}`;

const snippets: Snippet[] = [
  { code: () => 'state.realtimeProvider', run: () => requireState().realtimeProvider },
  { code: () => 'state.realtimeConnected', run: () => requireState().realtimeConnected },
  { code: () => 'state.channelSubscription', run: () => requireState().channelSubscription },
  { code: () => 'window.Echo.connector.socket.readyState', run: () => requireEcho().connector.socket.readyState },
  {
    code: () => `window.Echo.private('${conversationName()}').listen('.ChatMessageReceived', console.log)`,
    run: listenToMessages,
  },
];

function listenToMessages(output: HTMLElement): unknown {
  const channel = requireEcho().private(conversationName());
  channel.listen('.ChatMessageReceived', (message: unknown) => {
    console.log(message);
    output.textContent += `\nreceived ${JSON.stringify(message)}`;
  });
  return channel;
}

function requireState(): ConsoleState {
  if (!globals.state) throw new Error('state is not there yet: open the chat first');
  return globals.state;
}

function requireEcho(): Echo {
  if (!globals.Echo) throw new Error('Echo is not there yet: open the chat first');
  return globals.Echo;
}

function renderSnippets(): void {
  for (const snippet of snippets) {
    const item = document.createElement('li');
    const code = document.createElement('code');
    const run = document.createElement('button');
    const output = document.createElement('output');
    code.textContent = snippet.code();
    codes.set(code, snippet);
    run.type = 'button';
    run.textContent = 'Run';
    run.setAttribute('aria-label', `Run ${snippet.code()}`);
    run.addEventListener('click', () => {
      try {
        output.textContent = describe(snippet.run(output));
      } catch (error) {
        output.textContent = error instanceof Error ? error.message : String(error);
      }
    });
    item.append(code, run, output);
    byId('snippets').append(item);
  }
}

function describe(value: unknown): string {
  if (value !== null && typeof value === 'object' && 'name' in value) return `EchoChannel { name: "${String(value.name)}" }`;
  return typeof value === 'string' ? `"${value}"` : String(value);
}

function tagFor({ token, widget_url }: TestSettings): string {
  return `<script async src="${widget_url}/chatbot-widget.js" data-api-token="${token}"></script>`;
}

async function copyTag(): Promise<void> {
  const button = byId('copy');
  try {
    await navigator.clipboard.writeText(byId('tag').textContent ?? '');
    button.textContent = 'Copied';
  } catch {
    // Without https there is no clipboard; selecting the text is the next best thing.
    getSelection()?.selectAllChildren(byId('tag'));
  }
}

function show(id: string, text: string, good: boolean): void {
  const target = byId(id);
  if (target.textContent !== text) target.textContent = text;
  target.classList.toggle('good', good);
}

function report(problem: string): void {
  byId('problem').textContent = problem;
}

function byId(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no #${id}`);
  return found;
}
