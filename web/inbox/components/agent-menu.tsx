/** Who is logged in, whether conversations are given to them, and what is only theirs. */

import { isAvailable, setAvailable } from '../state/availability.ts';
import type { Desk } from '../state/desk.ts';
import { useStore } from '../state/use-store.ts';
import { text } from '../text.ts';
import { Avatar } from './avatar.tsx';
import { KeyboardIcon, LogOutIcon, SettingsIcon } from './icons.tsx';
import { Link } from './link.tsx';
import { Menu, type MenuItem } from './menu.tsx';

export function AgentMenu({ desk }: { desk: Desk }) {
  const { agent, directory, toasts } = desk.workspace;
  useStore(directory);
  const answers = desk.may('answer');
  const available = isAvailable(desk.workspace);
  const logOut = () => desk.logOut().catch(() => toasts.show(text.conversation.actionFailed, { tone: 'error' }));
  const choice = (wanted: boolean): MenuItem => ({
    label: wanted ? text.routing.available : text.routing.away,
    icon: <span class={wanted ? 'presence-dot' : 'presence-dot presence-dot--away'} aria-hidden="true" />,
    checked: available === wanted,
    onSelect: () => void setAvailable(desk.workspace, wanted),
  });
  return (
    <footer class="agent-bar">
      <Menu
        class="agent-bar__who"
        label={text.inbox.loggedInAs(agent.name)}
        worded
        align="start"
        items={[
          ...(answers ? [choice(true), choice(false)] : []),
          {
            label: text.settings.titles.preferences,
            icon: <SettingsIcon />,
            separated: answers,
            onSelect: () => desk.router.go({ page: 'settings', name: 'preferences' }),
          },
          { label: text.commands.shortcuts, icon: <KeyboardIcon />, onSelect: () => desk.show({ kind: 'shortcuts' }) },
          { label: text.inbox.logOut, icon: <LogOutIcon />, separated: true, onSelect: () => void logOut() },
        ]}
      >
        <span class={answers ? (available ? 'present' : 'present present--away') : undefined}>
          <Avatar name={agent.name} id={agent.id} />
        </span>
        <bdi class="agent-bar__name">{agent.name}</bdi>
        {answers && <span class="visually-hidden">{text.routing.ownState(available ? text.routing.available : text.routing.away)}</span>}
      </Menu>
      <Link class="icon-button" router={desk.router} to={{ page: 'settings', name: null }} aria-label={text.settings.title}>
        <SettingsIcon />
      </Link>
    </footer>
  );
}
