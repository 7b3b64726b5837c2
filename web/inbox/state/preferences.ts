/**
 * What an agent likes: language, appearance, shortcuts, the key that sends. Kept in this browser, by agent, but for the language, which is the
 * account's; the last one who chose also decides how the page before the login looks. A value that is not understood counts as not chosen.
 */

import { Emitter, type Off } from '../../shared/emitter.ts';
import { browserStorage, type KeyValueStorage } from '../../shared/storage.ts';
import { LANGUAGES, type Language } from '../text.ts';

export const THEMES = ['auto', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

export const SEND_KEYS = ['enter', 'ctrl-enter'] as const;
export type SendKey = (typeof SEND_KEYS)[number];

/** What an agent is told of: everything, what is theirs or nobody's, only where they are mentioned, nothing. */
export const ATTENTION = ['all', 'mine', 'mentions', 'none'] as const;
export type Attention = (typeof ATTENTION)[number];

export interface PreferenceValues {
  /** `auto`: by what the browser asks for. */
  language: Language | 'auto';
  theme: Theme;
  /** Whether single letters act; a screen reader or speech input may need them for itself. */
  shortcuts: boolean;
  /** Of what the browser's notifications tell. */
  notifyOf: Attention;
  /** Whether this browser is told by its push service while no inbox is open in it. */
  whenClosed: boolean;
  /** In which login it began to be told. */
  pushSession: number | null;
  /** Whether it is told how messages begin. */
  pushText: boolean;
  /** For what there is a sound. */
  soundFor: Attention;
  /** The sound comes again until what it was for is read. */
  soundRepeats: boolean;
  /** Which key sends what was written; the other one begins a line. */
  sendKey: SendKey;
}

const DEFAULTS: PreferenceValues = {
  language: 'auto',
  theme: 'auto',
  shortcuts: true,
  notifyOf: 'mine',
  whenClosed: false,
  pushSession: null,
  pushText: true,
  soundFor: 'mine',
  soundRepeats: false,
  sendKey: 'enter',
};
const PREFIX = 'antiphon-inbox:preferences:';
/** Whoever used this browser last. */
const LAST = 'last';

export class Preferences {
  private readonly events = new Emitter<{ change: PreferenceValues }>();
  private owner = LAST;
  private values: PreferenceValues;

  constructor(private readonly storage: KeyValueStorage = browserStorage()) {
    this.values = this.read(LAST) ?? DEFAULTS;
  }

  get state(): PreferenceValues {
    return this.values;
  }

  subscribe(listener: () => void): Off {
    return this.events.on('change', listener);
  }

  /** From here on these are the preferences of this agent. The language is that of its account (null: the browser's), in every browser. */
  belongTo(agentId: number, accountLanguage?: string | null): void {
    this.owner = String(agentId);
    // What another agent wants of this browser is not this one's wish.
    const own = this.read(this.owner) ?? { ...this.values, whenClosed: DEFAULTS.whenClosed, pushSession: DEFAULTS.pushSession };
    this.apply(accountLanguage === undefined ? own : { ...own, language: ofAccount(accountLanguage) });
  }

  /** The account's language is another, by another browser. */
  follow(accountLanguage: string | null): void {
    const language = ofAccount(accountLanguage);
    if (language !== this.values.language) this.set({ language });
  }

  set(change: Partial<PreferenceValues>): void {
    this.apply({ ...this.values, ...change });
  }

  private apply(values: PreferenceValues): void {
    this.values = values;
    for (const owner of [this.owner, LAST]) this.storage.set(PREFIX + owner, JSON.stringify(values));
    this.events.emit('change', values);
  }

  private read(owner: string): PreferenceValues | null {
    const stored = this.storage.get(PREFIX + owner);
    if (stored === null) return null;
    try {
      return understood(JSON.parse(stored));
    } catch {
      return null;
    }
  }
}

function ofAccount(language: string | null): PreferenceValues['language'] {
  return LANGUAGES.find((known) => known === language) ?? 'auto';
}

function understood(stored: unknown): PreferenceValues {
  const given = (typeof stored === 'object' && stored !== null ? stored : {}) as Record<string, unknown>;
  const flag = (name: 'shortcuts' | 'soundRepeats' | 'whenClosed' | 'pushText') => (typeof given[name] === 'boolean' ? given[name] : DEFAULTS[name]);
  const attention = (name: 'notifyOf' | 'soundFor') => ATTENTION.find((value) => value === given[name]) ?? DEFAULTS[name];
  return {
    language: LANGUAGES.find((language) => language === given['language']) ?? DEFAULTS.language,
    theme: THEMES.find((theme) => theme === given['theme']) ?? DEFAULTS.theme,
    shortcuts: flag('shortcuts'),
    notifyOf: attention('notifyOf'),
    whenClosed: flag('whenClosed'),
    pushSession: typeof given['pushSession'] === 'number' ? given['pushSession'] : DEFAULTS.pushSession,
    pushText: flag('pushText'),
    soundFor: attention('soundFor'),
    soundRepeats: flag('soundRepeats'),
    sendKey: SEND_KEYS.find((key) => key === given['sendKey']) ?? DEFAULTS.sendKey,
  };
}
