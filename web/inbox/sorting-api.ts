/** The endpoints of what the team sorts conversations by: labels, teams, and saved views. */

import type { ApiClient } from '../shared/api.ts';
import type { Agent } from './inbox-api.ts';

export interface Label {
  id: number;
  name: string;
  /** `#rrggbb`. */
  color: string;
}

export interface Team {
  id: number;
  name: string;
  agent_ids: number[];
}

/** A list's query, as `GET /api/v1/conversations` takes it. */
export type ViewFilter = Record<string, string | number | boolean>;

export interface SavedView {
  id: number;
  name: string;
  filter: ViewFilter;
  /** All agents have it. */
  shared: boolean;
  /** This agent made it. */
  mine: boolean;
}

export class SortingApi {
  constructor(private readonly http: ApiClient) {}

  async labels(): Promise<Label[]> {
    return (await this.http.get<{ labels: Label[] }>('/api/v1/labels')).labels;
  }

  /** Makes one, or changes the one with the id. */
  async saveLabel(id: number | null, label: Omit<Label, 'id'>): Promise<void> {
    await this.save('/api/v1/labels', id, label);
  }

  deleteLabel(id: number): Promise<void> {
    return this.http.request('DELETE', `/api/v1/labels/${id}`);
  }

  async teams(): Promise<Team[]> {
    return (await this.http.get<{ teams: Team[] }>('/api/v1/teams')).teams;
  }

  /** Makes one, or changes the one with the id. */
  async saveTeam(id: number | null, team: Omit<Team, 'id'>): Promise<void> {
    await this.save('/api/v1/teams', id, team);
  }

  deleteTeam(id: number): Promise<void> {
    return this.http.request('DELETE', `/api/v1/teams/${id}`);
  }

  async agents(): Promise<Agent[]> {
    return (await this.http.get<{ agents: Agent[] }>('/api/v1/agents')).agents;
  }

  async views(): Promise<SavedView[]> {
    return (await this.http.get<{ views: SavedView[] }>('/api/v1/views')).views;
  }

  async updateView(id: number, change: { name?: string; shared?: boolean }): Promise<void> {
    await this.http.request('PATCH', `/api/v1/views/${id}`, { body: change });
  }

  deleteView(id: number): Promise<void> {
    return this.http.request('DELETE', `/api/v1/views/${id}`);
  }

  private save(path: string, id: number | null, body: object): Promise<unknown> {
    return id === null ? this.http.post(path, body) : this.http.request('PATCH', `${path}/${id}`, { body });
  }
}
