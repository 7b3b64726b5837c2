/** One line of a tail, which opens to show everything. It never changes once it is drawn, so it is drawn once. */

import { Component } from 'preact';
import { bytesText, clockTime, plural, pretty } from '../format.ts';
import type { Router } from '../router.ts';
import type { TailRow, TailType } from '../state/tail.ts';
import { CopyButton } from './copy-button.tsx';
import { ChevronIcon } from './icons.tsx';
import { Link } from './link.tsx';

const WORDS: Record<TailType, string> = {
  opened: 'Opened',
  refused: 'Refused',
  closed: 'Closed',
  received: 'In',
  sent: 'Out',
  published: 'Event',
  announced: 'Server',
  requested: 'API',
};

export interface TailRowProps {
  row: TailRow;
  app: string;
  withChannel: boolean;
  router: Router;
}

export class TailRowView extends Component<TailRowProps, { open: boolean }> {
  override state = { open: false };

  override shouldComponentUpdate(_: TailRowProps, next: { open: boolean }): boolean {
    return next.open !== this.state.open;
  }

  render({ row, app, withChannel, router }: TailRowProps) {
    const { open } = this.state;
    return (
      <li class={`tail-row tail-row--${row.type}`}>
        <button class="tail-row__line" type="button" aria-expanded={open} onClick={() => this.setState({ open: !open })}>
          <ChevronIcon />
          <time class="tail-row__time">{clockTime(row.at)}</time>
          <span class="tail-row__type">{WORDS[row.type]}</span>
          <span class="tail-row__what">{headline(row)}</span>
          {withChannel && row.channel && <span class="tail-row__channel">{row.channel}</span>}
          <span class="tail-row__data">{excerpt(row)}</span>
        </button>
        {open && <Details row={row} app={app} router={router} />}
      </li>
    );
  }
}

function Details({ row, app, router }: { row: TailRow; app: string; router: Router }) {
  const facts: [string, preact.ComponentChild][] = [];
  const add = (name: string, value: preact.ComponentChild) => {
    if (value !== null && value !== undefined && value !== '') facts.push([name, value]);
  };
  if (row.channel) {
    add('Channel', <Link router={router} to={{ page: 'channel', app, name: row.channel }}>{row.channel}</Link>);
  }
  if (row.socket_id) {
    add('Connection', <Link router={router} to={{ page: 'connections', app, find: { socket_id: row.socket_id } }}>{row.socket_id}</Link>);
  }
  add('Subscribers', row.subscriptions?.toString());
  add('Not sent to', row.except);
  add('Page', row.origin);
  add('Address', row.address);
  add('Code', row.code?.toString());
  add('Reason', row.reason);
  add('Key', row.key);
  add('Took', row.took_us === undefined ? null : `${(row.took_us / 1000).toFixed(1)} ms`);
  add('Size', row.data ? bytesText(row.bytes ?? 0) : null);
  const data = row.data;
  return (
    <div class="tail-row__details">
      {facts.length > 0 && (
        <dl class="facts">
          {facts.map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      )}
      {data && (
        <div class="code-block">
          <pre tabIndex={0} aria-label="Data">
            {pretty(data)}
          </pre>
          <CopyButton label="Copy data" text={() => data} />
        </div>
      )}
    </div>
  );
}

/** What it is called: the event, or what happened to a connection or a request. */
function headline(row: TailRow): string {
  switch (row.type) {
    case 'opened':
    case 'closed':
      return row.socket_id ?? '';
    case 'refused':
      return `${row.code ?? ''} ${row.reason ?? ''}`;
    case 'requested':
      return `${row.method} ${row.target}`;
    default:
      return row.event ?? '';
  }
}

function excerpt(row: TailRow): string {
  switch (row.type) {
    case 'opened':
      return [row.origin, row.address].filter(Boolean).join(' · ');
    case 'refused':
      return [row.key, row.origin, row.address].filter(Boolean).join(' · ');
    case 'closed':
      return [row.code ?? 'lost', row.reason].filter(Boolean).join(' ');
    case 'requested':
      return [row.status, row.reason].filter(Boolean).join(' ');
    case 'published':
      return [row.subscriptions === undefined ? null : `→ ${plural(row.subscriptions, 'subscriber')}`, row.data].filter(Boolean).join('  ');
    default:
      return [row.socket_id, row.data].filter(Boolean).join('  ');
  }
}
