/**
 * JSON over HTTP with a time limit. Every failure is an `ApiError` that answers the one question
 * callers have: can the same request succeed if it is sent again?
 * Knows no endpoint; those are in `chat-api.ts`.
 */

import { systemClock, type Clock } from './clock.ts';

/** `network`: no answer at all. `invalid`: an answer that is not ours, such as a captive portal's page. */
export type ApiErrorKind = 'network' | 'timeout' | 'aborted' | 'invalid' | 'http';

export interface ApiErrorFields {
  /** HTTP status, 0 when there was no answer. */
  status?: number;
  /** Seconds the server asked to wait. */
  retryAfter?: number | null;
  /** Validation messages by field. */
  details?: Record<string, string[]> | null;
  requestId?: string | null;
  /** The whole answer, for the few endpoints whose refusals say more. */
  body?: Record<string, unknown>;
}

export class ApiError extends Error {
  readonly status: number;
  readonly retryAfter: number | null;
  readonly details: Record<string, string[]> | null;
  readonly requestId: string | null;
  readonly body: Record<string, unknown>;

  constructor(
    readonly kind: ApiErrorKind,
    message: string,
    fields: ApiErrorFields = {},
  ) {
    super(message);
    this.name = 'ApiError';
    this.status = fields.status ?? 0;
    this.retryAfter = fields.retryAfter ?? null;
    this.details = fields.details ?? null;
    this.requestId = fields.requestId ?? null;
    this.body = fields.body ?? {};
  }

  /** Whether sending the same request again later can help. */
  get transient(): boolean {
    if (this.kind === 'http') return this.status >= 500 || [408, 425, 429].includes(this.status);
    return this.kind !== 'aborted';
  }

  /** Whether the server could not be reached, as opposed to having refused. */
  get offline(): boolean {
    return this.kind === 'network' || this.kind === 'timeout' || this.kind === 'invalid';
  }
}

/** Turns whatever was thrown into an `ApiError`; a programming error counts as not worth a retry. */
export function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  return new ApiError('aborted', error instanceof Error ? error.message : String(error));
}

export interface ApiClientOptions {
  /** Without a trailing slash; empty for the page's own origin. */
  baseUrl: string;
  /** The bearer token at the time of a request; null for none (the inbox uses its cookie). */
  token?: () => string | null;
  credentials?: RequestCredentials;
  fetch?: typeof fetch;
  clock?: Clock;
  timeoutMs?: number;
}

export interface RequestOptions {
  query?: Record<string, string | number | boolean | null | undefined>;
  body?: unknown;
  headers?: Record<string, string>;
  /** Overrides the client's bearer token. */
  token?: string | null;
  signal?: AbortSignal;
  timeoutMs?: number;
  cache?: RequestCache;
  /** Let the request outlive the page; bodies stay far below the browser's 64 KiB for these. */
  keepalive?: boolean;
}

export const DEFAULT_TIMEOUT_MS = 15_000;

export class ApiClient {
  private readonly clock: Clock;
  private readonly fetch: typeof fetch;

  constructor(private readonly options: ApiClientOptions) {
    this.clock = options.clock ?? systemClock;
    this.fetch = options.fetch ?? ((input, init) => globalThis.fetch(input, init));
  }

  get<T>(path: string, options: RequestOptions = {}): Promise<T> {
    return this.request<T>('GET', path, options);
  }

  post<T>(path: string, body: unknown, options: RequestOptions = {}): Promise<T> {
    return this.request<T>('POST', path, { ...options, body });
  }

  /** Answers the parsed body of a 2xx (null when empty); rejects with an `ApiError` otherwise. */
  async request<T>(method: string, path: string, options: RequestOptions = {}): Promise<T> {
    const abort = new AbortController();
    let timedOut = false;
    const timer = this.clock.setTimeout(() => {
      timedOut = true;
      abort.abort();
    }, options.timeoutMs ?? this.options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
    const forward = () => abort.abort();
    if (options.signal?.aborted) forward();
    options.signal?.addEventListener('abort', forward);
    try {
      const response = await this.fetch(this.url(path, options.query), {
        method,
        headers: this.headers(options),
        body: options.body === undefined ? undefined : JSON.stringify(options.body),
        credentials: this.options.credentials ?? 'omit',
        cache: options.cache ?? 'no-store',
        keepalive: options.keepalive ?? false,
        signal: abort.signal,
      });
      return parseAnswer<T>(response, await response.text(), this.clock.now());
    } catch (error) {
      if (error instanceof ApiError) throw error;
      if (timedOut) throw new ApiError('timeout', 'The server did not answer in time.');
      if (abort.signal.aborted) throw new ApiError('aborted', 'The request was cancelled.');
      throw new ApiError('network', 'The server could not be reached.');
    } finally {
      this.clock.clearTimeout(timer);
      options.signal?.removeEventListener('abort', forward);
    }
  }

  private url(path: string, query: RequestOptions['query']): string {
    const parameters = new URLSearchParams();
    for (const [name, value] of Object.entries(query ?? {})) {
      if (value !== null && value !== undefined) parameters.set(name, String(value));
    }
    const text = parameters.toString();
    return this.options.baseUrl + path + (text ? `?${text}` : '');
  }

  private headers(options: RequestOptions): Record<string, string> {
    const headers: Record<string, string> = { Accept: 'application/json', ...options.headers };
    if (options.body !== undefined) headers['Content-Type'] = 'application/json';
    const token = options.token === undefined ? this.options.token?.() : options.token;
    if (token) headers['Authorization'] = `Bearer ${token}`;
    return headers;
  }
}

function parseAnswer<T>(response: Response, text: string, nowMs: number): T {
  let body: unknown = null;
  let readable = true;
  try {
    body = text === '' ? null : JSON.parse(text);
  } catch {
    readable = false;
  }
  if (response.ok) {
    if (!readable) throw new ApiError('invalid', 'The answer did not come from the chat server.');
    return body as T;
  }
  const fields = (body && typeof body === 'object' ? body : {}) as Record<string, unknown>;
  const message = [fields['error'], fields['message']].find((text) => typeof text === 'string');
  throw new ApiError('http', (message as string | undefined) ?? `The server answered ${response.status}.`, {
    status: response.status,
    retryAfter: parseRetryAfter(response.headers.get('Retry-After'), nowMs),
    details: (fields['details'] ?? fields['errors'] ?? null) as Record<string, string[]> | null,
    requestId: typeof fields['request_id'] === 'string' ? fields['request_id'] : null,
    body: fields,
  });
}

/** Seconds from now; accepts both forms of the header. */
export function parseRetryAfter(header: string | null, nowMs: number): number | null {
  if (!header) return null;
  const seconds = Number(header);
  if (Number.isFinite(seconds)) return Math.max(0, seconds);
  const date = Date.parse(header);
  return Number.isNaN(date) ? null : Math.max(0, Math.ceil((date - nowMs) / 1_000));
}
