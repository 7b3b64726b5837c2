/** What players of voice messages have in common, whatever draws them. Pure. */

/** Bars of a waveform. */
const BARS = 36;
export const PLAYBACK_SPEEDS: readonly number[] = [1, 1.5, 2];

/** As many as there is room for, 0–1; the highest of each stretch. */
export function peaks(waveform: readonly number[] | null): number[] {
  const given = waveform && waveform.length > 0 ? waveform : [0];
  const highest = Math.max(...given.map(Math.abs)) || 1;
  return Array.from({ length: BARS }, (_, bar) => {
    const from = Math.floor((bar * given.length) / BARS);
    const to = Math.max(from + 1, Math.floor(((bar + 1) * given.length) / BARS));
    return Math.max(...given.slice(from, to).map(Math.abs)) / highest;
  });
}

/** Minutes and seconds. */
export function clockOf(seconds: number): string {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}
