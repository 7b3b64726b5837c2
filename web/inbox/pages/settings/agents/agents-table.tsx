/** Everybody in the team, with what an administrator can do about each. */

import { useState } from 'preact/hooks';
import { toApiError } from '../../../../shared/api.ts';
import { Avatar } from '../../../components/avatar.tsx';
import { ConfirmDialog } from '../../../components/confirm-dialog.tsx';
import { MoreIcon } from '../../../components/icons.tsx';
import { Menu, type MenuItem } from '../../../components/menu.tsx';
import { Table, type Column } from '../../../components/table.tsx';
import { ROLES, type PeopleApi, type Role, type TeamAgent } from '../../../people-api.ts';
import { problemOf } from '../../../state/form.ts';
import { canAnswer } from '../../../state/permissions.ts';
import type { Workspace } from '../../../state/workspace.ts';
import { text } from '../../../text.ts';
import { CapacityDialog } from './capacity-dialog.tsx';
import { LinkDialog } from './invite-dialog.tsx';

export interface AgentsTableProps {
  workspace: Workspace;
  people: PeopleApi;
  agents: TeamAgent[];
  onChanged(): void;
}

type Open = { what: 'deactivate' | 'two-factor' | 'capacity'; agent: TeamAgent } | { what: 'link'; agent: TeamAgent; url: string } | null;

export function AgentsTable({ workspace, people, agents, onChanged }: AgentsTableProps) {
  const words = text.people.agents;
  const [open, setOpen] = useState<Open>(null);
  const close = () => setOpen(null);

  const act = async (work: () => Promise<string | null>) => {
    try {
      const done = await work();
      if (done !== null) workspace.toasts.show(done);
      onChanged();
    } catch (thrown) {
      workspace.toasts.show(problemOf(toApiError(thrown), []).general ?? text.unexpected, { tone: 'error' });
    }
  };
  const setRole = (agent: TeamAgent, role: Role) =>
    act(async () => {
      await people.updateAgent(agent.id, { role });
      return words.roleChanged(agent.name, text.people.roles[role]);
    });
  const reactivate = (agent: TeamAgent) =>
    act(async () => {
      await people.updateAgent(agent.id, { active: true });
      return words.reactivated(agent.name);
    });
  const link = (agent: TeamAgent) =>
    act(async () => {
      setOpen({ what: 'link', agent, url: await people.createPasswordReset(agent.id) });
      return null;
    });

  const itemsFor = (agent: TeamAgent): MenuItem[] => {
    if (!agent.active) return [{ label: words.reactivate, onSelect: () => void reactivate(agent) }];
    const items: MenuItem[] = ROLES.map((role) => ({
      label: text.people.roles[role],
      checked: agent.role === role,
      onSelect: () => {
        if (agent.role !== role) void setRole(agent, role);
      },
    }));
    if (canAnswer(agent)) {
      items.push({ label: text.routing.setCapacity, separated: true, onSelect: () => setOpen({ what: 'capacity', agent }) });
    }
    items.push({ label: words.passwordLink, separated: true, onSelect: () => void link(agent) });
    if (agent.two_factor) {
      items.push({ label: words.resetTwoFactor, onSelect: () => setOpen({ what: 'two-factor', agent }) });
    }
    items.push({
      label: words.deactivate,
      separated: true,
      dangerous: true,
      onSelect: () => setOpen({ what: 'deactivate', agent }),
    });
    return items;
  };

  const columns: Column<TeamAgent>[] = [
    {
      title: words.name,
      cell: (agent) => (
        <span class="person">
          <Avatar name={agent.name} id={agent.id} />
          <span class="person__words">
            <span class="person__name">
              <bdi>{agent.name}</bdi>
              {agent.id === workspace.agent.id && <span class="person__you"> ({words.you})</span>}
            </span>
            <bdi class="person__email">{agent.email}</bdi>
          </span>
        </span>
      ),
    },
    { title: text.people.role, cell: ({ role }) => text.people.roles[role as Role] ?? role },
    {
      title: words.secondFactor,
      cell: ({ two_factor }) => (two_factor ? text.people.twoFactor.on : text.people.twoFactor.off),
    },
    { title: text.routing.capacity, cell: (agent) => (canAnswer(agent) ? (agent.capacity ?? text.routing.capacityOfAll) : '') },
    {
      title: words.status,
      cell: (agent) => <AgentState agent={agent} />,
    },
    {
      title: '',
      align: 'end',
      cell: (agent) => (
        <Menu label={words.actions(agent.name)} items={itemsFor(agent)}>
          <MoreIcon />
        </Menu>
      ),
    },
  ];
  return (
    <>
      <Table caption={text.settings.titles.agents} columns={columns} rows={agents} rowKey={({ id }) => id} />
      {open?.what === 'link' && (
        <LinkDialog
          title={words.passwordLink}
          intro={words.passwordLinkIntro(open.agent.name)}
          url={open.url}
          onClose={close}
        />
      )}
      {open?.what === 'capacity' && (
        <CapacityDialog
          people={people}
          agent={open.agent}
          onSaved={() => {
            workspace.toasts.show(text.routing.capacitySaved);
            onChanged();
          }}
          onClose={close}
        />
      )}
      {open?.what === 'deactivate' && (
        <ConfirmDialog
          title={words.deactivateTitle(open.agent.name)}
          explanation={words.deactivateExplained}
          confirm={words.deactivate}
          dangerous
          onClose={close}
          onConfirm={async () => {
            await people.updateAgent(open.agent.id, { active: false });
            workspace.toasts.show(words.deactivated(open.agent.name));
            onChanged();
          }}
        />
      )}
      {open?.what === 'two-factor' && (
        <ConfirmDialog
          title={words.resetTwoFactorTitle(open.agent.name)}
          explanation={words.resetTwoFactorExplained}
          confirm={words.resetTwoFactor}
          dangerous
          onClose={close}
          onConfirm={async () => {
            await people.resetTwoFactor(open.agent.id);
            workspace.toasts.show(words.twoFactorReset(open.agent.name));
            onChanged();
          }}
        />
      )}
    </>
  );
}

function AgentState({ agent }: { agent: TeamAgent }) {
  const words = text.people.agents;
  if (!agent.active) return <span class="chip chip--closed">{words.inactive}</span>;
  if (canAnswer(agent) && !agent.available) return <span class="chip chip--pending">{text.routing.away}</span>;
  return <span class="chip chip--active">{words.active}</span>;
}
