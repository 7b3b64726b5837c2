/**
 * Recording a voice message: level, time, pause; then it is listened to, sent or thrown away. Loaded
 * when the microphone is pressed. Takes what the browser records: WebM, or MP4 in Safari.
 */

import { element, icon, setText } from './dom.ts';
import { audioPlayer } from './player.ts';
import type { Spoken } from './locale.ts';
import { needStyles } from './styles.ts';
import playerCss from './styles/player.css';
import css from './styles/recorder.css';

export interface Recording {
  blob: Blob;
  durationMs: number;
}

const ICONS = {
  pause: 'M9 6v12M15 6v12',
  resume: 'M12 7a5 5 0 1 0 0 10 5 5 0 0 0 0-10Z',
  stop: 'm5 12.500 4.500 4.500L19 7.500',
  cancel: 'M5 7h14M10 7V4.500h4V7M7 7l1 12.500h8L17 7',
  send: 'M12 19V5m0 0-6 6m6-6 6 6',
};
const TYPES = ['audio/webm;codecs=opus', 'audio/mp4', 'audio/ogg;codecs=opus', 'audio/webm'];
/** Speech needs no more, and five minutes of it stay below two megabytes. */
const BITS_PER_SECOND = 32_000;
const BARS = 28;
const TICK_MS = 80;

/** Resolves with null when it was thrown away; rejects when there is no microphone. `place` takes the controls. */
export async function record(place: HTMLElement, spoken: Spoken, maxSeconds: number): Promise<Recording | null> {
  needStyles(playerCss, css);
  const { texts } = spoken;
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
  const mimeType = TYPES.find((type) => MediaRecorder.isTypeSupported(type));
  const recorder = new MediaRecorder(stream, { mimeType, audioBitsPerSecond: BITS_PER_SECOND });
  const parts: Blob[] = [];
  recorder.ondataavailable = ({ data }) => void (data.size > 0 && parts.push(data));
  const level = levelMeter(stream);
  let recordedMs = 0;
  let startedAt = performance.now();
  let cancelled = false;
  const elapsed = () => recordedMs + (recorder.state === 'recording' ? performance.now() - startedAt : 0);

  const time = element('span', { class: 'rec-time' });
  const bars = Array.from({ length: BARS }, () => element('i'));
  const button = (label: string, path: string, run: () => void, kind = 'tool') =>
    element('button', { class: kind, type: 'button', 'aria-label': label, onclick: run }, icon(path));
  const pause = button(texts.pause, ICONS.pause, () => {
    if (recorder.state === 'recording') {
      recordedMs = elapsed();
      recorder.pause();
    } else {
      startedAt = performance.now();
      recorder.resume();
    }
    const paused = recorder.state === 'paused';
    pause.setAttribute('aria-label', paused ? texts.resume : texts.pause);
    pause.replaceChildren(icon(paused ? ICONS.resume : ICONS.pause));
    place.classList.toggle('paused', paused);
  });
  const cancel = button(texts.cancel, ICONS.cancel, () => {
    cancelled = true;
    finish();
  });
  const stop = button(texts.stop, ICONS.stop, () => finish(), 'send');
  const finish = () => {
    recordedMs = elapsed();
    if (recorder.state !== 'inactive') recorder.stop();
  };
  const announce = element('span', { class: 'hidden-text', role: 'status' }, texts.recording);
  place.replaceChildren(cancel, element('span', { class: 'rec-dot', 'aria-hidden': 'true' }), time, element('span', { class: 'rec-level', 'aria-hidden': 'true' }, ...bars), pause, stop, announce);
  const tick = () => {
    const ms = elapsed();
    setText(time, clock(ms));
    if (recorder.state === 'recording') {
      const first = place.querySelector('.rec-level')?.firstElementChild as HTMLElement | null;
      if (first) {
        first.style.height = `${Math.round(12 + level.read() * 88)}%`;
        first.parentElement?.append(first);
      }
      if (ms >= maxSeconds * 1_000) finish();
    }
  };
  const ended = new Promise<void>((resolve) => (recorder.onstop = () => resolve()));
  // The microphone was taken away, such as by a call.
  stream.getTracks()[0]?.addEventListener('ended', finish);
  recorder.start(1_000);
  startedAt = performance.now();
  const timer = setInterval(tick, TICK_MS);
  tick();
  stop.focus({ preventScroll: true });
  await ended;
  clearInterval(timer);
  level.close();
  for (const track of stream.getTracks()) track.stop();
  if (cancelled || parts.length === 0) return null;
  const recording = { blob: new Blob(parts, { type: mimeType?.split(';')[0] ?? 'audio/webm' }), durationMs: Math.round(recordedMs) };
  return (await isWanted(place, recording, spoken)) ? recording : null;
}

/** Listening before sending. */
function isWanted(place: HTMLElement, { blob, durationMs }: Recording, spoken: Spoken): Promise<boolean> {
  const { texts } = spoken;
  const url = URL.createObjectURL(blob);
  const player = audioPlayer({ url, durationMs, waveform: null, label: texts.voice }, spoken);
  return new Promise<boolean>((resolve) => {
    const cancel = element('button', { class: 'tool', type: 'button', 'aria-label': texts.cancel, onclick: () => resolve(false) }, icon(ICONS.cancel));
    const send = element('button', { class: 'send', type: 'button', 'aria-label': texts.send, onclick: () => resolve(true) }, icon(ICONS.send));
    place.replaceChildren(cancel, player.root, send);
    send.focus({ preventScroll: true });
  }).finally(() => {
    player.stop();
    URL.revokeObjectURL(url);
  });
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

function clock(ms: number): string {
  const seconds = Math.floor(ms / 1_000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
