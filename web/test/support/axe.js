/** Accessibility as axe-core judges it. Evaluated rather than included, so that the pages' policies stay as strict as they are. */

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** No serious or critical finding on the page. */
export async function assertAccessible(page) {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe);
  const violations = await page.evaluate(async () => {
    const { violations: found } = await window.axe.run(document, { resultTypes: ['violations'] });
    return found.map(({ id, impact, help, nodes }) => ({ id, impact, help, nodes: nodes.map(({ html, failureSummary }) => `${html}\n${failureSummary}`) }));
  });
  assert.deepEqual(violations.filter(({ impact }) => ['serious', 'critical'].includes(impact)), []);
}
