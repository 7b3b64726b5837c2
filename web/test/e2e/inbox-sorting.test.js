/** An administrator keeps what the team works with in the settings: labels, teams, views and canned replies. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertAccessible } from '../support/axe.js';
import { Stage } from '../support/cast.js';
import { screens } from '../support/screens.js';

let stage;
let agent;

before(async () => {
  stage = await Stage.open({ agent: false });
  stage.account = await stage.server.createAgent('Ada Admin', 'admin');
  agent = await stage.agent({ viewport: { width: 1440, height: 900 } });
});
after(() => stage?.close());

const inDialog = (name) => agent.page.getByRole('dialog').locator('footer').getByRole('button', { name, exact: true });
const send = (method, path, body) =>
  agent.page.evaluate(
    async ([method, path, body]) => {
      const headers = { 'content-type': 'application/json' };
      const answer = await fetch(path, { method, headers, body: JSON.stringify(body) });
      return answer.status;
    },
    [method, path, body],
  );

test('labels are made, changed and deleted', async () => {
  const { page } = agent;
  await page.goto(`${stage.server.url}/inbox/settings/labels`);
  await page.getByText('There are no labels yet.').waitFor();
  await page.getByRole('button', { name: 'New label' }).click();
  await inDialog('Save').click();
  await page.getByText('Enter a name.').waitFor();
  await page.getByRole('textbox', { name: 'Name' }).fill('Refund');
  await page.getByRole('radio', { name: 'Green' }).check({ force: true });
  await screens(page, 'settings-label', { check: assertAccessible, views: ['desk', 'phone'] });
  await page.getByRole('textbox', { name: 'Name' }).press('Enter');
  await page.getByRole('cell', { name: 'Refund', exact: true }).waitFor();

  assert.equal(await send('POST', '/api/v1/labels', { name: 'Bug', color: '#d73a4a' }), 201);
  await page.reload();
  await page.getByRole('cell', { name: 'Bug', exact: true }).waitFor();
  await screens(page, 'settings-labels', { check: assertAccessible });
  await page.getByRole('button', { name: 'Actions for Refund' }).click();
  await page.getByRole('menuitem', { name: 'Edit' }).click();
  await page.getByRole('textbox', { name: 'Name' }).fill('bug');
  await inDialog('Save').click();
  await page.getByText('The name is the name of another label.').waitFor();
  await page.getByRole('textbox', { name: 'Name' }).fill('Money back');
  await inDialog('Save').click();
  await page.getByRole('cell', { name: 'Money back', exact: true }).waitFor();
  await page.getByRole('button', { name: 'Actions for Money back' }).click();
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  await inDialog('Delete label').click();
  await page.getByRole('cell', { name: 'Money back', exact: true }).waitFor({ state: 'detached' });
});

test('a team has a name and agents', async () => {
  const { page } = agent;
  await page.goto(`${stage.server.url}/inbox/settings/teams`);
  await page.getByRole('button', { name: 'New team' }).click();
  await page.getByRole('textbox', { name: 'Name' }).fill('Sales');
  await page.getByRole('checkbox').first().check();
  await screens(page, 'settings-team', { check: assertAccessible, views: ['desk', 'phone'] });
  await inDialog('Save').click();
  await page.getByRole('cell', { name: 'Sales', exact: true }).waitFor();
  await screens(page, 'settings-teams', { check: assertAccessible });
});

test('a view is renamed and shared', async () => {
  const { page } = agent;
  assert.equal(await send('POST', '/api/v1/views', { name: 'Waiting', filter: { sort: 'waiting' } }), 201);
  await page.goto(`${stage.server.url}/inbox/settings/views`);
  await page.getByRole('button', { name: 'Actions for Waiting' }).click();
  await page.getByRole('menuitem', { name: 'Share with everybody' }).click();
  await page.getByRole('cell', { name: 'Everybody' }).waitFor();
  await page.getByRole('button', { name: 'Actions for Waiting' }).click();
  await page.getByRole('menuitem', { name: 'Rename' }).click();
  await page.getByRole('textbox', { name: 'Name' }).fill('Who waits');
  await inDialog('Save').click();
  await page.getByRole('cell', { name: 'Who waits', exact: true }).waitFor();
  await screens(page, 'settings-views', { check: assertAccessible });
});

test('a canned reply is written with its variables, found and edited', async () => {
  const { page } = agent;
  await page.goto(`${stage.server.url}/inbox/settings/canned-replies`);
  await page.getByText('No canned replies yet').waitFor();
  await page.getByRole('button', { name: 'Add a reply' }).click();
  await page.getByRole('textbox', { name: 'Shortcut' }).fill('late');
  await page.getByRole('textbox', { name: 'Title' }).fill('A late parcel');
  await page.getByRole('textbox', { name: 'Text' }).fill('Hello ');
  await page.getByRole('button', { name: 'Visitor’s first name' }).click();
  assert.equal(await page.getByRole('textbox', { name: 'Text' }).inputValue(), 'Hello {{visitor.first_name}}');
  await screens(page, 'settings-canned-reply', { check: assertAccessible, views: ['desk', 'phone'] });
  await page.getByRole('textbox', { name: 'Title' }).press('Enter');
  await page.getByRole('cell', { name: '/late' }).waitFor();

  const body = 'أهلا {{visitor.first_name}}، نحن نبحث عن طردك. '.repeat(4);
  assert.equal(await send('POST', '/api/v1/canned-replies', { shortcut: 'ar-late', title: 'طرد متأخر', body, shared: true }), 201);
  await page.getByRole('cell', { name: '/ar-late' }).waitFor();
  await screens(page, 'settings-canned-replies', { check: assertAccessible });
  await page.getByRole('searchbox', { name: 'Search' }).fill('parcel');
  await page.getByRole('cell', { name: '/ar-late' }).waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Actions for A late parcel' }).click();
  await page.getByRole('menuitem', { name: 'Edit' }).click();
  await page.getByRole('textbox', { name: 'Shortcut' }).fill('ar-late');
  await page.getByRole('switch').check();
  await inDialog('Save').click();
  await page.locator('.field__errors').first().waitFor();
  page.complaints.assertNone(/status of (401|409|422)/);
});
