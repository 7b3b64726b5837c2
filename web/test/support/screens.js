/**
 * Pictures of a page as people have it: on a desk, dark, on a phone, and from right to left. They go to `/screenshots`, to be looked at.
 */

import assert from 'node:assert/strict';
import { assertContrast, assertLayoutAccessible } from './axe.js';
import { screenshot } from './browser.js';

export const DESK = { width: 1440, height: 900 };
export const PHONE = { width: 390, height: 844 };

const VIEWS = {
  desk: { viewport: DESK },
  dark: { viewport: DESK, colorScheme: 'dark' },
  phone: { viewport: PHONE },
  rtl: { viewport: DESK, dir: 'rtl' },
};

/** Shows the page in one view after the other, and leaves it as it was. It is not loaded again, so what is open stays open. */
export async function inViews(page, views, look) {
  const before = page.viewportSize();
  for (const [view, { viewport = before, colorScheme = 'light', forcedColors = 'none', dir = null }] of Object.entries(views)) {
    await page.emulateMedia({ colorScheme, forcedColors });
    await page.setViewportSize(viewport);
    await page.evaluate((direction) => {
      if (direction) document.documentElement.dir = direction;
      // Two frames: what follows the window's size is drawn in the second.
      return new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    }, dir);
    await look(view);
  }
  await page.emulateMedia({ colorScheme: 'light', forcedColors: 'none' });
  await page.setViewportSize(before);
}

/**
 * Takes the page through the views. In each of them nothing may be wider than the window. `check`, usually `assertAccessible`, is called
 * in the first one: the others are the same page, so there it is looked at what can differ, which are the colors in the dark, and what is
 * shown on a phone.
 */
export async function screens(page, name, { check = null, views = Object.keys(VIEWS) } = {}) {
  const chosen = Object.fromEntries(views.map((view) => [view, { dir: 'ltr', ...VIEWS[view] }]));
  await inViews(page, chosen, async (view) => {
    await screenshot(page, `${name}-${view}`);
    if (view === 'dark') assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), 'dark', `${name} is not dark`);
    const excess = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(excess <= 0, `${name} is ${excess} pixels too wide, ${view}`);
    if (view === views[0]) await check?.(page);
    else if (check && view === 'dark') await assertContrast(page);
    else if (check && view === 'phone') await assertLayoutAccessible(page);
  });
  await page.evaluate(() => (document.documentElement.dir = 'ltr'));
}
