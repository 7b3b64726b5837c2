/** The endpoints of what happens to conversations by itself: who is given one, and when one is closed. */

import type { ApiClient } from '../shared/api.ts';

export const ASSIGNMENTS = ['off', 'round_robin', 'least_busy'] as const;
export type Assignment = (typeof ASSIGNMENTS)[number];

/** What a website does by itself. */
export interface Routing {
  assignment: Assignment;
  /** Only to agents of this team; null for everybody who may answer. */
  assignment_team_id: number | null;
  /** Null: never. */
  close_after_hours: number | null;
}

export class RoutingApi {
  constructor(private readonly http: ApiClient) {}

  routing(widgetId: number): Promise<Routing> {
    return this.http.get(`/api/v1/widgets/${widgetId}/routing`);
  }

  save(widgetId: number, routing: Routing): Promise<Routing> {
    return this.http.request('PUT', `/api/v1/widgets/${widgetId}/routing`, { body: routing });
  }

  /** How many open conversations an agent is given who has no number of its own; null for any number. */
  async defaultCapacity(): Promise<number | null> {
    return (await this.http.get<{ default_capacity: number | null }>('/api/v1/routing')).default_capacity;
  }

  async setDefaultCapacity(capacity: number | null): Promise<void> {
    await this.http.request('PUT', '/api/v1/routing', { body: { default_capacity: capacity } });
  }
}
