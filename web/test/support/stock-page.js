/**
 * pusher-js's bundle for browsers, unchanged, on a page of somebody else's site. The site's own backend, which has Pusher's
 * Node SDK, signs its channels; each page belongs to one user, whose name is in the page's address.
 */

import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { openPage } from './browser.js';
import { HostSite } from './host-page.js';

const BUNDLE = createRequire(import.meta.url).resolve('pusher-js/dist/web/pusher.min.js');

export class StockSite {
  #clients;

  /** `clients`: `StockClients` of the server. */
  static async open(clients) {
    const http = clients.http();
    const sign = (member) => ({ socket_id: socketId, channel_name: name }) =>
      http.authorizeChannel(socketId, name, name.startsWith('presence-') ? member : undefined);
    const site = new StockSite();
    site.#clients = clients;
    site.#pages = {
      '/pusher.min.js': await readFile(BUNDLE, 'utf8'),
      '/auth/ana': sign({ user_id: 'ana', user_info: { name: 'Ana' } }),
      '/auth/ben': sign({ user_id: 'ben', user_info: { name: 'Ben' } }),
    };
    site.#site = await HostSite.open(site.#pages);
    return site;
  }

  #site;
  #pages;

  /**
   * A page in a browser of its own with `pusher`, `events` (what its channels received, as `[channel, event, data]`), and
   * `listen(name)`. `port` is where its WebSockets go, `recovery` whether it includes the server's plug-in.
   */
  async page(browser, user, { port, recovery = false }) {
    const { app, server } = this.#clients;
    const options = { ...this.#clients.address(port), cluster: '', channelAuthorization: { endpoint: `/auth/${user}`, transport: 'ajax' } };
    this.#pages[`/${user}`] = `<!doctype html><html lang="en"><head><title>${user}</title><link rel="icon" href="data:,">
      <script src="/pusher.min.js"></script>
      ${recovery ? `<script src="${server.url}/antiphon-resume.js"></script>` : ''}
      </head><body><script>
        const pusher = new Pusher(${JSON.stringify(app.key)}, ${JSON.stringify(options)});
        ${recovery ? 'window.recovery = antiphonResume(pusher);' : ''}
        const events = [];
        function listen(name) {
          const channel = pusher.subscribe(name);
          channel.bind_global((event, data) => events.push([name, event, data]));
          return new Promise((resolve, reject) => {
            channel.bind('pusher:subscription_succeeded', () => resolve());
            channel.bind('pusher:subscription_error', (error) => reject(new Error(JSON.stringify(error))));
          });
        }
      </script></body></html>`;
    const page = await openPage(browser);
    await page.goto(`${this.#site.url}/${user}`);
    return page;
  }

  async close() {
    await this.#site.close();
  }
}

/** Subscribes in the page, and waits for the server's yes. */
export function listen(page, ...names) {
  return page.evaluate((all) => Promise.all(all.map((name) => listen(name))).then(() => undefined), names);
}

/** What a page's channels received, as `[channel, event, data]`; without the protocol's own events unless asked for. */
export async function received(page, { all = false } = {}) {
  const events = await page.evaluate(() => events.map(([channel, event, data]) => [channel, event, event.startsWith('pusher:') ? null : data]));
  return all ? events : events.filter(([, event]) => !event.startsWith('pusher:'));
}
