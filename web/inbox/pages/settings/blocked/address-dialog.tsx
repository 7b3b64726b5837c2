/** Keeps out whoever comes from an address or a network. */

import { Dialog } from '../../../components/dialog.tsx';
import { Field } from '../../../components/field.tsx';
import { FormNotice } from '../../../components/form-notice.tsx';
import { SelectField } from '../../../components/select-field.tsx';
import type { Block, PrivacyApi } from '../../../privacy-api.ts';
import { BLOCK_LENGTHS, blockEnd, type BlockLength } from '../../../state/block-ends.ts';
import { useForm } from '../../../state/use-form.ts';
import { text } from '../../../text.ts';

export interface AddressDialogProps {
  privacy: PrivacyApi;
  onBlocked(block: Block): void;
  onClose(): void;
}

export function AddressDialog({ privacy, onBlocked, onClose }: AddressDialogProps) {
  const words = text.privacy;
  const form = useForm({
    initial: { network: '', reason: '', length: 'week' as BlockLength },
    check: ({ network }) => ({ network: network.trim() ? undefined : [words.blocked.addressRequired] }),
    submit: async ({ network, reason, length }) => {
      const end = blockEnd(length, new Date());
      onBlocked(await privacy.block({ network: network.trim(), reason: reason.trim() || null, expires_at: end }));
      onClose();
    },
  });
  return (
    <Dialog
      title={words.blocked.addAddress}
      size="small"
      onClose={onClose}
      actions={
        <>
          <button class="button" type="button" onClick={onClose}>
            {text.cancel}
          </button>
          <button class="button button--danger" type="button" aria-disabled={form.busy} onClick={form.send}>
            {words.blocked.block}
          </button>
        </>
      }
    >
      <form class="form" {...form.form}>
        <Field {...form.bind('network')} label={words.blocked.address} hint={words.blocked.addressHint} autocomplete="off" />
        <Field {...form.bind('reason')} label={words.reason} hint={words.reasonHint} autocomplete="off" />
        <SelectField
          {...form.bind('length')}
          label={words.until}
          options={BLOCK_LENGTHS.map((value) => ({ value, label: words.lengths[value] }))}
        />
        <FormNotice message={form.general} />
      </form>
    </Dialog>
  );
}
