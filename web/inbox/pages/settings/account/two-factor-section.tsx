/** The second factor: whether it is on, setting it up, turning it off, and new recovery codes. */

import { useState } from 'preact/hooks';
import { Dialog } from '../../../components/dialog.tsx';
import { FormDialog } from '../../../components/form-dialog.tsx';
import { PasswordField } from '../../../components/password-field.tsx';
import { RecoveryCodes } from '../../../components/recovery-codes.tsx';
import { SettingsSection } from '../../../components/settings-section.tsx';
import { TwoFactorSetup } from '../../../components/two-factor-setup.tsx';
import type { OwnAccount, PeopleApi } from '../../../people-api.ts';
import { useForm } from '../../../state/use-form.ts';
import type { Workspace } from '../../../state/workspace.ts';
import { text } from '../../../text.ts';

export interface TwoFactorSectionProps {
  workspace: Workspace;
  people: PeopleApi;
  twoFactor: OwnAccount['two_factor'];
  onChanged(): void;
}

export function TwoFactorSection({ workspace, people, twoFactor, onChanged }: TwoFactorSectionProps) {
  const words = text.people.twoFactor;
  const [open, setOpen] = useState<'setup' | 'disable' | 'codes' | null>(null);
  const close = () => setOpen(null);
  const { enabled, required, recovery_codes_left: left } = twoFactor;
  return (
    <SettingsSection
      title={words.title}
      intro={words.intro}
      actions={<span class={enabled ? 'chip chip--active' : 'chip chip--closed'}>{enabled ? words.on : words.off}</span>}
    >
      {enabled && <p class="settings-section__line">{words.codesLeft(left)}</p>}
      {enabled && required && <p class="settings-section__line">{words.neededByTeam}</p>}
      <div class="button-row">
        {!enabled && (
          <button class="button button--primary" type="button" onClick={() => setOpen('setup')}>
            {words.enable}
          </button>
        )}
        {enabled && (
          <button class="button" type="button" onClick={() => setOpen('codes')}>
            {words.newCodes}
          </button>
        )}
        {enabled && !required && (
          <button class="button" type="button" onClick={() => setOpen('disable')}>
            {words.disable}
          </button>
        )}
      </div>
      {open === 'setup' && (
        <Dialog title={words.setUpTitle} onClose={close}>
          <TwoFactorSetup people={people} onEnabled={onChanged} onDone={close} />
        </Dialog>
      )}
      {open === 'disable' && (
        <PasswordDialog
          title={words.title}
          explanation={words.disableExplained}
          confirm={words.disable}
          onClose={close}
          onConfirm={async (password) => {
            await people.disableTwoFactor(password);
            close();
            workspace.toasts.show(words.disabled);
            onChanged();
          }}
        />
      )}
      {open === 'codes' && <NewCodesDialog people={people} onClose={close} onChanged={onChanged} />}
    </SettingsSection>
  );
}

function NewCodesDialog({ people, onClose, onChanged }: { people: PeopleApi; onClose(): void; onChanged(): void }) {
  const words = text.people.twoFactor;
  const [codes, setCodes] = useState<string[] | null>(null);
  if (!codes) {
    return (
      <PasswordDialog
        title={words.newCodes}
        explanation={words.newCodesExplained}
        confirm={words.newCodes}
        onClose={onClose}
        onConfirm={async (password) => {
          setCodes(await people.replaceRecoveryCodes(password));
          onChanged();
        }}
      />
    );
  }
  return (
    <Dialog
      key="codes"
      title={words.codesTitle}
      onClose={onClose}
      actions={
        <button class="button button--primary" type="button" onClick={onClose}>
          {words.kept}
        </button>
      }
    >
      <RecoveryCodes codes={codes} />
    </Dialog>
  );
}

interface PasswordDialogProps {
  title: string;
  explanation: string;
  confirm: string;
  onClose(): void;
  onConfirm(password: string): Promise<void>;
}

/** Asks for the password before something that protects the account changes. */
function PasswordDialog({ title, explanation, confirm, onClose, onConfirm }: PasswordDialogProps) {
  const form = useForm({
    initial: { current_password: '' },
    submit: ({ current_password }) => onConfirm(current_password),
  });
  return (
    <FormDialog title={title} size="small" onClose={onClose} confirm={confirm} form={form}>
      <p>{explanation}</p>
      <PasswordField {...form.bind('current_password')} label={text.people.currentPassword} autocomplete="current-password" />
    </FormDialog>
  );
}
