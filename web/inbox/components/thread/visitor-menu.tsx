/** What can be done with a visitor as a whole: its data given out or erased, and it itself kept out. */

import { useMemo, useState } from 'preact/hooks';
import { toApiError } from '../../../shared/api.ts';
import { PrivacyApi } from '../../privacy-api.ts';
import { BLOCK_LENGTHS, blockEnd, type BlockLength } from '../../state/block-ends.ts';
import { problemOf } from '../../state/form.ts';
import { may } from '../../state/permissions.ts';
import { useForm } from '../../state/use-form.ts';
import type { VisitorInfo } from '../../state/visitor-info.ts';
import type { Workspace } from '../../state/workspace.ts';
import type { VisitorProfile } from '../../thread-api.ts';
import { text } from '../../text.ts';
import { Dialog } from '../dialog.tsx';
import { Field } from '../field.tsx';
import { FormNotice } from '../form-notice.tsx';
import { Menu, type MenuItem } from '../menu.tsx';
import { SelectField } from '../select-field.tsx';
import { MoreIcon } from './icons.tsx';

export interface VisitorMenuProps {
  workspace: Workspace;
  info: VisitorInfo;
  visitor: VisitorProfile;
  /** As it is shown, also of one without a name. */
  name: string;
}

export function VisitorMenu(props: VisitorMenuProps) {
  const { workspace, info, visitor, name } = props;
  const words = text.privacy;
  const [open, setOpen] = useState<'export' | 'erase' | 'block' | null>(null);
  const unblock = () =>
    info.setBlocked(false).then(
      () => workspace.toasts.show(text.thread.unblocked(name)),
      () => workspace.toasts.show(text.conversation.actionFailed, { tone: 'error' }),
    );
  const items: MenuItem[] = [];
  if (may(workspace.agent.role, 'administer')) {
    items.push({ label: words.export, onSelect: () => setOpen('export') });
  }
  items.push(
    visitor.blocked ? { label: text.thread.unblock, onSelect: () => void unblock() } : { label: words.block, onSelect: () => setOpen('block') },
  );
  if (may(workspace.agent.role, 'administer')) {
    items.push({ label: words.erase, dangerous: true, separated: true, onSelect: () => setOpen('erase') });
  }
  const close = () => setOpen(null);
  return (
    <>
      <Menu class="icon-button visitor__menu" label={words.menu} items={items}>
        <MoreIcon />
      </Menu>
      {open === 'export' && <ExportDialog {...props} onClose={close} />}
      {open === 'erase' && <EraseDialog {...props} onClose={close} />}
      {open === 'block' && <BlockDialog {...props} onClose={close} />}
    </>
  );
}

type DialogProps = VisitorMenuProps & { onClose(): void };

function ExportDialog({ workspace, visitor, name, onClose }: DialogProps) {
  const words = text.privacy;
  const url = useMemo(() => new PrivacyApi(workspace.http).exportUrl(visitor.id), [visitor.id]);
  return (
    <Dialog
      title={words.exportTitle(name)}
      size="small"
      onClose={onClose}
      actions={
        <>
          <button class="button" type="button" onClick={onClose}>
            {text.cancel}
          </button>
          <a class="button button--primary" href={url} download={`visitor-${visitor.id}.zip`} onClick={() => setTimeout(onClose)}>
            {words.download}
          </a>
        </>
      }
    >
      <p>{words.exportExplanation}</p>
    </Dialog>
  );
}

function EraseDialog({ workspace, visitor, name, onClose }: DialogProps) {
  const words = text.privacy;
  const [typed, setTyped] = useState('');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const [mistyped, setMistyped] = useState(false);
  const number = String(visitor.id);
  const answer = typed.trim().replace(/^#/, '').toLocaleLowerCase();
  const agreed = answer === number || (answer !== '' && answer === visitor.name?.trim().toLocaleLowerCase());
  const erase = async () => {
    setMistyped(!agreed);
    if (busy || !agreed) return;
    setBusy(true);
    setError(null);
    try {
      await new PrivacyApi(workspace.http).erase(visitor.id);
      workspace.toasts.show(words.erased(name));
      onClose();
    } catch (thrown) {
      setError(problemOf(toApiError(thrown), []).general);
      setBusy(false);
    }
  };
  return (
    <Dialog
      title={words.eraseTitle(name)}
      size="small"
      onClose={onClose}
      actions={
        <>
          <button class="button" type="button" onClick={onClose}>
            {text.cancel}
          </button>
          <button class="button button--danger" type="button" aria-disabled={busy || !agreed} onClick={() => void erase()}>
            {words.eraseConfirm}
          </button>
        </>
      }
    >
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          void erase();
        }}
      >
        <p>{words.eraseExplanation}</p>
        <Field
          id="erase-agreed"
          label={visitor.name?.trim() ? words.typeNameOrNumber(visitor.name.trim(), number) : words.typeNumber(number)}
          value={typed}
          onValue={setTyped}
          autocomplete="off"
          errors={mistyped && !agreed ? [words.mistyped] : []}
        />
        <FormNotice message={error} />
      </form>
    </Dialog>
  );
}

function BlockDialog({ workspace, info, visitor, name, onClose }: DialogProps) {
  const words = text.privacy;
  const form = useForm({
    initial: { reason: '', length: 'forever' as BlockLength },
    submit: async ({ reason, length }) => {
      await new PrivacyApi(workspace.http).block({
        visitor_id: visitor.id,
        reason: reason.trim() || null,
        expires_at: blockEnd(length, new Date()),
      });
      info.noteBlocked(true);
      workspace.toasts.show(words.blockedNow(name));
      onClose();
    },
  });
  return (
    <Dialog
      title={text.thread.blockTitle(name)}
      size="small"
      onClose={onClose}
      actions={
        <>
          <button class="button" type="button" onClick={onClose}>
            {text.cancel}
          </button>
          <button class="button button--danger" type="button" aria-disabled={form.busy} onClick={form.send}>
            {text.thread.block}
          </button>
        </>
      }
    >
      <form class="form" {...form.form}>
        <p>{text.thread.blockExplanation}</p>
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
