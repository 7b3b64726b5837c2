/**
 * Measures, in the pages themselves, when the request of a message begins and when its text has been painted on
 * another screen. All pages are on one machine, so their clocks agree.
 */

/** To be installed before the page's own scripts run: `context.addInitScript(installStopwatch)`. */
export function installStopwatch() {
  const now = () => performance.timeOrigin + performance.now();
  const stopwatch = { posted: {}, painted: {} };
  const fetch = window.fetch;
  window.fetch = (input, init) => {
    if (String(input).endsWith('/api/chatbot/message')) stopwatch.posted[JSON.parse(init.body).message] ??= now();
    return fetch(input, init);
  };
  // A message posted in a frame's callback is handled after that frame was handed over to be shown.
  const afterPaint = (run) =>
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = run;
      port2.postMessage(null);
    });
  stopwatch.watch = (root, selector) => {
    const note = (element) => {
      const text = element.textContent;
      afterPaint(() => (stopwatch.painted[text] ??= now()));
    };
    new MutationObserver((records) => {
      for (const { addedNodes } of records) {
        for (const node of addedNodes) {
          if (!(node instanceof Element)) continue;
          if (node.matches(selector)) note(node);
          node.querySelectorAll(selector).forEach(note);
        }
      }
    }).observe(root, { childList: true, subtree: true });
  };
  window.stopwatch = stopwatch;
}

/** From here on, the visitor's page notes what appears in the widget. */
export function watchWidget(page) {
  return page.evaluate(() => window.stopwatch.watch(document.getElementById('chatbot-widget').shadowRoot, '.text'));
}

/** From here on, the agent's page notes what appears in the conversation. */
export function watchInbox(page) {
  return page.evaluate(() => window.stopwatch.watch(document.body, '.message__text'));
}

/** Milliseconds from the start of the request in one page to the paint in the other, for each text, sorted. */
export async function latencies(from, to, texts) {
  const posted = await from.evaluate(() => window.stopwatch.posted);
  const painted = await to.evaluate(() => window.stopwatch.painted);
  return texts.map((text) => painted[text] - posted[text]).sort((a, b) => a - b);
}

/** The smallest value that so many per cent of the sorted values do not exceed. */
export function percentile(sorted, percent) {
  return sorted[Math.max(0, Math.ceil((sorted.length * percent) / 100) - 1)];
}
