/** The samples of `docs/webhooks.md` that check a signature, run as they stand there. PHP's runs where PHP is installed. */

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { Examples, runModule } from '../support/examples.js';

const SECRET = 'whsec_test';
const BODY = '{"id":"evt_1","text":"Größe 🎉"}';
const examples = await Examples.of('docs/webhooks.md');
const now = Math.floor(Date.now() / 1000);

function header(time, body = BODY, secret = SECRET) {
  return `t=${time},v1=${createHmac('sha256', secret).update(`${time}.${body}`).digest('hex')}`;
}

/** What every sample has to say of which header. */
const CASES = [
  [header(now), true],
  [header(now - 290), true],
  [header(now - 400), false],
  [header(now, `${BODY} `), false],
  [header(now, BODY, 'whsec_other'), false],
  [`t=${now}`, false],
  [`t=${now},v1=`, false],
];

function has(program) {
  return spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0;
}

test('the sample for Node takes what is signed and refuses everything else', async () => {
  const { isFromAntiphon } = await runModule(examples.code('verify-node'));
  for (const [given, expected] of CASES) {
    assert.equal(isFromAntiphon(given, BODY, SECRET), expected, given);
    assert.equal(isFromAntiphon(given, Buffer.from(BODY), SECRET), expected, given);
  }
});

test('the sample for Python does', { skip: !has('python3') && 'python3 is not installed' }, () => {
  const calls = `
import json, sys
for header in json.loads(sys.argv[1]):
    print(is_from_antiphon(header, sys.argv[2].encode(), sys.argv[3]))
`;
  const code = examples.code('verify-python') + calls;
  const output = execFileSync('python3', ['-c', code, JSON.stringify(CASES.map(([given]) => given)), BODY, SECRET], { encoding: 'utf8' });
  assert.deepEqual(output.trim().split('\n'), CASES.map(([, expected]) => (expected ? 'True' : 'False')));
});

test('the sample for PHP does', { skip: !has('php') && 'php is not installed' }, () => {
  const calls = `
foreach (json_decode($argv[1]) as $header) {
    echo isFromAntiphon($header, $argv[2], $argv[3]) ? "true\\n" : "false\\n";
}
`;
  const code = examples.code('verify-php').replace(/^<\?php\n/, '') + calls;
  const output = execFileSync('php', ['-r', code, '--', JSON.stringify(CASES.map(([given]) => given)), BODY, SECRET], { encoding: 'utf8' });
  assert.deepEqual(output.trim().split('\n'), CASES.map(([, expected]) => String(expected)));
});
