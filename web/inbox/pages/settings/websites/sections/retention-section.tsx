/** How long a website keeps what is over. What is about to be erased because of a change is asked about first. */

import { useMemo, useState } from 'preact/hooks';
import { ConfirmDialog } from '../../../../components/confirm-dialog.tsx';
import { DraftForm } from '../../../../components/draft-form.tsx';
import { Field } from '../../../../components/field.tsx';
import { LoadingNotice } from '../../../../components/loading-notice.tsx';
import { SelectField } from '../../../../components/select-field.tsx';
import { SettingsSection } from '../../../../components/settings-section.tsx';
import { PrivacyApi, RETENTION_DAYS, type Retention } from '../../../../privacy-api.ts';
import { useDraft } from '../../../../state/use-draft.ts';
import { useLoaded } from '../../../../state/use-loaded.ts';
import { text } from '../../../../text.ts';
import type { WebsiteSectionProps } from '../registry.ts';

/** The periods that are offered, in days. */
const USUAL = [30, 90, 180, 365, 730];
const NEVER = 'never';
const OTHER = 'other';

/** What is chosen from the list, and what is typed where that is another number. */
interface Period {
  choice: string;
  days: string;
}

export default function RetentionSection(props: WebsiteSectionProps) {
  const privacy = useMemo(() => new PrivacyApi(props.workspace.http), [props.workspace]);
  const { value, error, reload } = useLoaded(() => privacy.retention(props.widget.id));
  const words = text.privacy.retention;
  return (
    <SettingsSection title={words.title} intro={words.intro}>
      {value ? <Periods {...props} privacy={privacy} loaded={value} /> : <LoadingNotice error={error} onRetry={() => void reload()} />}
    </SettingsSection>
  );
}

function Periods({ workspace, router, widget, privacy, loaded }: WebsiteSectionProps & { privacy: PrivacyApi; loaded: Retention }) {
  const words = text.privacy.retention;
  const [saved, setSaved] = useState(loaded);
  const [asking, setAsking] = useState(false);
  const [checked, setChecked] = useState(false);
  const draft = useDraft({
    saved: { closed: periodOf(saved.closed_conversations_days), visits: periodOf(saved.visits_days) },
    save: async ({ closed, visits }) => {
      setSaved(await privacy.setRetention(widget.id, { closed_conversations_days: daysOf(closed), visits_days: daysOf(visits) }));
      setChecked(false);
      workspace.toasts.show(text.saved);
    },
  });
  const { closed, visits } = draft.value;
  const wrong = (period: Period) => (Number.isNaN(daysOf(period) ?? 0) ? [words.outOfRange(RETENTION_DAYS.least, RETENTION_DAYS.most)] : undefined);
  const erases = isSooner(closed, saved.closed_conversations_days) || isSooner(visits, saved.visits_days);
  const submit = (event: Event) => {
    event.preventDefault();
    setChecked(true);
    if (wrong(closed) || wrong(visits)) return;
    if (draft.dirty && erases) setAsking(true);
    else draft.form.onSubmit(event);
  };
  const fields = [
    { id: 'closed' as const, period: closed, label: words.closed, hint: words.closedHint, path: 'closed_conversations_days' },
    { id: 'visits' as const, period: visits, label: words.visits, hint: words.visitsHint, path: 'visits_days' },
  ];
  return (
    <>
      <DraftForm draft={{ ...draft, form: { ...draft.form, onSubmit: submit } }} router={router}>
        {fields.map(({ id, period, label, hint, path }) => (
          <div class="retention" key={id}>
            <SelectField
              id={id}
              label={label}
              hint={hint}
              value={period.choice}
              options={[
                { value: NEVER, label: words.never },
                ...USUAL.map((days) => ({ value: String(days), label: words.days(days) })),
                { value: OTHER, label: words.other },
              ]}
              onValue={(choice) => draft.set({ [id]: { ...period, choice } })}
              errors={period.choice === OTHER ? undefined : draft.errors(path)}
            />
            {period.choice === OTHER && (
              <Field
                id={`${id}-days`}
                type="number"
                label={words.otherDays}
                value={period.days}
                onValue={(days) => draft.set({ [id]: { ...period, days } })}
                errors={(checked ? wrong(period) : undefined) ?? draft.errors(path)}
              />
            )}
          </div>
        ))}
      </DraftForm>
      {asking && (
        <ConfirmDialog
          title={words.confirmTitle}
          explanation={words.warning}
          confirm={words.confirm}
          dangerous
          onConfirm={() => draft.form.onSubmit(new Event('submit'))}
          onClose={() => setAsking(false)}
        />
      )}
    </>
  );
}

function periodOf(days: number | null): Period {
  if (days === null) return { choice: NEVER, days: '' };
  return USUAL.includes(days) ? { choice: String(days), days: '' } : { choice: OTHER, days: String(days) };
}

/** NaN: what was typed is none that there is. */
function daysOf({ choice, days }: Period): number | null {
  if (choice === NEVER) return null;
  const number = Number(choice === OTHER ? days.trim() || NaN : choice);
  const fits = Number.isInteger(number) && number >= RETENTION_DAYS.least && number <= RETENTION_DAYS.most;
  return fits ? number : NaN;
}

function isSooner(period: Period, before: number | null): boolean {
  const days = daysOf(period);
  return days !== null && (before === null || days < before);
}
