/** The form before a chat: its fields in their order, and what visitors agree to. All of it by the keyboard, too. */

import { useState } from 'preact/hooks';
import { DraftForm } from '../../../../components/draft-form.tsx';
import { Field } from '../../../../components/field.tsx';
import { ArrowDownIcon, ArrowUpIcon, PlusIcon } from '../../../../components/icons.tsx';
import { SelectField } from '../../../../components/select-field.tsx';
import { SettingsSection } from '../../../../components/settings-section.tsx';
import { SwitchField } from '../../../../components/switch-field.tsx';
import { TextAreaField } from '../../../../components/text-area-field.tsx';
import type { Draft } from '../../../../state/use-draft.ts';
import { text } from '../../../../text.ts';
import { FIELD_KINDS, type PreChatField, type PreChatForm, type WidgetDocument } from '../../../../widgets-api.ts';
import type { WebsiteSectionProps } from '../registry.ts';
import { useFocusLater } from '../use-focus-later.ts';
import { useSettingsDraft } from '../use-settings-draft.ts';
import { ListErrors, RemoveButton } from './hours-section.tsx';

/** The fields that fill in who the visitor is; any other is the owner's own. */
const KNOWN = { name: 'text', email: 'email', phone: 'tel' } as const;
type Known = keyof typeof KNOWN;
const KNOWN_NAMES = Object.keys(KNOWN) as Known[];

export default function FormSection(props: WebsiteSectionProps) {
  const words = text.websites.form;
  const draft = useSettingsDraft(props, ['pre_chat']);
  const form = draft.value.pre_chat;
  const usual: PreChatForm = props.widget.settings.pre_chat ?? { fields: [knownField('name'), knownField('email')], consent: null };
  return (
    <SettingsSection title={text.websites.sections.form} intro={words.intro}>
      <DraftForm draft={draft} router={props.router}>
        <SwitchField
          id="has-form"
          label={words.enabled}
          hint={words.enabledHint}
          checked={form !== null}
          onChange={(on) => draft.set({ pre_chat: on ? usual : null })}
        />
        {form && <Form form={form} draft={draft} onChange={(change) => draft.set({ pre_chat: { ...form, ...change } })} />}
      </DraftForm>
    </SettingsSection>
  );
}

interface FormProps {
  form: PreChatForm;
  draft: Draft<Pick<WidgetDocument, 'pre_chat'>>;
  onChange(change: Partial<PreChatForm>): void;
}

function Form({ form: { fields, consent }, draft, onChange }: FormProps) {
  const words = text.websites.form;
  const focus = useFocusLater();
  const [moved, setMoved] = useState('');
  const missing = KNOWN_NAMES.filter((name) => !fields.some((field) => field.name === name));
  const add = (field: PreChatField) => {
    onChange({ fields: [...fields, field] });
    focus(`field-${fields.length}-label`);
  };
  const move = (from: number, to: number) => {
    const order = [...fields];
    const [field] = order.splice(from, 1);
    if (!field) return;
    order.splice(to, 0, field);
    onChange({ fields: order });
    // At either end the button that was pressed has nothing more to do.
    const down = to > from ? to < fields.length - 1 : to === 0;
    focus(`field-${to}-${down ? 'down' : 'up'}`);
    setMoved(words.moved(field.label || field.name, to + 1, fields.length));
  };
  return (
    <>
      <fieldset class="list-field">
        <legend class="field__label">{words.fields}</legend>
        {fields.map((field, index) => (
          <FieldBlock
            key={index}
            index={index}
            count={fields.length}
            field={field}
            draft={draft}
            onChange={(change) => onChange({ fields: fields.map((old, at) => (at === index ? { ...old, ...change } : old)) })}
            onMove={(to) => move(index, to)}
            onRemove={() => {
              onChange({ fields: fields.filter((_, at) => at !== index) });
              focus('add-own');
            }}
          />
        ))}
        <ListErrors errors={draft.errors('settings.pre_chat.fields')} />
        <div class="list-field__adding">
          {missing.map((name) => (
            <button class="button" type="button" key={name} onClick={() => add(knownField(name))}>
              <PlusIcon />
              {words.known[name]}
            </button>
          ))}
          <button
            id="add-own"
            class="button"
            type="button"
            onClick={() => add({ name: freeName(fields), label: '', type: 'text', required: false })}
          >
            <PlusIcon />
            {words.own}
          </button>
        </div>
        <span class="visually-hidden" role="status">
          {moved}
        </span>
      </fieldset>
      <SwitchField
        id="has-consent"
        label={words.consent}
        hint={words.consentHint}
        checked={consent !== null}
        onChange={(on) => onChange({ consent: on ? { text: '', url: null } : null })}
      />
      {consent && (
        <>
          <TextAreaField
            id="consent-text"
            label={words.consentText}
            rows={3}
            value={consent.text}
            onValue={(value) => onChange({ consent: { ...consent, text: value } })}
            errors={draft.errors('settings.pre_chat.consent.text')}
          />
          <Field
            id="consent-url"
            type="url"
            label={words.consentUrl}
            hint={words.consentUrlHint}
            placeholder="https://"
            value={consent.url ?? ''}
            onValue={(url) => onChange({ consent: { ...consent, url: url === '' ? null : url } })}
            errors={draft.errors('settings.pre_chat.consent.url')}
          />
        </>
      )}
    </>
  );
}

interface FieldBlockProps {
  index: number;
  count: number;
  field: PreChatField;
  draft: FormProps['draft'];
  onChange(change: Partial<PreChatField>): void;
  onMove(to: number): void;
  onRemove(): void;
}

function FieldBlock({ index, count, field, draft, onChange, onMove, onRemove }: FieldBlockProps) {
  const words = text.websites.form;
  const path = `settings.pre_chat.fields[${index}]`;
  const id = `field-${index}`;
  const isKnown = field.name in KNOWN;
  const called = field.label || field.name;
  return (
    <div class="list-field__block" role="group" aria-label={words.field(index + 1, called)}>
      <div class="form-field__head">
        <span class="form-field__kind">{isKnown ? words.known[field.name as Known] : words.ownField}</span>
        <div class="form-field__tools">
          <button
            id={`${id}-up`}
            class="icon-button"
            type="button"
            aria-label={words.up(called)}
            title={words.up(called)}
            aria-disabled={index === 0}
            onClick={() => index > 0 && onMove(index - 1)}
          >
            <ArrowUpIcon />
          </button>
          <button
            id={`${id}-down`}
            class="icon-button"
            type="button"
            aria-label={words.down(called)}
            title={words.down(called)}
            aria-disabled={index === count - 1}
            onClick={() => index < count - 1 && onMove(index + 1)}
          >
            <ArrowDownIcon />
          </button>
          <RemoveButton label={words.remove(called)} onClick={onRemove} />
        </div>
      </div>
      <Field id={`${id}-label`} label={words.label} value={field.label} onValue={(label) => onChange({ label })} errors={draft.errors(`${path}.label`)} />
      {!isKnown && (
        <div class="form__row">
          <Field
            id={`${id}-name`}
            label={words.name}
            hint={words.nameHint}
            value={field.name}
            onValue={(name) => onChange({ name })}
            errors={draft.errors(`${path}.name`)}
          />
          <SelectField
            id={`${id}-type`}
            label={words.kind}
            value={field.type}
            options={FIELD_KINDS.map((value) => ({ value, label: words.kinds[value] }))}
            onValue={(type) => onChange({ type, ...(type === 'select' ? { options: field.options ?? [] } : { options: undefined }) })}
            errors={draft.errors(`${path}.type`)}
          />
        </div>
      )}
      {field.type === 'select' && (
        <TextAreaField
          id={`${id}-options`}
          label={words.options}
          hint={words.optionsHint}
          rows={3}
          value={(field.options ?? []).join('\n')}
          onValue={(typed) => onChange({ options: typed === '' ? [] : typed.split('\n') })}
          errors={draft.errors(`${path}.options`, true)}
        />
      )}
      <SwitchField id={`${id}-required`} label={words.required} checked={field.required} onChange={(required) => onChange({ required })} />
      <ListErrors errors={draft.errors(path)} />
    </div>
  );
}

function knownField(name: Known): PreChatField {
  return { name, label: text.websites.form.known[name], type: KNOWN[name], required: name !== 'phone' };
}

/** The next name that no field has: `question`, `question_a`, … */
function freeName(fields: readonly PreChatField[]): string {
  const letters = 'abcdefghij'.split('').map((letter) => `question_${letter}`);
  return ['question', ...letters].find((name) => !fields.some((field) => field.name === name)) ?? 'question';
}
