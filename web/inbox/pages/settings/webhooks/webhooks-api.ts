/** The endpoints of the account's webhooks, and the shapes of their answers. */

import type { ApiClient } from '../../../../shared/api.ts';

export const WEBHOOK_EVENTS = [
  'conversation.created',
  'conversation.assigned',
  'conversation.status_changed',
  'conversation.rated',
  'conversation.updated',
  'message.created',
  'message.updated',
  'message.deleted',
  'visitor.updated',
] as const;

export type WebhookEvent = (typeof WEBHOOK_EVENTS)[number];

export interface Webhook {
  id: number;
  url: string;
  events: WebhookEvent[];
  widget_ids: number[];
  active: boolean;
  created_at: string;
  failing_since: string | null;
  disabled: 'failing' | 'crowded' | null;
}

export interface WebhookWithSecret {
  webhook: Webhook;
  secret: string;
}

export interface Delivery {
  id: number;
  event_id: string;
  event: WebhookEvent | 'webhook.test';
  state: 'waiting' | 'retrying' | 'delivered' | 'failed';
  attempts: number;
  status: number | null;
  error: string | null;
  duration_ms: number;
  request: string;
  response: string | null;
  created_at: string;
  attempted_at: string | null;
  replay_of: number | null;
}

export interface DeliveryPage {
  deliveries: Delivery[];
  has_more: boolean;
}

export interface WebhookValues {
  url?: string;
  events?: WebhookEvent[];
  active?: boolean;
}

const ALL = '/api/v1/webhooks';

export class WebhooksApi {
  constructor(private readonly http: ApiClient) {}

  async list(): Promise<Webhook[]> {
    return (await this.http.get<{ webhooks: Webhook[] }>(ALL)).webhooks;
  }

  create(values: WebhookValues): Promise<WebhookWithSecret> {
    return this.http.post(ALL, values);
  }

  async change(id: number, values: WebhookValues): Promise<Webhook> {
    return (await this.http.request<{ webhook: Webhook }>('PATCH', `${ALL}/${id}`, { body: values })).webhook;
  }

  async remove(id: number): Promise<void> {
    await this.http.request('DELETE', `${ALL}/${id}`);
  }

  rotate(id: number): Promise<WebhookWithSecret> {
    return this.http.post(`${ALL}/${id}/rotate`, {});
  }

  async test(id: number): Promise<Delivery> {
    return (await this.http.post<{ delivery: Delivery }>(`${ALL}/${id}/test`, {})).delivery;
  }

  async replay(id: number, delivery: number): Promise<Delivery> {
    return (await this.http.post<{ delivery: Delivery }>(`${ALL}/${id}/deliveries/${delivery}/replay`, {})).delivery;
  }

  deliveries(id: number, before: number | null): Promise<DeliveryPage> {
    return this.http.get(`${ALL}/${id}/deliveries`, { query: { before_id: before, limit: 25 } });
  }
}
