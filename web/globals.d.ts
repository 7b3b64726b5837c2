/** In the widget a style sheet is imported as its minified text; elsewhere the bundler writes it to a file. */
declare module '*.css' {
  const text: string;
  export default text;
}

/** The address of the file, relative to the script that the bundler wrote. */
declare module '*.svg' {
  const address: string;
  export default address;
}
