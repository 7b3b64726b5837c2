/** Whether there is a form before a chat, and what is in it. Pure. */

import type { PreChatField } from '../shared/types.ts';
import type { Texts } from './texts.ts';

export interface FormDefinition {
  intro: string;
  fields: readonly PreChatField[];
  consent: { text: string; url?: string | null } | null;
  /** Whether the message is part of the form. */
  withMessage: boolean;
  submitLabel: string;
}

export interface FormAnswer {
  values: Record<string, string>;
  consent: boolean;
  message: string;
}

/** What the settings and the hours ask for; null when the chat may begin at once. */
export function formFor(
  settings: { preChat: { fields: PreChatField[]; consent?: FormDefinition['consent'] } | null; away: boolean; offlineForm: boolean; awayMessage: string | null },
  texts: Texts,
): FormDefinition | null {
  const { preChat, away, offlineForm, awayMessage } = settings;
  const consent = preChat?.consent ?? null;
  if (away && offlineForm) {
    const asked = preChat?.fields ?? [];
    const email: PreChatField = { name: 'email', label: texts.email, type: 'email', required: true };
    const name: PreChatField = { name: 'name', label: texts.name, type: 'text', required: false };
    // Without an address nobody could answer.
    const fields = asked.some((field) => field.name === 'email')
      ? asked.map((field) => (field.name === 'email' ? { ...field, required: true } : field))
      : [...(asked.length > 0 ? asked : [name]), email];
    return { intro: awayMessage || texts.offlineIntro, fields, consent, withMessage: true, submitLabel: texts.send };
  }
  if (!preChat || (preChat.fields.length === 0 && !consent)) return null;
  return { intro: texts.formIntro, fields: preChat.fields, consent, withMessage: false, submitLabel: texts.start };
}

