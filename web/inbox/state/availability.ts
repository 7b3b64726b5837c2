/** The agent's own switch: whether conversations are given to them by themselves. */

import { PeopleApi } from '../people-api.ts';
import { text } from '../text.ts';
import type { Workspace } from './workspace.ts';

type Team = Pick<Workspace, 'agent' | 'directory' | 'http' | 'toasts'>;

/** By the list of agents: another tab, or another browser, may have changed it since the page was loaded. */
export function isAvailable({ agent, directory }: Pick<Team, 'agent' | 'directory'>): boolean {
  const own = directory.state.agents.find(({ id }) => id === agent.id) ?? agent;
  return own.available !== false;
}

export async function setAvailable(workspace: Team, available: boolean): Promise<void> {
  if (isAvailable(workspace) === available) return;
  try {
    await new PeopleApi(workspace.http).updateAccount({ available });
    workspace.toasts.show(available ? text.routing.nowAvailable : text.routing.nowAway);
    await workspace.directory.refresh('agents');
  } catch {
    workspace.toasts.show(text.conversation.actionFailed, { tone: 'error' });
  }
}
