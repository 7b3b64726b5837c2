/**
 * One file in several requests: announced, then sent from where the server says it has it. After whatever broke in between,
 * the same call with the same `clientId` goes on there.
 */

import { ApiError, type ApiClient } from './api.ts';
import { requestWithFile } from './file-request.ts';

export interface UploadedFile {
  conversationId: number;
  /** A UUID of this file's own. */
  clientId: string;
  blob: Blob;
  name: string;
}

export interface Uploading {
  http: ApiClient;
  /** Without a trailing slash. */
  baseUrl: string;
  token: string | null;
  signal?: AbortSignal;
  /** The bytes of the file that the server has, as far as is known. */
  progress(bytes: number): void;
}

interface Begun {
  upload_id: string;
  offset: number;
}

/** Web servers in front of ours often take no larger body; it also bounds what a loss of the line can cost. */
const PART_BYTES = 1024 * 1024;
/** Corrections of the offset, or new beginnings, in one go; more are a mistake somewhere. */
const MAX_CORRECTIONS = 5;

/** Answers the id of the complete upload. Rejects with an `ApiError`. */
export async function uploadFile(file: UploadedFile, uploading: Uploading): Promise<string> {
  let begun = await begin(file, uploading);
  for (let corrections = 0; begun.offset < file.blob.size; ) {
    try {
      begun = { ...begun, offset: await sendPart(file, begun, uploading) };
    } catch (error) {
      if (uploading.signal?.aborted) {
        // Nobody waits for it: what the server has of it goes now, or when its time is over.
        void uploading.http.request('DELETE', pathOf(begun)).catch(() => {});
        throw new ApiError('aborted', 'The upload was cancelled.');
      }
      corrections += 1;
      const { status, body } = error as ApiError;
      if (corrections > MAX_CORRECTIONS || ![404, 409].includes(status)) throw error;
      const { offset } = body;
      // Without an offset, or without the upload, only the server can tell how things are.
      begun = status === 409 && typeof offset === 'number' ? { ...begun, offset } : await begin(file, uploading);
    }
  }
  return begun.upload_id;
}

async function begin({ conversationId, clientId, blob, name }: UploadedFile, { http, progress }: Uploading): Promise<Begun> {
  const announced = { conversation_id: conversationId, client_id: clientId, name, size: blob.size };
  const begun = await http.post<Begun>('/api/chatbot/upload', announced);
  progress(begun.offset);
  return begun;
}

/** Answers the offset that was reached. */
async function sendPart({ blob }: UploadedFile, begun: Begun, { baseUrl, token, signal, progress }: Uploading): Promise<number> {
  const { offset } = begun;
  const answer = await requestWithFile<{ offset: number }>({
    method: 'PATCH',
    url: baseUrl + pathOf(begun),
    token,
    // A type of its own would go into the header.
    body: blob.slice(offset, offset + PART_BYTES, 'application/octet-stream'),
    headers: { 'Upload-Offset': String(offset) },
    signal,
    progress: (sent) => progress(offset + sent),
  });
  // An answer that moves nothing would be asked for without end.
  if (!(answer.offset > offset)) throw new ApiError('invalid', 'The answer did not come from the chat server.');
  return answer.offset;
}

function pathOf({ upload_id: id }: Begun): string {
  return `/api/chatbot/upload/${encodeURIComponent(id)}`;
}
