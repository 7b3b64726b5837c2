/**
 * An inbox with any number of conversations that no database holds: the lists' requests of a page are answered here, as
 * the server would, and everything else goes to the real one.
 */

const NAMES = ['Anna Albers', 'Ben Bauer', 'Cleo Conti', 'Dara Diallo', 'Emil Ek', 'فاطمة الزهراء', 'Grace Ho', 'Hugo Haas', 'Ines Ibarra', 'Jonas Jung'];
const WORDS = ['Where is my order?', 'Do you ship to Norway?', 'The app crashes when I open it on my phone.', 'Thank you so much!', 'I would like to cancel.', 'هل لديكم قهوة؟'];
const PRIORITIES = [null, null, null, 'low', 'medium', 'high', 'urgent'];

export const LABELS = [
  { id: 1, name: 'Billing', color: '#1f6feb' },
  { id: 2, name: 'Bug', color: '#d1242f' },
  { id: 3, name: 'VIP', color: '#9a6700' },
];
export const TEAMS = [
  { id: 1, name: 'Sales', agent_ids: [] },
  { id: 2, name: 'Support', agent_ids: [] },
];
export const VIEWS = [{ id: 1, name: 'Urgent and mine', filter: { assignee: 'me', priority: 'urgent' }, shared: false, mine: true }];

/** The nth conversation, newest first. */
function row(index, count) {
  const at = new Date(Date.UTC(2026, 10, 27, 12) - index * 45_000).toISOString();
  return {
    id: count - index,
    widget_id: 1,
    widget_name: 'Shop',
    visitor_id: count - index,
    visitor_name: index % 11 === 7 ? null : NAMES[index % NAMES.length],
    visitor_email: null,
    visitor_phone: null,
    verified: index % 3 === 0,
    status: index % 4 === 0 ? 'pending' : 'active',
    assigned_to: index % 3 === 1 ? { id: 99, name: 'Bob Builder' } : null,
    team: index % 5 === 2 ? { id: 1, name: 'Sales' } : null,
    priority: PRIORITIES[index % PRIORITIES.length],
    label_ids: index % 4 === 1 ? [1 + (index % 3)] : index % 9 === 0 ? [1, 2, 3] : [],
    snoozed_until: null,
    waiting_since: index % 4 === 0 ? at : null,
    last_message: {
      id: index + 1,
      seq: 3,
      conversation_id: count - index,
      client_id: null,
      sender_type: index % 3 === 1 ? 'employee' : 'visitor',
      sender_name: index % 3 === 1 ? 'Bob Builder' : null,
      message: WORDS[index % WORDS.length],
      attachments: [],
      is_voice: false,
      timestamp: at,
      created_at: at,
      read_at: null,
    },
    last_seq: 3,
    revision: count - index,
    unread_count: index % 6 === 0 ? 1 + (index % 3) : 0,
    delivered_seq: 3,
    created_at: at,
    last_message_at: at,
  };
}

/** From here on the page's lists have this many conversations. */
export async function fillInbox(page, count) {
  await page.route(/\/api\/v1\/(conversations|labels|teams|views)(\?|\/counts|$)/, async (route) => {
    const url = new URL(route.request().url());
    const answer = (body) => route.fulfill({ contentType: 'application/json', body: JSON.stringify(body) });
    const what = url.pathname.split('/')[3];
    if (url.pathname.endsWith('/counts')) {
      return answer({
        mine: 3,
        unassigned: Math.floor(count / 2),
        all: count,
        unread: { mine: 1, unassigned: 7, all: 12 },
        by_status: { pending: Math.floor(count / 4), active: Math.floor((count * 3) / 4), snoozed: 12 },
        by_agent: [],
        by_team: [{ id: 1, count: Math.floor(count / 5) }],
        by_widget: [],
        by_label: LABELS.map(({ id }) => ({ id, count: 40 * id })),
      });
    }
    if (what === 'labels') return answer({ labels: LABELS });
    if (what === 'teams') return answer({ teams: TEAMS });
    if (what === 'views') return answer({ views: VIEWS });
    if (url.searchParams.has('after_revision')) return answer({ conversations: [], has_more: false, revision: count });
    const from = Number(url.searchParams.get('cursor') ?? 0);
    // The first page as asked for, the rest in large pieces, so that a test gets to the end soon.
    const to = Math.min(count, from + (from === 0 ? Number(url.searchParams.get('limit')) : 5_000));
    const conversations = Array.from({ length: to - from }, (_, index) => row(from + index, count));
    return answer({ conversations, has_more: to < count, next: to < count ? String(to) : null, revision: count });
  });
}
