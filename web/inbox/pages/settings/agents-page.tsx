/** Who is in the team, who is invited, and what is asked of every login. */

import { useMemo, useState } from 'preact/hooks';
import { toApiError } from '../../../shared/api.ts';
import { LoadingNotice } from '../../components/loading-notice.tsx';
import { SettingsSection } from '../../components/settings-section.tsx';
import { SwitchField } from '../../components/switch-field.tsx';
import { PeopleApi } from '../../people-api.ts';
import { RoutingApi } from '../../routing-api.ts';
import { problemOf } from '../../state/form.ts';
import { useLoaded } from '../../state/use-loaded.ts';
import { useSettingChanges } from '../../state/use-setting-changes.ts';
import { text } from '../../text.ts';
import { AgentsTable } from './agents/agents-table.tsx';
import { DefaultCapacity } from './agents/default-capacity.tsx';
import { InvitationsTable } from './agents/invitations-table.tsx';
import { InviteDialog } from './agents/invite-dialog.tsx';
import type { SettingsPageProps } from './registry.ts';

export default function AgentsPage({ workspace }: SettingsPageProps) {
  const words = text.people.agents;
  const people = useMemo(() => new PeopleApi(workspace.http), [workspace]);
  const routing = useMemo(() => new RoutingApi(workspace.http), [workspace]);
  const [inviting, setInviting] = useState(false);
  const loaded = useLoaded(async () => {
    const [agents, invitations, required, defaultCapacity] = await Promise.all([
      people.agents(),
      people.invitations(),
      people.twoFactorRequired(),
      routing.defaultCapacity(),
    ]);
    return { agents, invitations, required, defaultCapacity };
  });
  useSettingChanges(workspace, ['agents', 'security'], () => void loaded.reload());
  if (!loaded.value) return <LoadingNotice error={loaded.error} onRetry={() => void loaded.reload()} />;
  const { agents, invitations, required, defaultCapacity } = loaded.value;
  const own = agents.find(({ id }) => id === workspace.agent.id);
  const shared = { workspace, people, onChanged: () => void loaded.reload() };

  const require = async (wanted: boolean) => {
    try {
      await people.requireTwoFactor(wanted);
      workspace.toasts.show(wanted ? words.requireChanged.on : words.requireChanged.off);
    } catch (thrown) {
      workspace.toasts.show(problemOf(toApiError(thrown), []).general ?? text.unexpected, { tone: 'error' });
    }
    await loaded.reload();
  };

  return (
    <>
      <SettingsSection
        title={text.settings.titles.agents}
        intro={words.intro}
        actions={
          <button class="button button--primary" type="button" onClick={() => setInviting(true)}>
            {words.invite}
          </button>
        }
      >
        <AgentsTable {...shared} agents={agents} />
      </SettingsSection>
      <SettingsSection title={text.routing.defaultTitle} intro={text.routing.defaultIntro}>
        <DefaultCapacity
          key={defaultCapacity}
          capacity={defaultCapacity}
          save={async (capacity) => {
            await routing.setDefaultCapacity(capacity);
            workspace.toasts.show(text.routing.capacitySaved);
            await loaded.reload();
          }}
        />
      </SettingsSection>
      <SettingsSection title={words.invitations} intro={words.invitationsIntro}>
        <InvitationsTable {...shared} invitations={invitations} />
      </SettingsSection>
      <SettingsSection title={words.security}>
        <div class="form">
          <SwitchField
            id="require-two-factor"
            label={words.requireTwoFactor}
            hint={own?.two_factor || required ? words.requireTwoFactorHint : words.requireNeedsOwn}
            checked={required}
            disabled={!own?.two_factor && !required}
            onChange={(wanted) => void require(wanted)}
          />
        </div>
      </SettingsSection>
      {inviting && <InviteDialog people={people} onInvited={shared.onChanged} onClose={() => setInviting(false)} />}
    </>
  );
}
