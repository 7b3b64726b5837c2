/** Who visitors are, as the site vouches for it; and other tokens and secrets in the place of those that got around. */

import { useState } from 'preact/hooks';
import { CopyField } from '../../../../components/copy-field.tsx';
import { Dialog } from '../../../../components/dialog.tsx';
import { FormNotice } from '../../../../components/form-notice.tsx';
import { SelectField } from '../../../../components/select-field.tsx';
import { SettingsSection } from '../../../../components/settings-section.tsx';
import { completeTime } from '../../../../format-time.ts';
import { useForm } from '../../../../state/use-form.ts';
import { text } from '../../../../text.ts';
import { CodeField } from '../code-field.tsx';
import type { WebsiteSectionProps } from '../registry.ts';
import { snippetOf } from './installation-section.tsx';

/** 0 to 720; the usual ones. */
const GRACES = ['0', '1', '24', '72', '168', '720'] as const;
const USUAL_GRACE = '24';

export default function SecuritySection({ api, widget, onChanged }: WebsiteSectionProps) {
  const words = text.websites.security;
  const [open, setOpen] = useState<'token' | 'secret' | null>(null);
  const until = (at: string) => completeTime(new Date(at));
  return (
    <>
      <SettingsSection
        title={words.identityTitle}
        intro={words.identityIntro}
        actions={
          <button class="button" type="button" onClick={() => setOpen('secret')}>
            {words.newSecret}
          </button>
        }
      >
        <CodeField id="identity-example" label={words.identityExample} value={IDENTITY_EXAMPLE} />
        <p class="website__small">{words.identitySecretHint}</p>
        <FormNotice
          tone="info"
          message={widget.previous_identity_secret_ends_at && words.secretUntil(until(widget.previous_identity_secret_ends_at))}
        />
      </SettingsSection>
      <SettingsSection
        title={words.tokenTitle}
        intro={words.tokenIntro}
        actions={
          <button class="button" type="button" onClick={() => setOpen('token')}>
            {words.newToken}
          </button>
        }
      >
        <CopyField id="token" label={words.token} value={widget.token} />
        <div class="website__notice">
          <FormNotice tone="info" message={widget.previous_token_ends_at && words.tokenUntil(until(widget.previous_token_ends_at))} />
        </div>
      </SettingsSection>
      {open === 'token' && (
        <RotateDialog
          title={words.newTokenTitle}
          intro={words.newTokenIntro}
          confirm={words.newToken}
          label={words.snippetWithToken}
          rotate={async (hours) => {
            const rotated = await api.rotateToken(widget.id, hours);
            onChanged(rotated.widget);
            return snippetOf(location.origin, rotated.token);
          }}
          onClose={() => setOpen(null)}
        />
      )}
      {open === 'secret' && (
        <RotateDialog
          title={words.newSecretTitle}
          intro={words.newSecretIntro}
          confirm={words.newSecret}
          label={text.websites.identitySecret}
          once
          rotate={async (hours) => {
            const rotated = await api.rotateIdentitySecret(widget.id, hours);
            onChanged(rotated.widget);
            return rotated.identity_secret;
          }}
          onClose={() => setOpen(null)}
        />
      )}
    </>
  );
}

interface RotateDialogProps {
  title: string;
  intro: string;
  confirm: string;
  /** What comes out. */
  label: string;
  /** It is shown only here. */
  once?: boolean;
  rotate(graceHours: number): Promise<string>;
  onClose(): void;
}

/** Asks for how long the old one is to hold, makes the new one, and shows it. */
function RotateDialog({ title, intro, confirm, label, once, rotate, onClose }: RotateDialogProps) {
  const words = text.websites.security;
  const [made, setMade] = useState<string | null>(null);
  const form = useForm({
    initial: { grace_hours: USUAL_GRACE as string },
    submit: async ({ grace_hours }) => setMade(await rotate(Number(grace_hours))),
  });
  if (made !== null) {
    return (
      <Dialog
        title={words.doneTitle}
        onClose={onClose}
        actions={
          <button class="button button--primary" type="button" onClick={onClose}>
            {text.close}
          </button>
        }
      >
        {once && <p class="website-secret__intro">{words.once}</p>}
        <CopyField id="rotated" label={label} value={made} />
      </Dialog>
    );
  }
  return (
    <Dialog
      title={title}
      onClose={onClose}
      actions={
        <>
          <button class="button" type="button" onClick={onClose}>
            {text.cancel}
          </button>
          <button class="button button--primary" type="submit" form="rotate-form" aria-disabled={form.busy}>
            {confirm}
          </button>
        </>
      }
    >
      <form id="rotate-form" class="form" {...form.form}>
        <p>{intro}</p>
        <SelectField
          {...form.bind('grace_hours')}
          label={words.grace}
          hint={words.graceHint}
          options={GRACES.map((value) => ({ value, label: words.graces[value] }))}
        />
        <FormNotice message={form.general} />
      </form>
    </Dialog>
  );
}

/** As docs/widget.md has it. */
const IDENTITY_EXAMPLE = `data-visitor-id="{{ auth()->id() }}"
data-visitor-hash="{{ hash_hmac('sha256', (string) auth()->id(), config('services.chat.secret')) }}"`;
