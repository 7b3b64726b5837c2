/** Plays a voice message: a button, a waveform that is a slider for pointer and keys, the time, and the speed. One plays at a time. */

import { useEffect, useRef, useState } from 'preact/hooks';
import { clockOf, peaks, PLAYBACK_SPEEDS } from '../../../shared/waveform.ts';
import { text } from '../../text.ts';
import { PauseIcon, PlayIcon } from './icons.tsx';

export interface VoicePlayerProps {
  url: string;
  durationMs: number | null;
  waveform: readonly number[] | null;
  label: string;
  tabbable?: boolean;
}

const STEP_SECONDS = 0.1;

let playing: HTMLAudioElement | null = null;

export function VoicePlayer({ url, durationMs, waveform, label, tabbable = true }: VoicePlayerProps) {
  const audio = useRef<HTMLAudioElement>(null);
  const [at, setAt] = useState(0);
  const [isPlaying, setPlaying] = useState(false);
  const [speed, setSpeed] = useState(1);
  const [known, setKnown] = useState(0);
  const length = (durationMs ?? 0) / 1_000 || known;
  const tabIndex = tabbable ? 0 : -1;

  // Whoever leaves the conversation does not want to go on hearing it.
  useEffect(() => {
    const element = audio.current;
    return () => element?.pause();
  }, []);

  const toggle = () => {
    const element = audio.current;
    if (!element) return;
    if (!element.paused) {
      element.pause();
      return;
    }
    if (playing !== element) playing?.pause();
    playing = element;
    element.playbackRate = speed;
    element.play().catch(() => setPlaying(false));
  };
  const changeSpeed = () => {
    const next = PLAYBACK_SPEEDS[(PLAYBACK_SPEEDS.indexOf(speed) + 1) % PLAYBACK_SPEEDS.length] ?? 1;
    setSpeed(next);
    if (audio.current) audio.current.playbackRate = next;
  };
  const bars = peaks(waveform);
  const rate = `${new Intl.NumberFormat().format(speed)}×`;
  return (
    <div class="voice" role="group" aria-label={label}>
      <audio
        ref={audio}
        src={url}
        preload="none"
        onPlay={() => setPlaying(true)}
        onPause={() => setPlaying(false)}
        onEnded={(event) => {
          event.currentTarget.currentTime = 0;
          setPlaying(false);
        }}
        onTimeUpdate={(event) => setAt(event.currentTarget.currentTime)}
        onSeeked={(event) => setAt(event.currentTarget.currentTime)}
        onLoadedMetadata={({ currentTarget: { duration } }) => Number.isFinite(duration) && setKnown(duration)}
      />
      <button class="voice__play" type="button" tabIndex={tabIndex} aria-label={isPlaying ? text.thread.pause : text.thread.play} onClick={toggle}>
        {isPlaying ? <PauseIcon /> : <PlayIcon />}
      </button>
      <span class="voice__wave">
        <span class="voice__bars" aria-hidden="true">
          {bars.map((peak, index) => (
            <i
              key={index}
              class={length > 0 && index / bars.length < at / length ? 'done' : undefined}
              style={{ blockSize: `${Math.round(14 + peak * 86)}%` }}
            />
          ))}
        </span>
        <input
          type="range"
          min={0}
          max={Math.max(STEP_SECONDS, length)}
          step={STEP_SECONDS}
          value={at}
          tabIndex={tabIndex}
          aria-label={text.thread.position}
          aria-valuetext={`${clockOf(at)} / ${clockOf(length)}`}
          onInput={({ currentTarget: { value } }) => {
            if (audio.current) audio.current.currentTime = Number(value);
            setAt(Number(value));
          }}
        />
      </span>
      <span class="voice__time">{clockOf(at > 0 ? at : length)}</span>
      <button class="voice__speed" type="button" tabIndex={tabIndex} aria-label={text.thread.speed(rate)} onClick={changeSpeed}>
        {rate}
      </button>
    </div>
  );
}
