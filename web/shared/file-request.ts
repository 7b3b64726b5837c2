/**
 * A request with a file in it, which tells how far it is, as `fetch` cannot. Fails with the same errors as `ApiClient`, so
 * that an outbox can tell what is worth a retry.
 */

import { ApiError, parseRetryAfter } from './api.ts';

export interface FileRequest {
  method?: 'POST' | 'PATCH';
  url: string;
  token: string | null;
  body: FormData | Blob;
  headers?: Record<string, string>;
  signal?: AbortSignal | undefined;
  /** The bytes of the body that are through. */
  progress(sent: number, total: number): void;
}

/** Slow lines take minutes for a photo; a line on which nothing moves this long is dead. */
const STALL_MS = 45_000;

export function requestWithFile<T>({ method = 'POST', url, token, body: content, headers = {}, signal, progress }: FileRequest): Promise<T> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(new ApiError('aborted', 'The upload was cancelled.'));
      return;
    }
    const request = new XMLHttpRequest();
    let stall: ReturnType<typeof setTimeout> | undefined;
    const alive = () => {
      clearTimeout(stall);
      stall = setTimeout(() => request.abort(), STALL_MS);
    };
    request.open(method, url);
    request.setRequestHeader('Accept', 'application/json');
    if (token) request.setRequestHeader('Authorization', `Bearer ${token}`);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.onprogress = ({ loaded, total }) => {
      alive();
      progress(loaded, total);
    };
    request.onload = () => {
      const body = parse(request.responseText);
      if (request.status >= 200 && request.status < 300) {
        if (body) resolve(body as T);
        else reject(new ApiError('invalid', 'The answer did not come from the chat server.'));
        return;
      }
      const text = typeof body?.['error'] === 'string' ? body['error'] : `The server answered ${request.status}.`;
      const details = (body?.['details'] ?? null) as Record<string, string[]> | null;
      const retryAfter = parseRetryAfter(request.getResponseHeader('Retry-After'), Date.now());
      reject(new ApiError('http', text, { status: request.status, details, retryAfter, body: body ?? {} }));
    };
    request.onerror = () => reject(new ApiError('network', 'The server could not be reached.'));
    request.onabort = () => reject(new ApiError('timeout', 'The server did not answer in time.'));
    request.onloadend = () => clearTimeout(stall);
    signal?.addEventListener('abort', () => request.abort());
    alive();
    request.send(content);
  });
}

/**
 * Whether the files can still be read: one that was moved or changed since it was chosen fails like a
 * dead network, and would be tried for ever.
 */
export async function areReadable(files: readonly { blob: Blob }[]): Promise<boolean> {
  try {
    for (const { blob } of files) await blob.slice(0, 1).arrayBuffer();
    return true;
  } catch {
    return false;
  }
}

function parse(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return value && typeof value === 'object' ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
