/** The frames of the Pusher protocol, as text from a peer that may send anything. Pure. */

export interface Frame {
  event: string;
  channel: string | null;
  data: unknown;
}

/** Null for anything that is not a frame of the protocol; such input is ignored. */
export function parseFrame(raw: unknown): Frame | null {
  if (typeof raw !== 'string') return null;
  const fields = asObject(parseJson(raw));
  if (typeof fields['event'] !== 'string') return null;
  const channel = typeof fields['channel'] === 'string' ? fields['channel'] : null;
  // The payload is a string of JSON; client events may carry it as plain JSON.
  const data = typeof fields['data'] === 'string' ? parseJson(fields['data']) : fields['data'];
  return { event: fields['event'], channel, data };
}

/** The text itself when it is not JSON. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** An empty object for anything that is none. */
export function asObject(value: unknown): Record<string, unknown> {
  return value !== null && typeof value === 'object' ? (value as Record<string, unknown>) : {};
}

/** What `pusher:error` carries, as servers variously write it. */
export function errorData(data: unknown): { code: number | null; message: string } {
  const fields = asObject(data);
  return {
    code: typeof fields['code'] === 'number' ? fields['code'] : null,
    message: typeof fields['message'] === 'string' ? fields['message'] : '',
  };
}
