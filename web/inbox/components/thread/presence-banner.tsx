/** Tells that a colleague looks at the same conversation, or is about to answer in it: so that nobody is answered twice. */

import type { Colleague } from '../../state/conversation-presence.ts';
import { language, text } from '../../text.ts';
import { Avatar } from '../avatar.tsx';

/** More are counted. */
const NAMED = 2;

export function PresenceBanner({ colleagues }: { colleagues: readonly Colleague[] }) {
  const answering = colleagues.filter((colleague) => colleague.answering);
  const shown = answering.length > 0 ? answering : colleagues;
  return (
    <div class="presence-banner" role="status">
      {shown.length > 0 && (
        <p class={answering.length > 0 ? 'presence presence--answering' : 'presence'}>
          {shown.slice(0, NAMED).map(({ id, name }) => (
            <Avatar key={id} id={id} name={name} />
          ))}
          <span>{answering.length > 0 ? text.thread.answering(named(shown), shown.length) : text.thread.viewing(named(shown), shown.length)}</span>
        </p>
      )}
    </div>
  );
}

function named(colleagues: readonly Colleague[]): string {
  const names = colleagues.slice(0, NAMED).map(({ name }) => name);
  const more = colleagues.length - names.length;
  return new Intl.ListFormat(language.state).format(more > 0 ? [...names, text.thread.others(more)] : names);
}
