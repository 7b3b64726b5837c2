/** A number of conversations as it is typed: nothing is a number that others decide. Pure. */

import { text } from '../../../text.ts';

export function capacityErrors(typed: string): string[] | undefined {
  return /^\d*$/.test(typed.trim()) ? undefined : [text.routing.noNumber];
}

export function capacityOf(typed: string): number | null {
  return typed.trim() === '' ? null : Number(typed);
}
