/** The live tail: newest on top, with a filter, and a pause so that it can be read. */

import { useEffect, useMemo, useState } from 'preact/hooks';
import { useStore } from '../../inbox/state/use-store.ts';
import { tailAddress } from '../console-api.ts';
import { plural } from '../format.ts';
import type { Router } from '../router.ts';
import { Tail, type TailState } from '../state/tail.ts';
import { GROUPS, select, type TailGroup } from '../state/tail-filter.ts';
import { CopyButton } from './copy-button.tsx';
import { ClearIcon, PauseIcon, PlayIcon } from './icons.tsx';
import { SearchField } from './search-field.tsx';
import { TailRowView } from './tail-row.tsx';

export interface TailViewProps {
  app: string;
  /** Only what concerns this channel. */
  channel: string | null;
  router: Router;
}

export function TailView({ app, channel, router }: TailViewProps) {
  const tail = useMemo(() => new Tail(tailAddress(app, channel)), [app, channel]);
  const state = useStore(tail);
  const [text, setText] = useState('');
  const [hidden, setHidden] = useState<ReadonlySet<TailGroup>>(new Set());

  useEffect(() => {
    tail.open();
    return () => tail.close();
  }, [tail]);

  const rows = useMemo(() => select(state.rows, hidden, text), [state.rows, hidden, text]);
  const toggle = (group: TailGroup) => {
    const next = new Set(hidden);
    if (!next.delete(group)) next.add(group);
    setHidden(next);
  };
  const groups = channel === null ? GROUPS : GROUPS.filter(({ group }) => group === 'events' || group === 'frames');

  return (
    <section class="panel tail" aria-label="Live tail">
      <div class="tail__bar">
        <PhaseMark state={state} />
        <SearchField label="Filter the tail" placeholder="Filter" value={text} onValue={setText} />
        <div class="tail__groups" role="group" aria-label="Show">
          {groups.map(({ group, label }) => (
            <button key={group} class="toggle" type="button" aria-pressed={!hidden.has(group)} onClick={() => toggle(group)}>
              {label}
            </button>
          ))}
        </div>
        <div class="tail__actions">
          <button class="button button--quiet" type="button" title={state.paused ? 'Resume' : 'Pause'} onClick={() => (state.paused ? tail.resume() : tail.pause())}>
            {state.paused ? <PlayIcon /> : <PauseIcon />}
            <span>{state.paused ? 'Resume' : 'Pause'}</span>
          </button>
          <button class="button button--quiet" type="button" title="Clear" onClick={() => tail.clear()}>
            <ClearIcon />
            <span>Clear</span>
          </button>
          <CopyButton label="Copy" disabled={rows.length === 0} text={() => rows.map(({ n: _, ...event }) => JSON.stringify(event)).join('\n')} />
        </div>
      </div>
      {state.missed > 0 && (
        <p class="tail__note tail__note--warn">
          {plural(state.missed, 'event')} left out: more happened than can be shown. Filter by opening a channel.
        </p>
      )}
      {state.paused && <p class="tail__note">Paused{state.held > 0 && `: ${plural(state.held, 'new event')} waiting`}</p>}
      {rows.length === 0 ? (
        <p class="tail__empty">{emptyText(state, text !== '' || hidden.size > 0)}</p>
      ) : (
        <div class="tail__scroll" tabIndex={0} role="region" aria-label="Events, newest first">
          <ol class="tail__rows">
            {rows.map((row) => (
              <TailRowView key={row.n} row={row} app={app} withChannel={channel === null} router={router} />
            ))}
          </ol>
        </div>
      )}
    </section>
  );
}

function PhaseMark({ state }: { state: TailState }) {
  const [word, kind] =
    state.phase === 'open' ? (state.paused ? ['Paused', 'paused'] : ['Live', 'ok']) : state.phase === 'lost' ? ['Reconnecting…', 'lost'] : ['Connecting…', 'lost'];
  return (
    <p class={`status status--${kind} tail__phase`} role="status">
      {word}
    </p>
  );
}

function emptyText(state: TailState, filtered: boolean): string {
  if (state.rows.length > 0 && filtered) return 'Nothing that has happened so far matches the filter.';
  if (state.phase === 'lost') return 'The tail is not connected: the server is not reachable, or too many people are watching.';
  return 'Listening. What happens from now on appears here.';
}
