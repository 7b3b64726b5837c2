/**
 * The people of the team, as they meet it: somebody is invited and comes in, sets up a second factor, logs in with a code, ends a session;
 * an administrator makes a token, reads the log, and sends somebody away.
 */

import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, test } from 'node:test';
import { Agent } from '../support/agent.js';
import { assertAccessible } from '../support/axe.js';
import { openPage } from '../support/browser.js';
import { Stage } from '../support/cast.js';
import { DESK, screens } from '../support/screens.js';
import { until } from '../support/wait.js';

/** How long an authenticator app shows a code. */
const STEP_MS = 30_000;
const BEA = { name: 'Bea Brandt', email: 'bea@coffee.example', password: 'a long enough password' };

let stage;
let ada;
before(async () => {
  stage = await Stage.open({ agent: false });
  ada = await stage.server.createAgent('Ada Admin', 'admin');
});
after(async () => {
  await stage?.close();
});

/** What an authenticator app shows (RFC 6238). */
function codeOf(secret, now = Date.now()) {
  const bits = [...secret].map((letter) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(now / STEP_MS)));
  const hash = createHmac('sha1', key).update(step).digest();
  const at = hash[19] & 15;
  return String((hash.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

/** Pictures of a page, which axe-core has nothing against. */
function shown(page, name, views = undefined) {
  return screens(page, `people-${name}`, { views, check: assertAccessible });
}

test('somebody is invited, comes in, and protects the account', async () => {
  const desk = { viewport: DESK };
  const page = await openPage(stage.browser, desk);
  const admin = await Agent.loggedIn(page, stage.server, ada);
  const settings = async (name) => {
    await page.goto(`${stage.server.url}/inbox/settings/${name}`);
    await page.locator('.settings-section').first().waitFor();
  };

  await settings('agents');
  await admin.button('Invite').click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('E-mail').fill(BEA.email);
  await dialog.getByLabel('Role').selectOption('admin');
  await shown(page, 'invite', ['desk', 'phone']);
  await dialog.getByRole('button', { name: 'Create link' }).click();
  const link = await dialog.getByLabel('Link').inputValue();
  assert.match(link, /\/inbox\/invitation#cbj_/);
  await shown(page, 'invite-link', ['desk', 'phone']);
  await dialog.getByRole('button', { name: 'Done' }).click();
  await page.getByText(BEA.email).waitFor();
  await shown(page, 'agents');

  const theirs = await openPage(stage.browser, desk);
  await theirs.goto(stage.server.url + new URL(link).pathname + new URL(link).hash);
  await theirs.getByLabel('Name').fill(BEA.name);
  await theirs.getByLabel('Password', { exact: true }).fill(BEA.password);
  await shown(theirs, 'invitation');
  await theirs.getByRole('button', { name: 'Join' }).click();
  const bea = new Agent(theirs, stage.server);
  await bea.connection('Live');
  assert.doesNotMatch(theirs.url(), /cbj_/);

  await theirs.goto(`${stage.server.url}/inbox/settings/account`);
  await theirs.getByRole('button', { name: 'Set up' }).click();
  const setup = theirs.getByRole('dialog');
  const secret = await setup.getByLabel('Or enter this key in the app').inputValue();
  await shown(theirs, 'two-factor', ['desk', 'phone']);
  await setup.getByLabel('Code', { exact: true }).fill(codeOf(secret));
  await setup.getByLabel('Current password', { exact: true }).fill(BEA.password);
  await setup.getByRole('button', { name: 'Turn on' }).click();
  await setup.locator('.recovery-codes li').first().waitFor();
  const recovery = await setup.locator('.recovery-codes li').allTextContents();
  assert.equal(new Set(recovery).size, 10);
  await shown(theirs, 'recovery-codes', ['desk', 'phone']);
  await setup.getByRole('button', { name: 'I have kept them' }).click();
  await theirs.getByText('10 recovery codes are left.').waitFor();
  await shown(theirs, 'account');

  // Elsewhere the password alone does not open the inbox.
  const other = await openPage(stage.browser, desk);
  await other.goto(`${stage.server.url}/inbox`);
  await new Agent(other, stage.server).logIn(BEA);
  const code = other.getByLabel('Code', { exact: true });
  await code.waitFor();
  await shown(other, 'login-code');
  await code.fill('000000');
  await other.getByRole('button', { name: 'Log in', exact: true }).click();
  await other.getByText('The code is wrong, or was used before.').waitFor();
  // The code of a step opens once. That of the next step is new, and is taken now and when the step turns over on the way.
  await code.fill(codeOf(secret, Date.now() + STEP_MS));
  await other.getByRole('button', { name: 'Log in', exact: true }).click();
  await new Agent(other, stage.server).connection('Live');

  // The first session ends the second.
  await theirs.reload();
  await theirs.getByRole('button', { name: 'End session' }).click();
  await theirs.getByText('The session was ended.').waitFor();
  await other.reload();
  await other.getByRole('heading', { name: 'Log in' }).waitFor();

  // A token, and what was administered.
  await settings('tokens');
  await admin.button('Create token').click();
  await dialog.getByLabel('What is it for?').fill('Reports');
  await shown(page, 'token-create', ['desk', 'phone']);
  await dialog.getByRole('button', { name: 'Create token' }).click();
  assert.match(await dialog.getByLabel('API token').inputValue(), /^cba_/);
  await dialog.getByRole('button', { name: 'Done' }).click();
  await page.getByText('Reports').waitFor();
  await shown(page, 'tokens');
  await settings('audit');
  await page.getByText('Second factor turned on').waitFor();
  await shown(page, 'audit');
  await page.getByLabel('What').selectOption('token');
  await until('the log of tokens alone', async () => (await page.locator('.table tbody tr').count()) === 1);

  // Whoever leaves is out at once.
  await settings('agents');
  await page.getByRole('button', { name: `Actions for ${BEA.name}` }).click();
  await page.getByRole('menuitem', { name: 'Deactivate' }).click();
  await shown(page, 'deactivate', ['desk', 'phone']);
  await dialog.getByRole('button', { name: 'Deactivate' }).click();
  await page.getByText(`${BEA.name} was deactivated.`).waitFor();
  await theirs.reload();
  await theirs.getByRole('heading', { name: 'Log in' }).waitFor();
});
