/** The name of the launcher before a language is loaded; by language. */
export const OPEN_CHAT: Record<string, string> = {
  de: 'Chat öffnen',
  fr: 'Ouvrir le chat',
  es: 'Abrir el chat',
  pt: 'Abrir o chat',
  it: 'Apri la chat',
  nl: 'Chat openen',
  pl: 'Otwórz czat',
  tr: 'Sohbeti aç',
  ar: 'فتح الدردشة',
  ja: 'チャットを開く',
  zh: '打开聊天',
};
