/** Moves the keyboard to something that is drawn only after what was just done, by its id. */

import { useLayoutEffect, useRef } from 'preact/hooks';

export function useFocusLater(): (id: string) => void {
  const wanted = useRef<string | null>(null);
  useLayoutEffect(() => {
    if (wanted.current === null) return;
    const element = document.getElementById(wanted.current);
    if (!element) return;
    wanted.current = null;
    element.focus();
  });
  return (id) => {
    wanted.current = id;
  };
}
