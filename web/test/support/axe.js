/** Accessibility as axe-core judges it. Evaluated rather than included, so that the pages' policies stay as strict as they are. */

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tooFaint } from './contrast.js';

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const WIDGET = '#chatbot-widget';
/** What may be wrong of a page that is in order, when the same is shown narrower. */
const OF_LAYOUT = ['aria-command-name', 'aria-hidden-focus', 'button-name', 'label', 'link-name', 'scrollable-region-focusable', 'select-name'];

/** No serious or critical finding on the page, or within the selector; `rules` are those of axe-core to look at, all unless given. */
export async function assertAccessible(page, selector = null, rules = null) {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe);
  const violations = await page.evaluate(
    async ([within, chosen]) => {
      // Style sheets are the page's own and few: nothing has to be fetched for axe-core to read them.
      const options = { resultTypes: ['violations'], preload: false, ...(chosen && { runOnly: chosen }) };
      const { violations: found } = await window.axe.run(within ?? document, options);
      return found.map(({ id, impact, help, nodes }) => ({ id, impact, help, nodes: nodes.map(({ html, failureSummary }) => `${html}\n${failureSummary}`) }));
    },
    [selector, rules],
  );
  assert.deepEqual(violations.filter(({ impact }) => ['serious', 'critical'].includes(impact)), []);
}

/**
 * The same page in other colors: only they can be wrong now. axe-core takes a page that has no color of its own for white, also in the
 * dark; so it is told which one the browser gives it.
 */
export async function assertContrast(page) {
  await page.evaluate(() => {
    const { style } = document.documentElement;
    if (getComputedStyle(document.documentElement).backgroundColor === 'rgba(0, 0, 0, 0)') style.backgroundColor = 'Canvas';
  });
  await assertAccessible(page, null, ['color-contrast']);
  await page.evaluate(() => document.documentElement.style.removeProperty('background-color'));
}

/** The same page in a window of another shape. */
export function assertLayoutAccessible(page, selector = null) {
  return assertAccessible(page, selector, OF_LAYOUT);
}

/** The widget, and the contrast of its texts, which axe-core leaves undecided. */
export async function assertWidgetAccessible(page) {
  await assertAccessible(page, WIDGET);
  await assertWidgetContrast(page);
}

/** The same widget in other colors. */
export async function assertWidgetContrast(page) {
  assert.deepEqual(await tooFaint(page, 'chatbot-widget'), []);
}

/** The same widget in a window of another shape, or from right to left. */
export function assertWidgetLayoutAccessible(page) {
  return assertLayoutAccessible(page, WIDGET);
}
