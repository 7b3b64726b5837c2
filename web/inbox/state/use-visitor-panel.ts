/** Whether the panel about the visitor is shown: beside the conversation where there is room, over it where there is none. */

import { useEffect, useState } from 'preact/hooks';
import { browserStorage } from '../../shared/storage.ts';

export interface VisitorPanelState {
  shown: boolean;
  /** Over the conversation. */
  asSheet: boolean;
  toggle(): void;
}

const KEY = 'antiphon-inbox:visitor-panel';
/** As in the style sheet. */
const BESIDE = '(min-width: 1240px)';

export function useVisitorPanel(): VisitorPanelState {
  const [beside, setBeside] = useState(() => matchMedia(BESIDE).matches);
  // Beside the conversation it stays as the agent likes it; over it, it is asked for each time.
  const [liked, setLiked] = useState(() => browserStorage().get(KEY) !== 'hidden');
  const [sheet, setSheet] = useState(false);
  useEffect(() => {
    const media = matchMedia(BESIDE);
    const follow = () => setBeside(media.matches);
    media.addEventListener('change', follow);
    return () => media.removeEventListener('change', follow);
  }, []);
  const toggle = () => {
    if (!beside) {
      setSheet(!sheet);
      return;
    }
    browserStorage().set(KEY, liked ? 'hidden' : 'shown');
    setLiked(!liked);
  };
  return { shown: beside ? liked : sheet, asSheet: !beside, toggle };
}
