/** A page whose script is loaded when somebody opens it. */

import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { FormNotice } from '../components/form-notice.tsx';
import { Navigation } from '../components/navigation.tsx';
import type { Desk } from '../state/desk.ts';
import { text } from '../text.ts';

export interface QueriedPageProps {
  desk: Desk;
  /** The address's query. */
  query: string;
}

export interface LaterPageProps extends QueriedPageProps {
  load(): Promise<{ default: ComponentType<QueriedPageProps> }>;
}

export function LaterPage({ load, desk, query }: LaterPageProps) {
  const [Page, setPage] = useState<ComponentType<QueriedPageProps> | null>(null);
  const [failed, setFailed] = useState(false);
  const begin = () => {
    setFailed(false);
    load().then(
      (module) => setPage(() => module.default),
      () => setFailed(true),
    );
  };
  useEffect(begin, []);
  if (Page) return <Page desk={desk} query={query} />;
  return (
    <main class="desk desk--search">
      <div class="desk__navigation">
        <Navigation desk={desk} current={null} />
      </div>
      <div class="search">
        {failed ? (
          <div class="list-note">
            <FormNotice message={text.settings.loadFailed} />
            <button class="button" type="button" onClick={begin}>
              {text.retry}
            </button>
          </div>
        ) : (
          <p class="loading">{text.loading}</p>
        )}
      </div>
    </main>
  );
}
