/** A small chart of the last minute; the newest value is at the right edge. Its number stands beside it, so it is decoration. */

import { KEPT } from '../state/rates.ts';

const WIDTH = KEPT - 1;
const HEIGHT = 24;

export function Sparkline({ values }: { values: readonly number[] }) {
  const highest = Math.max(...values, 1e-9);
  // A value of zero is a line at the bottom, drawn within the picture.
  const y = (value: number) => HEIGHT - 1 - (value / highest) * (HEIGHT - 3);
  const x = (index: number) => WIDTH - (values.length - 1 - index);
  const points = values.map((value, index) => `${x(index)},${y(value).toFixed(2)}`);
  return (
    <svg class="sparkline" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
      {values.length > 1 && (
        <>
          <polygon class="sparkline__area" points={`${x(0)},${HEIGHT} ${points.join(' ')} ${WIDTH},${HEIGHT}`} />
          <polyline class="sparkline__line" points={points.join(' ')} />
        </>
      )}
    </svg>
  );
}
