/**
 * The widget's settings that a design amounts to: the document for `antiphon widget:update`, and what the preview tells the
 * widget in the place of the server's. Pure.
 */

import type { Availability, PreChatField, WidgetSettings } from '../shared/types.ts';
import { DEFAULT, FIELDS, OWN_TEXTS, type Design, type FieldName, type OpeningHours } from './design.ts';

/** What the server has when nothing is set, as far as a design can change it. */
const DEFAULT_SETTINGS: WidgetSettings = {
  position: DEFAULT.position,
  offset_x: DEFAULT.offsetX,
  offset_y: DEFAULT.offsetY,
  z_index: 2_147_483_000,
  theme: { color: DEFAULT.color, mode: DEFAULT.mode },
  locale: null,
  languages: [],
  texts: {},
  pre_chat: null,
  hours: null,
  offline_form: true,
  quick_replies: [],
  csat: null,
  files: { enabled: true, max_bytes: 26_214_400, max_files: 10, accept: [] },
  voice: { enabled: true, max_seconds: 300 },
  sound: true,
  transcript: true,
};

const FIELD_FORMS: Record<FieldName, Omit<PreChatField, 'required'>> = {
  name: { name: 'name', label: 'Name', type: 'text' },
  email: { name: 'email', label: 'E-mail', type: 'email' },
  phone: { name: 'phone', label: 'Phone', type: 'tel' },
  topic: { name: 'topic', label: 'What is it about?', type: 'select', options: ['An order', 'A product', 'Something else'] },
};

/** Only what differs from the defaults: what `antiphon widget:update --settings` takes. `timeZone` is that of the hours. */
export function settingsOf(design: Design, timeZone: string): Record<string, unknown> {
  const settings: Record<string, unknown> = {};
  const theme: Record<string, string> = {};
  if (design.color !== DEFAULT.color) theme['color'] = design.color;
  if (design.mode !== DEFAULT.mode) theme['mode'] = design.mode;
  if (Object.keys(theme).length > 0) settings['theme'] = theme;
  if (design.position !== DEFAULT.position) settings['position'] = design.position;
  if (design.offsetX !== DEFAULT.offsetX) settings['offset_x'] = design.offsetX;
  if (design.offsetY !== DEFAULT.offsetY) settings['offset_y'] = design.offsetY;
  if (design.locale) settings['locale'] = design.locale;
  const texts = textsOf(design);
  if (Object.keys(texts).length > 0) settings['texts'] = texts;
  const form = formOf(design);
  if (form) settings['pre_chat'] = form;
  if (design.hours) settings['hours'] = hoursOf(design.hours, timeZone);
  const replies = design.replies.map((reply) => reply.trim()).filter(Boolean);
  if (replies.length > 0) settings['quick_replies'] = replies;
  if (design.rating) settings['csat'] = {};
  if (!design.files) settings['files'] = { enabled: false };
  if (!design.voice) settings['voice'] = { enabled: false };
  return settings;
}

/** The whole document, as the server would answer it when this design was stored. */
export function previewSettings(design: Design, timeZone: string, now: Date): WidgetSettings {
  const chosen = settingsOf(design, timeZone) as WidgetSettings;
  return {
    ...DEFAULT_SETTINGS,
    ...chosen,
    theme: { ...DEFAULT_SETTINGS.theme, ...chosen.theme },
    files: { ...DEFAULT_SETTINGS.files, ...chosen.files },
    voice: { ...DEFAULT_SETTINGS.voice, ...chosen.voice },
    availability: availabilityOf(design, now),
  };
}

/** As the design is looked at: within the hours, or outside of them. */
export function availabilityOf({ hours, view }: Design, now: Date): Availability {
  if (!hours || !view.closed) return { open: true, opens_at: null };
  return { open: false, opens_at: nextOpening(hours, now)?.toISOString() ?? null };
}

/** The next time that a day of the hours begins, in the browser's time zone; null when there is no such day. */
function nextOpening({ days, from }: OpeningHours, now: Date): Date | null {
  const [hour = 0, minute = 0] = from.split(':').map(Number);
  for (let ahead = 0; ahead <= 7; ahead += 1) {
    const at = new Date(now.getFullYear(), now.getMonth(), now.getDate() + ahead, hour, minute);
    if (at > now && days.includes(at.getDay() || 7)) return at;
  }
  return null;
}

/** JSON for people: lists of plain values are on one line. */
export function settingsJson(settings: Record<string, unknown>): string {
  // A line ends in no JSON string, so only the layout matches.
  return JSON.stringify(settings, null, 2).replace(/\[\n\s+([^[\]{}]*?)\n\s+\]/g, (_, items: string) => `[${items.replace(/\n\s*/g, ' ')}]`);
}

/** A line for a shell that stores the design. */
export function updateCommand(widgetId: number, settings: Record<string, unknown>): string {
  return `antiphon widget:update --id ${widgetId} --settings - <<'JSON'\n${settingsJson(settings)}\nJSON`;
}

function textsOf({ texts }: Design): Record<string, Record<string, string>> {
  const all: Record<string, Record<string, string>> = {};
  for (const [language, own] of Object.entries(texts)) {
    const given = OWN_TEXTS.map((name) => [name, own[name]?.trim() ?? ''] as const).filter(([, text]) => text);
    if (given.length > 0) all[language] = Object.fromEntries(given);
  }
  return all;
}

function formOf({ fields, consent }: Design): Record<string, unknown> | null {
  const asked = FIELDS.filter((name) => fields[name] !== 'no').map((name) => ({
    ...FIELD_FORMS[name],
    required: fields[name] === 'required',
  }));
  const text = consent?.text.trim();
  if (asked.length === 0 && !text) return null;
  const url = consent?.url.trim();
  const agreement = text ? { text, ...(url && /^https?:\/\/./.test(url) ? { url } : {}) } : null;
  return { fields: asked, ...(agreement ? { consent: agreement } : {}) };
}

function hoursOf({ days, from, to, message }: OpeningHours, timezone: string): Record<string, unknown> {
  const away = message.trim();
  return { timezone, weekly: days.length > 0 ? [{ days, from, to }] : [], ...(away ? { message: away } : {}) };
}
