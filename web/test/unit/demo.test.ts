import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { reportOn } from '../../demo/color-report.ts';
import { DEFAULT, fromHash, LANGUAGES, spokenLanguage, toHash, type Design } from '../../demo/design.ts';
import { withoutForm } from '../../demo/preview-config.ts';
import { availabilityOf, previewSettings, settingsJson, settingsOf } from '../../demo/settings.ts';
import { PLATFORMS } from '../../demo/snippets.ts';
import { OPEN_CHAT } from '../../widget/open-chat.ts';

/** Everything other than by default. */
const DESIGN: Design = {
  color: '#ffd23f',
  mode: 'dark',
  position: 'left',
  offsetX: 0,
  offsetY: 64,
  locale: 'ar',
  texts: { ar: { title: 'متجر' }, de: { welcome: 'Na? & so = #1', open: 'Los' } },
  fields: { name: 'required', email: 'optional', phone: 'no', topic: 'required' },
  consent: { text: 'I agree.', url: 'https://shop.example/privacy?a=b&c' },
  hours: { days: [1, 6], from: '08:30', to: '12:00', message: 'Closed' },
  replies: ['Where is it?', 'Thanks'],
  files: false,
  voice: false,
  rating: true,
  view: { width: 'phone', page: 'dark', closed: true },
};

test('a design survives its address, and the default one has none', () => {
  assert.deepEqual(fromHash(`#${toHash(DESIGN)}`), DESIGN);
  assert.equal(toHash(DEFAULT), '');
  assert.deepEqual(fromHash(''), DEFAULT);
});

test('an address that says nonsense yields defaults', () => {
  const nonsense = 'color=red;}&mode=x&side=up&x=-1&y=1e3&lang=xx&title.xx=a&ask.name=always&hours=9 25:00-26:00&width=tv&page=x&nobody=1';
  assert.deepEqual(fromHash(nonsense), DEFAULT);
  assert.equal(fromHash('x=999').offsetX, 500);
  assert.equal(fromHash(`title.en=${'a'.repeat(600)}`).texts['en']?.title?.length, 500);
  assert.equal(fromHash('reply=a&'.repeat(20)).replies.length, 6);
});

test('the settings hold what differs from the defaults, and the preview holds all of it', () => {
  assert.deepEqual(settingsOf(DEFAULT, 'UTC'), {});
  assert.deepEqual(settingsOf({ ...DEFAULT, color: '#000000' }, 'UTC'), { theme: { color: '#000000' } });
  const spaces: Design = { ...DEFAULT, texts: { en: { title: ' ' } }, replies: [' '], consent: { text: ' ', url: '' } };
  assert.deepEqual(settingsOf(spaces, 'UTC'), {});
  const halfTyped: Design = { ...DEFAULT, consent: { text: 'Yes', url: 'https://' } };
  assert.deepEqual(settingsOf(halfTyped, 'UTC')['pre_chat'], { fields: [], consent: { text: 'Yes' } });
  const preview = previewSettings({ ...DEFAULT, files: false }, 'UTC', new Date());
  assert.deepEqual(preview.files, { enabled: false, max_bytes: 26_214_400, max_files: 10, accept: [] });
  assert.deepEqual(preview.theme, { color: '#3455db', mode: 'auto' });
});

test('outside the hours the next opening is told', () => {
  const tuesday = new Date(2026, 10, 24, 13, 0);
  assert.deepEqual(availabilityOf(DESIGN, tuesday), { open: false, opens_at: new Date(2026, 10, 28, 8, 30).toISOString() });
  const sameDay = { ...DESIGN, hours: { days: [2], from: '14:00', to: '15:00', message: '' } };
  assert.equal(availabilityOf(sameDay, tuesday).opens_at, new Date(2026, 10, 24, 14, 0).toISOString());
  assert.equal(availabilityOf({ ...DESIGN, hours: { days: [], from: '14:00', to: '15:00', message: '' } }, tuesday).opens_at, null);
  assert.equal(availabilityOf({ ...DESIGN, hours: null }, tuesday).open, true);
  assert.equal(availabilityOf({ ...DESIGN, view: { ...DESIGN.view, closed: false } }, tuesday).open, true);
});

test('the JSON for people is the same JSON', () => {
  const settings = settingsOf({ ...DESIGN, replies: ['[ a ]', 'b, "c"'] }, 'UTC');
  assert.deepEqual(JSON.parse(settingsJson(settings)), settings);
  assert.match(settingsJson(settings), /"days": \[1, 6\]/);
});

test('a form that the server does not know reaches it as metadata', () => {
  const init = { visitor_name: 'Vera', pre_chat: { name: 'Vera', topic: 'An order' }, consent: true, locale: 'en' };
  const sent = { visitor_name: 'Vera', visitor_metadata: { topic: 'An order', consent: true }, locale: 'en' };
  assert.deepEqual(JSON.parse(String(withoutForm(JSON.stringify(init)))), sent);
  assert.equal(withoutForm('{"visitor_token":"x"}'), '{"visitor_token":"x"}');
});

test('a color that is hard to read is told, with what becomes of it', () => {
  const yellow = reportOn('#ffd23f');
  assert.equal(yellow.onColor.isWhite, false);
  assert.ok(yellow.button.isFaint && yellow.onLight.isChanged && yellow.onLight.ratio < 4.5 && yellow.onLight.changedRatio >= 4.5);
  assert.equal(yellow.onDark.isChanged, false);
  const blue = reportOn('#3455db');
  assert.ok(blue.onColor.isWhite && !blue.button.isFaint && !blue.onLight.isChanged && blue.onDark.isChanged);
});

test('every language of the widget can be chosen', () => {
  assert.deepEqual(Object.keys(LANGUAGES).sort(), ['en', ...Object.keys(OPEN_CHAT)].sort());
  assert.equal(spokenLanguage({ ...DEFAULT, locale: 'ja' }, ['de']), 'ja');
  assert.equal(spokenLanguage(DEFAULT, ['xx', 'pt-BR']), 'pt');
  assert.equal(spokenLanguage(DEFAULT, ['xx']), 'en');
});

test('the demo hands out what docs/widget.md shows', async () => {
  const page = await readFile(new URL('../../../docs/widget.md', import.meta.url), 'utf8').catch(() => readFile('../docs/widget.md', 'utf8'));
  const headings: Record<string, string> = { html: '# The widget', react: '**React**', vue: '**Vue**', wordpress: '**WordPress**', blade: '**Laravel Blade**', gtm: '**Google Tag Manager**' };
  assert.deepEqual(Object.keys(headings), Object.keys(PLATFORMS));
  for (const [name, platform] of Object.entries(PLATFORMS)) {
    const after = page.split(`\n${headings[name]}`)[1] ?? page;
    const documented = /^```\w+\n([^]*?)\n```$/m.exec(after)?.[1];
    assert.equal(platform.code({ origin: 'https://chat.example.com', token: 'cbw_…' }), documented, name);
  }
});

test('language and look of one page are in its snippet', () => {
  for (const [name, { code }] of Object.entries(PLATFORMS)) {
    const text = code({ origin: 'https://chat.example.com', token: 'cbw_x', locale: 'de', theme: { color: '#112233', offset_x: 4 } });
    assert.match(text, /Chatbot\('theme', \{ color: '#112233', offset_x: 4 \}\)/, name);
    assert.match(text, /data-locale="de"|locale = 'de'|locale: 'de'/, name);
  }
});
