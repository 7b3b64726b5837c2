/** Answers that are ready: one's own, and those that the team shares, which administrators look after. */

import { useEffect, useRef, useState } from 'preact/hooks';
import { toApiError } from '../../../shared/api.ts';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { Field } from '../../components/field.tsx';
import { FormDialog } from '../../components/form-dialog.tsx';
import { FormNotice } from '../../components/form-notice.tsx';
import { MoreIcon, PlusIcon } from '../../components/icons.tsx';
import { Menu } from '../../components/menu.tsx';
import { SettingsSection } from '../../components/settings-section.tsx';
import { SwitchField } from '../../components/switch-field.tsx';
import { Table, type Column } from '../../components/table.tsx';
import { TextAreaField } from '../../components/text-area-field.tsx';
import { problemOf } from '../../state/form.ts';
import { may } from '../../state/permissions.ts';
import { useForm } from '../../state/use-form.ts';
import { useSettingChanges } from '../../state/use-setting-changes.ts';
import type { Workspace } from '../../state/workspace.ts';
import { text } from '../../text.ts';
import type { SettingsPageProps } from './registry.ts';

interface CannedReply {
  id: number;
  shared: boolean;
  shortcut: string;
  title: string;
  body: string;
}

const ADDRESS = '/api/v1/canned-replies';
/** What the server fills nothing in for; whoever inserts a reply does. */
const VARIABLES = ['visitor.name', 'visitor.first_name', 'agent.name', 'agent.first_name', 'widget.name', 'conversation.id'];

type Open = { kind: 'edit'; reply: CannedReply | null } | { kind: 'delete'; reply: CannedReply } | null;

export default function CannedRepliesPage({ workspace }: SettingsPageProps) {
  const words = text.settings.cannedReplies;
  const [replies, setReplies] = useState<CannedReply[] | null>(null);
  const [error, setError] = useState<string | null>(null);
  const [open, setOpen] = useState<Open>(null);
  const [search, setSearch] = useState('');
  const shares = may(workspace.agent.role, 'administer');

  const load = () => {
    setError(null);
    loadAll(workspace).then(setReplies, (thrown) => setError(problemOf(toApiError(thrown), []).general));
  };
  useEffect(load, []);
  useSettingChanges(workspace, ['canned_replies'], load);

  const wanted = search.trim().toLocaleLowerCase();
  const shown = (replies ?? []).filter(({ shortcut, title, body }) =>
    [shortcut, title, body].some((part) => part.toLocaleLowerCase().includes(wanted)),
  );
  const remove = async (reply: CannedReply) => {
    await workspace.http.request('DELETE', `${ADDRESS}/${reply.id}`);
    setReplies((before) => before?.filter(({ id }) => id !== reply.id) ?? null);
    workspace.toasts.show(words.deleted(reply.title));
  };
  const saved = (reply: CannedReply) => {
    setReplies((before) => [...(before ?? []).filter(({ id }) => id !== reply.id), reply].sort(byShortcut));
    workspace.toasts.show(text.saved);
    setOpen(null);
  };

  const columns: Column<CannedReply>[] = [
    { title: words.shortcut, cell: ({ shortcut }) => <code class="canned-reply__shortcut" dir="ltr">/{shortcut}</code> },
    {
      title: words.title,
      cell: ({ title, body }) => (
        <div class="canned-reply">
          <bdi>{title}</bdi>
          <span class="canned-reply__body" dir="auto">
            {body}
          </span>
        </div>
      ),
    },
    { title: words.who, cell: ({ shared }) => (shared ? words.everybody : words.onlyYou) },
    {
      title: '',
      align: 'end',
      cell: (reply) =>
        (!reply.shared || shares) && (
          <Menu
            label={text.sorting.actionsFor(reply.title)}
            items={[
              { label: text.edit, onSelect: () => setOpen({ kind: 'edit', reply }) },
              { label: text.delete, dangerous: true, onSelect: () => setOpen({ kind: 'delete', reply }) },
            ]}
          >
            <MoreIcon />
          </Menu>
        ),
    },
  ];

  return (
    <SettingsSection
      title={text.settings.titles.cannedReplies}
      intro={words.intro}
      actions={
        <button class="button button--primary" type="button" onClick={() => setOpen({ kind: 'edit', reply: null })}>
          <PlusIcon />
          {words.add}
        </button>
      }
    >
      <FormNotice message={error} />
      {error && (
        <button class="button" type="button" onClick={load}>
          {text.retry}
        </button>
      )}
      {replies && replies.length === 0 && <EmptyState title={words.none} hint={words.noneHint} />}
      {replies && replies.length > 0 && (
        <>
          <div class="canned-replies__search">
            <Field id="canned-search" type="search" label={text.search} value={search} onValue={setSearch} />
          </div>
          {shown.length === 0 ? (
            <p role="status">{text.nothingFound}</p>
          ) : (
            <Table caption={text.settings.titles.cannedReplies} columns={columns} rows={shown} rowKey={({ id }) => id} />
          )}
        </>
      )}
      {open?.kind === 'edit' && (
        <ReplyDialog workspace={workspace} reply={open.reply} shares={shares} onSaved={saved} onClose={() => setOpen(null)} />
      )}
      {open?.kind === 'delete' && (
        <ConfirmDialog
          title={words.deleteTitle}
          explanation={words.deleteExplanation(open.reply.title)}
          confirm={text.delete}
          dangerous
          onConfirm={() => remove(open.reply)}
          onClose={() => setOpen(null)}
        />
      )}
    </SettingsSection>
  );
}

interface ReplyDialogProps {
  workspace: Workspace;
  /** Null: a new one. */
  reply: CannedReply | null;
  /** Whether it may be the whole team's. */
  shares: boolean;
  onSaved(reply: CannedReply): void;
  onClose(): void;
}

function ReplyDialog({ workspace, reply, shares, onSaved, onClose }: ReplyDialogProps) {
  const words = text.settings.cannedReplies;
  const [shared, setShared] = useState(reply?.shared ?? false);
  const body = useRef<HTMLDivElement>(null);
  const form = useForm({
    initial: { shortcut: reply?.shortcut ?? '', title: reply?.title ?? '', body: reply?.body ?? '' },
    check: (values) => ({
      ...(values.shortcut.trim() ? {} : { shortcut: [words.shortcutMissing] }),
      ...(values.title.trim() ? {} : { title: [words.titleMissing] }),
      ...(values.body.trim() ? {} : { body: [words.bodyMissing] }),
    }),
    submit: async (values) => {
      const request = { ...values, shared };
      const { http } = workspace;
      const answer = reply
        ? await http.request<{ canned_reply: CannedReply }>('PATCH', `${ADDRESS}/${reply.id}`, { body: request })
        : await http.post<{ canned_reply: CannedReply }>(ADDRESS, request);
      onSaved(answer.canned_reply);
    },
  });
  /** At the caret, which stays behind it. */
  const insert = (name: string) => {
    const area = body.current?.querySelector('textarea');
    const [from, to] = [area?.selectionStart ?? form.values.body.length, area?.selectionEnd ?? form.values.body.length];
    const variable = `{{${name}}}`;
    form.set({ body: form.values.body.slice(0, from) + variable + form.values.body.slice(to) });
    requestAnimationFrame(() => {
      area?.focus();
      area?.setSelectionRange(from + variable.length, from + variable.length);
    });
  };
  return (
    <FormDialog title={reply ? words.editTitle : words.addTitle} onClose={onClose} form={form}>
      <Field {...form.bind('shortcut')} label={words.shortcut} hint={words.shortcutHint} />
      <Field {...form.bind('title')} label={words.title} />
      <div ref={body}>
        <TextAreaField {...form.bind('body')} label={words.body} rows={6} />
        <div class="variables" role="group" aria-label={words.variables}>
          {VARIABLES.map((name) => (
            <button key={name} class="variables__one" type="button" onClick={() => insert(name)}>
              {words.variableNames[name as keyof typeof words.variableNames]}
            </button>
          ))}
        </div>
      </div>
      {shares && <SwitchField id="shared" label={words.shared} hint={words.sharedHint} checked={shared} onChange={setShared} />}
    </FormDialog>
  );
}

/** Page by page; there are some hundreds at most. */
async function loadAll({ http }: Workspace): Promise<CannedReply[]> {
  const all: CannedReply[] = [];
  for (let more = true; more; ) {
    const after = all[all.length - 1]?.id;
    const page = await http.get<{ canned_replies: CannedReply[]; has_more: boolean }>(ADDRESS, { query: { after_id: after } });
    all.push(...page.canned_replies);
    more = page.has_more && page.canned_replies.length > 0;
  }
  return all.sort(byShortcut);
}

function byShortcut(a: CannedReply, b: CannedReply): number {
  return a.shortcut.localeCompare(b.shortcut) || a.id - b.id;
}
