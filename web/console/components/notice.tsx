/** The frame of the pages that come before the console. */

import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import { OverviewIcon } from './icons.tsx';

export function Notice({ title, intro, children }: { title: string; intro?: string; children?: ComponentChildren }) {
  useEffect(() => {
    document.title = `${title} · Antiphon console`;
  }, [title]);
  return (
    <main class="card-page">
      <section class="card">
        <p class="card__brand">
          <span class="card__mark">
            <OverviewIcon />
          </span>
          Antiphon console
        </p>
        <h1 class="card__title">{title}</h1>
        {intro && <p class="card__intro">{intro}</p>}
        {children}
      </section>
    </main>
  );
}
