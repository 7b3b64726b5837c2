/** What comes out: the snippet for the page, and how to store the settings. */

import { useId, useState } from 'preact/hooks';
import { CopyButton } from '../../console/components/copy-button.tsx';
import type { Design } from '../design.ts';
import { settingsJson, settingsOf, updateCommand } from '../settings.ts';
import { PLATFORMS } from '../snippets.ts';
import { Segments, Switch } from './controls.tsx';

interface ResultProps {
  design: Design;
  /** The demo's own widget; null while it is not known. */
  widget: { id: number; token: string } | null;
}

export function Result({ design, widget }: ResultProps) {
  return (
    <div class="results">
      <Snippet design={design} widget={widget} />
      <Permanent design={design} widget={widget} />
    </div>
  );
}

function Snippet({ design, widget }: ResultProps) {
  const [kind, setKind] = useState('html');
  const [inPage, setInPage] = useState(false);
  const heading = useId();
  const platform = PLATFORMS[kind] ?? PLATFORMS['html'];
  const { color, mode, position, offsetX: offset_x, offsetY: offset_y } = design;
  const code = platform?.code({
    origin: location.origin,
    token: widget?.token ?? 'cbw_…',
    locale: inPage ? design.locale || null : null,
    theme: inPage ? { color, mode, position, offset_x, offset_y } : null,
  });
  return (
    <section class="card-box" aria-labelledby={heading}>
      <h2 id={heading}>Put it on your site</h2>
      <p class="card-box__lead">{platform?.place}</p>
      <Segments label="Where the site is built" bare value={kind} choices={Object.entries(PLATFORMS).map(([value, { name }]) => [value, name] as const)} onChange={setKind} />
      <Code id="snippet" text={code ?? ''} label="Copy the snippet" />
      <Switch
        label="Look and language in this page alone"
        hint="The page then says its own color, place and language, whatever is set for the widget."
        checked={inPage}
        onChange={setInPage}
      />
      <p class="hint">
        The token is public, and this one is the demo’s: it works in pages on <bdi>{location.hostname}</bdi>. For another site,{' '}
        <code>antiphon widget:create --name Shop --domain shop.example</code> makes a widget with a token of its own.
      </p>
    </section>
  );
}

function Permanent({ design, widget }: ResultProps) {
  const [form, setForm] = useState('command');
  const heading = useId();
  const settings = settingsOf(design, Intl.DateTimeFormat().resolvedOptions().timeZone);
  const isDefault = Object.keys(settings).length === 0;
  const text = form === 'json' ? settingsJson(settings) : updateCommand(widget?.id ?? 1, settings);
  return (
    <section class="card-box" aria-labelledby={heading}>
      <h2 id={heading}>Make it permanent</h2>
      <p class="card-box__lead">
        {isDefault
          ? 'Nothing is changed yet: this would set everything as it is by default.'
          : 'Run this where the server is. It takes the place of all settings that the widget has; pages show it within a minute.'}
      </p>
      <Segments
        label="Form"
        bare
        value={form}
        choices={[
          ['command', 'Command'],
          ['json', 'JSON'],
        ]}
        onChange={setForm}
      />
      <Code id="settings" text={text} label="Copy the settings" />
    </section>
  );
}

function Code({ id, text, label }: { id: string; text: string; label: string }) {
  return (
    <div class="code">
      {/* Long texts are scrolled, also with the keyboard. */}
      <pre class="code__text" id={id} dir="ltr" tabIndex={0} role="region" aria-label={label.replace('Copy the', 'The')}>
        <code>{text}</code>
      </pre>
      <CopyButton text={() => text} label={label} />
    </div>
  );
}
