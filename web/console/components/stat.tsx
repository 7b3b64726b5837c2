/** A number with its name, and how it was in the last minute. */

import { Sparkline } from './sparkline.tsx';

export interface StatProps {
  label: string;
  value: string;
  unit?: string;
  history?: readonly number[];
}

export function Stat({ label, value, unit, history }: StatProps) {
  return (
    <div class="stat">
      <dt class="stat__label">{label}</dt>
      <dd class="stat__value">
        {value}
        {unit && <span class="stat__unit"> {unit}</span>}
      </dd>
      {history && <Sparkline values={history} />}
    </div>
  );
}
