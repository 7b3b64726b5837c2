/** Which tasks keep a page's main thread so long that its visitor notices, from a trace of the browser's. */

/** Commits a page and reads its markup: the page's own work. */
const OF_THE_PAGE = /^(CommitLoad|ParseHTML|ResourceReceivedData)$/;

/**
 * The tasks of the pages' main threads that took longest, longest first: `ms` of the processor's time, and in `what`
 * what was done in them. Time in which another program had the processor does not count.
 */
export function longestTasks(events, slowdown = 1) {
  const threads = new Set(events.filter(({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain').map(thread));
  const complete = events.filter((event) => event.ph === 'X' && threads.has(thread(event)));
  const within = (task, { ts, dur }) => ts >= task.ts && ts + dur <= task.ts + task.dur;
  return complete
    .filter(({ name, tdur }) => name === 'RunTask' && tdur > 0)
    .sort((a, b) => b.tdur - a.tdur)
    .slice(0, 20)
    .map((task) => {
      const inside = complete.filter((event) => event !== task && thread(event) === thread(task) && within(task, event));
      return { ms: (task.tdur / 1_000) * slowdown, ofThePage: inside.some(({ name }) => OF_THE_PAGE.test(name)), what: inside.sort((a, b) => a.ts - b.ts).map((event) => describe(event, slowdown)) };
    })
    .filter(({ ofThePage }) => !ofThePage);
}

function thread({ pid, tid }) {
  return `${pid}:${tid}`;
}

function describe({ name, args, tdur = 0 }, slowdown) {
  const { url = args.fileName ?? '', functionName = '', type = '' } = args.data ?? {};
  return [name, functionName, type, String(url).split('/').pop(), `${((tdur / 1_000) * slowdown).toFixed(1)} ms`].filter(Boolean).join(' ');
}

/** What `calibrate` takes on the machine that these tests were made on while nothing else runs on it, in milliseconds. */
const RATED_MS = 1.5;

/**
 * How many times longer a task may be said to take on a processor `slowdown` times slower than the rated one. Less than
 * `slowdown` where this machine is slower itself, for now or for good, and never more.
 */
export async function stretch(page, slowdown) {
  return slowdown * Math.min(1, RATED_MS / (await page.evaluate(`(${calibrate})()`)));
}

/** The best of some rounds of what scripts do: strings, maps, small objects. */
function calibrate() {
  let best = Infinity;
  for (let round = 0; round < 12; round += 1) {
    const start = performance.now();
    const seen = new Map();
    let text = '';
    for (let index = 0; index < 20_000; index += 1) {
      seen.set(`key ${index % 500}`, { index });
      text = text.length > 1_000 ? '' : text + index;
    }
    best = Math.min(best, performance.now() - start);
  }
  return best;
}
