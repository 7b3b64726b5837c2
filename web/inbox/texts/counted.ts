/** A number with the form of a word that belongs to it, by the rules of a language. */

export function counting(language: string): (count: number, one: string, other: string) => string {
  const plural = new Intl.PluralRules(language);
  const number = new Intl.NumberFormat(language);
  return (count, one, other) => `${number.format(count)} ${plural.select(count) === 'one' ? one : other}`;
}
