/** When somebody is there to answer: days and times on the clock of one place, holidays, and what is said meanwhile. */

import { DraftForm } from '../../../../components/draft-form.tsx';
import { FieldFrame } from '../../../../components/field-frame.tsx';
import { CloseIcon, PlusIcon } from '../../../../components/icons.tsx';
import { SettingsSection } from '../../../../components/settings-section.tsx';
import { SwitchField } from '../../../../components/switch-field.tsx';
import { TextAreaField } from '../../../../components/text-area-field.tsx';
import { language, text } from '../../../../text.ts';
import type { Draft } from '../../../../state/use-draft.ts';
import type { BusinessHours, HoursSpan, WidgetDocument } from '../../../../widgets-api.ts';
import type { WebsiteSectionProps } from '../registry.ts';
import { useFocusLater } from '../use-focus-later.ts';
import { useSettingsDraft } from '../use-settings-draft.ts';

const DAYS = [1, 2, 3, 4, 5, 6, 7] as const;
/** A Monday. */
const MONDAY_MS = Date.UTC(2024, 0, 1);
const DAY_MS = 86_400_000;

export default function HoursSection(props: WebsiteSectionProps) {
  const words = text.websites.hours;
  const draft = useSettingsDraft(props, ['hours', 'offline_form']);
  const { hours, offline_form } = draft.value;
  const usual = props.widget.settings.hours ?? {
    timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    weekly: [{ days: [1, 2, 3, 4, 5], from: '09:00', to: '17:00' }],
    holidays: [],
    message: null,
  };
  return (
    <SettingsSection title={text.websites.sections.hours} intro={words.intro}>
      <DraftForm draft={draft} router={props.router}>
        <SwitchField
          id="has-hours"
          label={words.enabled}
          hint={words.enabledHint}
          checked={hours !== null}
          onChange={(on) => draft.set({ hours: on ? usual : null })}
        />
        {hours && <Hours hours={hours} draft={draft} onChange={(change) => draft.set({ hours: { ...hours, ...change } })} />}
        {hours && (
          <SwitchField
            id="offline-form"
            label={words.offlineForm}
            hint={words.offlineFormHint}
            checked={offline_form}
            onChange={(on) => draft.set({ offline_form: on })}
          />
        )}
      </DraftForm>
    </SettingsSection>
  );
}

interface HoursProps {
  hours: BusinessHours;
  draft: Draft<Pick<WidgetDocument, 'hours' | 'offline_form'>>;
  onChange(change: Partial<BusinessHours>): void;
}

function Hours({ hours, draft, onChange }: HoursProps) {
  const words = text.websites.hours;
  const focus = useFocusLater();
  const { weekly, holidays } = hours;
  const change = (index: number, span: Partial<HoursSpan>) =>
    onChange({ weekly: weekly.map((old, at) => (at === index ? { ...old, ...span } : old)) });
  return (
    <>
      <FieldFrame id="timezone" label={words.timezone} hint={words.timezoneHint} errors={draft.errors('settings.hours.timezone')}>
        {(attributes) => (
          <>
            <input
              {...attributes}
              class="field__input"
              dir="ltr"
              spellcheck={false}
              list="timezones"
              value={hours.timezone}
              onInput={({ currentTarget }) => onChange({ timezone: currentTarget.value })}
            />
            <datalist id="timezones">
              {timeZones().map((zone) => (
                <option key={zone} value={zone} />
              ))}
            </datalist>
          </>
        )}
      </FieldFrame>
      <fieldset class="list-field">
        <legend class="field__label">{words.weekly}</legend>
        {weekly.map((span, index) => (
          <SpanRow
            key={index}
            index={index}
            span={span}
            errors={draft.errors(`settings.hours.weekly[${index}]`, true)}
            onChange={(changed) => change(index, changed)}
            onRemove={() => {
              onChange({ weekly: weekly.filter((_, at) => at !== index) });
              focus('add-span');
            }}
          />
        ))}
        {weekly.length === 0 && <p class="list-field__none">{words.never}</p>}
        <ListErrors errors={draft.errors('settings.hours.weekly')} />
        <button
          id="add-span"
          class="button list-field__add"
          type="button"
          onClick={() => {
            onChange({ weekly: [...weekly, { days: [], from: '09:00', to: '17:00' }] });
            focus(`span-${weekly.length}-day-1`);
          }}
        >
          <PlusIcon />
          {words.addSpan}
        </button>
      </fieldset>
      <fieldset class="list-field">
        <legend class="field__label">{words.holidays}</legend>
        {holidays.map((day, index) => (
          <div class="list-field__row" key={index}>
            <div class="field__frame">
              <input
                id={`holiday-${index}`}
                class="field__input"
                type="date"
                aria-label={words.holiday(index + 1)}
                value={day}
                onInput={({ currentTarget }) => onChange({ holidays: holidays.map((old, at) => (at === index ? currentTarget.value : old)) })}
              />
            </div>
            <RemoveButton
              label={words.removeHoliday(index + 1)}
              onClick={() => {
                onChange({ holidays: holidays.filter((_, at) => at !== index) });
                focus('add-holiday');
              }}
            />
          </div>
        ))}
        <ListErrors errors={draft.errors('settings.hours.holidays', true)} />
        <button
          id="add-holiday"
          class="button list-field__add"
          type="button"
          onClick={() => {
            onChange({ holidays: [...holidays, ''] });
            focus(`holiday-${holidays.length}`);
          }}
        >
          <PlusIcon />
          {words.addHoliday}
        </button>
      </fieldset>
      <TextAreaField
        id="hours-message"
        label={words.message}
        hint={words.messageHint}
        rows={2}
        value={hours.message ?? ''}
        onValue={(message) => onChange({ message: message === '' ? null : message })}
        errors={draft.errors('settings.hours.message')}
      />
    </>
  );
}

interface SpanRowProps {
  index: number;
  span: HoursSpan;
  errors: string[] | undefined;
  onChange(span: Partial<HoursSpan>): void;
  onRemove(): void;
}

function SpanRow({ index, span, errors, onChange, onRemove }: SpanRowProps) {
  const words = text.websites.hours;
  return (
    <div class="list-field__block" role="group" aria-label={words.span(index + 1)}>
      <div class="day-choice">
        {DAYS.map((day) => (
          <label class="day-choice__day" key={day}>
            <input
              id={`span-${index}-day-${day}`}
              type="checkbox"
              checked={span.days.includes(day)}
              onChange={({ currentTarget }) =>
                onChange({ days: DAYS.filter((one) => (one === day ? currentTarget.checked : span.days.includes(one))) })
              }
            />
            <span>{dayName(day)}</span>
          </label>
        ))}
      </div>
      <div class="list-field__row">
        <label class="list-field__part">
          <span>{words.from}</span>
          <span class="field__frame">
            <input class="field__input" type="time" value={span.from} onInput={({ currentTarget }) => onChange({ from: currentTarget.value })} />
          </span>
        </label>
        <label class="list-field__part">
          <span>{words.to}</span>
          <span class="field__frame">
            {/* 24:00, the end of the day, is 00:00 of the next one on a clock. */}
            <input
              class="field__input"
              type="time"
              value={span.to === '24:00' ? '00:00' : span.to}
              onInput={({ currentTarget }) => onChange({ to: currentTarget.value === '00:00' ? '24:00' : currentTarget.value })}
            />
          </span>
        </label>
        <RemoveButton label={words.removeSpan(index + 1)} onClick={onRemove} />
      </div>
      <ListErrors errors={errors} />
    </div>
  );
}

export function RemoveButton({ label, onClick }: { label: string; onClick(): void }) {
  return (
    <button class="icon-button" type="button" aria-label={label} title={label} onClick={onClick}>
      <CloseIcon />
    </button>
  );
}

export function ListErrors({ errors }: { errors: string[] | undefined }) {
  if (!errors) return null;
  return (
    <ul class="field__errors" role="alert">
      {errors.map((error) => (
        <li key={error}>{error}</li>
      ))}
    </ul>
  );
}

function dayName(day: number): string {
  return new Intl.DateTimeFormat(language.state, { weekday: 'short', timeZone: 'UTC' }).format(MONDAY_MS + (day - 1) * DAY_MS);
}

/** Those that the browser knows; an old one suggests none. */
function timeZones(): string[] {
  return typeof Intl.supportedValuesOf === 'function' ? Intl.supportedValuesOf('timeZone') : [];
}
