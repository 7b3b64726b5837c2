/**
 * The chat's rarer states: files, voice, the viewer, what went wrong, long texts; light, dark, in forced colours, zoomed, on a
 * phone, without motion, on paper. No serious finding of axe-core, and pictures in `/screenshots` for people to look at.
 */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertWidgetAccessible, assertWidgetContrast, assertWidgetLayoutAccessible } from '../support/axe.js';
import { openPage, screenshot } from '../support/browser.js';
import { Stage } from '../support/cast.js';
import { HostSite, pageWithWidget } from '../support/host-page.js';
import { inViews } from '../support/screens.js';
import { withSettings } from '../support/settings.js';
import { Visitor } from '../support/visitor.js';
import { until } from '../support/wait.js';

const DESK = { width: 1280, height: 800 };
const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true };
const ZOOMED = { width: 640, height: 400 };
/** What the page is opened as, and the views that it is then shown in. */
const WAYS = {
  desk: {
    options: { viewport: DESK },
    views: {
      light: {},
      dark: { colorScheme: 'dark' },
      forced: { forcedColors: 'active' },
      'forced-dark': { forcedColors: 'active', colorScheme: 'dark' },
      zoomed: { viewport: ZOOMED },
    },
  },
  phone: { options: PHONE, views: { phone: {} } },
  'phone-rtl-dark': { options: { ...PHONE, rtl: true }, views: { 'phone-rtl-dark': { colorScheme: 'dark' } } },
};
const LONG = `Look at ${'a'.repeat(300)} and https://example.com/${'path/'.repeat(60)}?q=${'x'.repeat(120)}\n\n${'Many words in a row. '.repeat(40)}`;
const CODE = `Two steps:\n\n1. **Open** the \`settings\`\n2. Paste this:\n\n\`\`\`\n${'const value = compute(one, two, three); '.repeat(4)}\n\`\`\``;
const LONG_NAME = `${'a rather long name of a file '.repeat(5)}.txt`;

let stage;
let site;
before(async () => {
  stage = await Stage.open();
  const token = await stage.server.createWidget('Harbour Coffee and Tea Importers of the Northern Sea', '127.0.0.1');
  const head = '<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">';
  const body = '<main style="padding:48px;font:18px/1.6 Georgia,serif"><h1>Harbour Coffee</h1><p>Freshly roasted every Tuesday.</p></main>';
  const page = (attributes) => pageWithWidget(stage.server, token, { head, body, attributes });
  site = await HostSite.open({ '/': page(''), '/rtl': page('data-locale="ar"').replace('<html lang="en">', '<html lang="ar" dir="rtl">') });
});
after(async () => {
  await stage?.close();
  await site?.close();
});

async function open(t, { rtl = false, ...options }) {
  const page = await openPage(stage.browser, { permissions: ['microphone'], reducedMotion: 'reduce', ...options });
  t.after(() => page.context().close());
  await withSettings(page, { csat: {}, files: { max_bytes: 1_000_000 } });
  await page.goto(site.url + (rtl ? '/rtl' : '/'));
  const visitor = new Visitor(page);
  await visitor.open();
  return { page, visitor };
}

for (const [way, { options, views }] of Object.entries(WAYS)) {
  test(`files, voice, long texts and what went wrong, ${way}`, async (t) => {
    const { page, visitor } = await open(t, options);
    const { panel } = visitor;
    const look = (name, { fits = false } = {}) =>
      inViews(page, views, async (view) => {
        await screenshot(page, `widget-${name}-${view}`);
        if (view === 'light') await assertWidgetAccessible(page);
        else await assertWidgetContrast(page);
        if (view.startsWith('phone')) await assertWidgetLayoutAccessible(page);
        if (fits) await assertFits(page);
      });
    const attach = (...files) => panel.locator('input[type=file]').setInputFiles(files.map(([name, mimeType, buffer]) => ({ name, mimeType, buffer })));
    const png = await page.screenshot({ clip: { x: 0, y: 0, width: 240, height: 140 } });

    await attach(['photo.png', 'image/png', png], [LONG_NAME, 'text/plain', Buffer.from('Dear all')], ['film.mp4', 'video/mp4', Buffer.alloc(1_000_001)]);
    await panel.locator('.tray li').nth(1).waitFor();
    await look('tray');
    await visitor.say('Two files');
    const { conversationId } = await visitor.state();
    const sent = (count) => until(`${count} that are sent`, async () => (await panel.locator('.row.own .tick:is(.sent, .seen)').count()) === count, 10_000);
    await sent(1);

    await panel.locator('.mic').click();
    await panel.locator('.rec-time').getByText('0:01').waitFor();
    await look('recording');
    await panel.locator('.recorder .tool').last().click();
    await panel.locator('.recorder.paused').waitFor();
    await look('recording-paused');
    await panel.locator('.recorder .send').click();
    await panel.locator('.recorder .player').waitFor();
    await look('recording-listen');
    await panel.locator('.recorder .send').click();
    await sent(2);
    await panel.locator('.row .player').waitFor();
    await look('player');

    await panel.locator('button.picture').click();
    await visitor.widget.locator('.lightbox img').waitFor();
    await look('lightbox');
    await page.keyboard.press('Escape');

    await attach(['no picture.png', 'image/png', Buffer.from('text')]);
    await visitor.composer.press('Enter');
    await panel.locator('.row.failed .reason').waitFor();
    await look('failed');

    await stage.stored(conversationId);
    await stage.api.say(conversationId, LONG);
    await stage.api.say(conversationId, CODE);
    await panel.locator('.row pre').waitFor();
    await panel.locator('.row pre').scrollIntoViewIfNeeded();
    await look('long', { fits: true });

    await page.evaluate(() => (navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no', 'NotAllowedError'))));
    await panel.locator('.mic').click();
    await panel.locator('.count:not(:empty)').waitFor();
    await look('no-microphone');

    await page.route('**/api/chatbot/conversations?*', (route) => route.abort());
    await panel.locator('.menu > .tool').click();
    await look('menu-open');
    await panel.getByRole('menuitem').first().click();
    await panel.locator('.history .note:not(:empty)').waitFor();
    await until('the reason', async () => (await panel.locator('.history .note').textContent()) !== '');
    await look('history-failed');
    await panel.locator('.back').click();

    await stage.api.post(`/api/v1/conversations/${conversationId}/close`, {});
    await page.route('**/api/chatbot/rating', (route) => route.abort());
    await panel.locator('.face-choice').nth(1).click();
    await panel.locator('.rating .primary').click();
    await panel.locator('.result:not(:empty)').waitFor();
    await look('rating-failed', { fits: true });
  });
}

/** Nothing sticks out of the window, and no text is wider than its place. */
async function assertFits(page) {
  const misfits = await page.evaluate(() => {
    const root = document.getElementById('chatbot-widget').shadowRoot;
    const panel = root.querySelector('.panel').getBoundingClientRect();
    const wide = [...root.querySelectorAll('.scroller, .log, .bubble, .meta, .composer, .ended, .header')].filter((element) => element.scrollWidth > element.clientWidth + 1);
    const outside = [...root.querySelectorAll('.bubble, .composer, .header, .tool, .send')].filter((element) => {
      const { left, right, width } = element.getBoundingClientRect();
      return width > 0 && (left < panel.left - 1 || right > panel.right + 1);
    });
    return [...wide, ...outside].map((element) => element.className);
  });
  assert.deepEqual(misfits, []);
}

test('zoomed to 200 %, the text field and the newest message are on the screen', async (t) => {
  const { page, visitor } = await open(t, { viewport: ZOOMED, deviceScaleFactor: 2 });
  await visitor.say('Hello');
  for (const place of [visitor.composer, visitor.panel.locator('.row').last(), visitor.panel.locator('.close')]) {
    const { x, y, width, height } = await place.boundingBox();
    assert.ok(x >= 0 && y >= 0 && x + width <= 640 && y + height <= 400, JSON.stringify({ x, y, width, height }));
  }
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true);
});

test('who wants no motion sees none, and on paper there is no chat', async (t) => {
  const { page, visitor } = await open(t, { viewport: DESK, reducedMotion: 'reduce' });
  await visitor.say('Hello');
  const moving = () => page.evaluate(() => {
    const root = document.getElementById('chatbot-widget').shadowRoot;
    return [...root.querySelectorAll('*')].filter((element) => {
      const { animationDuration, animationIterationCount, transitionDuration, scrollBehavior } = getComputedStyle(element);
      const longest = Math.max(...`${animationDuration},${transitionDuration}`.split(',').map(parseFloat));
      return longest > 0.01 || animationIterationCount === 'infinite' && longest > 0.01 || scrollBehavior === 'smooth';
    }).map((element) => element.getAttribute('class'));
  });
  assert.deepEqual(await moving(), []);
  await page.emulateMedia({ reducedMotion: 'no-preference' });
  assert.notDeepEqual(await moving(), []);
  await page.emulateMedia({ media: 'print' });
  assert.equal(await visitor.widget.isVisible(), false);
});
