/**
 * Something of the server's that is edited and then saved as a whole: the draft, whether it differs from what is saved, and
 * what the server found wrong, by the path of the member. Until something is changed, the draft is what is saved.
 */

import { useEffect, useRef, useState } from 'preact/hooks';
import { toApiError } from '../../shared/api.ts';
import { focusFirstInvalid, NO_PROBLEM, problemOf, type FormProblem } from './form.ts';

export interface DraftOptions<Value extends object> {
  saved: Value;
  /** Resolves when `saved` is what was saved. Rejects with what the server says. */
  save(draft: Value): Promise<void>;
}

export interface Draft<Value extends object> {
  value: Value;
  set(change: Partial<Value>): void;
  dirty: boolean;
  busy: boolean;
  discard(): void;
  /** What is wrong with this member; `within`: or with anything in it, for an input that shows all of it. */
  errors(path: string, within?: boolean): string[] | undefined;
  /** What belongs to no member that is shown, for the form's end. */
  rest(): string | null;
  /** For the `form` element. */
  form: { ref: { current: HTMLFormElement | null }; noValidate: true; onSubmit(event: Event): void };
}

export function useDraft<Value extends object>({ saved, save }: DraftOptions<Value>): Draft<Value> {
  const [draft, setDraft] = useState<Value | null>(null);
  const [problem, setProblem] = useState<FormProblem<string>>(NO_PROBLEM);
  /** What the server found something wrong with: a mistake goes as soon as its member is another. */
  const [refused, setRefused] = useState<Value | null>(null);
  const [busy, setBusy] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const shown = useRef(new Set<string>());
  shown.current = new Set();
  useEffect(() => focusFirstInvalid(form.current), [problem]);

  const value = draft ?? saved;
  const dirty = draft !== null && JSON.stringify(draft) !== JSON.stringify(saved);
  const send = async () => {
    if (busy || !dirty) return;
    setBusy(true);
    setProblem(NO_PROBLEM);
    try {
      await save(value);
      setDraft(null);
    } catch (thrown) {
      const error = toApiError(thrown);
      setRefused(value);
      setProblem(problemOf<string>(error, Object.keys(error.details ?? {})));
    } finally {
      setBusy(false);
    }
  };
  const mistakes = Object.keys(problem.fields).filter((name) => refused !== null && isSame(memberAt(refused, name), memberAt(value, name)));
  const errors = (path: string, within = false) => {
    const own = mistakes.filter((name) => name === path || (within && isWithin(name, path)));
    for (const name of own) shown.current.add(name);
    return own.length > 0 ? own.flatMap((name) => problem.fields[name] ?? []) : undefined;
  };
  return {
    value,
    set: (change) => setDraft((before) => ({ ...(before ?? saved), ...change })),
    dirty,
    busy,
    discard: () => {
      setDraft(null);
      setProblem(NO_PROBLEM);
    },
    errors,
    rest: () => {
      const others = mistakes.filter((name) => !shown.current.has(name));
      return [problem.general, ...others.flatMap((name) => problem.fields[name] ?? [])].filter(Boolean).join(' ') || null;
    },
    form: {
      ref: form,
      noValidate: true,
      onSubmit: (event) => {
        event.preventDefault();
        void send();
      },
    },
  };
}

/** The member at a path such as `settings.pre_chat.fields[0].label`, whose first part may name the whole. */
export function memberAt(value: object, path: string): unknown {
  const [first = '', ...others] = path.split(/[.[\]]+/).filter(Boolean);
  const parts = first in value ? [first, ...others] : others;
  return parts.reduce<unknown>((within, part) => (within as Record<string, unknown> | null | undefined)?.[part], value);
}

const isSame = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other);

function isWithin(name: string, path: string): boolean {
  return name.startsWith(`${path}.`) || name.startsWith(`${path}[`);
}
