/** Who is logged in, and what is only theirs. */

import type { Desk } from '../state/desk.ts';
import { text } from '../text.ts';
import { Avatar } from './avatar.tsx';
import { KeyboardIcon, LogOutIcon, SettingsIcon } from './icons.tsx';
import { Link } from './link.tsx';
import { Menu } from './menu.tsx';

export function AgentMenu({ desk }: { desk: Desk }) {
  const { agent, toasts } = desk.workspace;
  const logOut = () => desk.logOut().catch(() => toasts.show(text.conversation.actionFailed, { tone: 'error' }));
  return (
    <footer class="agent-bar">
      <Menu
        class="agent-bar__who"
        label={text.inbox.loggedInAs(agent.name)}
        worded
        align="start"
        items={[
          { label: text.settings.titles.preferences, icon: <SettingsIcon />, onSelect: () => desk.router.go({ page: 'settings', name: 'preferences' }) },
          { label: text.commands.shortcuts, icon: <KeyboardIcon />, onSelect: () => desk.show({ kind: 'shortcuts' }) },
          { label: text.inbox.logOut, icon: <LogOutIcon />, separated: true, onSelect: () => void logOut() },
        ]}
      >
        <Avatar name={agent.name} id={agent.id} />
        <bdi class="agent-bar__name">{agent.name}</bdi>
      </Menu>
      <Link class="icon-button" router={desk.router} to={{ page: 'settings', name: null }} aria-label={text.settings.title}>
        <SettingsIcon />
      </Link>
    </footer>
  );
}
