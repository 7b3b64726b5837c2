/** The line for the site's pages, and whether it is there: by the hosts that asked for the chat, told as they come. */

import { FormNotice } from '../../../../components/form-notice.tsx';
import { LoadingNotice } from '../../../../components/loading-notice.tsx';
import { SettingsSection } from '../../../../components/settings-section.tsx';
import { Table } from '../../../../components/table.tsx';
import { useAction } from '../../../../state/use-action.ts';
import { useLoaded } from '../../../../state/use-loaded.ts';
import { useSettingChanges } from '../../../../state/use-setting-changes.ts';
import { text } from '../../../../text.ts';
import type { SeenHost } from '../../../../widgets-api.ts';
import { Ago } from '../ago.tsx';
import { CodeField } from '../code-field.tsx';
import type { WebsiteSectionProps } from '../registry.ts';

/** Somebody has put the line into a page and waits. */
const POLL_MS = 5_000;

export default function InstallationSection({ workspace, api, widget, onChanged }: WebsiteSectionProps) {
  const words = text.websites.installation;
  const { value: hosts, error, reload } = useLoaded(() => api.installation(widget.id));
  useSettingChanges(workspace, ['sightings', 'widgets'], () => void reload(), POLL_MS);
  const allow = async (host: string) => {
    // The list as it is by now: a colleague may have changed it.
    const { domains } = await api.show(widget.id);
    onChanged(await api.change(widget.id, { domains: [...domains, host] }));
    workspace.toasts.show(words.allowedNow(host));
    await reload();
  };
  return (
    <>
      <SettingsSection title={text.websites.sections.installation} intro={words.snippetIntro}>
        {!widget.active && <FormNotice message={words.inactive} tone="info" />}
        <CodeField id="snippet" label={words.snippet} value={snippetOf(location.origin, widget.token)} />
        <p class="website__more">
          <a href="/demo">{words.guides}</a>
        </p>
      </SettingsSection>
      <SettingsSection title={words.checkTitle}>
        {!hosts && <LoadingNotice error={error} onRetry={() => void reload()} />}
        {hosts && <Verdict hosts={hosts} onAllow={allow} />}
        {hosts && hosts.length > 0 && (
          <Table
            caption={words.hosts}
            rows={hosts}
            rowKey={({ host }) => host}
            columns={[
              { title: words.host, cell: ({ host }) => <bdi class="website__host">{host}</bdi> },
              {
                title: words.result,
                cell: ({ answered }) => (
                  <span class={`chip chip--${answered ? 'active' : 'failed'}`}>{answered ? words.answered : words.wasRefused}</span>
                ),
              },
              { title: words.firstSeen, cell: (row) => <Ago at={row.first_seen_at} /> },
              { title: words.lastSeen, cell: (row) => <Ago at={row.last_seen_at} /> },
            ]}
          />
        )}
        <p class="website__small">{words.rare}</p>
      </SettingsSection>
    </>
  );
}

interface VerdictProps {
  /** The latest first. */
  hosts: readonly SeenHost[];
  onAllow(host: string): Promise<void>;
}

/** In a sentence: seen or not, and which host wants to be let in. Read aloud when it changes. */
function Verdict({ hosts, onAllow }: VerdictProps) {
  const words = text.websites.installation;
  const seen = hosts.find(({ answered }) => answered);
  const refused = hosts.filter(({ answered }) => !answered);
  return (
    <div class="install" role="status">
      {seen ? (
        <div class="install__verdict install__verdict--seen">
          <span class="install__dot" aria-hidden="true" />
          <p class="install__words">
            <strong>{words.seen(seen.host)}</strong>
            <span>
              <Ago words={text.websites.lastSeen} at={seen.last_seen_at} />
            </span>
          </p>
        </div>
      ) : (
        refused.length === 0 && (
          <div class="install__verdict">
            <span class="install__dot install__dot--waiting" aria-hidden="true" />
            <p class="install__words">
              <strong>{words.waiting}</strong>
              <span>{words.waitingHint}</span>
            </p>
          </div>
        )
      )}
      {refused.map(({ host, allowed }) => (
        <div class="install__verdict install__verdict--refused" key={host}>
          <span class="install__dot" aria-hidden="true" />
          <p class="install__words">
            <strong>{words.refused(host)}</strong>
            <span>{allowed ? words.stillRefused : words.refusedHint}</span>
          </p>
          {!allowed && <AllowButton host={host} onAllow={onAllow} />}
        </div>
      ))}
    </div>
  );
}

function AllowButton({ host, onAllow }: { host: string; onAllow: VerdictProps['onAllow'] }) {
  const allow = useAction(() => onAllow(host));
  return (
    <>
      <button class="button" type="button" aria-disabled={allow.busy} onClick={allow.run}>
        {text.websites.installation.allow(host)}
      </button>
      <FormNotice message={allow.error} />
    </>
  );
}

/** As docs/widget.md gives it. */
export function snippetOf(origin: string, token: string): string {
  return `<script async src="${origin}/chatbot-widget.js" data-api-token="${token}"></script>`;
}
