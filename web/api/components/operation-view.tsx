/** One operation: what it takes and answers, and a form that sends it. */

import type { LoggedIn } from '../app.tsx';
import { summaryOf, type Description, type Operation } from '../description.ts';
import { Method } from './operation-list.tsx';
import { SchemaView } from './schema-view.tsx';
import { TryForm } from './try-form.tsx';

const CREDENTIALS: Record<string, string> = {
  session: 'a logged-in agent',
  agentToken: 'an agent’s API token',
  visitorToken: 'a visitor’s token',
  widgetToken: 'a widget’s token',
};

export interface OperationViewProps {
  description: Description;
  operation: Operation;
  token: string;
  loggedIn: LoggedIn | null;
}

export function OperationView({ description, operation, token, loggedIn }: OperationViewProps) {
  const { method, path, summary, parameters, bodies, answers, credentials } = operation;
  const who = credentials.map((name) => CREDENTIALS[name] ?? name);
  return (
    <article class="operation">
      <a class="operation__back" href="#">
        All operations
      </a>
      <h2 class="operation__title">{summary.replace(/\.$/, '')}</h2>
      <p class="operation__line">
        <Method name={method} />
        <code class="operation__path">{path}</code>
      </p>
      <p class="operation__intro">{who.length > 0 ? `For ${who.join(', ')}.` : 'For everybody.'}</p>
      <TryForm description={description} operation={operation} token={token} loggedIn={loggedIn} />
      {parameters.length > 0 && (
        <section aria-label="Parameters">
          <h3>Parameters</h3>
          <dl class="facts">
            {parameters.map((parameter) => (
              <div key={parameter.name}>
                <dt>
                  <code>{parameter.name}</code> <span class="facts__place">{parameter.in}</span>
                  {parameter.required && <span class="facts__required">required</span>}
                </dt>
                <dd>
                  <span class="facts__type">{summaryOf(description, parameter.schema)}</span>
                  {parameter.description && <Words text={parameter.description} />}
                </dd>
              </div>
            ))}
          </dl>
        </section>
      )}
      {bodies.map(([type, schema]) => (
        <section key={type} aria-label={`Body, ${type}`}>
          <h3>
            Body <span class="facts__place">{type}</span>
          </h3>
          <SchemaView description={description} schema={schema} />
        </section>
      ))}
      <section aria-label="Answers">
        <h3>Answers</h3>
        {answers.map(([status, answer]) => {
          const schema = answer.content?.['application/json']?.schema;
          return (
            <details class="answer" key={status} open={status.startsWith('2')}>
              <summary>
                <span class={`status status--${status[0]}`}>{status}</span> <Words text={answer.description ?? ''} />
              </summary>
              {schema ? <SchemaView description={description} schema={schema} /> : <p class="answer__none">No JSON.</p>}
            </details>
          );
        })}
      </section>
    </article>
  );
}

/** Text with `code` in it. */
export function Words({ text }: { text: string }) {
  return (
    <span>
      {text.split('`').map((part, index) => (index % 2 === 1 ? <code key={index}>{part}</code> : part))}
    </span>
  );
}
