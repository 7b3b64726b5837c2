/** What the website is called, where its widget may run, and its first line. */

import { DraftForm } from '../../../../components/draft-form.tsx';
import { Field } from '../../../../components/field.tsx';
import { SettingsSection } from '../../../../components/settings-section.tsx';
import { TextAreaField } from '../../../../components/text-area-field.tsx';
import { useDraft } from '../../../../state/use-draft.ts';
import { text } from '../../../../text.ts';
import { linesOf } from '../lines.ts';
import type { WebsiteSectionProps } from '../registry.ts';

export default function GeneralSection({ workspace, router, api, widget, onChanged }: WebsiteSectionProps) {
  const words = text.websites;
  const draft = useDraft({
    saved: { name: widget.name, domains: widget.domains.join('\n'), welcome: widget.welcome_message },
    save: async ({ name, domains, welcome }) => {
      onChanged(await api.change(widget.id, { name, domains: linesOf(domains), welcome_message: welcome }));
      workspace.toasts.show(text.unsaved.saved);
    },
  });
  const { name, domains, welcome } = draft.value;
  return (
    <SettingsSection title={words.sections.general}>
      <DraftForm draft={draft} router={router}>
        <Field
          id="name"
          label={words.name}
          hint={words.nameHint}
          value={name}
          onValue={(value) => draft.set({ name: value })}
          errors={draft.errors('name')}
        />
        <TextAreaField
          id="domains"
          label={words.domains}
          hint={words.domainsHint}
          rows={Math.min(10, Math.max(3, domains.split('\n').length + 1))}
          value={domains}
          onValue={(value) => draft.set({ domains: value })}
          errors={draft.errors('domains')}
        />
        <TextAreaField
          id="welcome"
          label={words.general.welcome}
          hint={words.general.welcomeHint}
          rows={3}
          value={welcome}
          onValue={(value) => draft.set({ welcome: value })}
          errors={draft.errors('welcome_message')}
        />
      </DraftForm>
    </SettingsSection>
  );
}
