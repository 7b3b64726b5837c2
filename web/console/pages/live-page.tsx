/** Everything that happens with an application. */

import { TailView } from '../components/tail-view.tsx';
import type { Router } from '../router.ts';

export function LivePage({ app, router }: { app: string; router: Router }) {
  return (
    <div class="page page--full">
      <header class="page__header">
        <h1 class="page__title">Live</h1>
        <p class="page__about">Connections, messages and API calls as they happen. Signatures are left out.</p>
      </header>
      <TailView app={app} channel={null} router={router} />
    </div>
  );
}
