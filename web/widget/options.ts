/**
 * What the site's owner wrote into the page: `data-*` attributes of the script tag, or
 * `window.ChatbotConfig`; the attributes win. Pure; nothing here throws on odd input.
 */

export interface Visitor {
  name: string | null;
  email: string | null;
  phone: string | null;
  id: string | null;
  /** A JWT, or the HMAC of the id: proof that the site vouches for the visitor. */
  identity: string | null;
  metadata: Record<string, unknown> | null;
}

export interface WidgetOptions {
  apiToken: string;
  /** Where the API is, without a trailing slash. */
  widgetUrl: string;
  /** Where the script was loaded from, with a trailing slash; its modules are beside it. */
  assetsUrl: string;
  visitor: Visitor;
  /** The language the page asks for. */
  locale: string | null;
}

export interface OptionSources {
  dataset: Record<string, string | undefined>;
  /** `window.ChatbotConfig`, whatever it is. */
  global: unknown;
  scriptUrl: string | null;
  pageUrl: string;
}

/** Null when there is no token, without which there is nothing to show. */
export function readOptions(sources: OptionSources): WidgetOptions | null {
  const global = asRecord(sources.global);
  const text = (name: string): string | null => {
    const value = sources.dataset[name] || global[name];
    return typeof value === 'string' || typeof value === 'number' ? String(value).trim() || null : null;
  };
  const apiToken = text('apiToken');
  if (!apiToken) return null;
  const configuredUrl = absoluteUrl(text('widgetUrl'), sources.pageUrl);
  const scriptFolder = sources.scriptUrl ? new URL('.', sources.scriptUrl).href : null;
  const widgetUrl = (configuredUrl ?? scriptFolder ?? new URL('/', sources.pageUrl).href).replace(/\/+$/, '');
  return {
    apiToken,
    widgetUrl,
    assetsUrl: scriptFolder ?? `${widgetUrl}/`,
    locale: text('locale'),
    visitor: {
      name: text('visitorName'),
      email: text('visitorEmail'),
      phone: text('visitorPhone'),
      id: text('visitorId'),
      identity: text('visitorHash') ?? text('identity'),
      metadata: readMetadata(sources.dataset['visitorMetadata'] || global['visitorMetadata']),
    },
  };
}

/** What a page says of its visitor later on, over what it said before; what it leaves out stays. */
export function mergeVisitor(visitor: Visitor, change: unknown): Visitor {
  const given = asRecord(change);
  const pick = (...names: string[]): string | null | undefined => {
    for (const name of names) {
      const value = given[name];
      if (value === null) return null;
      if (typeof value === 'string' || typeof value === 'number') return String(value).trim() || null;
    }
    return undefined;
  };
  const or = (value: string | null | undefined, before: string | null) => (value === undefined ? before : value);
  return {
    name: or(pick('name'), visitor.name),
    email: or(pick('email'), visitor.email),
    phone: or(pick('phone'), visitor.phone),
    id: or(pick('id'), visitor.id),
    // A signed token alone says who it is.
    identity: or(typeof change === 'string' ? change : pick('identity', 'jwt', 'hash'), visitor.identity),
    metadata: given['metadata'] === undefined ? visitor.metadata : readMetadata(given['metadata']),
  };
}

export function readAttributes(value: unknown): Record<string, unknown> {
  return asRecord(value);
}

function absoluteUrl(url: string | null, base: string): string | null {
  try {
    return url ? new URL(url, base).href : null;
  } catch {
    return null;
  }
}

function readMetadata(value: unknown): Record<string, unknown> | null {
  let parsed = value;
  if (typeof value === 'string') {
    try {
      parsed = JSON.parse(value);
    } catch {
      console.warn('Chat widget: data-visitor-metadata is not JSON and is left out.');
      return null;
    }
  }
  return parsed && typeof parsed === 'object' && !Array.isArray(parsed) ? (parsed as Record<string, unknown>) : null;
}

function asRecord(value: unknown): Record<string, unknown> {
  return value && typeof value === 'object' ? (value as Record<string, unknown>) : {};
}
