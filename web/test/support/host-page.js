/** Somebody else's web site on this machine, with pages and endpoints that a test writes. */

import { createServer } from 'node:http';

export class HostSite {
  #server;
  #pages;

  /** `pages`: by path, HTML, or a function that makes the JSON of the answer out of the fields of a form. */
  static async open(pages) {
    const site = new HostSite();
    site.#pages = pages;
    site.#server = createServer(async (request, response) => {
      const page = site.#pages[new URL(request.url, 'http://site').pathname];
      const isEndpoint = typeof page === 'function';
      const answer = isEndpoint ? JSON.stringify(await page(await formOf(request))) : page;
      response.writeHead(page === undefined ? 404 : 200, { 'Content-Type': `${isEndpoint ? 'application/json' : 'text/html'}; charset=utf-8` });
      response.end(answer ?? 'not found');
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

async function formOf(request) {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += chunk;
  return Object.fromEntries(new URLSearchParams(text));
}

/** A page with the widget's tag as the documentation gives it. */
export function pageWithWidget(server, token, { attributes = '', head = '', body = '<h1>A shop</h1>' } = {}) {
  const tag = `<script async src="${server.url}/chatbot-widget.js" data-api-token="${token}" ${attributes}></script>`;
  return `<!doctype html><html lang="en"><head><title>A shop</title><link rel="icon" href="data:,">${head}</head><body>${body}${tag}</body></html>`;
}
