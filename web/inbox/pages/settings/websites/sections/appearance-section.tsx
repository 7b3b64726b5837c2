/** How the chat looks and where its button stands, with the real one beside it. */

import { DraftForm } from '../../../../components/draft-form.tsx';
import { Field } from '../../../../components/field.tsx';
import { FieldFrame } from '../../../../components/field-frame.tsx';
import { SelectField } from '../../../../components/select-field.tsx';
import { SettingsSection } from '../../../../components/settings-section.tsx';
import { text } from '../../../../text.ts';
import type { WidgetDocument } from '../../../../widgets-api.ts';
import type { WebsiteSectionProps } from '../registry.ts';
import { typedNumber, useSettingsDraft } from '../use-settings-draft.ts';
import { WidgetPreview } from '../widget-preview.tsx';

const MODES = ['auto', 'light', 'dark'] as const;
const SIDES = ['right', 'left'] as const;
const COLOR = /^#[0-9a-f]{6}$/i;

export default function AppearanceSection(props: WebsiteSectionProps) {
  const words = text.websites.appearance;
  const draft = useSettingsDraft(props, ['theme', 'position', 'offset_x', 'offset_y', 'z_index']);
  const { theme, position, offset_x, offset_y, z_index } = draft.value;
  const setTheme = (change: Partial<WidgetDocument['theme']>) => draft.set({ theme: { ...theme, ...change } });
  return (
    <SettingsSection title={text.websites.sections.appearance} intro={words.intro}>
      <div class="appearance">
        <DraftForm draft={draft} router={props.router}>
          <FieldFrame id="color" label={words.color} hint={words.colorHint} errors={draft.errors('settings.theme.color')}>
            {(attributes) => (
              <>
                <input
                  class="color-well"
                  type="color"
                  aria-label={words.pick}
                  value={COLOR.test(theme.color) ? theme.color : '#000000'}
                  onInput={({ currentTarget }) => setTheme({ color: currentTarget.value })}
                />
                <input
                  {...attributes}
                  class="field__input"
                  dir="ltr"
                  spellcheck={false}
                  maxLength={7}
                  value={theme.color}
                  onInput={({ currentTarget }) => setTheme({ color: currentTarget.value.trim() })}
                />
              </>
            )}
          </FieldFrame>
          <SelectField
            id="mode"
            label={words.mode}
            value={theme.mode}
            options={MODES.map((value) => ({ value, label: words.modes[value] }))}
            onValue={(mode) => setTheme({ mode })}
            errors={draft.errors('settings.theme.mode')}
          />
          <SelectField
            id="position"
            label={words.position}
            value={position}
            options={SIDES.map((value) => ({ value, label: words.positions[value] }))}
            onValue={(value) => draft.set({ position: value })}
            errors={draft.errors('settings.position')}
          />
          <div class="form__row">
            <Field
              id="offset-x"
              type="number"
              label={words.offsetX}
              hint={words.pixels}
              value={String(offset_x)}
              onValue={(typed) => draft.set({ offset_x: typedNumber(typed) })}
              errors={draft.errors('settings.offset_x')}
            />
            <Field
              id="offset-y"
              type="number"
              label={words.offsetY}
              hint={words.pixels}
              value={String(offset_y)}
              onValue={(typed) => draft.set({ offset_y: typedNumber(typed) })}
              errors={draft.errors('settings.offset_y')}
            />
          </div>
          <Field
            id="z-index"
            type="number"
            label={words.zIndex}
            hint={words.zIndexHint}
            value={String(z_index)}
            onValue={(typed) => draft.set({ z_index: typedNumber(typed) })}
            errors={draft.errors('settings.z_index')}
          />
        </DraftForm>
        <WidgetPreview widget={props.widget} settings={draft.value} />
      </div>
    </SettingsSection>
  );
}
