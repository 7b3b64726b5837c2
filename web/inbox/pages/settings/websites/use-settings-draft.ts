/** Some members of a widget's settings, edited and saved together. What the server finds wrong is at `settings.<path>`. */

import { useDraft, type Draft } from '../../../state/use-draft.ts';
import { text } from '../../../text.ts';
import type { WidgetDocument } from '../../../widgets-api.ts';
import type { WebsiteSectionProps } from './registry.ts';

export function useSettingsDraft<Name extends keyof WidgetDocument>(
  { workspace, api, widget, onChanged }: WebsiteSectionProps,
  names: readonly Name[],
): Draft<Pick<WidgetDocument, Name>> {
  const saved = Object.fromEntries(names.map((name) => [name, widget.settings[name]])) as Pick<WidgetDocument, Name>;
  return useDraft({
    saved,
    save: async (draft) => {
      onChanged(await api.changeSettings(widget.id, draft as Partial<WidgetDocument>));
      workspace.toasts.show(text.unsaved.saved);
    },
  });
}

/**
 * What was typed as a number. What is none stays as it was typed: the server says what is wrong with it, and which numbers
 * there may be.
 */
export function typedNumber(typed: string): number {
  return (/^\d{1,15}$/.test(typed.trim()) ? Number(typed) : typed) as number;
}
