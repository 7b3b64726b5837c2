/** What a website does by itself, as its form has it. Pure. */

import type { Assignment, Routing } from '../../../routing-api.ts';

const HOURS = { hours: 1, days: 24 } as const;
type Unit = keyof typeof HOURS;
export const UNITS: readonly Unit[] = ['hours', 'days'];
/** Of what is switched on for the first time: long enough for a weekend. */
const FIRST_CLOSE_HOURS = 72;

export interface RoutingDraft {
  assignment: Assignment;
  /** Empty for everybody. */
  team: string;
  closes: boolean;
  amount: string;
  unit: Unit;
}

/** Whole days are shown as days. */
export function draftOf({ assignment, assignment_team_id: team, close_after_hours: hours }: Routing): RoutingDraft {
  const shown = hours ?? FIRST_CLOSE_HOURS;
  const unit = shown % HOURS.days === 0 ? 'days' : 'hours';
  return { assignment, team: team === null ? '' : String(team), closes: hours !== null, amount: String(shown / HOURS[unit]), unit };
}

/** A number that cannot be is the server's to refuse, beside its field. */
export function routingOf({ assignment, team, closes, amount, unit }: RoutingDraft): Routing {
  return {
    assignment,
    assignment_team_id: team === '' ? null : Number(team),
    close_after_hours: closes ? Number(amount) * HOURS[unit] : null,
  };
}
