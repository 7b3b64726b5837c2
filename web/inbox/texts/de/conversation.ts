/** German: one conversation. */

import type { Texts } from '../en.ts';
import { counted } from './counted.ts';

export const conversation: Pick<Texts, keyof typeof import('../en/conversation.ts').conversation> = {
  conversation: {
    back: 'Zurück zur Liste',
    assignToMe: 'Mir zuweisen',
    unassign: 'Zuweisung aufheben',
    close: 'Schließen',
    reopen: 'Wieder öffnen',
    messages: 'Nachrichten',
    loadOlder: 'Frühere Nachrichten laden',
    loadingOlder: 'Wird geladen …',
    empty: 'Noch keine Nachrichten.',
    toNewest: 'Neueste Nachrichten',
    newMessages: (count) => counted(count, 'neue Nachricht', 'neue Nachrichten'),
    typing: (name) => `${name} schreibt …`,
    number: (id) => `#${id}`,
    gone: 'Diese Unterhaltung kann nicht angezeigt werden',
    goneHint: 'Vielleicht wurde sie gelöscht, oder sie gehört zu einer Website, auf die Sie keinen Zugriff haben.',
    closedNotice: 'Diese Unterhaltung ist geschlossen.',
    actionFailed: 'Das hat nicht geklappt. Bitte versuchen Sie es noch einmal.',
    assignedTo: (name) => `Zugewiesen an ${name}`,
    me: 'Sie',
  },

  message: {
    you: 'Sie',
    agent: 'Team',
    bot: 'Bot',
    system: 'System',
    sending: 'Wird gesendet …',
    waiting: 'Wartet auf das Senden',
    sent: 'Gesendet',
    delivered: 'Zugestellt',
    read: 'Gelesen',
    offered: 'Angebotene Antworten',
    failed: 'Nicht gesendet',
    retry: 'Erneut versuchen',
    discard: 'Verwerfen',
  },

  composer: {
    label: 'Ihre Antwort',
    placeholder: 'Antwort schreiben …',
    send: 'Senden',
    charactersLeft: (count) => `Noch ${counted(count, 'Zeichen', 'Zeichen')}`,
    charactersOver: (count) => `${counted(count, 'Zeichen', 'Zeichen')} zu lang`,
  },
};
