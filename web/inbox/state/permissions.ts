/** What the server lets each role do, so that nothing is offered that would be refused. The server decides in any case. */

import type { Agent } from '../inbox-api.ts';

export type Permission = 'read' | 'answer' | 'administer';

const BY_ROLE: Record<string, readonly Permission[]> = {
  viewer: ['read'],
  agent: ['read', 'answer'],
  admin: ['read', 'answer', 'administer'],
};

/** A role that is not known here may do the least. */
export function may(role: string, permission: Permission): boolean {
  return (BY_ROLE[role] ?? ['read']).includes(permission);
}

/** Whether a conversation can be given to this agent. */
export function canAnswer({ role, active }: Pick<Agent, 'role' | 'active'>): boolean {
  return active !== false && may(role, 'answer');
}
