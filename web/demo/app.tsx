/** The demo: the shop, what can be chosen beside it, and below them what comes out. The address holds what was chosen. */

import { useEffect, useState } from 'preact/hooks';
import { CopyButton } from '../console/components/copy-button.tsx';
import iconFile from '../inbox/icon.svg';
import { Panel } from './components/panel.tsx';
import { Result } from './components/result.tsx';
import { Stage } from './components/stage.tsx';
import { DEFAULT, fromHash, toHash, type Design } from './design.ts';

const icon = new URL(iconFile, import.meta.url).href;
/** Browsers refuse an address that changes with every move of a slider. */
const ADDRESS_MS = 300;

export function App() {
  const [design, setDesign] = useState(() => fromHash(location.hash));
  const [widget, setWidget] = useState<{ id: number; token: string } | null>(null);
  const [problem, setProblem] = useState('');
  const hash = toHash(design);
  const change = (part: Partial<Design>) => setDesign((before) => ({ ...before, ...part }));
  const changeView = (part: Partial<Design['view']>) => setDesign((before) => ({ ...before, view: { ...before.view, ...part } }));

  useEffect(() => {
    loadWidget().then(setWidget, (error: unknown) => setProblem(`There is no widget to show: ${error instanceof Error ? error.message : 'failed'}.`));
    const follow = () => setDesign(fromHash(location.hash));
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }, []);
  useEffect(() => {
    const timer = setTimeout(() => history.replaceState(null, '', hash ? `#${hash}` : location.pathname), ADDRESS_MS);
    return () => clearTimeout(timer);
  }, [hash]);

  return (
    <>
      <header class="top">
        <h1 class="top__title">
          <img class="top__mark" src={icon} alt="" width={28} height={28} />
          Antiphon <span class="top__page">Demo</span>
        </h1>
        <nav class="top__links" aria-label="Pages">
          <a href="/inbox" target="_blank" rel="noopener">
            Inbox
          </a>
          <a href="/chatbot-test.html">Test page</a>
        </nav>
        <CopyButton text={() => location.origin + location.pathname + (hash && `#${hash}`)} label="Copy link" />
      </header>
      <main class="demo">
        <p class="demo__lead">
          The widget in this shop is the real one: write in it, and answer from the inbox. What you change shows at once, and nothing is stored on the server.
        </p>
        <p class="demo__problem" role="alert">
          {problem}
        </p>
        <div class="workbench">
          <Stage design={design} onView={changeView} />
          <section class="demo__panel" aria-label="Settings">
            <div class="demo__panel-head">
              <h2>Settings</h2>
              <button class="button button--quiet" type="button" onClick={() => setDesign({ ...DEFAULT, view: design.view })}>
                Reset
              </button>
            </div>
            <Panel design={design} onChange={change} />
          </section>
        </div>
        <Result design={design} widget={widget} />
      </main>
    </>
  );
}

async function loadWidget(): Promise<{ id: number; token: string }> {
  const response = await fetch('/chatbot-test.json', { headers: { Accept: 'application/json' } });
  if (!response.ok) throw new Error(`the server answered ${response.status}`);
  return (await response.json()) as { id: number; token: string };
}
