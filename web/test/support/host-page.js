/** Somebody else's web site on this machine, with pages that a test writes. */

import { createServer } from 'node:http';

export class HostSite {
  #server;
  #pages;

  /** `pages`: HTML by path. */
  static async open(pages) {
    const site = new HostSite();
    site.#pages = pages;
    site.#server = createServer((request, response) => {
      const html = site.#pages[new URL(request.url, 'http://site').pathname];
      response.writeHead(html === undefined ? 404 : 200, { 'Content-Type': 'text/html; charset=utf-8' });
      response.end(html ?? 'not found');
    });
    await new Promise((resolve, reject) => site.#server.once('error', reject).listen(0, '127.0.0.1', resolve));
    return site;
  }

  /** By its number, so that it is another origin than the server's `localhost`. */
  get url() {
    return `http://127.0.0.1:${this.#server.address().port}`;
  }

  async close() {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** A page with the widget's tag as the documentation gives it. */
export function pageWithWidget(server, token, { attributes = '', head = '', body = '<h1>A shop</h1>' } = {}) {
  const tag = `<script async src="${server.url}/chatbot-widget.js" data-api-token="${token}" ${attributes}></script>`;
  return `<!doctype html><html lang="en"><head><title>A shop</title><link rel="icon" href="data:,">${head}</head><body>${body}${tag}</body></html>`;
}
