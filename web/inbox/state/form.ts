/** What the server's refusal of a form means for its fields. Pure. */

import type { ApiError } from '../../shared/api.ts';
import { text } from '../text.ts';

export type FieldErrors<Name extends string> = Partial<Record<Name, string[]>>;

export interface FormProblem<Name extends string> {
  fields: FieldErrors<Name>;
  /** What belongs to no field. */
  general: string | null;
}

export const NO_PROBLEM = { fields: {}, general: null } as const;

/** Errors of fields that the form does not have become part of the general one, so that none is swallowed. */
export function problemOf<Name extends string>(error: ApiError, names: readonly Name[]): FormProblem<Name> {
  if (error.offline) return { fields: {}, general: text.unreachable };
  if (error.status === 429) return { fields: {}, general: text.tooManyAttempts(Math.ceil(error.retryAfter ?? 60)) };
  const fields: FieldErrors<Name> = {};
  const rest: string[] = [];
  for (const [name, messages] of Object.entries(error.details ?? {})) {
    const known = names.find((candidate) => candidate === name);
    if (known) fields[known] = messages;
    else rest.push(...messages);
  }
  const explained = Object.keys(fields).length > 0;
  const general = rest.join(' ') || (explained ? null : error.status >= 500 ? text.unexpected : error.message);
  return { fields, general };
}

const LOOKS_LIKE_EMAIL = /^[^\s@]+@[^\s@]+$/;

export function emailErrors(email: string): string[] | undefined {
  if (!email.trim()) return [text.form.required.email];
  return LOOKS_LIKE_EMAIL.test(email.trim()) ? undefined : [text.form.emailInvalid];
}

/** Moves to the first field in the form that has something wrong. */
export function focusFirstInvalid(form: HTMLFormElement | null): void {
  form?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
}
