/** German: browsers that are told of messages while no inbox is open in them. */

import type { closedInbox as english } from '../en/closed-inbox.ts';

export const closedInbox: typeof english = {
  closedInbox: {
    title: 'Bei geschlossenem Posteingang',
    intro: 'Browser erfahren es von ihrem Push-Dienst, der nicht lesen kann, was er weitergibt. Solange Sie den Posteingang ansehen, wird nichts geschickt.',
    alsoWhenClosed: 'Auch bei geschlossenem Posteingang',
    states: {
      unsupported: 'Dieser Browser kann hier nicht benachrichtigt werden. Das setzt eine Adresse mit https voraus, auf iPhone und iPad zudem den Posteingang auf dem Home-Bildschirm.',
      blocked: 'Benachrichtigungen dieser Seite sind in diesem Browser blockiert.',
      off: 'Dieser Browser zeigt Benachrichtigungen nur, solange der Posteingang darin offen ist.',
      on: 'Dieser Browser erfährt, was Sie oben gewählt haben.',
    },
    withText: 'Anfang der Nachricht zeigen',
    withTextHint: 'Sonst steht in der Benachrichtigung nur, wer geschrieben hat.',
    browsers: 'Ihre Browser, die benachrichtigt werden',
    browser: 'Browser',
    thisBrowser: 'Dieser Browser',
    toldOf: 'Erfährt',
    lastTold: 'Zuletzt',
    never: 'Noch nie',
    refused: (reason) => `Fehlgeschlagen: ${reason}`,
    test: 'Test senden',
    testSent: 'Der Test ist unterwegs.',
    remove: 'Entfernen',
    removed: 'Der Browser wird nicht mehr benachrichtigt.',
    failed: 'Der Browser hat nicht zugestimmt. Versuchen Sie es erneut, oder sehen Sie in seinen Einstellungen für diese Seite nach.',
  },
};
