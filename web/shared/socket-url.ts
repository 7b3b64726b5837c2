/** Where a Pusher application's socket is. Pure. */

export interface SocketAddress {
  key: string;
  /** `ws`/`wss` or `http`/`https`; null takes the page's. */
  scheme: string | null;
  /** Null: the host of `baseUrl`. */
  host: string | null;
  /** Null: the port of `baseUrl` if the host is its host too, else the scheme's own. */
  port: number | null;
}

export const CLIENT_NAME = 'antiphon';
export const CLIENT_VERSION = '1';

/** The URL of an app's socket; what the address leaves open comes from the server's own base URL. */
export function socketUrl(address: SocketAddress, baseUrl: string): string {
  const base = new URL(baseUrl);
  const secure = /^(https|wss)/.test((address.host && address.scheme) || base.protocol);
  const host = address.host ?? base.hostname;
  const port = address.port ?? (address.host ? null : base.port || null);
  const authority = port === null ? host : `${host}:${port}`;
  // A server below a path of its host has its socket below that path too.
  const prefix = address.host ? '' : base.pathname.replace(/\/+$/, '');
  const query = `protocol=7&client=${CLIENT_NAME}&version=${CLIENT_VERSION}&flash=false`;
  return `${secure ? 'wss' : 'ws'}://${authority}${prefix}/app/${encodeURIComponent(address.key)}?${query}`;
}
