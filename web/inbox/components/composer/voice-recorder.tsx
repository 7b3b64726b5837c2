/** Recording a voice message in the place of the text: level, time, pause; then it is listened to, sent or thrown away. */

import { useEffect, useRef, useState } from 'preact/hooks';
import { recordVoice, type Recording, type VoiceRecording } from '../../../shared/voice-recording.ts';
import { clockOf } from '../../../shared/waveform.ts';
import { text } from '../../text.ts';
import { SendIcon } from '../icons.tsx';
import { PauseIcon, RecordIcon, StopIcon, TrashIcon } from '../thread/icons.tsx';
import { VoicePlayer } from '../thread/voice-player.tsx';

export interface VoiceRecorderProps {
  /** Null: nothing is to be sent. */
  onDone(recording: Recording | null): void;
  /** There is no microphone, or it may not be used. */
  onUnavailable(): void;
}

const BARS = 40;
const TICK_MS = 80;
/** Longer ones are hard to listen to, and nobody means to record them. */
const MAX_SECONDS = 300;

export function VoiceRecorder({ onDone, onUnavailable }: VoiceRecorderProps) {
  const recording = useRef<VoiceRecording | null>(null);
  const stopButton = useRef<HTMLButtonElement>(null);
  const [recorded, setRecorded] = useState<{ recording: Recording; url: string } | null>(null);
  const [elapsedMs, setElapsed] = useState(0);
  const [paused, setPaused] = useState(false);
  const [levels, setLevels] = useState<number[]>(() => Array.from({ length: BARS }, () => 0));

  useEffect(() => {
    let left = false;
    let timer: ReturnType<typeof setInterval> | undefined;
    const run = async () => {
      const begun = await recordVoice();
      if (left) {
        begun.cancel();
        return;
      }
      recording.current = begun;
      timer = setInterval(() => {
        setElapsed(begun.elapsedMs);
        if (begun.paused) return;
        setLevels((before) => [...before.slice(1), begun.level()]);
        if (begun.elapsedMs >= MAX_SECONDS * 1_000) begun.finish();
      }, TICK_MS);
      stopButton.current?.focus();
      const result = await begun.result;
      clearInterval(timer);
      if (left) return;
      if (result) setRecorded({ recording: result, url: URL.createObjectURL(result.blob) });
      else onDone(null);
    };
    run().catch(() => !left && onUnavailable());
    return () => {
      left = true;
      clearInterval(timer);
      recording.current?.cancel();
    };
  }, []);

  useEffect(() => () => void (recorded && URL.revokeObjectURL(recorded.url)), [recorded]);

  if (recorded) {
    return (
      <div class="recorder" role="group" aria-label={text.thread.voice}>
        <button class="icon-button" type="button" aria-label={text.thread.discardRecording} title={text.thread.discardRecording} onClick={() => onDone(null)}>
          <TrashIcon />
        </button>
        <VoicePlayer url={recorded.url} durationMs={recorded.recording.durationMs} waveform={null} label={text.thread.voice} />
        <button class="composer__send" type="button" autoFocus aria-label={text.composer.send} title={text.composer.send} onClick={() => onDone(recorded.recording)}>
          <SendIcon />
        </button>
      </div>
    );
  }
  return (
    <div class={paused ? 'recorder recorder--paused' : 'recorder'} role="group" aria-label={text.thread.recording}>
      <button class="icon-button" type="button" aria-label={text.thread.discardRecording} title={text.thread.discardRecording} onClick={() => (recording.current ? recording.current.cancel() : onDone(null))}>
        <TrashIcon />
      </button>
      <span class="recorder__dot" aria-hidden="true" />
      <span class="recorder__time" role="timer">
        {clockOf(elapsedMs / 1_000)}
      </span>
      <span class="recorder__level" aria-hidden="true">
        {levels.map((level, index) => (
          <i key={index} style={{ blockSize: `${Math.round(10 + level * 90)}%` }} />
        ))}
      </span>
      <button
        class="icon-button"
        type="button"
        aria-label={paused ? text.thread.resumeRecording : text.thread.pause}
        onClick={() => {
          recording.current?.togglePause();
          setPaused(recording.current?.paused ?? false);
        }}
      >
        {paused ? <RecordIcon /> : <PauseIcon />}
      </button>
      <button class="composer__send" type="button" ref={stopButton} aria-label={text.thread.stopRecording} title={text.thread.stopRecording} onClick={() => recording.current?.finish()}>
        <StopIcon />
      </button>
    </div>
  );
}
