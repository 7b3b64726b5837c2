/**
 * A form that the server judges: its values, what is wrong with them, and that it is sent once at a time. `bind` is for
 * `Field` and its relatives.
 */

import { useEffect, useRef, useState } from 'preact/hooks';
import { toApiError } from '../../shared/api.ts';
import { focusFirstInvalid, NO_PROBLEM, problemOf, type FieldErrors, type FormProblem } from './form.ts';

export interface FormOptions<Values extends Record<string, string>> {
  initial: Values;
  /** What can be known to be wrong without asking. */
  check?(values: Values): FieldErrors<keyof Values & string>;
  /** Rejects with what the server says; its errors go to their fields. */
  submit(values: Values): Promise<void>;
}

export function useForm<Values extends Record<string, string>>({ initial, check, submit }: FormOptions<Values>) {
  type Name = keyof Values & string;
  const [values, setValues] = useState(initial);
  const [problem, setProblem] = useState<FormProblem<Name>>(NO_PROBLEM);
  /** What was written anew since it was judged, so that the judgement does not hold any more. */
  const [rewritten, setRewritten] = useState<ReadonlySet<Name>>(new Set());
  const [busy, setBusy] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => focusFirstInvalid(form.current), [problem]);

  const send = async () => {
    if (busy) return;
    const fields = check?.(values) ?? {};
    setRewritten(new Set());
    setProblem({ fields, general: null });
    if (Object.values(fields).some(Boolean)) return;
    setBusy(true);
    try {
      await submit(values);
    } catch (thrown) {
      setProblem(problemOf(toApiError(thrown), Object.keys(initial) as Name[]));
    } finally {
      setBusy(false);
    }
  };

  return {
    values,
    set: (change: Partial<Values>) => setValues((before) => ({ ...before, ...change })),
    bind: <N extends Name>(name: N) => ({
      id: name as string,
      value: values[name],
      onValue: (value: Values[N]) => {
        setValues((before) => ({ ...before, [name]: value }));
        setRewritten((before) => (before.has(name) ? before : new Set([...before, name])));
      },
      errors: rewritten.has(name) ? undefined : problem.fields[name],
    }),
    /** For the `form` element. */
    form: {
      ref: form,
      noValidate: true,
      onSubmit: (event: Event) => {
        event.preventDefault();
        void send();
      },
    },
    /** What belongs to no field. */
    general: problem.general,
    busy,
    send: () => void send(),
  };
}

export type Form = ReturnType<typeof useForm>;
