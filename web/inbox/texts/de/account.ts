/** German: logging in, setting up, and what forms say. */

import type { Texts } from '../en.ts';

export const account: Pick<Texts, keyof typeof import('../en/account.ts').account> = {
  start: {
    unreachable: 'Der Server ist nicht erreichbar.',
    retrying: 'Es wird von selbst weiter versucht. Was Sie geschrieben haben, bleibt erhalten.',
  },

  form: {
    name: 'Name',
    nameHint: 'Besucher sehen ihn neben Ihren Antworten.',
    email: 'E-Mail',
    password: 'Passwort',
    passwordHint: (least) => `Mindestens ${least} Zeichen.`,
    showPassword: 'Passwort anzeigen',
    hidePassword: 'Passwort verbergen',
    required: {
      name: 'Geben Sie Ihren Namen ein.',
      email: 'Geben Sie Ihre E-Mail-Adresse ein.',
      password: 'Geben Sie Ihr Passwort ein.',
    },
    emailInvalid: 'Das sieht nicht wie eine E-Mail-Adresse aus.',
    passwordShort: (least) => `Verwenden Sie mindestens ${least} Zeichen.`,
  },

  login: {
    title: 'Anmelden',
    intro: 'Melden Sie sich an, um Ihren Besuchern zu antworten.',
    submit: 'Anmelden',
    submitting: 'Anmeldung läuft …',
    wrong: 'E-Mail und Passwort passen nicht zusammen.',
    expired: 'Sie wurden abgemeldet. Melden Sie sich an, um weiterzuarbeiten.',
    setupRequired:
      'Es ist noch niemand eingerichtet. Öffnen Sie den Einrichtungslink, den der Server beim Start ausgegeben hat. Er gilt einmal.',
  },

  setup: {
    title: 'Posteingang einrichten',
    intro: 'Sie sind als Erstes hier. Legen Sie das Konto an, mit dem Sie sich anmelden werden.',
    checking: 'Der Link wird geprüft …',
    submit: 'Konto anlegen',
    submitting: 'Ihr Konto wird angelegt …',
    invalidTitle: 'Dieser Link kann nicht verwendet werden',
    invalid:
      'Er wurde schon benutzt, ist abgelaufen oder unvollständig. Solange niemand ein Konto hat, gibt der Server bei jedem Start einen neuen Link aus.',
    missing: 'Öffnen Sie den vollständigen Einrichtungslink, den der Server beim Start ausgegeben hat.',
    toLogin: 'Anmelden',
  },

  notFound: {
    title: 'Hier ist nichts',
    back: 'Zum Posteingang',
  },
};
