/**
 * Posts a message with files. Small ones go in one request; where one is larger, each goes in several that a broken line only
 * interrupts (`resumable-upload.ts`), and the message names them.
 */

import { ApiError, type ApiClient } from './api.ts';
import { areReadable, requestWithFile } from './file-request.ts';
import type { OutboxItem, OutboxUpload } from './outbox.ts';
import { uploadFile } from './resumable-upload.ts';
import type { MessageAck } from './types.ts';

export interface FileSending {
  http: ApiClient;
  /** Without a trailing slash. */
  baseUrl: string;
  token: string | null;
  socketId: string | null;
  /** Its author has given it up. */
  signal?: AbortSignal;
  /** The share that is through, 0–1. */
  progress(share: number): void;
}

/** Less than this is sent anew sooner than it is asked after. */
const RESUMABLE_FROM_BYTES = 512 * 1024;
/** Of messages whose files are complete, and whose answer may have been lost, this many are remembered. */
const MAX_COMPLETE = 20;

/** The uploads of a message, from their completion until its answer: they are gone when the message is there. */
const complete = new Map<string, string[]>();

/** Rejects with an `ApiError`; 410 when a file is no longer there. */
export async function sendFiles(conversationId: number, item: OutboxItem, upload: OutboxUpload, sending: FileSending): Promise<MessageAck> {
  const isLarge = upload.files.some(({ blob }) => blob.size > RESUMABLE_FROM_BYTES);
  try {
    return await (isLarge ? sendInParts : sendAtOnce)(conversationId, item, upload, sending);
  } catch (error) {
    if (await areReadable(upload.files)) throw error;
    throw new ApiError('http', 'The file is no longer there.', { status: 410 });
  }
}

function sendAtOnce(conversationId: number, item: OutboxItem, { kind, files, durationMs }: OutboxUpload, sending: FileSending): Promise<MessageAck> {
  const { baseUrl, token, socketId, signal, progress } = sending;
  const form = new FormData();
  // First, so that what may not be posted is refused before it was sent.
  form.set('conversation_id', String(conversationId));
  form.set('client_id', item.clientId);
  if (item.text) form.set('message', item.text);
  if (item.replyTo) form.set('reply_to_seq', String(item.replyTo.seq));
  if (durationMs !== undefined) form.set('duration_ms', String(durationMs));
  for (const { blob, name } of files) form.append(kind === 'voice' ? 'voice_message' : 'file', blob, name);
  return requestWithFile<MessageAck>({
    url: `${baseUrl}/api/chatbot/${kind}`,
    token,
    body: form,
    headers: socketId ? { 'X-Socket-ID': socketId } : {},
    signal,
    progress: (sent, total) => total > 0 && progress(sent / total),
  });
}

async function sendInParts(conversationId: number, item: OutboxItem, upload: OutboxUpload, sending: FileSending): Promise<MessageAck> {
  const known = complete.get(item.clientId);
  try {
    if (known) return await post(conversationId, item, upload, known, sending);
  } catch (error) {
    if (!isOutdated(error)) throw error;
  }
  const ids = await uploadAll(conversationId, item, upload, sending);
  try {
    return await post(conversationId, item, upload, ids, sending);
  } catch (error) {
    if (!isOutdated(error)) throw error;
    // Over just now, or the conversation was closed: asking for them again tells which.
    return post(conversationId, item, upload, await uploadAll(conversationId, item, upload, sending), sending);
  }
}

/** One after the other, so that what is complete stays so when the line breaks. */
async function uploadAll(conversationId: number, item: OutboxItem, { files }: OutboxUpload, sending: FileSending): Promise<string[]> {
  const total = files.reduce((sum, { blob }) => sum + blob.size, 0);
  const ids: string[] = [];
  let before = 0;
  for (const [index, { blob, name }] of files.entries()) {
    const file = { conversationId, clientId: fileId(item.clientId, index), blob, name };
    const progress = (bytes: number) => sending.progress((before + bytes) / total);
    ids.push(await uploadFile(file, { ...sending, progress }));
    before += blob.size;
  }
  return ids;
}

async function post(conversationId: number, item: OutboxItem, { kind, durationMs }: OutboxUpload, ids: string[], { http, socketId, signal }: FileSending): Promise<MessageAck> {
  remember(item.clientId, ids);
  const message = { conversation_id: conversationId, client_id: item.clientId, message: item.text || undefined, reply_to_seq: item.replyTo?.seq, upload_ids: ids, duration_ms: durationMs };
  const headers: Record<string, string> = socketId ? { 'X-Socket-ID': socketId } : {};
  const ack = await http.post<MessageAck>(`/api/chatbot/${kind}`, message, { headers, signal });
  complete.delete(item.clientId);
  return ack;
}

function remember(clientId: string, ids: string[]): void {
  complete.delete(clientId);
  complete.set(clientId, ids);
  const [oldest] = complete.keys();
  if (complete.size > MAX_COMPLETE && oldest !== undefined) complete.delete(oldest);
}

/** An upload is over or not complete; the conversation may also be closed. */
function isOutdated(error: unknown): boolean {
  return error instanceof ApiError && [404, 409].includes(error.status);
}

/** A UUID for each file, made of the message's, so that it is the same after a reload. */
export function fileId(clientId: string, index: number): string {
  const last = parseInt(clientId.slice(-2), 16) ^ (index + 1);
  return clientId.slice(0, -2) + last.toString(16).padStart(2, '0');
}
