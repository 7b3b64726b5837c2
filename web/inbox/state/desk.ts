/** What commands work on: the page as it stands, and what may be laid over it. */

import { Emitter, type Off } from '../../shared/emitter.ts';
import type { Router } from '../router.ts';
import { inboxRoute, type InboxRoute, type OwnRoute } from '../routes.ts';
import { may, type Permission } from './permissions.ts';
import type { Workspace } from './workspace.ts';

/** One of these is over the page at a time. */
export type Overlay = { kind: 'palette' } | { kind: 'shortcuts' } | { kind: 'navigation' } | TriageOverlay;

/** Asks what is to be done with these conversations. */
export interface TriageOverlay {
  kind: 'assign' | 'label' | 'priority' | 'snooze';
  ids: number[];
}

export class Desk {
  private readonly events = new Emitter<{ change: Overlay | null }>();
  private overlay: Overlay | null = null;

  constructor(
    readonly workspace: Workspace,
    readonly router: Router,
    readonly logOut: () => Promise<void>,
  ) {}

  get state(): Overlay | null {
    return this.overlay;
  }

  subscribe(listener: () => void): Off {
    return this.events.on('change', listener);
  }

  show(overlay: Overlay | null): void {
    this.overlay = overlay;
    this.events.emit('change', overlay);
  }

  may(permission: Permission): boolean {
    return may(this.workspace.agent.role, permission);
  }

  get route(): OwnRoute {
    // Commands run only on the pages of somebody who is logged in.
    return this.router.state as OwnRoute;
  }

  /** The list that is on screen; null on other pages. */
  get inboxRoute(): InboxRoute | null {
    return this.route.page === 'inbox' ? this.route : null;
  }

  /** What an action is meant for: the ticked rows, else the row under the keyboard, else the open conversation. */
  get targets(): number[] {
    const { at, ticked } = this.workspace.cursor.state;
    if (!this.inboxRoute) return [];
    if (ticked.size > 0) return [...ticked];
    const target = this.inList && at !== null ? at : this.inboxRoute.conversationId ?? at;
    return target === null ? [] : [target];
  }

  /** Whether the keyboard is in the list. */
  get inList(): boolean {
    return document.activeElement?.closest('[data-list]') != null;
  }

  /** To the next row (1) or the one before (-1): the keyboard while it is in the list, else the open conversation. */
  step(by: 1 | -1): boolean {
    const route = this.inboxRoute;
    const { rows } = this.workspace.list.state;
    if (!route || rows.length === 0) return false;
    const reading = route.conversationId !== null && !this.inList;
    const from = reading ? route.conversationId : this.workspace.cursor.state.at ?? route.conversationId;
    const at = from === null ? -1 : this.workspace.list.indexOf(from);
    const next = rows[at === -1 ? 0 : at + by];
    if (!next) return true;
    if (reading) this.open(next.id);
    else this.workspace.cursor.focus(next.id);
    return true;
  }

  open(id: number): void {
    this.router.go(inboxRoute(id, this.inboxRoute?.query));
  }
}
