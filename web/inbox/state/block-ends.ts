/** For how long somebody may be kept out. Pure. */

export const BLOCK_LENGTHS = ['day', 'week', 'month', 'forever'] as const;
export type BlockLength = (typeof BLOCK_LENGTHS)[number];

const DAYS: Record<Exclude<BlockLength, 'forever'>, number> = { day: 1, week: 7, month: 30 };

/** Null: until it is taken back. */
export function blockEnd(length: BlockLength, now: Date): string | null {
  if (length === 'forever') return null;
  return new Date(now.getTime() + DAYS[length] * 86_400_000).toISOString();
}
