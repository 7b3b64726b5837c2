/** How a chat begins and ends: quick replies, the question about it, its sound, and whether it can be downloaded. */

import { DraftForm } from '../../../../components/draft-form.tsx';
import { Field } from '../../../../components/field.tsx';
import { SettingsSection } from '../../../../components/settings-section.tsx';
import { SwitchField } from '../../../../components/switch-field.tsx';
import { TextAreaField } from '../../../../components/text-area-field.tsx';
import { text } from '../../../../text.ts';
import type { WebsiteSectionProps } from '../registry.ts';
import { useSettingsDraft } from '../use-settings-draft.ts';

export default function ChatSection(props: WebsiteSectionProps) {
  const words = text.websites.chat;
  const draft = useSettingsDraft(props, ['quick_replies', 'csat', 'sound', 'transcript']);
  const { quick_replies, csat, sound, transcript } = draft.value;
  return (
    <SettingsSection title={text.websites.sections.chat}>
      <DraftForm draft={draft} router={props.router}>
        <TextAreaField
          id="quick-replies"
          label={words.quickReplies}
          hint={words.quickRepliesHint}
          rows={4}
          value={quick_replies.join('\n')}
          onValue={(typed) => draft.set({ quick_replies: typed === '' ? [] : typed.split('\n') })}
          errors={draft.errors('settings.quick_replies', true)}
        />
        <SwitchField
          id="csat"
          label={words.csat}
          hint={words.csatHint}
          checked={csat !== null}
          onChange={(on) => draft.set({ csat: on ? (props.widget.settings.csat ?? { question: null }) : null })}
        />
        {csat && (
          <Field
            id="csat-question"
            label={words.question}
            hint={words.questionHint}
            value={csat.question ?? ''}
            onValue={(question) => draft.set({ csat: { question: question === '' ? null : question } })}
            errors={draft.errors('settings.csat.question')}
          />
        )}
        <SwitchField id="sound" label={words.sound} hint={words.soundHint} checked={sound} onChange={(on) => draft.set({ sound: on })} />
        <SwitchField
          id="transcript"
          label={words.transcript}
          hint={words.transcriptHint}
          checked={transcript}
          onChange={(on) => draft.set({ transcript: on })}
        />
      </DraftForm>
    </SettingsSection>
  );
}
