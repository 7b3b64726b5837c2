/** The colors that the system has. Style sheets of applications go by `data-theme` of the page's root, which somebody has to set. */

export type Theme = 'light' | 'dark';

/** Tells which it is, now and whenever it is another. */
export function onSystemTheme(tell: (theme: Theme) => void): void {
  const dark = window.matchMedia('(prefers-color-scheme: dark)');
  const told = () => tell(dark.matches ? 'dark' : 'light');
  dark.addEventListener('change', told);
  told();
}
