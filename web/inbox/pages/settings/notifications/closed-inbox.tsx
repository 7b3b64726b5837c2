/** Whether browsers are told of messages while no inbox is open in them: this one, and the agent's others. */

import { useState } from 'preact/hooks';
import { toApiError } from '../../../../shared/api.ts';
import { FormNotice } from '../../../components/form-notice.tsx';
import { LoadingNotice } from '../../../components/loading-notice.tsx';
import { SettingsSection } from '../../../components/settings-section.tsx';
import { SwitchField } from '../../../components/switch-field.tsx';
import { Table, type Column } from '../../../components/table.tsx';
import { completeTime, shortTime } from '../../../format-time.ts';
import { nameOfBrowser } from '../../../names-of-browsers.ts';
import type { PushBrowser } from '../../../push-api.ts';
import { problemOf } from '../../../state/form.ts';
import { useLoaded } from '../../../state/use-loaded.ts';
import { useStore } from '../../../state/use-store.ts';
import type { Workspace } from '../../../state/workspace.ts';
import { text } from '../../../text.ts';

export function ClosedInbox({ workspace }: { workspace: Workspace }) {
  const { push, pushApi, preferences, toasts } = workspace;
  const words = text.closedInbox;
  const state = useStore(push);
  const { pushText } = useStore(preferences);
  const [busy, setBusy] = useState(false);
  /** What the switch says while the browser and the server are asked. */
  const [wanted, setWanted] = useState<boolean | null>(null);
  const loaded = useLoaded(async () => {
    const { subscriptions } = await pushApi.list();
    push.found(subscriptions.some(({ current }) => current));
    return subscriptions;
  });

  const act = async (work: () => Promise<unknown>) => {
    if (busy) return;
    setBusy(true);
    try {
      await work();
    } catch (thrown) {
      const problem = problemOf(toApiError(thrown), []);
      toasts.show(problem.general ?? words.failed, { tone: 'error' });
    } finally {
      setBusy(false);
    }
    await loaded.reload();
  };
  const turn = async (on: boolean) => {
    setWanted(on);
    await act(() => (on ? push.turnOn() : push.turnOff()));
    setWanted(null);
  };
  const test = ({ id }: PushBrowser) =>
    act(async () => {
      await pushApi.test(id);
      toasts.show(words.testSent);
    });
  const remove = (browser: PushBrowser) =>
    act(async () => {
      if (browser.current) await push.turnOff();
      else await pushApi.remove(browser.id);
      toasts.show(words.removed);
    });

  const columns: Column<PushBrowser>[] = [
    {
      title: words.browser,
      cell: ({ user_agent, current }) => (
        <>
          {nameOfBrowser(user_agent)}
          {current && <span class="chip chip--active table__chip">{words.thisBrowser}</span>}
        </>
      ),
    },
    { title: words.toldOf, cell: ({ notify_of }) => text.settings.notifications.attention[notify_of] },
    { title: words.lastTold, cell: (browser) => <LastTold browser={browser} /> },
    {
      title: '',
      align: 'end',
      cell: (browser) => (
        <span class="button-row table__buttons">
          <button class="button button--quiet" type="button" aria-disabled={busy} onClick={() => void test(browser)}>
            {words.test}
          </button>
          <button class="button button--quiet" type="button" aria-disabled={busy} onClick={() => void remove(browser)}>
            {words.remove}
          </button>
        </span>
      ),
    },
  ];
  return (
    <SettingsSection title={words.title} intro={words.intro}>
      <div class="form">
        <SwitchField
          id="when-closed"
          label={words.alsoWhenClosed}
          hint={words.states[state]}
          checked={wanted ?? state === 'on'}
          disabled={state === 'unsupported' || state === 'blocked'}
          onChange={(on) => void turn(on)}
        />
        <SwitchField
          id="push-text"
          label={words.withText}
          hint={words.withTextHint}
          checked={pushText}
          disabled={state !== 'on'}
          onChange={(on) => preferences.set({ pushText: on })}
        />
        {state === 'blocked' && <FormNotice message={text.settings.notifications.denied} tone="info" />}
      </div>
      {!loaded.value && <LoadingNotice error={loaded.error} onRetry={() => void loaded.reload()} />}
      {loaded.value && loaded.value.length > 0 && <Table caption={words.browsers} columns={columns} rows={loaded.value} rowKey={({ id }) => id} />}
    </SettingsSection>
  );
}

function LastTold({ browser: { delivered_at, error } }: { browser: PushBrowser }) {
  const words = text.closedInbox;
  if (error) return <span class="table__problem">{words.refused(error)}</span>;
  if (!delivered_at) return <>{words.never}</>;
  const at = new Date(delivered_at);
  return (
    <time dateTime={delivered_at} title={completeTime(at)}>
      {shortTime(at, new Date())}
    </time>
  );
}
