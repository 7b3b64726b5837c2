/** What visitors may send besides words: files and voice messages. */

import { DraftForm } from '../../../../components/draft-form.tsx';
import { Field } from '../../../../components/field.tsx';
import { SettingsSection } from '../../../../components/settings-section.tsx';
import { SwitchField } from '../../../../components/switch-field.tsx';
import { TextAreaField } from '../../../../components/text-area-field.tsx';
import { text } from '../../../../text.ts';
import type { WidgetDocument } from '../../../../widgets-api.ts';
import type { WebsiteSectionProps } from '../registry.ts';
import { typedNumber, useSettingsDraft } from '../use-settings-draft.ts';

const MIB = 1_048_576;

export default function FilesSection(props: WebsiteSectionProps) {
  const words = text.websites.files;
  const draft = useSettingsDraft(props, ['files', 'voice']);
  const { files, voice } = draft.value;
  const setFiles = (change: Partial<WidgetDocument['files']>) => draft.set({ files: { ...files, ...change } });
  const setVoice = (change: Partial<WidgetDocument['voice']>) => draft.set({ voice: { ...voice, ...change } });
  return (
    <SettingsSection title={text.websites.sections.files} intro={words.intro}>
      <DraftForm draft={draft} router={props.router}>
        <SwitchField id="files" label={words.files} hint={words.filesHint} checked={files.enabled} onChange={(enabled) => setFiles({ enabled })} />
        {files.enabled && (
          <>
            <div class="form__row">
              <Field
                id="files-size"
                type="number"
                label={words.maxSize}
                hint={words.mebibytes}
                value={shownSize(files.max_bytes)}
                onValue={(typed) => setFiles({ max_bytes: typedSize(typed) })}
                errors={draft.errors('settings.files.max_bytes')}
              />
              <Field
                id="files-count"
                type="number"
                label={words.maxFiles}
                value={String(files.max_files)}
                onValue={(typed) => setFiles({ max_files: typedNumber(typed) })}
                errors={draft.errors('settings.files.max_files')}
              />
            </div>
            <TextAreaField
              id="files-accept"
              label={words.accept}
              hint={words.acceptHint}
              rows={3}
              value={files.accept.join('\n')}
              onValue={(typed) => setFiles({ accept: typed === '' ? [] : typed.split('\n') })}
              errors={draft.errors('settings.files.accept', true)}
            />
          </>
        )}
        <SwitchField id="voice" label={words.voice} hint={words.voiceHint} checked={voice.enabled} onChange={(enabled) => setVoice({ enabled })} />
        {voice.enabled && (
          <Field
            id="voice-seconds"
            type="number"
            label={words.maxSeconds}
            hint={words.seconds}
            value={String(voice.max_seconds)}
            onValue={(typed) => setVoice({ max_seconds: typedNumber(typed) })}
            errors={draft.errors('settings.voice.max_seconds')}
          />
        )}
      </DraftForm>
    </SettingsSection>
  );
}

/** A size that is a number of mebibytes with at most two digits behind the point, as people say it; what is none is as it was typed. */
function shownSize(bytes: number | string): string {
  return typeof bytes === 'number' ? String(Math.round((bytes / MIB) * 100) / 100) : bytes;
}

function typedSize(typed: string): number {
  const size = Number(typed);
  return (/^\d{1,6}(\.\d{1,2})?$/.test(typed.trim()) ? Math.round(size * MIB) : typed) as number;
}
