/** A link to a page of the inbox: a real one, so that it can be copied or opened in a new tab. */

import type { ComponentChildren } from 'preact';
import type { Router } from '../router.ts';
import { hrefOf, type Route } from '../routes.ts';

export interface LinkProps {
  router: Router;
  to: Route;
  class?: string;
  tabIndex?: number;
  'aria-current'?: 'page' | 'true';
  'aria-label'?: string;
  'data-conversation'?: number;
  children: ComponentChildren;
}

export function Link({ router, to, ...rest }: LinkProps) {
  const follow = (event: MouseEvent) => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    router.go(to);
  };
  return <a {...rest} href={hrefOf(to)} onClick={follow} />;
}
