/** Everything about the widget that can be chosen on the demo page. */

import {
  DEFAULT_CONSENT,
  DEFAULT_HOURS,
  LANGUAGES,
  MAX_REPLIES,
  MAX_REPLY,
  MAX_TEXT,
  spokenLanguage,
  type Asked,
  type Design,
  type FieldName,
  type OpeningHours,
  type OwnTexts,
} from '../design.ts';
import { ColorField } from './color-field.tsx';
import { LinesField, Section, Segments, SelectField, Slider, Switch, TextField } from './controls.tsx';

interface PanelProps {
  design: Design;
  onChange(change: Partial<Design>): void;
}

/** Further away the button is hardly in its corner any more; the setting itself goes to 500. */
const FAR = 160;
const FIELD_LABELS: readonly (readonly [FieldName, string])[] = [
  ['name', 'Name'],
  ['email', 'E-mail'],
  ['phone', 'Phone'],
  ['topic', 'Topic'],
];
const ASKED: readonly (readonly [Asked, string])[] = [
  ['no', 'No'],
  ['optional', 'Optional'],
  ['required', 'Required'],
];
const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

export function Panel({ design, onChange }: PanelProps) {
  return (
    <>
      <Section title="Look" open>
        <ColorField value={design.color} onChange={(color) => onChange({ color })} />
        <Segments
          label="Light or dark"
          value={design.mode}
          choices={[
            ['auto', 'As the page'],
            ['light', 'Light'],
            ['dark', 'Dark'],
          ]}
          onChange={(mode) => onChange({ mode })}
        />
        <Segments
          label="Side"
          value={design.position}
          choices={[
            ['left', 'Left'],
            ['right', 'Right'],
          ]}
          onChange={(position) => onChange({ position })}
        />
        <Slider label="From the side" value={design.offsetX} max={FAR} onInput={(offsetX) => onChange({ offsetX })} />
        <Slider label="From the bottom" value={design.offsetY} max={FAR} onInput={(offsetY) => onChange({ offsetY })} />
      </Section>
      <Words design={design} onChange={onChange} />
      <Form design={design} onChange={onChange} />
      <Hours design={design} onChange={onChange} />
      <Section title="In the chat">
        <LinesField
          label="Quick replies"
          value={design.replies}
          maxLines={MAX_REPLIES}
          maxLength={MAX_REPLY}
          placeholder={'Where is my order?\nOpening hours'}
          hint={`One a line, at most ${MAX_REPLIES}. Visitors see them before their first message.`}
          onInput={(replies) => onChange({ replies })}
        />
        <Switch label="Files" checked={design.files} onChange={(files) => onChange({ files })} />
        <Switch label="Voice messages" checked={design.voice} onChange={(voice) => onChange({ voice })} />
        <Switch label="Rating" hint="Asked for when a chat was closed in the inbox." checked={design.rating} onChange={(rating) => onChange({ rating })} />
      </Section>
    </>
  );
}

function Words({ design, onChange }: PanelProps) {
  const language = spokenLanguage(design, navigator.languages);
  const own = design.texts[language] ?? {};
  const put = (change: OwnTexts) => onChange({ texts: { ...design.texts, [language]: { ...own, ...change } } });
  return (
    <Section title="Language and words">
      <SelectField
        label="Language"
        value={design.locale}
        choices={[['', 'As the browser'], ...Object.entries(LANGUAGES)]}
        onChange={(locale) => onChange({ locale })}
      />
      <p class="hint">
        Your own words in <bdi>{LANGUAGES[language]}</bdi>; what is empty is as usual.
      </p>
      <TextField label="Title" placeholder="The widget’s name" value={own.title ?? ''} maxLength={MAX_TEXT} onInput={(title) => put({ title })} />
      <TextField label="Welcome" placeholder="The widget’s welcome" lines={2} value={own.welcome ?? ''} maxLength={MAX_TEXT} onInput={(welcome) => put({ welcome })} />
      <TextField
        label="Label of the button"
        placeholder="Open chat"
        hint="Read out, and shown when the pointer rests on it."
        value={own.open ?? ''}
        maxLength={MAX_TEXT}
        onInput={(open) => put({ open })}
      />
    </Section>
  );
}

function Form({ design, onChange }: PanelProps) {
  const { fields, consent } = design;
  return (
    <Section title="Before the chat">
      <p class="hint">What visitors are asked first. A change begins the preview again, as a new visitor.</p>
      {FIELD_LABELS.map(([name, label]) => (
        <Segments key={name} label={label} value={fields[name]} choices={ASKED} onChange={(asked) => onChange({ fields: { ...fields, [name]: asked } })} />
      ))}
      <Switch label="Consent" checked={consent !== null} onChange={(asked) => onChange({ consent: asked ? DEFAULT_CONSENT : null })} />
      {consent && (
        <>
          <TextField label="What they agree to" lines={2} value={consent.text} maxLength={MAX_TEXT} onInput={(text) => onChange({ consent: { ...consent, text } })} />
          <TextField
            label="Address of the privacy policy"
            type="url"
            dir="ltr"
            placeholder="https://"
            value={consent.url}
            maxLength={MAX_TEXT}
            onInput={(url) => onChange({ consent: { ...consent, url } })}
          />
        </>
      )}
    </Section>
  );
}

function Hours({ design, onChange }: PanelProps) {
  const { hours, view } = design;
  const put = (change: Partial<OpeningHours>) => hours && onChange({ hours: { ...hours, ...change } });
  const toggle = (day: number) => hours && put({ days: hours.days.includes(day) ? hours.days.filter((other) => other !== day) : [...hours.days, day].sort() });
  // Outside the hours first: within them there is nothing to see.
  const setHours = (kept: boolean) => onChange({ hours: kept ? DEFAULT_HOURS : null, view: { ...view, closed: kept } });
  return (
    <Section title="Business hours">
      <Switch label="Keep hours" hint="Without them the team is always there." checked={hours !== null} onChange={setHours} />
      {hours && (
        <>
          <fieldset class="days">
            <legend class="control__label">Days</legend>
            {DAYS.map((label, index) => (
              <label key={label} class="days__day">
                <input class="days__input" type="checkbox" checked={hours.days.includes(index + 1)} onChange={() => toggle(index + 1)} />
                <span>{label}</span>
              </label>
            ))}
          </fieldset>
          <div class="pair">
            <TextField label="From" type="time" value={hours.from} maxLength={5} dir="ltr" onInput={(from) => from && put({ from })} />
            <TextField label="To" type="time" value={hours.to} maxLength={5} dir="ltr" onInput={(to) => to && put({ to })} />
          </div>
          <TextField
            label="What visitors read outside of them"
            lines={2}
            placeholder="Leave us a message. We answer as soon as we are back."
            value={hours.message}
            maxLength={MAX_TEXT}
            onInput={(message) => put({ message })}
          />
          <Segments
            label="In the preview it is"
            value={view.closed ? 'closed' : 'open'}
            choices={[
              ['open', 'Within the hours'],
              ['closed', 'Outside of them'],
            ]}
            onChange={(state) => onChange({ view: { ...view, closed: state === 'closed' } })}
          />
        </>
      )}
    </Section>
  );
}
