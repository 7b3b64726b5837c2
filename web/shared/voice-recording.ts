/**
 * The recording of a voice message: pause, level, length. Takes what the browser records: WebM, or MP4 in Safari.
 * Draws nothing.
 */

export interface Recording {
  blob: Blob;
  /** With an ending by which the server and people know what it is. */
  name: string;
  durationMs: number;
}

const TYPES = ['audio/webm;codecs=opus', 'audio/mp4', 'audio/ogg;codecs=opus', 'audio/webm'];
/** Speech needs no more, and five minutes of it stay below two megabytes. */
const BITS_PER_SECOND = 32_000;

export interface VoiceRecording {
  /** So far, without its pauses. */
  readonly elapsedMs: number;
  readonly paused: boolean;
  /** How loud it is now, 0–1. */
  level(): number;
  togglePause(): void;
  finish(): void;
  cancel(): void;
  /** Null: it was cancelled, or nothing was recorded. */
  readonly result: Promise<Recording | null>;
}

/** Rejects when there is no microphone, or none is allowed. */
export async function recordVoice(): Promise<VoiceRecording> {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
  const mimeType = TYPES.find((type) => MediaRecorder.isTypeSupported(type));
  const recorder = new MediaRecorder(stream, { mimeType, audioBitsPerSecond: BITS_PER_SECOND });
  const parts: Blob[] = [];
  recorder.ondataavailable = ({ data }) => void (data.size > 0 && parts.push(data));
  const meter = levelMeter(stream);
  let recordedMs = 0;
  let cancelled = false;
  const elapsed = () => recordedMs + (recorder.state === 'recording' ? performance.now() - startedAt : 0);
  const finish = () => {
    recordedMs = elapsed();
    if (recorder.state !== 'inactive') recorder.stop();
  };
  const result = new Promise<Recording | null>((resolve) => {
    recorder.onstop = () => {
      meter.close();
      for (const track of stream.getTracks()) track.stop();
      const blob = new Blob(parts, { type: mimeType?.split(';')[0] ?? 'audio/webm' });
      resolve(cancelled || parts.length === 0 ? null : { blob, name: nameOf(blob), durationMs: Math.round(recordedMs) });
    };
  });
  // The microphone was taken away, such as by a call.
  stream.getTracks()[0]?.addEventListener('ended', finish);
  recorder.start(1_000);
  let startedAt = performance.now();
  return {
    get elapsedMs() {
      return elapsed();
    },
    get paused() {
      return recorder.state === 'paused';
    },
    level: meter.read,
    togglePause() {
      if (recorder.state === 'recording') {
        recordedMs = elapsed();
        recorder.pause();
      } else {
        startedAt = performance.now();
        recorder.resume();
      }
    },
    finish,
    cancel() {
      cancelled = true;
      finish();
    },
    result,
  };
}

function nameOf({ type }: Blob): string {
  return `voice.${/mp4/.test(type) ? 'm4a' : /ogg/.test(type) ? 'ogg' : 'webm'}`;
}

function levelMeter(stream: MediaStream): { read(): number; close(): void } {
  const audio = new AudioContext();
  const analyser = audio.createAnalyser();
  analyser.fftSize = 512;
  audio.createMediaStreamSource(stream).connect(analyser);
  const samples = new Uint8Array(analyser.fftSize);
  return {
    read() {
      analyser.getByteTimeDomainData(samples);
      const peak = samples.reduce((max, sample) => Math.max(max, Math.abs(sample - 128)), 0);
      return Math.min(1, (peak / 128) * 1.6);
    },
    close: () => void audio.close().catch(() => {}),
  };
}
