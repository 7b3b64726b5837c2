/** In the widget a style sheet is imported as its minified text; elsewhere the bundler writes it to a file. */
declare module '*.css' {
  const text: string;
  export default text;
}
