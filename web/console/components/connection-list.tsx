/** Connections, each of which opens to show its channels and what can be done with it. */

import { useState } from 'preact/hooks';
import { toApiError } from '../../shared/api.ts';
import type { Connection, ConsoleApi } from '../console-api.ts';
import { bytesText, count, duration, plural } from '../format.ts';
import type { Router } from '../router.ts';
import { ChevronIcon } from './icons.tsx';
import { Link } from './link.tsx';

export interface ConnectionListProps {
  api: ConsoleApi;
  app: string;
  connections: readonly Connection[];
  router: Router;
  /** Something was closed: what is shown is out of date. */
  onChanged(): void;
}

export function ConnectionList({ api, app, connections, router, onChanged }: ConnectionListProps) {
  // Who looks for one connection wants to see it; after that it is as somebody has left it.
  const [chosen, setOpen] = useState<string | null | undefined>(undefined);
  const only = connections.length === 1 ? (connections[0]?.socket_id ?? null) : null;
  const open = chosen === undefined ? only : chosen;
  return (
    <div class="table-scroll" tabIndex={0} role="region" aria-label="Connections">
      <table class="table table--connections">
        <thead>
          <tr>
            <th scope="col">Connection</th>
            <th scope="col">User</th>
            <th scope="col" class="table__wide">
              Address
            </th>
            <th scope="col" class="table__number table__wide">
              Channels
            </th>
            <th scope="col" class="table__number table__wide">
              Waiting
            </th>
            <th scope="col" class="table__number">
              Open for
            </th>
          </tr>
        </thead>
        {connections.map((connection) => {
          const id = connection.socket_id;
          const isOpen = open === id;
          return (
            <tbody key={id}>
              <tr class={isOpen ? 'table__row table__row--open' : 'table__row'}>
                <th scope="row">
                  <button class="disclosure" type="button" aria-expanded={isOpen} onClick={() => setOpen(isOpen ? null : id)}>
                    <ChevronIcon />
                    <code>{id}</code>
                  </button>
                </th>
                <td>{connection.user_id === null ? <span class="faint">–</span> : <code>{connection.user_id}</code>}</td>
                <td class="table__wide">{connection.address ?? ''}</td>
                <td class="table__number table__wide">{count(connection.subscriptions)}</td>
                <td class="table__number table__wide">{connection.waiting_bytes > 0 ? bytesText(connection.waiting_bytes) : <span class="faint">–</span>}</td>
                <td class="table__number">{duration(connection.age_ms)}</td>
              </tr>
              {isOpen && (
                <tr class="table__details">
                  <td colSpan={6}>
                    <ConnectionDetails api={api} app={app} connection={connection} router={router} onChanged={onChanged} />
                  </td>
                </tr>
              )}
            </tbody>
          );
        })}
      </table>
    </div>
  );
}

interface DetailsProps extends Omit<ConnectionListProps, 'connections'> {
  connection: Connection;
}

function ConnectionDetails({ api, app, connection, router, onChanged }: DetailsProps) {
  const [asking, setAsking] = useState<'close' | 'terminate' | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const { socket_id: id, user_id: user } = connection;
  const act = async () => {
    try {
      if (asking === 'terminate' && user !== null) await api.terminateUser(app, user);
      else await api.closeConnection(app, id);
      setAsking(null);
      onChanged();
    } catch (thrown) {
      const error = toApiError(thrown);
      setProblem(error.status === 404 ? 'The connection has ended already.' : error.message);
    }
  };
  const hidden = connection.subscriptions - connection.channels.length;
  return (
    <div class="connection">
      <p class="connection__facts">
        {connection.address && <>From {connection.address}. </>}
        Last heard from {connection.silent_ms < 1000 ? 'just now' : `${duration(connection.silent_ms)} ago`}.
        {connection.waiting_bytes > 0 && <> {bytesText(connection.waiting_bytes)} wait for it to read.</>}
      </p>
      {connection.channels.length === 0 ? (
        <p class="faint">It is on no channel.</p>
      ) : (
        <ul class="chips" aria-label="Channels">
          {connection.channels.map((name) => (
            <li key={name}>
              <Link router={router} to={{ page: 'channel', app, name }} class="chip-link">
                {name}
              </Link>
            </li>
          ))}
          {hidden > 0 && <li class="faint">and {count(hidden)} more</li>}
        </ul>
      )}
      <div class="connection__actions">
        {asking === null ? (
          <>
            <button class="button" type="button" onClick={() => setAsking('close')}>
              Close connection
            </button>
            {user !== null && (
              <button class="button" type="button" onClick={() => setAsking('terminate')}>
                Close all of user {user}
              </button>
            )}
          </>
        ) : (
          <>
            <span>{asking === 'close' ? 'Close it? Stock clients do not come back by themselves.' : `Close all connections of ${user}?`}</span>
            <button class="button button--danger" type="button" onClick={() => void act()}>
              {asking === 'close' ? 'Close it' : `Close all`}
            </button>
            <button class="button" type="button" onClick={() => setAsking(null)}>
              Cancel
            </button>
          </>
        )}
        <span role="status" class="outcome outcome--error">
          {problem}
        </span>
      </div>
    </div>
  );
}

/** The heading's words for a list that may be a part. */
export function shownOf(shown: number, total: number): string {
  return shown < total ? `${plural(shown, 'connection')} of ${count(total)}` : plural(shown, 'connection');
}
