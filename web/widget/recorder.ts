/**
 * Recording a voice message: level, time, pause; then it is listened to, sent or thrown away. Loaded
 * when the microphone is pressed.
 */

import { element, icon, setText } from './dom.ts';
import { audioPlayer } from './player.ts';
import type { Spoken } from './locale.ts';
import { needStyles } from './styles.ts';
import playerCss from './styles/player.css';
import css from './styles/recorder.css';
import { recordVoice, type Recording } from '../shared/voice-recording.ts';
import { clockOf } from '../shared/waveform.ts';

const ICONS = {
  pause: 'M9 6v12M15 6v12',
  resume: 'M12 7a5 5 0 1 0 0 10 5 5 0 0 0 0-10Z',
  stop: 'm5 12.500 4.500 4.500L19 7.500',
  cancel: 'M5 7h14M10 7V4.500h4V7M7 7l1 12.500h8L17 7',
  send: 'M12 19V5m0 0-6 6m6-6 6 6',
};
const BARS = 28;
const TICK_MS = 80;

/** Resolves with null when it was thrown away; rejects when there is no microphone. `place` takes the controls. */
export async function record(place: HTMLElement, spoken: Spoken, maxSeconds: number): Promise<Recording | null> {
  needStyles(playerCss, css);
  const { texts } = spoken;
  const recording = await recordVoice();
  const time = element('span', { class: 'rec-time' });
  const bars = Array.from({ length: BARS }, () => element('i'));
  const button = (label: string, path: string, run: () => void, kind = 'tool') =>
    element('button', { class: kind, type: 'button', 'aria-label': label, onclick: run }, icon(path));
  const pause = button(texts.pause, ICONS.pause, () => {
    recording.togglePause();
    const { paused } = recording;
    pause.setAttribute('aria-label', paused ? texts.resume : texts.pause);
    pause.replaceChildren(icon(paused ? ICONS.resume : ICONS.pause));
    place.classList.toggle('paused', paused);
  });
  const cancel = button(texts.cancel, ICONS.cancel, () => recording.cancel());
  const stop = button(texts.stop, ICONS.stop, () => recording.finish(), 'send');
  const announce = element('span', { class: 'hidden-text', role: 'status' }, texts.recording);
  place.replaceChildren(cancel, element('span', { class: 'rec-dot', 'aria-hidden': 'true' }), time, element('span', { class: 'rec-level', 'aria-hidden': 'true' }, ...bars), pause, stop, announce);
  const tick = () => {
    const ms = recording.elapsedMs;
    setText(time, clockOf(ms / 1_000));
    if (recording.paused) return;
    const first = place.querySelector('.rec-level')?.firstElementChild as HTMLElement | null;
    if (first) {
      first.style.height = `${Math.round(12 + recording.level() * 88)}%`;
      first.parentElement?.append(first);
    }
    if (ms >= maxSeconds * 1_000) recording.finish();
  };
  const timer = setInterval(tick, TICK_MS);
  tick();
  stop.focus({ preventScroll: true });
  const recorded = await recording.result;
  clearInterval(timer);
  return recorded && (await isWanted(place, recorded, spoken)) ? recorded : null;
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
