/** Which languages the chat speaks, and the owner's own words in the place of the chat's. */

import { useEffect, useState } from 'preact/hooks';
import { DraftForm } from '../../../../components/draft-form.tsx';
import { Field } from '../../../../components/field.tsx';
import { FieldFrame } from '../../../../components/field-frame.tsx';
import { LoadingNotice } from '../../../../components/loading-notice.tsx';
import { SelectField } from '../../../../components/select-field.tsx';
import { SettingsSection } from '../../../../components/settings-section.tsx';
import type { Draft } from '../../../../state/use-draft.ts';
import { language as spoken, text } from '../../../../text.ts';
import type { WidgetDocument } from '../../../../widgets-api.ts';
import type { WebsiteSectionProps } from '../registry.ts';
import { useSettingsDraft } from '../use-settings-draft.ts';
import { LANGUAGES, wordsOf, type ChatLanguage } from '../chat-languages.ts';

export default function TextsSection(props: WebsiteSectionProps) {
  const words = text.websites.texts;
  const draft = useSettingsDraft(props, ['locale', 'languages', 'texts']);
  const { locale, languages } = draft.value;
  return (
    <SettingsSection title={text.websites.sections.texts} intro={words.intro}>
      <DraftForm draft={draft} router={props.router}>
        <SelectField
          id="locale"
          label={words.locale}
          hint={words.localeHint}
          value={locale ?? ''}
          options={[{ value: '', label: words.localeAuto }, ...choices(locale)]}
          onValue={(value) => draft.set({ locale: value || null })}
          errors={draft.errors('settings.locale')}
        />
        <fieldset class="list-field">
          <legend class="field__label">{words.languages}</legend>
          <p class="field__hint list-field__hint">{words.languagesHint}</p>
          <div class="checks">
            {choices(...languages).map(({ value, label }) => (
              <label class="checks__item" key={value}>
                <input
                  type="checkbox"
                  checked={languages.includes(value)}
                  onChange={({ currentTarget }) =>
                    draft.set({ languages: currentTarget.checked ? [...languages, value] : languages.filter((one) => one !== value) })
                  }
                />
                <bdi>{label}</bdi>
              </label>
            ))}
          </div>
        </fieldset>
        <OwnWords draft={draft} />
      </DraftForm>
    </SettingsSection>
  );
}

function OwnWords({ draft }: { draft: Draft<Pick<WidgetDocument, 'locale' | 'languages' | 'texts'>> }) {
  const words = text.websites.texts;
  const { locale, texts } = draft.value;
  const [tag, setTag] = useState(() => Object.keys(texts)[0] ?? locale ?? spoken.state);
  const [wanted, setWanted] = useState('');
  const [defaults, setDefaults] = useState<Record<string, string> | null>(null);
  const [failed, setFailed] = useState(false);
  const load = () => {
    setFailed(false);
    setDefaults(null);
    // Another language may be chosen before this one is here.
    let latest = true;
    wordsOf(tag).then(
      (loaded) => latest && setDefaults(loaded),
      () => latest && setFailed(true),
    );
    return () => {
      latest = false;
    };
  };
  useEffect(load, [tag]);
  const own = texts[tag] ?? {};
  const set = (name: string, value: string) => {
    const { [name]: _, ...others } = own;
    const changed = value === '' ? others : { ...others, [name]: value };
    const { [tag]: __, ...rest } = texts;
    draft.set({ texts: Object.keys(changed).length > 0 ? { ...rest, [tag]: changed } : rest });
  };
  const all: Record<string, string> = { title: words.title, welcome: words.welcome, ...defaults };
  const names = [...new Set([...Object.keys(all), ...Object.keys(own)])];
  const isWanted = (name: string) => [name, all[name] ?? '', own[name] ?? ''].some((part) => part.toLocaleLowerCase().includes(wanted.trim().toLocaleLowerCase()));
  return (
    <fieldset class="list-field">
      <legend class="field__label">{words.own}</legend>
      <p class="field__hint list-field__hint">{words.ownHint}</p>
      <div class="form__row">
        <SelectField id="own-language" label={words.language} value={tag} options={choices(tag, ...Object.keys(texts))} onValue={setTag} />
        <Field id="own-search" type="search" label={words.search} value={wanted} onValue={setWanted} />
      </div>
      {!defaults && <LoadingNotice error={failed ? text.settings.loadFailed : null} onRetry={load} />}
      {defaults &&
        names.filter(isWanted).map((name) => {
          const errors = draft.errors(`settings.texts.${tag}.${name}`);
          return (
            <FieldFrame key={name} id={`text-${name}`} label={all[name] ?? name} errors={errors}>
              {(attributes) => (
                <input
                  {...attributes}
                  class="field__input"
                  dir="auto"
                  value={own[name] ?? ''}
                  placeholder={words.unchanged}
                  onInput={({ currentTarget }) => set(name, currentTarget.value)}
                />
              )}
            </FieldFrame>
          );
        })}
      {defaults && !names.some(isWanted) && <p class="list-field__none">{text.nothingFound}</p>}
    </fieldset>
  );
}

/** Those that the chat speaks, and whatever else is chosen. */
function choices(...chosen: (string | null)[]): { value: string; label: string }[] {
  const tags = new Set<string>([...LANGUAGES, ...chosen.filter((tag): tag is ChatLanguage => Boolean(tag))]);
  return [...tags].map((value) => ({ value, label: languageName(value) }));
}

function languageName(tag: string): string {
  try {
    return new Intl.DisplayNames([spoken.state], { type: 'language' }).of(tag) ?? tag;
  } catch {
    return tag;
  }
}
