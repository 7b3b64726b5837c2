/** Logging in, setting up, and what forms say. */

export const account = {
  start: {
    unreachable: 'The server cannot be reached.',
    retrying: 'Trying again by itself. What you wrote is kept.',
  },

  form: {
    name: 'Name',
    nameHint: 'Visitors see it beside your answers.',
    email: 'E-mail',
    password: 'Password',
    passwordHint: (least: number) => `At least ${least} characters.`,
    showPassword: 'Show password',
    hidePassword: 'Hide password',
    required: {
      name: 'Enter your name.',
      email: 'Enter your e-mail address.',
      password: 'Enter your password.',
    },
    emailInvalid: 'That does not look like an e-mail address.',
    passwordShort: (least: number) => `Use at least ${least} characters.`,
  },

  login: {
    title: 'Log in',
    intro: 'Log in to answer your visitors.',
    submit: 'Log in',
    submitting: 'Logging in…',
    wrong: 'E-mail and password do not match.',
    expired: 'You have been logged out. Log in to go on.',
    setupRequired:
      'Nobody has been set up yet. Open the one-time set-up link that the server printed when it started.',
  },

  setup: {
    title: 'Set up your inbox',
    intro: 'You are the first one here. Create the account you will log in with.',
    checking: 'Checking the link…',
    submit: 'Create account',
    submitting: 'Creating your account…',
    invalidTitle: 'This link cannot be used',
    invalid:
      'It was used already, has expired, or is incomplete. As long as nobody has an account, the server prints a new link when it starts.',
    missing: 'Open the complete set-up link that the server printed when it started.',
    toLogin: 'Log in',
  },

  notFound: {
    title: 'There is nothing here',
    back: 'Go to the inbox',
  },
};
