/** A form that is edited and saved as a whole: its fields, what is wrong with none of them, and the buttons that end it. */

import type { ComponentChildren } from 'preact';
import type { Router } from '../router.ts';
import type { Draft } from '../state/use-draft.ts';
import { text } from '../text.ts';
import { FormNotice } from './form-notice.tsx';
import { UnsavedGuard } from './unsaved-guard.tsx';

export interface DraftFormProps<Value extends object> {
  draft: Draft<Value>;
  router: Router;
  children: ComponentChildren;
}

export function DraftForm<Value extends object>({ draft, router, children }: DraftFormProps<Value>) {
  return (
    <form class="form draft-form" {...draft.form}>
      {children}
      <End draft={draft} router={router} />
    </form>
  );
}

/** Drawn after the fields, so that it knows what they show. */
function End<Value extends object>({ draft, router }: Omit<DraftFormProps<Value>, 'children'>) {
  return (
    <>
      <FormNotice message={draft.rest()} />
      <div class={draft.dirty ? 'draft-form__end draft-form__end--dirty' : 'draft-form__end'}>
        <button class="button button--primary" type="submit" aria-disabled={!draft.dirty || draft.busy}>
          {text.unsaved.save}
        </button>
        {draft.dirty && (
          <button class="button" type="button" onClick={draft.discard}>
            {text.unsaved.undo}
          </button>
        )}
        <span class="draft-form__state" role="status">
          {draft.dirty && text.unsaved.state}
        </span>
      </div>
      <UnsavedGuard router={router} dirty={draft.dirty} />
    </>
  );
}
