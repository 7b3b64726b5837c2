/** Who the conversation is with: beside it on a desk, over it on a phone. */

import type { ComponentChildren } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import type { ConversationView } from '../../../shared/conversation-view.ts';
import { webAddress } from '../../../shared/links.ts';
import { completeTime, dayName, shortTime } from '../../format-time.ts';
import { preview } from '../../names.ts';
import type { Router } from '../../router.ts';
import { inboxRoute } from '../../routes.ts';
import { useNow } from '../../state/use-now.ts';
import { useStore } from '../../state/use-store.ts';
import type { VisitorInfo } from '../../state/visitor-info.ts';
import type { Workspace } from '../../state/workspace.ts';
import type { ConversationDetails, PageView, VisitorAnswer } from '../../thread-api.ts';
import { text } from '../../text.ts';
import { Avatar } from '../avatar.tsx';
import { CheckIcon, WarningIcon } from '../icons.tsx';
import { Link } from '../link.tsx';
import { StatusChip } from '../status-chip.tsx';
import { VisitorMenu } from './visitor-menu.tsx';

export interface VisitorPanelProps {
  workspace: Workspace;
  router: Router;
  conversationId: number;
  visitorId: number;
  name: string;
  view: ConversationView | null;
  mayAnswer: boolean;
}

/** Pages that are shown before somebody wants all of them. */
const FEW_PAGES = 5;

export function VisitorPanel(props: VisitorPanelProps) {
  const { workspace, conversationId, visitorId } = props;
  const info = useMemo(() => workspace.visitor(visitorId, conversationId), [visitorId]);
  const { visitor, details, failed } = useStore(info);
  useEffect(() => {
    info.start();
    return () => info.stop();
  }, [info]);
  if (!visitor) {
    return failed ? (
      <div class="visitor__waiting">
        <p>{text.thread.visitorFailed}</p>
        <button class="button" type="button" onClick={() => void info.load()}>
          {text.retry}
        </button>
      </div>
    ) : (
      <p class="loading">{text.loading}</p>
    );
  }
  return (
    <>
      <Identity {...props} info={info} visitor={visitor} />
      <Now visitor={visitor} details={details} />
      <Answers details={details} />
      <Attributes visitor={visitor} />
      <VisitorNote info={info} note={visitor.visitor.note ?? ''} workspace={workspace} mayAnswer={props.mayAnswer} />
      <Pages pages={visitor.pages} />
      <Earlier {...props} visitor={visitor} />
    </>
  );
}

function Section({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <section class="visitor__section">
      <h3 class="visitor__title">{title}</h3>
      {children}
    </section>
  );
}

function Fact({ label, children }: { label: string; children: ComponentChildren }) {
  return (
    <div class="visitor__fact">
      <dt>{label}</dt>
      <dd>
        <bdi>{children}</bdi>
      </dd>
    </div>
  );
}

function Identity({ workspace, conversationId, name, view, mayAnswer, info, visitor: { visitor } }: VisitorPanelProps & { info: VisitorInfo; visitor: VisitorAnswer }) {
  const email = view?.visitorEmail ?? visitor.email;
  const phone = view?.visitorPhone ?? visitor.phone;
  return (
    <div class="visitor__identity">
      {mayAnswer && <VisitorMenu workspace={workspace} info={info} visitor={visitor} name={name} />}
      <Avatar name={view?.visitorName ?? visitor.name} id={conversationId} />
      <p class="visitor__name" dir="auto">
        {name}
      </p>
      <p class={visitor.verified ? 'visitor__verified' : 'visitor__verified visitor__verified--not'} title={visitor.verified ? text.thread.verifiedHint : text.thread.notVerifiedHint}>
        {visitor.verified ? <CheckIcon /> : <WarningIcon />}
        {visitor.verified ? text.thread.verified : text.thread.notVerified}
      </p>
      {visitor.blocked && <p class="visitor__blocked">{text.thread.blocked}</p>}
      <dl>
        {email && (
          <Fact label={text.form.email}>
            <a href={`mailto:${email}`}>{email}</a>
          </Fact>
        )}
        {phone && (
          <Fact label={text.thread.phone}>
            <a href={`tel:${phone.replace(/[^+\d]/g, '')}`}>{phone}</a>
          </Fact>
        )}
        {visitor.external_id && <Fact label={text.thread.externalId}>{visitor.external_id}</Fact>}
      </dl>
    </div>
  );
}

function Now({ visitor, details }: { visitor: VisitorAnswer; details: ConversationDetails | null }) {
  const now = useNow();
  const page = visitor.pages[0] ?? (details?.page.url ? { url: details.page.url, title: details.page.title } : null);
  const localTime = details?.timezone ? timeIn(details.timezone, now) : null;
  return (
    <Section title={text.thread.about}>
      <dl>
        {page && (
          <Fact label={text.thread.pageNow}>
            <PageLink url={page.url} title={page.title} />
          </Fact>
        )}
        {details?.page.referrer && (
          <Fact label={text.thread.cameFrom}>
            <PageLink url={details.page.referrer} title={null} />
          </Fact>
        )}
        {localTime && <Fact label={text.thread.localTime}>{`${localTime} · ${details?.timezone?.replace(/_/g, ' ')}`}</Fact>}
        {visitor.location && <Fact label={text.thread.location}>{visitor.location}</Fact>}
        {visitor.browser && <Fact label={text.thread.browser}>{visitor.browser}</Fact>}
        {details?.locale && <Fact label={text.thread.language}>{languageName(details.locale)}</Fact>}
        <Fact label={text.thread.firstSeen}>{completeTime(new Date(visitor.visitor.created_at))}</Fact>
      </dl>
    </Section>
  );
}

function PageLink({ url, title }: { url: string; title: string | null }) {
  const href = webAddress(url);
  const short = url.replace(/^https?:\/\//, '');
  const words = title?.trim() || short;
  if (!href) return <>{words}</>;
  return (
    <a class="visitor__page" href={href} title={url} target="_blank" rel="noopener noreferrer nofollow">
      {words}
    </a>
  );
}

function Answers({ details }: { details: ConversationDetails | null }) {
  if (!details || details.pre_chat.length === 0) return null;
  return (
    <Section title={text.thread.formAnswers}>
      <dl>
        {details.pre_chat.map(({ name, label, value }) => (
          <Fact key={name} label={label || name}>
            {value}
          </Fact>
        ))}
        {details.consent_at && <Fact label={text.thread.consent}>{completeTime(new Date(details.consent_at))}</Fact>}
      </dl>
    </Section>
  );
}

function Attributes({ visitor: { visitor } }: { visitor: VisitorAnswer }) {
  const attributes = Object.entries(visitor.metadata ?? {});
  if (attributes.length === 0) return null;
  return (
    <Section title={text.thread.attributes}>
      <dl>
        {attributes.map(([name, value]) => (
          <Fact key={name} label={name}>
            {typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : JSON.stringify(value)}
          </Fact>
        ))}
      </dl>
    </Section>
  );
}

function VisitorNote({ info, note, workspace, mayAnswer }: { info: VisitorInfo; note: string; workspace: Workspace; mayAnswer: boolean }) {
  const [draft, setDraft] = useState<string | null>(null);
  const changed = draft !== null && draft.trim() !== note;
  const save = () => {
    if (draft === null) return;
    const words = draft.trim();
    setDraft(null);
    info.setNote(words).then(
      () => workspace.toasts.show(text.saved, { undo: () => void info.setNote(note) }),
      () => {
        setDraft(words);
        workspace.toasts.show(text.conversation.actionFailed, { tone: 'error' });
      },
    );
  };
  if (!mayAnswer && !note) return null;
  return (
    <Section title={text.thread.visitorNote}>
      <textarea
        class="visitor__note"
        aria-label={text.thread.visitorNote}
        placeholder={text.thread.visitorNotePlaceholder}
        rows={3}
        maxLength={5_000}
        readOnly={!mayAnswer}
        dir="auto"
        value={draft ?? note}
        onInput={({ currentTarget: { value } }) => setDraft(value)}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
          event.preventDefault();
          save();
        }}
      />
      {changed && (
        <p class="visitor__note-actions">
          <button class="button button--primary" type="button" onClick={save}>
            {text.save}
          </button>
          <button class="button" type="button" onClick={() => setDraft(null)}>
            {text.cancel}
          </button>
        </p>
      )}
    </Section>
  );
}

function Pages({ pages }: { pages: readonly PageView[] }) {
  const [all, setAll] = useState(false);
  const now = useNow();
  if (pages.length === 0) return null;
  const shown = all ? pages : pages.slice(0, FEW_PAGES);
  return (
    <Section title={text.thread.pagesSeen}>
      <ol class="visitor__pages">
        {shown.map(({ url, title, at }) => (
          <li key={`${at}-${url}`}>
            <PageLink url={url} title={title} />
            <time dateTime={at} title={completeTime(new Date(at))}>
              {shortTime(new Date(at), now)}
            </time>
          </li>
        ))}
      </ol>
      {pages.length > FEW_PAGES && (
        <button class="text-button" type="button" aria-expanded={all} onClick={() => setAll(!all)}>
          {all ? text.thread.fewer : text.thread.allPages(pages.length)}
        </button>
      )}
    </Section>
  );
}

function Earlier({ visitor, conversationId, router, workspace }: VisitorPanelProps & { visitor: VisitorAnswer }) {
  const now = useNow();
  const others = visitor.conversations.filter(({ id }) => id !== conversationId);
  if (others.length === 0) return null;
  return (
    <Section title={text.thread.earlier}>
      <ul class="visitor__earlier">
        {others.map((row) => (
          <li key={row.id}>
            <Link class="visitor__conversation" router={router} to={inboxRoute(row.id)}>
              <span class="line" dir="auto">
                {preview(row, workspace.agent.name) || text.conversation.number(row.id)}
              </span>
              <span class="visitor__conversation-facts">
                <StatusChip status={row.status} />
                <time dateTime={row.last_message_at ?? row.created_at}>{dayName(new Date(row.last_message_at ?? row.created_at), now)}</time>
              </span>
            </Link>
          </li>
        ))}
      </ul>
    </Section>
  );
}

/** What tells the time of the zone that was shown last: to make one takes longer than to draw the whole panel. */
let clock: { timeZone: string; format: Intl.DateTimeFormat | null } | null = null;

/** Null where the browser does not know the zone. */
function timeIn(timeZone: string, now: Date): string | null {
  if (clock?.timeZone !== timeZone) clock = { timeZone, format: clockOf(timeZone) };
  return clock.format?.format(now) ?? null;
}

function clockOf(timeZone: string): Intl.DateTimeFormat | null {
  try {
    return new Intl.DateTimeFormat(undefined, { timeStyle: 'short', timeZone });
  } catch {
    return null;
  }
}

/** Names of languages, as far as they were asked for; no more than there are languages of browsers. */
const languageNames = new Map<string, string>();

function languageName(locale: string): string {
  const spoken = document.documentElement.lang;
  const key = `${spoken} ${locale}`;
  let name = languageNames.get(key);
  if (name === undefined) languageNames.set(key, (name = nameIn(spoken, locale)));
  return name;
}

function nameIn(spoken: string, locale: string): string {
  try {
    return new Intl.DisplayNames(spoken || undefined, { type: 'language' }).of(locale) ?? locale;
  } catch {
    return locale;
  }
}
