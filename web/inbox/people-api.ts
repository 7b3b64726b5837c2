/** The endpoints about the people of the team: their accounts, links into the team, tokens, and what was administered. */

import type { ApiClient } from '../shared/api.ts';
import type { Agent } from './inbox-api.ts';

export const ROLES = ['admin', 'agent', 'viewer'] as const;
export type Role = (typeof ROLES)[number];

export const SCOPES = ['read', 'answer', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

/** The server's rule; said in forms so that it can be kept without a first failure. */
export const PASSWORD_MIN_CHARACTERS = 10;

export interface TeamAgent extends Agent {
  active: boolean;
  available: boolean;
  /** How many open conversations it is given by itself; null for what holds for everybody. */
  capacity: number | null;
  two_factor: boolean;
}

export interface OwnAccount {
  agent: TeamAgent;
  language: string | null;
  two_factor: { enabled: boolean; required: boolean; recovery_codes_left: number };
}

export interface AgentSession {
  id: number;
  current: boolean;
  created_at: string;
  last_used_at: string;
  address: string | null;
  user_agent: string | null;
}

/** What an app is told; the path draws the QR code on a grid of `size` squares. */
export interface TwoFactorSecret {
  secret: string;
  otpauth_url: string;
  qr: { size: number; path: string };
}

export interface ApiToken {
  id: number;
  name: string;
  scopes: Scope[];
  created_at: string;
  expires_at: string | null;
  last_used_at: string | null;
}

export interface Invitation {
  id: number;
  email: string;
  name: string | null;
  role: Role;
  created_at: string;
  expires_at: string;
}

export interface AuditEntry {
  id: number;
  at: string;
  agent: { id: number | null; name: string };
  action: string;
  subject: { type: string; id: number | null };
  details: Record<string, unknown> | null;
  address: string | null;
}

export interface AuditQuery {
  beforeId: number | null;
  /** One action, or all about a noun: `agent.`. */
  action: string | null;
  agentId: number | null;
}

const PREFIX = '/api/v1';

export class PeopleApi {
  constructor(private readonly http: ApiClient) {}

  account(): Promise<OwnAccount> {
    return this.http.get(`${PREFIX}/account`);
  }

  /** A new e-mail address needs the password. */
  updateAccount(changes: { name?: string; email?: string; available?: boolean; current_password?: string }): Promise<{ agent: Agent }> {
    return this.http.request('PATCH', `${PREFIX}/account`, { body: changes });
  }

  changePassword(current: string, password: string): Promise<void> {
    return this.http.post(`${PREFIX}/account/password`, { current_password: current, password });
  }

  async sessions(): Promise<AgentSession[]> {
    return (await this.http.get<{ sessions: AgentSession[] }>(`${PREFIX}/account/sessions`)).sessions;
  }

  revokeSession(id: number): Promise<void> {
    return this.http.request('DELETE', `${PREFIX}/account/sessions/${id}`);
  }

  revokeOtherSessions(): Promise<{ ended: number }> {
    return this.http.request('DELETE', `${PREFIX}/account/sessions`);
  }

  twoFactorSecret(): Promise<TwoFactorSecret> {
    return this.http.post(`${PREFIX}/account/two-factor/secret`, {});
  }

  /** Answers the recovery codes, once. */
  async enableTwoFactor(secret: string, code: string, password: string): Promise<string[]> {
    const body = { secret, code, current_password: password };
    const answer = await this.http.post<{ recovery_codes: string[] }>(`${PREFIX}/account/two-factor`, body);
    return answer.recovery_codes;
  }

  disableTwoFactor(password: string): Promise<void> {
    return this.http.post(`${PREFIX}/account/two-factor/disable`, { current_password: password });
  }

  async replaceRecoveryCodes(password: string): Promise<string[]> {
    const path = `${PREFIX}/account/two-factor/recovery-codes`;
    return (await this.http.post<{ recovery_codes: string[] }>(path, { current_password: password })).recovery_codes;
  }

  async tokens(): Promise<ApiToken[]> {
    return (await this.http.get<{ tokens: ApiToken[] }>(`${PREFIX}/tokens`)).tokens;
  }

  /** The secret is in this answer and nowhere else. */
  createToken(name: string, scopes: Scope[], expiresInDays: number | null): Promise<{ token: ApiToken; secret: string }> {
    return this.http.post(`${PREFIX}/tokens`, { name, scopes, expires_in_days: expiresInDays });
  }

  revokeToken(id: number): Promise<void> {
    return this.http.request('DELETE', `${PREFIX}/tokens/${id}`);
  }

  async agents(): Promise<TeamAgent[]> {
    return (await this.http.get<{ agents: TeamAgent[] }>(`${PREFIX}/agents`)).agents;
  }

  async updateAgent(
    id: number,
    changes: { name?: string; email?: string; role?: Role; active?: boolean; capacity?: number | null },
  ): Promise<TeamAgent> {
    return (await this.http.request<{ agent: TeamAgent }>('PATCH', `${PREFIX}/agents/${id}`, { body: changes })).agent;
  }

  /** A one-time link for a new password. */
  async createPasswordReset(id: number): Promise<string> {
    return (await this.http.post<{ url: string }>(`${PREFIX}/agents/${id}/password-reset`, {})).url;
  }

  resetTwoFactor(id: number): Promise<void> {
    return this.http.request('DELETE', `${PREFIX}/agents/${id}/two-factor`);
  }

  async invitations(): Promise<Invitation[]> {
    return (await this.http.get<{ invitations: Invitation[] }>(`${PREFIX}/invitations`)).invitations;
  }

  /** The link is in this answer and nowhere else. */
  invite(email: string, name: string, role: Role): Promise<{ invitation: Invitation; url: string }> {
    return this.http.post(`${PREFIX}/invitations`, { email, name: name || null, role });
  }

  revokeInvitation(id: number): Promise<void> {
    return this.http.request('DELETE', `${PREFIX}/invitations/${id}`);
  }

  /** 403: used, taken back or expired. */
  async checkInvitation(token: string): Promise<Invitation> {
    return (await this.http.post<{ invitation: Invitation }>(`${PREFIX}/invitations/check`, { token })).invitation;
  }

  acceptInvitation(token: string, name: string, password: string): Promise<{ agent: Agent }> {
    return this.http.post(`${PREFIX}/invitations/accept`, { token, name, password });
  }

  /** 403: used or expired. */
  async checkPasswordReset(token: string): Promise<{ name: string; email: string }> {
    const answer = await this.http.post<{ agent: { name: string; email: string } }>(`${PREFIX}/password-reset/check`, { token });
    return answer.agent;
  }

  resetPassword(token: string, password: string): Promise<void> {
    return this.http.post(`${PREFIX}/password-reset`, { token, password });
  }

  async twoFactorRequired(): Promise<boolean> {
    return (await this.http.get<{ two_factor_required: boolean }>(`${PREFIX}/security`)).two_factor_required;
  }

  requireTwoFactor(required: boolean): Promise<void> {
    return this.http.request('PATCH', `${PREFIX}/security`, { body: { two_factor_required: required } });
  }

  audit({ beforeId, action, agentId }: AuditQuery): Promise<{ entries: AuditEntry[]; has_more: boolean }> {
    const query = { before_id: beforeId, action, agent_id: agentId, limit: 50 };
    return this.http.get(`${PREFIX}/audit`, { query });
  }
}
