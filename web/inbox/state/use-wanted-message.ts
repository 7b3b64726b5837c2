/** The message that the address names, as `#message-SEQ`; a new object each time it is asked for, so that it can be gone to again. */

import { useEffect, useState } from 'preact/hooks';

export function wantedMessage(hash: string): { seq: number } | null {
  const seq = /^#message-([1-9]\d{0,14})$/.exec(hash)?.[1];
  return seq === undefined ? null : { seq: Number(seq) };
}

export function useWantedMessage(): { seq: number } | null {
  const [wanted, setWanted] = useState(() => wantedMessage(location.hash));
  useEffect(() => {
    const follow = () => setWanted(wantedMessage(location.hash));
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }, []);
  return wanted;
}
