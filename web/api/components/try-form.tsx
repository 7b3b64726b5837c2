/** Fills an operation in, sends it, and shows what came back. */

import { useId, useState } from 'preact/hooks';
import { CopyButton } from '../../console/components/copy-button.tsx';
import type { LoggedIn } from '../app.tsx';
import { addressOf, curlOf, exampleOf, summaryOf, type Description, type Operation } from '../description.ts';

const JSON_TYPE = 'application/json';
/** A long-poll may take 25 seconds. */
const TIMEOUT_MS = 40_000;

interface Came {
  status: number;
  milliseconds: number;
  type: string;
  requestId: string;
  body: string;
}

export interface TryFormProps {
  description: Description;
  operation: Operation;
  token: string;
  loggedIn: LoggedIn | null;
}

export function TryForm({ description, operation, token, loggedIn }: TryFormProps) {
  const form = useId();
  const json = operation.bodies.find(([type]) => type === JSON_TYPE);
  const [values, setValues] = useState<Record<string, string>>({});
  const [body, setBody] = useState(() => (json ? JSON.stringify(exampleOf(description, json[1]), null, 2) : ''));
  const [came, setCame] = useState<Came | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const address = addressOf(operation, values);

  const headers = (): Record<string, string> => {
    const all: Record<string, string> = {};
    if (token) all['Authorization'] = `Bearer ${token}`;
    if (json) all['Content-Type'] = JSON_TYPE;
    for (const { name, in: place } of operation.parameters) if (place === 'header' && values[name]) all[name] = values[name];
    return all;
  };
  const check = (): string | null => {
    const missing = operation.parameters.find(({ name, in: place }) => place === 'path' && !values[name]?.trim());
    if (missing) return `${missing.name} is missing.`;
    if (!json) return null;
    try {
      JSON.parse(body);
      return null;
    } catch (error) {
      return `The body is not JSON: ${error instanceof Error ? error.message : error}`;
    }
  };
  const send = async () => {
    if (busy) return;
    const wrong = check();
    setProblem(wrong);
    if (wrong) return;
    setBusy(true);
    const began = performance.now();
    try {
      const answer = await fetch(address, {
        method: operation.method,
        headers: headers(),
        // With a token the session is left out, so that the answer is the token's.
        credentials: token ? 'omit' : 'same-origin',
        body: json ? body : undefined,
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      const text = await answer.text();
      setCame({
        status: answer.status,
        milliseconds: Math.round(performance.now() - began),
        type: answer.headers.get('content-type') ?? '',
        requestId: answer.headers.get('x-request-id') ?? '',
        body: pretty(text),
      });
    } catch {
      setCame(null);
      setProblem('There was no answer.');
    } finally {
      setBusy(false);
    }
  };

  if (operation.bodies.length > 0 && !json) {
    return <p class="operation__intro">Its body is no JSON, so it cannot be tried here.</p>;
  }
  const command = () => {
    const shown = headers();
    if (!token && operation.credentials.length > 0) shown['Authorization'] = 'Bearer TOKEN';
    return curlOf(location.origin, operation.method, address, shown, json ? body : null);
  };
  return (
    <section class="panel try" aria-label="Try it">
      <form
        class="try__form"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        {operation.parameters.length > 0 && (
          <div class="try__fields">
            {operation.parameters.map(({ name, in: place, schema, required }) => (
              <div key={name}>
                <label class="field__label" for={`${form}-${name}`}>
                  {name}
                  {required && <span class="facts__required">required</span>}
                </label>
                <input
                  id={`${form}-${name}`}
                  class="api-input"
                  autocomplete="off"
                  spellcheck={false}
                  placeholder={summaryOf(description, schema)}
                  aria-required={place === 'path'}
                  value={values[name] ?? ''}
                  onInput={({ currentTarget }) => setValues((before) => ({ ...before, [name]: currentTarget.value }))}
                />
              </div>
            ))}
          </div>
        )}
        {json && (
          <div>
            <label class="field__label" for={`${form}-body`}>
              Body
            </label>
            <textarea
              id={`${form}-body`}
              class="api-input try__body"
              spellcheck={false}
              rows={Math.min(16, body.split('\n').length + 1)}
              value={body}
              onInput={(event) => setBody(event.currentTarget.value)}
            />
          </div>
        )}
        <div class="try__actions">
          <button class="button button--primary" type="submit" aria-disabled={busy}>
            {busy ? 'Sending…' : 'Send'}
          </button>
          <CopyButton text={command} label="Copy as curl" />
          <span class="try__as">{whoAsks(operation, token, loggedIn)}</span>
        </div>
      </form>
      <div role="alert">{problem && <p class="try__problem">{problem}</p>}</div>
      <div role="status" class="try__came">
        {came && (
          <p class="try__status">
            <span class={`status status--${String(came.status)[0]}`}>{came.status}</span> after {came.milliseconds} ms
            <span class="try__request">{came.requestId}</span>
          </p>
        )}
      </div>
      {came && came.body && (
        <pre class="try__answer" tabIndex={0} aria-label="The answer">
          <code>{came.body}</code>
        </pre>
      )}
      {came && !came.body && <p class="try__empty">The answer has no body.</p>}
    </section>
  );
}

function whoAsks(operation: Operation, token: string, loggedIn: LoggedIn | null): string {
  if (operation.credentials.length === 0) return '';
  if (token) return 'with the token';
  if (operation.credentials.includes('session')) return loggedIn ? `as ${loggedIn.name}` : 'as nobody';
  return 'needs a token';
}

function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
