/**
 * The server's answers as they would be if the design were stored. The widget asks by `fetch`, so the preview answers in its
 * page: nothing is stored, the server knows nothing of designs, and the widget nothing of the demo.
 */

import type { ConfigResponse, InitRequest, InitResponse, WidgetSettings } from '../shared/types.ts';

const CONFIG = '/api/chatbot/config';
const INIT = '/api/chatbot/init';

export interface PreviewConfig {
  /** The settings that the widget has. It reads them again whenever it changes its language. */
  readonly settings: WidgetSettings;
}

/** Puts itself before the window's `fetch`, for the widget that is loaded afterwards. */
export function answerWith(config: PreviewConfig, page: Window & typeof globalThis = window): void {
  const ask = page.fetch.bind(page);
  page.fetch = async (input, init) => {
    const { pathname } = new URL(input instanceof Request ? input.url : String(input), location.href);
    if (pathname === CONFIG) return withJson<ConfigResponse>(await ask(input, init), (answer) => {
      answer.widget.settings = config.settings;
    });
    if (pathname !== INIT) return ask(input, init);
    return withJson<InitResponse>(await ask(input, { ...init, body: withoutForm(init?.body) }), (answer) => {
      answer.availability = config.settings.availability ?? null;
    });
  };
}

/** The response, with a JSON that was changed; the object itself, so that later changes of it are seen too. */
async function withJson<T>(response: Response, change: (answer: T) => void): Promise<Response> {
  if (!response.ok) return response;
  const answer = (await response.json()) as T;
  change(answer);
  const changed = new Response(JSON.stringify(answer), { status: response.status, headers: { 'Content-Type': 'application/json' } });
  return Object.assign(changed, { json: () => Promise.resolve(answer) });
}

/** The widget on the server has another form, or none, and would refuse this one's fields. The agents see them as metadata. */
export function withoutForm(body: BodyInit | null | undefined): BodyInit | null | undefined {
  if (typeof body !== 'string') return body;
  const { pre_chat: form, consent, ...request } = JSON.parse(body) as InitRequest;
  if (!form) return body;
  const { name: _name, email: _email, phone: _phone, ...others } = form;
  const metadata = { ...request.visitor_metadata, ...others, ...(consent ? { consent } : {}) };
  return JSON.stringify(Object.keys(metadata).length > 0 ? { ...request, visitor_metadata: metadata } : request);
}
