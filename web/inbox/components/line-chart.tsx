/**
 * Lines over time, drawn as one picture that is told in words, with the numbers in a table for whoever wants them. Two lines are told apart
 * by their strokes and marks, not by color alone. Time runs from left to right in every language.
 */

import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { text } from '../text.ts';
import { Table } from './table.tsx';

export interface ChartSeries {
  name: string;
  /** As many as there are labels; null where there is nothing, which is a gap. */
  values: readonly (number | null)[];
}

export interface LineChartProps {
  title: string;
  /** At most two. */
  series: readonly ChartSeries[];
  /** What stands below the values: short, and in full for the table and the pointer. */
  labels: readonly { short: string; full: string }[];
  /** What the labels are. */
  axis: string;
  format(value: number | null): string;
  /** The steps of the scale: numbers that people count, or times. */
  scale: 'count' | 'time';
}

const HEIGHT = 220;
const MARGIN = { top: 12, right: 14, bottom: 26, left: 56 };
/** More marks than this would run together. */
const MOST_MARKS = 45;
const LABEL_WIDTH = 74;
const STEPS = 4;
const TIMES = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 21_600, 43_200, 86_400];

export function LineChart({ title, series, labels, axis, format, scale }: LineChartProps) {
  const [asTable, setAsTable] = useState(false);
  return (
    <figure class="chart" aria-label={title}>
      <figcaption class="chart__head">
        <h3 class="chart__title">{title}</h3>
        <button class="button button--quiet" type="button" aria-pressed={asTable} onClick={() => setAsTable(!asTable)}>
          {text.reports.asTable}
        </button>
        {series.length > 1 && (
          <ul class="chart__legend">
            {series.map(({ name }, index) => (
              <li key={name} class={`chart__key chart__line--${index}`}>
                <svg width="30" height="12" viewBox="0 0 30 12" aria-hidden="true">
                  <path class="chart__line" d="M1 6h28" />
                  <Mark index={index} x={15} y={6} />
                </svg>
                {name}
              </li>
            ))}
          </ul>
        )}
      </figcaption>
      {asTable ? (
        <div class="chart__table" tabIndex={0} role="group" aria-label={text.reports.tableOf(title)}>
          <Table
            caption={title}
            columns={[
              { title: axis, cell: (at: number) => labels[at]?.full },
              ...series.map(({ name, values }) => ({ title: name, align: 'end' as const, cell: (at: number) => <bdi>{format(values[at] ?? null)}</bdi> })),
            ]}
            rows={labels.map((_, index) => index)}
            rowKey={(at) => at}
          />
        </div>
      ) : (
        <Picture title={title} series={series} labels={labels} axis={axis} format={format} scale={scale} />
      )}
    </figure>
  );
}

function Picture({ title, series, labels, format, scale }: LineChartProps) {
  const frame = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(640);
  const [pointed, setPointed] = useState<number | null>(null);
  useLayoutEffect(() => {
    const element = frame.current;
    if (!element) return;
    const measure = () => setWidth(Math.max(240, Math.round(element.clientWidth)));
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  const highest = Math.max(0, ...series.flatMap(({ values }) => values.map((value) => value ?? 0)));
  const ticks = ticksUpTo(highest, scale);
  const top = ticks.at(-1) ?? 1;
  const inner = { width: width - MARGIN.left - MARGIN.right, height: HEIGHT - MARGIN.top - MARGIN.bottom };
  const x = (index: number) => MARGIN.left + (labels.length > 1 ? (index / (labels.length - 1)) * inner.width : inner.width / 2);
  const y = (value: number) => MARGIN.top + inner.height - (value / top) * inner.height;
  const every = Math.max(1, Math.ceil(labels.length / Math.max(2, Math.floor(inner.width / LABEL_WIDTH))));
  const point = (event: PointerEvent) => {
    const at = event.clientX - (frame.current?.getBoundingClientRect().left ?? 0);
    const index = Math.round(((at - MARGIN.left) / inner.width) * (labels.length - 1));
    setPointed(Math.min(labels.length - 1, Math.max(0, index)));
  };
  const summary = series.map(({ name, values }) => highlight(name, values, labels, format)).join(' ');
  return (
    <div class="chart__frame" ref={frame} onPointerMove={point} onPointerLeave={() => setPointed(null)}>
      <svg class="chart__picture" role="img" aria-label={`${title}. ${summary}`} width={width} height={HEIGHT} viewBox={`0 0 ${width} ${HEIGHT}`}>
        {ticks.map((tick) => (
          <g key={tick}>
            <line class="chart__grid" x1={MARGIN.left} x2={width - MARGIN.right} y1={y(tick)} y2={y(tick)} />
            <text class="chart__text" x={MARGIN.left - 8} y={y(tick) + 4} text-anchor="end">
              {format(tick)}
            </text>
          </g>
        ))}
        {labels.map(
          ({ short }, index) =>
            index % every === 0 && (
              <text
                key={index}
                class="chart__text"
                x={x(index)}
                y={HEIGHT - 8}
                text-anchor={labels.length === 1 ? 'middle' : index === 0 ? 'start' : x(index) > width - LABEL_WIDTH / 2 ? 'end' : 'middle'}
              >
                {short}
              </text>
            ),
        )}
        {pointed !== null && <line class="chart__pointed" x1={x(pointed)} x2={x(pointed)} y1={MARGIN.top} y2={MARGIN.top + inner.height} />}
        {series.map(({ name, values }, line) => (
          <g key={name} class={`chart__line--${line}`}>
            <path class="chart__line" d={pathOf(values, x, y)} />
            {values.map(
              (value, index) =>
                value !== null &&
                (labels.length <= MOST_MARKS || isAlone(values, index) || index === pointed) && (
                  <Mark key={index} index={line} x={x(index)} y={y(value)} />
                ),
            )}
          </g>
        ))}
      </svg>
      {pointed !== null && (
        <p
          class={pointed > labels.length / 2 ? 'chart__tip chart__tip--before' : 'chart__tip'}
          style={{ left: `${x(pointed)}px` }}
          aria-hidden="true"
        >
          <strong>{labels[pointed]?.full}</strong>
          {series.map(({ name, values }) => (
            <span key={name}>{`${name}: ${format(values[pointed] ?? null)}`}</span>
          ))}
        </p>
      )}
    </div>
  );
}

/** A disc for the first line, a square for the second. */
function Mark({ index, x, y }: { index: number; x: number; y: number }) {
  return index === 0 ? <circle class="chart__mark" cx={x} cy={y} r={3.5} /> : <rect class="chart__mark" x={x - 3.5} y={y - 3.5} width={7} height={7} />;
}

function isAlone(values: readonly (number | null)[], index: number): boolean {
  return (values[index - 1] ?? null) === null && (values[index + 1] ?? null) === null;
}

function pathOf(values: readonly (number | null)[], x: (index: number) => number, y: (value: number) => number): string {
  return values
    .map((value, index) => {
      if (value === null) return '';
      const begins = (values[index - 1] ?? null) === null;
      return `${begins ? 'M' : 'L'}${x(index).toFixed(1)} ${y(value).toFixed(1)}`;
    })
    .join('');
}

/** The highest value of a line, in words. */
function highlight(name: string, values: readonly (number | null)[], labels: LineChartProps['labels'], format: LineChartProps['format']): string {
  let best = -1;
  values.forEach((value, index) => {
    if (value !== null && (best === -1 || value > (values[best] ?? 0))) best = index;
  });
  return best === -1 ? text.reports.chartEmpty(name) : text.reports.chartHighest(name, format(values[best] ?? null), labels[best]?.full ?? '');
}

/** From 0 to the first step above the highest value. */
export function ticksUpTo(highest: number, scale: 'count' | 'time'): number[] {
  const least = Math.max(highest, scale === 'count' ? STEPS : 1) / STEPS;
  const power = 10 ** Math.floor(Math.log10(least));
  const round = [1, 2, 5, 10].map((factor) => factor * power);
  // Above a day, times are counted in days.
  const times = [...TIMES, ...[2, 5, 10, 20, 50, 100, 200, 500].map((days) => days * 86_400)];
  const step = (scale === 'time' ? times : round).find((size) => size >= least) ?? least;
  return Array.from({ length: Math.max(1, Math.ceil(highest / step)) + 1 }, (_, index) => index * step);
}
