/** What the server lets each role do, so that nothing is offered that would be refused. The server decides in any case. */

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
