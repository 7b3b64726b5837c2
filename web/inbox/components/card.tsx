/** The frame of the pages that come before the inbox. */

import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import { text } from '../text.ts';
import { ChatIcon } from './icons.tsx';

export interface CardProps {
  title: string;
  intro?: string;
  children?: ComponentChildren;
}

export function Card({ title, intro, children }: CardProps) {
  useEffect(() => {
    document.title = `${title} · ${text.product}`;
  }, [title]);
  return (
    <main class="card-page">
      <section class="card">
        <p class="card__brand">
          <span class="card__mark">
            <ChatIcon />
          </span>
          {text.product}
        </p>
        <h1 class="card__title">{title}</h1>
        {intro && <p class="card__intro">{intro}</p>}
        {children}
      </section>
    </main>
  );
}
