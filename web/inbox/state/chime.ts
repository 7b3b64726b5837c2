/** The sound of a new message: two short tones, made here, so that nothing has to be loaded. */

let audio: AudioContext | null = null;

const TONES_HZ = [660, 880];
const VOLUME = 0.12;

/** Says nothing where the browser does not let it: before anybody has used the page, or without a device. */
export function ring(): void {
  if (navigator.userActivation && !navigator.userActivation.hasBeenActive) return;
  try {
    audio ??= new AudioContext();
    const context = audio;
    if (context.state === 'running') play(context);
    else context.resume().then(() => play(context), () => undefined);
  } catch {
    audio = null;
  }
}

function play(context: AudioContext): void {
  TONES_HZ.forEach((frequency, index) => {
    const at = context.currentTime + index * 0.11;
    const [tone, volume] = [context.createOscillator(), context.createGain()];
    tone.frequency.value = frequency;
    volume.gain.setValueAtTime(0.0001, at);
    volume.gain.exponentialRampToValueAtTime(VOLUME, at + 0.015);
    volume.gain.exponentialRampToValueAtTime(0.0001, at + 0.28);
    tone.connect(volume).connect(context.destination);
    tone.start(at);
    tone.stop(at + 0.3);
  });
}
