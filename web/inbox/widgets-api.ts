/** The endpoints of the widgets, and the shapes of their answers. */

import type { ApiClient } from '../shared/api.ts';

export interface WidgetRow {
  id: number;
  name: string;
  /** Public: it stands in the site's pages. */
  token: string;
  domains: string[];
  /** An inactive widget answers nobody. */
  active: boolean;
  created_at: string;
  /** When a site had its answer last. */
  last_seen_at: string | null;
}

export interface Widget extends WidgetRow {
  welcome_message: string;
  settings: WidgetDocument;
  /** Until when the replaced token is taken as well. */
  previous_token_ends_at: string | null;
  /** Until when signatures of the replaced secret are taken as well. */
  previous_identity_secret_ends_at: string | null;
}

/** The settings document, complete as the server answers it; docs/widget.md and `crates/domain/src/settings.rs` say what it means. */
export interface WidgetDocument {
  position: 'left' | 'right';
  offset_x: number;
  offset_y: number;
  z_index: number;
  theme: { color: string; mode: 'auto' | 'light' | 'dark' };
  locale: string | null;
  languages: string[];
  texts: Record<string, Record<string, string>>;
  pre_chat: PreChatForm | null;
  hours: BusinessHours | null;
  offline_form: boolean;
  quick_replies: string[];
  csat: { question: string | null } | null;
  files: { enabled: boolean; max_bytes: number; max_files: number; accept: string[] };
  voice: { enabled: boolean; max_seconds: number };
  sound: boolean;
  transcript: boolean;
}

export const FIELD_KINDS = ['text', 'email', 'tel', 'select', 'textarea'] as const;
export type FieldKind = (typeof FIELD_KINDS)[number];

export interface PreChatField {
  name: string;
  label: string;
  type: FieldKind;
  required: boolean;
  /** Of a `select`. */
  options?: string[];
}

export interface PreChatForm {
  fields: PreChatField[];
  consent: { text: string; url: string | null } | null;
}

export interface HoursSpan {
  /** 1 for Monday to 7. */
  days: number[];
  /** `HH:MM`, on the clock of the time zone. */
  from: string;
  to: string;
}

export interface BusinessHours {
  timezone: string;
  weekly: HoursSpan[];
  /** `YYYY-MM-DD` */
  holidays: string[];
  message: string | null;
}

/** A host on whose pages the widget was asked for. */
export interface SeenHost {
  host: string;
  first_seen_at: string;
  last_seen_at: string;
  /** Whether it had its answer, the last time. */
  answered: boolean;
  /** Whether it is among the allowed domains now. */
  allowed: boolean;
}

export interface WidgetValues {
  name?: string;
  domains?: string[];
  welcome_message?: string;
  /** As a whole: what it leaves out is as by default. */
  settings?: Partial<WidgetDocument>;
}

export interface RotatedToken {
  widget: Widget;
  token: string;
  previous_token_ends_at: string | null;
}

export interface WidgetWithSecret {
  widget: Widget;
  /** In this answer and nowhere else. */
  identity_secret: string;
}

const ALL = '/api/v1/widgets';

export class WidgetsApi {
  constructor(private readonly http: ApiClient) {}

  async list(): Promise<WidgetRow[]> {
    return (await this.http.get<{ widgets: WidgetRow[] }>(ALL)).widgets;
  }

  create(values: WidgetValues): Promise<WidgetWithSecret> {
    return this.http.post(ALL, values);
  }

  async show(id: number): Promise<Widget> {
    return (await this.http.get<{ widget: Widget }>(`${ALL}/${id}`)).widget;
  }

  async change(id: number, values: WidgetValues): Promise<Widget> {
    return (await this.http.request<{ widget: Widget }>('PATCH', `${ALL}/${id}`, { body: values })).widget;
  }

  /** Changes these members of the settings. The others are taken as they are by now, because a colleague may have changed them. */
  async changeSettings(id: number, part: Partial<WidgetDocument>): Promise<Widget> {
    const { settings } = await this.show(id);
    return this.change(id, { settings: { ...settings, ...part } });
  }

  rotateToken(id: number, graceHours: number): Promise<RotatedToken> {
    return this.http.post(`${ALL}/${id}/rotate_token`, { grace_hours: graceHours });
  }

  rotateIdentitySecret(id: number, graceHours: number): Promise<WidgetWithSecret> {
    return this.http.post(`${ALL}/${id}/rotate_identity_secret`, { grace_hours: graceHours });
  }

  async activate(id: number): Promise<Widget> {
    return (await this.http.post<{ widget: Widget }>(`${ALL}/${id}/activate`, {})).widget;
  }

  async deactivate(id: number): Promise<Widget> {
    return (await this.http.post<{ widget: Widget }>(`${ALL}/${id}/deactivate`, {})).widget;
  }

  /** The hosts on which it was loaded, the latest first. */
  async installation(id: number): Promise<SeenHost[]> {
    return (await this.http.get<{ hosts: SeenHost[] }>(`${ALL}/${id}/installation`)).hosts;
  }
}
