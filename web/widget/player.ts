/**
 * Plays a voice message: a button, a waveform that is a slider for pointer and keys, the time, and
 * the speed. Of all players one plays at a time.
 */

import { element, icon, setText } from './dom.ts';
import type { Spoken } from './locale.ts';
import { needStyles } from './styles.ts';
import css from './styles/player.css';
import { clockOf, PLAYBACK_SPEEDS, peaks } from '../shared/waveform.ts';

export interface Sound {
  url: string;
  durationMs: number | null;
  /** Peaks, in any unit; null: a line. */
  waveform: readonly number[] | null;
  label: string;
}

const PLAY_ICON = 'M8 5.500v13l11-6.500-11-6.500Z';
const PAUSE_ICON = 'M9 6v12M15 6v12';
const STEP_SECONDS = 0.1;

let playing: HTMLAudioElement | null = null;

export function audioPlayer(sound: Sound, spoken: Spoken): { root: HTMLElement; stop(): void } {
  needStyles(css);
  const { texts, locale } = spoken;
  const audio = element('audio', { src: sound.url, preload: 'none' });
  const knownSeconds = (sound.durationMs ?? 0) / 1_000;
  const seconds = () => knownSeconds || (Number.isFinite(audio.duration) ? audio.duration : 0);
  const time = element('span', { class: 'play-time' });
  const speed = element('button', { class: 'play-speed', type: 'button', onclick: () => changeSpeed() });
  const button = element('button', { class: 'play', type: 'button', onclick: () => toggle() });
  const slider = element('input', { type: 'range', min: 0, max: Math.max(STEP_SECONDS, seconds()), step: STEP_SECONDS, value: 0, 'aria-label': texts.position, oninput: () => seek() });
  const bars = peaks(sound.waveform).map((peak) => {
    const bar = element('i');
    bar.style.height = `${Math.round(14 + peak * 86)}%`;
    return bar;
  });
  const wave = element('span', { class: 'wave' }, element('span', { class: 'wave-bars', 'aria-hidden': 'true' }, ...bars), slider);
  const root = element('span', { class: 'player', role: 'group', 'aria-label': sound.label }, audio, button, wave, time, speed);

  function toggle(): void {
    if (!audio.paused) {
      audio.pause();
      return;
    }
    if (playing && playing !== audio) playing.pause();
    playing = audio;
    audio.play().catch(() => show());
  }
  function seek(): void {
    audio.currentTime = Number(slider.value);
    show();
  }
  function changeSpeed(): void {
    const next = PLAYBACK_SPEEDS[(PLAYBACK_SPEEDS.indexOf(audio.playbackRate) + 1) % PLAYBACK_SPEEDS.length] ?? 1;
    audio.playbackRate = next;
    show();
  }
  function show(): void {
    const isPlaying = !audio.paused && !audio.ended;
    const length = seconds();
    const at = audio.currentTime;
    button.setAttribute('aria-label', isPlaying ? texts.pause : texts.play);
    if (button.dataset['state'] !== String(isPlaying)) button.replaceChildren(icon(isPlaying ? PAUSE_ICON : PLAY_ICON));
    button.dataset['state'] = String(isPlaying);
    slider.max = String(Math.max(STEP_SECONDS, length));
    slider.value = String(at);
    slider.setAttribute('aria-valuetext', `${clockOf(at)} / ${clockOf(length)}`);
    bars.forEach((bar, index) => bar.classList.toggle('done', length > 0 && index / bars.length < at / length));
    setText(time, clockOf(at > 0 ? at : length));
    const rate = `${new Intl.NumberFormat(locale).format(audio.playbackRate)}×`;
    setText(speed, rate);
    speed.setAttribute('aria-label', `${texts.speed} ${rate}`);
  }
  audio.addEventListener('ended', () => (audio.currentTime = 0));
  for (const event of ['play', 'pause', 'timeupdate', 'loadedmetadata', 'seeked']) audio.addEventListener(event, show);
  show();
  return { root, stop: () => audio.pause() };
}
