/**
 * Pictures of a page as people have it: on a desk, dark, on a phone, and from right to left. They go to
 * `test/screenshots/`, which is not committed, to be looked at.
 */

import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const FOLDER = join(dirname(fileURLToPath(import.meta.url)), '../screenshots');

export const DESK = { width: 1440, height: 900 };
export const PHONE = { width: 390, height: 844 };

const VIEWS = {
  desk: { viewport: DESK },
  dark: { viewport: DESK, colorScheme: 'dark' },
  phone: { viewport: PHONE },
  rtl: { viewport: DESK, dir: 'rtl' },
};

/**
 * Takes the page through the views and leaves it as it was. `check` is called in each of them: usually
 * `assertAccessible`. The page itself is not loaded again, so what is open stays open.
 */
export async function screens(page, name, { check = null, views = Object.keys(VIEWS) } = {}) {
  await mkdir(FOLDER, { recursive: true });
  const before = page.viewportSize();
  for (const view of views) {
    const { viewport, colorScheme = 'light', dir = 'ltr' } = VIEWS[view];
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize(viewport);
    await page.evaluate((direction) => (document.documentElement.dir = direction), dir);
    // Two frames: what follows the window's size is drawn in the second.
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
    await page.screenshot({ path: join(FOLDER, `${name}-${view}.png`), animations: 'disabled' });
    await check?.(page);
  }
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize(before ?? DESK);
  await page.evaluate(() => (document.documentElement.dir = 'ltr'));
}
