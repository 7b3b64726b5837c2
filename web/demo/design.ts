/**
 * What somebody has chosen on the demo page, and its form in an address: `#color=%23aa3300&side=left`. Only what differs
 * from the default is in it. Pure; an address that says nonsense yields defaults.
 */

import { parseColor } from '../widget/theme.ts';

export const LANGUAGES = {
  en: 'English',
  de: 'Deutsch',
  fr: 'Français',
  es: 'Español',
  pt: 'Português',
  it: 'Italiano',
  nl: 'Nederlands',
  pl: 'Polski',
  tr: 'Türkçe',
  ar: 'العربية',
  ja: '日本語',
  zh: '中文',
} as const;

export const FIELDS = ['name', 'email', 'phone', 'topic'] as const;
export type FieldName = (typeof FIELDS)[number];
export type Asked = 'no' | 'optional' | 'required';

/** The owner's own words, by the widget's names for them. */
export const OWN_TEXTS = ['title', 'welcome', 'open'] as const;
export type OwnTexts = Partial<Record<(typeof OWN_TEXTS)[number], string>>;

export interface OpeningHours {
  /** 1 is Monday. */
  days: number[];
  /** `09:00` */
  from: string;
  to: string;
  message: string;
}

export interface Design {
  color: string;
  mode: 'auto' | 'light' | 'dark';
  position: 'left' | 'right';
  /** In CSS pixels. */
  offsetX: number;
  offsetY: number;
  /** Empty: the browser's. */
  locale: string;
  texts: Record<string, OwnTexts>;
  fields: Record<FieldName, Asked>;
  /** Null: nobody is asked. */
  consent: { text: string; url: string } | null;
  /** Null: always open. */
  hours: OpeningHours | null;
  replies: string[];
  files: boolean;
  voice: boolean;
  rating: boolean;
  /** How it is looked at; no setting of the widget. */
  view: { width: 'desktop' | 'phone'; page: 'light' | 'dark' | ''; closed: boolean };
}

/** The server's limits, so that what is made here can be stored. */
export const MAX_OFFSET = 500;
export const MAX_TEXT = 500;
export const MAX_REPLIES = 6;
export const MAX_REPLY = 80;
const MAX_URL = 500;

export const DEFAULT_HOURS: OpeningHours = { days: [1, 2, 3, 4, 5], from: '09:00', to: '17:00', message: '' };
export const DEFAULT_CONSENT = { text: 'You may use what I write to answer me.', url: '' };
export const DEFAULT: Design = {
  color: '#3455db',
  mode: 'auto',
  position: 'right',
  offsetX: 20,
  offsetY: 20,
  locale: '',
  texts: {},
  fields: { name: 'no', email: 'no', phone: 'no', topic: 'no' },
  consent: null,
  hours: null,
  replies: [],
  files: true,
  voice: true,
  rating: false,
  view: { width: 'desktop', page: '', closed: false },
};

/** The language that the widget speaks in a browser with these wishes. */
export function spokenLanguage({ locale }: Design, wishes: readonly string[]): keyof typeof LANGUAGES {
  const languages = [locale, ...wishes].map((wish) => wish.toLowerCase().split(/[-_]/)[0] ?? '');
  return (languages.find((language) => language in LANGUAGES) ?? 'en') as keyof typeof LANGUAGES;
}

/** Without the `#`. */
export function toHash(design: Design): string {
  const query = new URLSearchParams();
  const put = (name: string, value: string | number, usual: string | number) => {
    if (value !== usual) query.append(name, String(value));
  };
  put('color', design.color, DEFAULT.color);
  put('mode', design.mode, DEFAULT.mode);
  put('side', design.position, DEFAULT.position);
  put('x', design.offsetX, DEFAULT.offsetX);
  put('y', design.offsetY, DEFAULT.offsetY);
  put('lang', design.locale, DEFAULT.locale);
  for (const [language, own] of Object.entries(design.texts)) {
    for (const name of OWN_TEXTS) put(`${name}.${language}`, own[name] ?? '', '');
  }
  for (const name of FIELDS) put(`ask.${name}`, design.fields[name], 'no');
  if (design.consent) query.append('consent', design.consent.text);
  put('privacy', design.consent?.url ?? '', '');
  if (design.hours) query.append('hours', `${design.hours.days.join('')} ${design.hours.from}-${design.hours.to}`);
  put('away', design.hours?.message ?? '', '');
  for (const reply of design.replies) query.append('reply', reply);
  put('files', Number(design.files), 1);
  put('voice', Number(design.voice), 1);
  put('rating', Number(design.rating), 0);
  put('width', design.view.width, DEFAULT.view.width);
  put('page', design.view.page, DEFAULT.view.page);
  put('closed', Number(design.view.closed), 0);
  return query.toString();
}

/** With or without the `#`. */
export function fromHash(hash: string): Design {
  const query = new URLSearchParams(hash.replace(/^#/, ''));
  const text = (name: string, most = MAX_TEXT) => (query.get(name) ?? '').slice(0, most);
  const one = <T extends string>(name: string, possible: readonly T[], usual: T): T =>
    possible.find((value) => value === query.get(name)) ?? usual;
  const offset = (name: string, usual: number) => {
    const value = query.get(name);
    return value !== null && /^\d{1,3}$/.test(value) ? Math.min(Number(value), MAX_OFFSET) : usual;
  };
  const texts: Design['texts'] = {};
  for (const language of Object.keys(LANGUAGES)) {
    const own: OwnTexts = {};
    for (const name of OWN_TEXTS) if (query.get(`${name}.${language}`)) own[name] = text(`${name}.${language}`);
    if (Object.keys(own).length > 0) texts[language] = own;
  }
  const asked = (name: FieldName): Asked => one(`ask.${name}`, ['no', 'optional', 'required'], 'no');
  return {
    color: parseColor(query.get('color')) ?? DEFAULT.color,
    mode: one('mode', ['auto', 'light', 'dark'], DEFAULT.mode),
    position: one('side', ['left', 'right'], DEFAULT.position),
    offsetX: offset('x', DEFAULT.offsetX),
    offsetY: offset('y', DEFAULT.offsetY),
    locale: one('lang', Object.keys(LANGUAGES), ''),
    texts,
    fields: { name: asked('name'), email: asked('email'), phone: asked('phone'), topic: asked('topic') },
    consent: query.has('consent') ? { text: text('consent'), url: text('privacy', MAX_URL) } : null,
    hours: readHours(query.get('hours'), text('away')),
    replies: query.getAll('reply').slice(0, MAX_REPLIES).map((reply) => reply.slice(0, MAX_REPLY)),
    files: query.get('files') !== '0',
    voice: query.get('voice') !== '0',
    rating: query.get('rating') === '1',
    view: {
      width: one('width', ['desktop', 'phone'], 'desktop'),
      page: one('page', ['light', 'dark'], '' as 'light' | 'dark' | ''),
      closed: query.get('closed') === '1',
    },
  };
}

/** `12345 09:00-17:00` */
function readHours(value: string | null, message: string): OpeningHours | null {
  const clock = '((?:[01]\\d|2[0-3]):[0-5]\\d)';
  const found = new RegExp(`^([1-7]{0,7}) ${clock}-${clock}$`).exec(value ?? '');
  const [, days, from, to] = found ?? [];
  if (days === undefined || !from || !to) return null;
  return { days: [...new Set(days)].map(Number).sort(), from, to, message };
}
