/** Reads the description, and shows it: the operations at the side, and the one that is open. */

import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { OperationList } from './components/operation-list.tsx';
import { OperationView } from './components/operation-view.tsx';
import { operations, type Description } from './description.ts';

/** Who is logged in on this browser; null for nobody. */
export interface LoggedIn {
  name: string;
  role: string;
}

export function App() {
  const [description, setDescription] = useState<Description | null>(null);
  const [failed, setFailed] = useState(false);
  const [loggedIn, setLoggedIn] = useState<LoggedIn | null>(null);
  const [token, setToken] = useState('');
  const [chosen, setChosen] = useState(() => location.hash.slice(1));
  const main = useRef<HTMLElement>(null);
  const all = useMemo(() => (description ? operations(description) : []), [description]);
  const current = all.find(({ id }) => id === chosen);

  const load = () => {
    setFailed(false);
    readJson<Description>('/api/v1/openapi.json').then(setDescription, () => setFailed(true));
    readJson<{ agent: LoggedIn }>('/api/v1/me').then(
      ({ agent }) => setLoggedIn(agent),
      () => setLoggedIn(null),
    );
  };
  useEffect(load, []);
  useEffect(() => {
    const follow = () => setChosen(location.hash.slice(1));
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }, []);
  useEffect(() => {
    document.title = current ? `${current.method} ${current.path} · API · Antiphon` : 'API · Antiphon';
    // What was chosen in the list is read from its beginning.
    if (current) main.current?.focus();
  }, [current]);

  if (failed) {
    return (
      <main class="api-notice">
        <h1>The server does not answer</h1>
        <button class="button button--primary" type="button" onClick={load}>
          Try again
        </button>
      </main>
    );
  }
  if (!description) return <p class="loading loading--page">Loading…</p>;
  return (
    <div class={current ? 'api api--open' : 'api'}>
      <header class="api__side">
        <div class="api__brand">
          <h1>Antiphon API</h1>
          <a href="/api/v1/openapi.json" download="openapi.json">
            openapi.json
          </a>
        </div>
        <Credential loggedIn={loggedIn} token={token} onToken={setToken} />
        <OperationList all={all} chosen={current?.id ?? null} />
      </header>
      <main class="api__main" tabIndex={-1} ref={main}>
        {current ? (
          <OperationView key={current.id} description={description} operation={current} token={token} loggedIn={loggedIn} />
        ) : (
          <Start description={description} count={all.length} />
        )}
      </main>
    </div>
  );
}

interface CredentialProps {
  loggedIn: LoggedIn | null;
  token: string;
  onToken(token: string): void;
}

function Credential({ loggedIn, token, onToken }: CredentialProps) {
  return (
    <div class="api__credential">
      <label class="field__label" for="token">
        Token
      </label>
      <input
        id="token"
        class="api-input"
        type="password"
        autocomplete="off"
        spellcheck={false}
        placeholder="cba_…, cbv_… or cbw_…"
        aria-describedby="token-hint"
        value={token}
        onInput={(event) => onToken(event.currentTarget.value.trim())}
      />
      <p class="field__hint" id="token-hint">
        {token ? (
          'Sent as a bearer token. It is kept only until this page is closed.'
        ) : loggedIn ? (
          `Without one you are ${loggedIn.name} (${loggedIn.role}), who is logged in here.`
        ) : (
          <>
            Nobody is logged in here. <a href="/inbox">Log in</a>, or use a token.
          </>
        )}
      </p>
    </div>
  );
}

function Start({ description, count }: { description: Description; count: number }) {
  const schemes = Object.entries(description.components.securitySchemes ?? {});
  return (
    <article class="operation">
      <h2 class="operation__title">What programs can do here</h2>
      <p class="operation__intro">
        {count} operations. What you send from this page is carried out: there is no sandbox, and what it deletes is gone.
      </p>
      <h3>Credentials</h3>
      <dl class="facts">
        {schemes.map(([name, { description: words }]) => (
          <div key={name}>
            <dt>
              <code>{name}</code>
            </dt>
            <dd>{words}</dd>
          </div>
        ))}
      </dl>
      <h3>Limits and errors</h3>
      <p>
        JSON bodies have at most 128 KiB, lists at most 200 entries. A refusal has <code>error</code>, <code>request_id</code> and, for
        fields, <code>details</code>. 429 and 503 say in <code>Retry-After</code> when to come back.
      </p>
    </article>
  );
}

async function readJson<T>(path: string): Promise<T> {
  const answer = await fetch(path, { credentials: 'same-origin' });
  if (!answer.ok) throw new Error(String(answer.status));
  return (await answer.json()) as T;
}
