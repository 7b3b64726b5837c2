/**
 * A push service and the browsers behind it, as RFC 8030, 8188, 8291 and 8292 have them, on Node's cryptography: it checks who sends,
 * and each browser decrypts with its own keys. Nothing of it is shared with what is tested.
 */

import assert from 'node:assert/strict';
import { createDecipheriv, createECDH, createPublicKey, hkdfSync, randomBytes, verify } from 'node:crypto';
import { createServer } from 'node:http';
import { until } from './wait.js';

export class PushService {
  #server;
  /** Each message that came: `{ path, headers, body }`, in their order. */
  messages = [];
  /** What the next messages are answered with, `[status, headers]`; 201 when there is nothing left. */
  answers = [];

  static async start() {
    const service = new PushService();
    service.#server = createServer((request, response) => {
      const chunks = [];
      request.on('data', (chunk) => chunks.push(chunk));
      request.on('end', () => {
        service.messages.push({ path: request.url, headers: request.headers, body: Buffer.concat(chunks), at: Date.now() });
        const [status, headers] = service.answers.shift() ?? [201, {}];
        response.writeHead(status, headers).end();
      });
    });
    await new Promise((resolve, reject) => service.#server.once('error', reject).listen(0, '127.0.0.1', resolve));
    return service;
  }

  get url() {
    return `http://127.0.0.1:${this.#server.address().port}`;
  }

  /** A browser that is subscribed here. */
  browser() {
    return new PushBrowser(`${this.url}/send/${randomBytes(12).toString('base64url')}`);
  }

  /** The nth message, from 0, once it is here. */
  async message(n) {
    await until(`message ${n} at the push service`, () => this.messages.length > n);
    return this.messages[n];
  }

  async close() {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

export class PushBrowser {
  #keys = createECDH('prime256v1');
  #auth = randomBytes(16);

  constructor(endpoint) {
    this.endpoint = endpoint;
    this.#keys.generateKeys();
  }

  /** As `PushSubscription.toJSON()` gives it. */
  toJSON() {
    const keys = { p256dh: this.#keys.getPublicKey('base64url'), auth: this.#auth.toString('base64url') };
    return { endpoint: this.endpoint, keys };
  }

  /** What a message says. */
  read({ body, headers }) {
    assert.equal(headers['content-encoding'], 'aes128gcm');
    assert.ok(body.length <= 4096);
    const salt = body.subarray(0, 16);
    assert.ok(body.readUInt32BE(16) >= body.length - 86, 'one record');
    const sender = body.subarray(21, 21 + body[20]);
    const own = this.#keys.getPublicKey();
    const info = Buffer.concat([Buffer.from('WebPush: info\0'), own, sender]);
    const secret = Buffer.from(hkdfSync('sha256', this.#keys.computeSecret(sender), this.#auth, info, 32));
    const key = Buffer.from(hkdfSync('sha256', secret, salt, 'Content-Encoding: aes128gcm\0', 16));
    const nonce = Buffer.from(hkdfSync('sha256', secret, salt, 'Content-Encoding: nonce\0', 12));
    const record = body.subarray(21 + body[20]);
    const decipher = createDecipheriv('aes-128-gcm', key, nonce).setAuthTag(record.subarray(-16));
    const text = Buffer.concat([decipher.update(record.subarray(0, -16)), decipher.final()]);
    const end = text.lastIndexOf(2);
    assert.ok(end >= 0 && text.subarray(end + 1).every((byte) => byte === 0), 'the last record');
    return JSON.parse(text.subarray(0, end).toString('utf8'));
  }
}

/** What the proof of who sends says; fails if it is not by this key, of base64url. */
export function proofOf({ headers }, publicKey) {
  const [, token, key] = /^vapid t=([^,]+), k=(.+)$/.exec(headers.authorization) ?? [];
  assert.equal(key, publicKey);
  const point = Buffer.from(key, 'base64url');
  const jwk = { kty: 'EC', crv: 'P-256', x: point.subarray(1, 33).toString('base64url'), y: point.subarray(33).toString('base64url') };
  const [header, claims, signature] = token.split('.');
  const json = (text) => JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
  assert.deepEqual(json(header), { typ: 'JWT', alg: 'ES256' });
  const signed = Buffer.from(`${header}.${claims}`);
  const by = { key: createPublicKey({ key: jwk, format: 'jwk' }), dsaEncoding: 'ieee-p1363' };
  assert.ok(verify('sha256', signed, by, Buffer.from(signature, 'base64url')), 'signed by its key');
  return json(claims);
}
