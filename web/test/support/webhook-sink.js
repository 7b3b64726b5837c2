/** A backend that webhooks are sent to: keeps each request as the SDKs want it, and answers with the status that is set. */

import { createServer } from 'node:http';

export class WebhookSink {
  #server;
  /** `{ headers, rawBody }` of each request, in their order. */
  requests = [];
  /** What the next requests are answered with; 200 when there is nothing left. */
  statuses = [];

  static async start() {
    const sink = new WebhookSink();
    sink.#server = createServer((request, response) => {
      const chunks = [];
      request.on('data', (chunk) => chunks.push(chunk));
      request.on('end', () => {
        sink.requests.push({ headers: request.headers, rawBody: Buffer.concat(chunks).toString('utf8') });
        response.writeHead(sink.statuses.shift() ?? 200).end();
      });
    });
    await new Promise((resolve, reject) => sink.#server.once('error', reject).listen(0, '127.0.0.1', resolve));
    return sink;
  }

  get url() {
    return `http://127.0.0.1:${this.#server.address().port}/webhooks`;
  }

  async close() {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
