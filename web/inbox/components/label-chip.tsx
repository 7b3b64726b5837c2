/** A label as it is shown everywhere: its color as a dot, which needs no contrast with the words. */

export function LabelChip({ name, color }: { name: string; color: string }) {
  return (
    <span class="label-chip">
      <span class="label-chip__dot" style={{ background: color }} aria-hidden="true" />
      <bdi class="label-chip__name">{name}</bdi>
    </span>
  );
}
