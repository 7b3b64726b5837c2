/** Who is kept out: visitors and addresses, by whom, since when and why. */

import { useMemo, useRef, useState } from 'preact/hooks';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { FormNotice } from '../../components/form-notice.tsx';
import { LoadingNotice } from '../../components/loading-notice.tsx';
import { SettingsSection } from '../../components/settings-section.tsx';
import { Table, type Column } from '../../components/table.tsx';
import { completeTime, dayName, shortTime } from '../../format-time.ts';
import { PrivacyApi, type Block } from '../../privacy-api.ts';
import { may } from '../../state/permissions.ts';
import { useLoaded } from '../../state/use-loaded.ts';
import { useSettingChanges } from '../../state/use-setting-changes.ts';
import { text } from '../../text.ts';
import { AddressDialog } from './blocked/address-dialog.tsx';
import type { SettingsPageProps } from './registry.ts';

export default function BlockedPage({ workspace }: SettingsPageProps) {
  const words = text.privacy.blocked;
  const privacy = useMemo(() => new PrivacyApi(workspace.http), [workspace]);
  const [adding, setAdding] = useState(false);
  const [unblocking, setUnblocking] = useState<Block | null>(null);
  const [busy, setBusy] = useState(false);
  /** Pages are loaded until so many are there: older ones that were asked for stay, whatever changes. */
  const wanted = useRef(1);
  const loaded = useLoaded(() => newestBlocks(privacy, wanted.current));
  useSettingChanges(workspace, ['blocks'], () => void loaded.reload());
  if (!loaded.value) return <LoadingNotice error={loaded.error} onRetry={() => void loaded.reload()} />;
  const { blocks, hasMore } = loaded.value;
  const mayAddress = may(workspace.agent.role, 'administer');
  const now = new Date();

  const showOlder = async () => {
    if (busy) return;
    wanted.current = blocks.length + 1;
    setBusy(true);
    await loaded.reload();
    setBusy(false);
  };

  const columns: Column<Block>[] = [
    {
      title: words.who,
      cell: (block) => (
        <span class="person__words">
          <bdi class="person__name">{nameOf(block)}</bdi>
          {block.reason && (
            <span class="person__email" dir="auto">
              {block.reason}
            </span>
          )}
        </span>
      ),
    },
    {
      title: words.by,
      cell: ({ agent, created_at: at }) => (
        <span class="person__words">
          <bdi>{agent.name}</bdi>
          <time class="person__email" dateTime={at} title={completeTime(new Date(at))}>
            {shortTime(new Date(at), now)}
          </time>
        </span>
      ),
    },
    {
      title: text.privacy.until,
      cell: ({ expires_at: end }) =>
        end ? (
          <time dateTime={end} title={completeTime(new Date(end))}>
            {dayName(new Date(end), now)}
          </time>
        ) : (
          text.privacy.lengths.forever
        ),
    },
    {
      title: '',
      align: 'end',
      cell: (block) =>
        (block.visitor ? may(workspace.agent.role, 'answer') : mayAddress) && (
          <button class="button button--quiet" type="button" aria-label={words.unblockName(nameOf(block))} onClick={() => setUnblocking(block)}>
            {words.unblock}
          </button>
        ),
    },
  ];
  return (
    <SettingsSection
      title={text.settings.titles.blocked}
      intro={words.intro}
      actions={
        mayAddress && (
          <button class="button button--primary" type="button" onClick={() => setAdding(true)}>
            {words.addAddress}
          </button>
        )
      }
    >
      {blocks.length === 0 ? (
        <p class="settings-section__empty">{words.empty}</p>
      ) : (
        <Table caption={text.settings.titles.blocked} columns={columns} rows={blocks} rowKey={({ id }) => id} />
      )}
      {(loaded.error || hasMore) && (
        <div class="settings-section__more">
          {loaded.error && <FormNotice message={loaded.error} />}
          {hasMore && (
            <button class="button" type="button" aria-disabled={busy} onClick={() => void showOlder()}>
              {words.older}
            </button>
          )}
        </div>
      )}
      {adding && (
        <AddressDialog
          privacy={privacy}
          onBlocked={(block) => {
            workspace.toasts.show(text.privacy.blockedNow(nameOf(block)));
            void loaded.reload();
          }}
          onClose={() => setAdding(false)}
        />
      )}
      {unblocking && (
        <ConfirmDialog
          title={words.unblockTitle(nameOf(unblocking))}
          explanation={words.unblockExplanation}
          confirm={words.unblock}
          onClose={() => setUnblocking(null)}
          onConfirm={async () => {
            await privacy.unblock(unblocking.id);
            workspace.toasts.show(text.thread.unblocked(nameOf(unblocking)));
            void loaded.reload();
          }}
        />
      )}
    </SettingsSection>
  );
}

/** A single address without the length of its prefix, which says nothing of one. */
function nameOf({ visitor, network }: Block): string {
  if (visitor) return visitor.name?.trim() || text.privacy.visitorNumber(visitor.id);
  return (network ?? '').replace(/^([\d.]+)\/32$|^(\S*:\S*)\/128$/, '$1$2');
}

/** The newest first, page by page until there are so many, as far as there are. */
async function newestBlocks(privacy: PrivacyApi, least: number): Promise<{ blocks: Block[]; hasMore: boolean }> {
  const blocks: Block[] = [];
  let hasMore = true;
  while (hasMore && blocks.length < least) {
    const page = await privacy.blocks(blocks.at(-1)?.id ?? null);
    blocks.push(...page.blocks);
    hasMore = page.has_more && page.blocks.length > 0;
  }
  return { blocks, hasMore };
}
