/** Accessibility as axe-core judges it. Evaluated rather than included, so that the pages' policies stay as strict as they are. */

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tooFaint } from './contrast.js';

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** No serious or critical finding on the page, or within the selector. */
export async function assertAccessible(page, selector = null) {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe);
  const violations = await page.evaluate(async (within) => {
    const { violations: found } = await window.axe.run(within ?? document, { resultTypes: ['violations'] });
    return found.map(({ id, impact, help, nodes }) => ({ id, impact, help, nodes: nodes.map(({ html, failureSummary }) => `${html}\n${failureSummary}`) }));
  }, selector);
  assert.deepEqual(violations.filter(({ impact }) => ['serious', 'critical'].includes(impact)), []);
}

/** The same of the widget, and the contrast of its texts, which axe-core leaves undecided. */
export async function assertWidgetAccessible(page) {
  await assertAccessible(page, '#chatbot-widget');
  assert.deepEqual(await tooFaint(page, 'chatbot-widget'), []);
}
