//! Rows to domain values. A value that cannot be is reported by table and column, never guessed at.

use crate::failure::corrupt;
use crate::uploads;
use antiphon_domain::settings::Language;
use antiphon_domain::{
    Agent, AgentId, AgentRole, AllowedDomains, AssignedTeam, Assignee, Capacity, ClientId,
    ContactDetails, Conversation, ConversationId, EmailAddress, InboxUpdate, LabelId, Message,
    MessageId, PersonName, Priority, QuickReplies, QuickReply, Quote, Rating, Replaced, Score,
    SenderType, Status, TeamId, Timestamp, Visitor, VisitorId, Widget, WidgetId, WidgetName,
    WidgetSettings, WidgetToken,
};
use antiphon_store::VisitorConversation;
use rusqlite::{Result, Row};

/// The columns that `uploads::attachment` reads, of a table named `t`.
macro_rules! attachment_columns {
    () => {
        "t.id, t.file_key, t.name, t.content_type, t.size_bytes, t.width, t.height, t.thumbnail_key, t.duration_ms, hex(t.waveform)"
    };
}

/// The columns that [`message`] reads, of a table named `m`. A message's files come as one JSON array of arrays, so that every
/// statement that reads messages reads them whole; of a message without files nothing more is read.
macro_rules! message_columns {
    () => {
        concat!(
            "m.id, m.conversation_id, m.seq, m.sender_type, m.sender_name, m.body, m.client_id, m.created_at, m.read_at, \
             m.is_voice, CASE WHEN m.n_attachments > 0 THEN (SELECT json_group_array(json_array(",
            $crate::rows::attachment_columns!(),
            ")) FROM attachments t WHERE t.message_id = m.id) END, m.quick_replies, m.sender_agent_id, m.edited_at, m.deleted_at, \
             CASE WHEN m.reply_to_seq IS NOT NULL THEN (SELECT json_array(q.seq, q.sender_type, q.sender_name, substr(q.body, 1, 1000), \
             (SELECT t.name FROM attachments t WHERE t.message_id = q.id ORDER BY t.id LIMIT 1)) \
             FROM messages q WHERE q.conversation_id = m.conversation_id AND q.seq = m.reply_to_seq) END"
        )
    };
}

/// The columns that [`conversation`] reads, of tables named `c`, `v`, `a` and `g`.
macro_rules! conversation_columns {
    () => {
        "c.id, c.widget_id, c.visitor_id, v.name, v.email, v.phone, c.status, c.assigned_agent_id, a.name, c.last_seq, \
         c.revision, c.visitor_read_seq, c.agent_read_seq, c.created_at, c.last_message_at, c.rating_score, \
         c.rating_comment, c.rated_at, c.visitor_delivered_seq, c.agent_delivered_seq, v.verified, c.team_id, g.name, \
         c.priority, c.snoozed_until, c.waiting_since, \
         (SELECT json_group_array(label_id) FROM conversation_labels WHERE conversation_id = c.id)"
    };
}

/// The tables that a conversation is put together from.
macro_rules! conversation_tables {
    () => {
        "conversations c JOIN visitors v ON v.id = c.visitor_id LEFT JOIN agents a ON a.id = c.assigned_agent_id \
         LEFT JOIN teams g ON g.id = c.team_id"
    };
}

/// The agents who are mentioned in notes of a conversation named `c`; of one without notes nothing is looked at.
macro_rules! mentioned_column {
    () => {
        "CASE WHEN c.note_count > 0 THEN (SELECT json_group_array(DISTINCT k.agent_id) FROM notes n \
         JOIN mentions k ON k.note_id = n.id WHERE n.conversation_id = c.id) END"
    };
}

/// A whole row of the inbox, to be followed by a condition on `c`.
macro_rules! select_inbox {
    () => {
        concat!(
            "SELECT ",
            conversation_columns!(),
            ", w.name, c.unread_count, c.note_count, ",
            $crate::rows::mentioned_column!(),
            ", ",
            message_columns!(),
            " FROM ",
            conversation_tables!(),
            " JOIN widgets w ON w.id = c.widget_id",
            " LEFT JOIN messages m ON m.conversation_id = c.id AND m.seq = c.last_seq "
        )
    };
}

pub(crate) use {
    attachment_columns, conversation_columns, conversation_tables, mentioned_column,
    message_columns, select_inbox,
};

/// How many columns `conversation_columns` has.
const N_CONVERSATION_COLUMNS: usize = 27;

/// Reads the columns of `conversation_columns`, which come first.
pub(crate) fn conversation(row: &Row<'_>) -> Result<Conversation> {
    let assigned_to = match row.get::<_, Option<i64>>(7)? {
        Some(id) => Some(Assignee {
            id: AgentId(id),
            name: row.get(8)?,
        }),
        None => None,
    };
    let rating = match row.get::<_, Option<i64>>(15)? {
        Some(score) => Some(Rating {
            score: Score::parse(score).map_err(|_| corrupt("conversations", "rating_score"))?,
            comment: row.get(16)?,
            at: Timestamp::from_micros(row.get(17)?),
        }),
        None => None,
    };
    let team = match row.get::<_, Option<i64>>(21)? {
        Some(id) => Some(AssignedTeam {
            id: TeamId(id),
            name: row.get(22)?,
        }),
        None => None,
    };
    let priority = match row.get::<_, Option<i64>>(23)? {
        Some(rank) => {
            Some(Priority::from_rank(rank).ok_or_else(|| corrupt("conversations", "priority"))?)
        }
        None => None,
    };
    let status =
        Status::parse(row.get_ref(6)?.as_str()?).map_err(|_| corrupt("conversations", "status"))?;
    let snoozed_until = row.get::<_, Option<i64>>(24)?;
    Ok(Conversation {
        id: ConversationId(row.get(0)?),
        widget_id: WidgetId(row.get(1)?),
        visitor_id: VisitorId(row.get(2)?),
        visitor_name: row.get(3)?,
        visitor_email: row.get(4)?,
        visitor_phone: row.get(5)?,
        visitor_verified: row.get(20)?,
        status,
        assigned_to,
        team,
        priority,
        label_ids: label_ids(row.get_ref(26)?.as_str()?)?,
        snoozed_until: snoozed_until
            .filter(|_| status == Status::Snoozed)
            .map(Timestamp::from_micros),
        waiting_since: row.get::<_, Option<i64>>(25)?.map(Timestamp::from_micros),
        last_seq: row.get(9)?,
        revision: row.get(10)?,
        visitor_read_seq: row.get(11)?,
        agent_read_seq: row.get(12)?,
        visitor_delivered_seq: row.get(18)?,
        agent_delivered_seq: row.get(19)?,
        created_at: Timestamp::from_micros(row.get(13)?),
        last_message_at: row.get::<_, Option<i64>>(14)?.map(Timestamp::from_micros),
        rating,
    })
}

/// Reads a JSON array of ids, in any order.
fn label_ids(json: &str) -> Result<Vec<LabelId>> {
    // Most conversations have none.
    if json == "[]" {
        return Ok(Vec::new());
    }
    let mut ids: Vec<i64> =
        serde_json::from_str(json).map_err(|_| corrupt("conversation_labels", "label_id"))?;
    ids.sort_unstable();
    Ok(ids.into_iter().map(LabelId).collect())
}

/// Reads `mentioned_column`.
pub(crate) fn mentioned(json: Option<&str>) -> Result<Vec<AgentId>> {
    let Some(json) = json else {
        return Ok(Vec::new());
    };
    let mut ids: Vec<i64> =
        serde_json::from_str(json).map_err(|_| corrupt("mentions", "agent_id"))?;
    ids.sort_unstable();
    Ok(ids.into_iter().map(AgentId).collect())
}

/// Reads the columns of `select_inbox`.
pub(crate) fn inbox_update(row: &Row<'_>) -> Result<InboxUpdate> {
    let conversation = conversation(row)?;
    let last_message = if conversation.last_seq == 0 {
        None
    } else {
        Some(message_from(row, N_CONVERSATION_COLUMNS + 4)?)
    };
    Ok(InboxUpdate {
        conversation,
        widget_name: row.get(N_CONVERSATION_COLUMNS)?,
        unread_count: row.get(N_CONVERSATION_COLUMNS + 1)?,
        note_count: row.get(N_CONVERSATION_COLUMNS + 2)?,
        mentioned: mentioned(row.get_ref(N_CONVERSATION_COLUMNS + 3)?.as_str_or_null()?)?,
        last_message,
    })
}

/// Reads the columns of `conversation_columns`, the count of what is unread, and those of `message_columns`.
pub(crate) fn visitor_conversation(row: &Row<'_>) -> Result<VisitorConversation> {
    Ok(VisitorConversation {
        conversation: conversation(row)?,
        unread_count: row.get(N_CONVERSATION_COLUMNS)?,
        last_message: Some(message_from(row, N_CONVERSATION_COLUMNS + 1)?),
    })
}

/// Reads the columns of `message_columns`, which come first.
pub(crate) fn message(row: &Row<'_>) -> Result<Message> {
    message_from(row, 0)
}

fn message_from(row: &Row<'_>, first: usize) -> Result<Message> {
    Ok(Message {
        id: MessageId(row.get(first)?),
        conversation_id: ConversationId(row.get(first + 1)?),
        seq: row.get(first + 2)?,
        sender_type: SenderType::parse(row.get_ref(first + 3)?.as_str()?)
            .map_err(|_| corrupt("messages", "sender_type"))?,
        sender_name: row.get(first + 4)?,
        body: row.get(first + 5)?,
        client_id: row.get::<_, Option<[u8; 16]>>(first + 6)?.map(ClientId),
        created_at: Timestamp::from_micros(row.get(first + 7)?),
        read_at: row
            .get::<_, Option<i64>>(first + 8)?
            .map(Timestamp::from_micros),
        is_voice: row.get(first + 9)?,
        attachments: match row.get_ref(first + 10)?.as_str_or_null()? {
            Some(json) => uploads::attachments_of(json)?,
            None => Vec::new(),
        },
        quick_replies: match row.get_ref(first + 11)?.as_str_or_null()? {
            Some(json) => {
                quick_replies(json).ok_or_else(|| corrupt("messages", "quick_replies"))?
            }
            None => QuickReplies::default(),
        },
        agent_id: row.get::<_, Option<i64>>(first + 12)?.map(AgentId),
        edited_at: row
            .get::<_, Option<i64>>(first + 13)?
            .map(Timestamp::from_micros),
        deleted_at: row
            .get::<_, Option<i64>>(first + 14)?
            .map(Timestamp::from_micros),
        reply_to: match row.get_ref(first + 15)?.as_str_or_null()? {
            Some(json) => Some(quote(json).ok_or_else(|| corrupt("messages", "reply_to_seq"))?),
            None => None,
        },
    })
}

/// A quoted message as the columns of `message_columns` have it: place, side, name, beginning of the text, and the first file's name.
fn quote(json: &str) -> Option<Quote> {
    let (seq, side, sender_name, body, file): (i64, String, _, String, Option<String>) =
        serde_json::from_str(json).ok()?;
    Some(Quote {
        seq,
        sender_type: SenderType::parse(&side).ok()?,
        sender_name,
        excerpt: Quote::excerpt(&body, file.as_deref()),
    })
}

/// A reply as it is stored: text, value and address.
type ReplyColumns = (String, Option<String>, Option<String>);

/// The column of these replies; nothing for none.
pub(crate) fn quick_replies_column(replies: &QuickReplies) -> Result<Option<String>> {
    if replies.is_empty() {
        return Ok(None);
    }
    let columns: Vec<_> = replies
        .as_slice()
        .iter()
        .map(|reply| (&reply.text, &reply.value, &reply.url))
        .collect();
    serde_json::to_string(&columns)
        .map(Some)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))
}

fn quick_replies(json: &str) -> Option<QuickReplies> {
    let columns: Vec<ReplyColumns> = serde_json::from_str(json).ok()?;
    let replies = columns
        .into_iter()
        .map(|(text, value, url)| QuickReply { text, value, url });
    QuickReplies::new(replies.collect()).ok()
}

/// The columns that [`visitor`] reads, of a table named `v`.
macro_rules! visitor_columns {
    () => {
        "v.id, v.widget_id, v.name, v.email, v.phone, v.external_id, v.metadata, v.verified, v.created_at"
    };
}
pub(crate) use visitor_columns;

/// Reads the columns of `visitor_columns`.
pub(crate) fn visitor(row: &Row<'_>) -> Result<Visitor> {
    Ok(Visitor {
        id: VisitorId(row.get(0)?),
        widget_id: WidgetId(row.get(1)?),
        contact: ContactDetails {
            name: row.get(2)?,
            email: row.get(3)?,
            phone: row.get(4)?,
            external_id: row.get(5)?,
            metadata: row.get(6)?,
        },
        verified: row.get(7)?,
        created_at: Timestamp::from_micros(row.get(8)?),
    })
}

/// The columns that [`agent`] reads, of a table named `a`.
macro_rules! agent_columns {
    () => {
        "a.id, a.name, a.email, a.role, a.created_at, a.deactivated_at, a.language, a.two_factor_secret IS NOT NULL, \
         a.available, a.capacity"
    };
}
pub(crate) use agent_columns;

/// Reads the columns of `agent_columns`, which come first.
pub(crate) fn agent(row: &Row<'_>) -> Result<Agent> {
    let language: Option<String> = row.get(6)?;
    Ok(Agent {
        id: AgentId(row.get(0)?),
        name: PersonName::parse(row.get_ref(1)?.as_str()?)
            .map_err(|_| corrupt("agents", "name"))?,
        email: EmailAddress::parse(row.get_ref(2)?.as_str()?)
            .map_err(|_| corrupt("agents", "email"))?,
        role: AgentRole::parse(row.get_ref(3)?.as_str()?).map_err(|_| corrupt("agents", "role"))?,
        created_at: Timestamp::from_micros(row.get(4)?),
        deactivated_at: row.get::<_, Option<i64>>(5)?.map(Timestamp::from_micros),
        language: language
            .map(|tag| Language::parse(&tag))
            .transpose()
            .map_err(|_| corrupt("agents", "language"))?,
        two_factor: row.get(7)?,
        available: row.get(8)?,
        capacity: row
            .get::<_, Option<i64>>(9)?
            .map(Capacity::parse)
            .transpose()
            .map_err(|_| corrupt("agents", "capacity"))?,
    })
}

/// Reads `id, token, name, allowed_domains, welcome_message, identity_secret, active, created_at, settings, previous_token,
/// previous_token_ends_at, previous_identity_secret, previous_identity_secret_ends_at` of a widget.
pub(crate) fn widget(row: &Row<'_>) -> Result<Widget> {
    let previous_token = replaced(row, 9)?.map(|Replaced { value, ends_at }| {
        let value = WidgetToken::parse(&value).map_err(|_| corrupt("widgets", "previous_token"))?;
        Ok::<_, rusqlite::Error>(Replaced { value, ends_at })
    });
    let domains: Vec<String> = serde_json::from_str(row.get_ref(3)?.as_str()?)
        .map_err(|_| corrupt("widgets", "allowed_domains"))?;
    let settings = serde_json::from_str(row.get_ref(8)?.as_str()?)
        .map_err(|_| corrupt("widgets", "settings"))?;
    Ok(Widget {
        id: WidgetId(row.get(0)?),
        token: WidgetToken::parse(row.get_ref(1)?.as_str()?)
            .map_err(|_| corrupt("widgets", "token"))?,
        name: WidgetName::parse(row.get_ref(2)?.as_str()?)
            .map_err(|_| corrupt("widgets", "name"))?,
        allowed_domains: AllowedDomains::parse(domains.iter().map(String::as_str))
            .map_err(|_| corrupt("widgets", "allowed_domains"))?,
        welcome_message: row.get(4)?,
        identity_secret: row.get(5)?,
        active: row.get(6)?,
        created_at: Timestamp::from_micros(row.get(7)?),
        settings: WidgetSettings::parse(settings).map_err(|_| corrupt("widgets", "settings"))?,
        previous_token: previous_token.transpose()?,
        previous_identity_secret: replaced(row, 11)?,
    })
}

/// Reads what was replaced and its end from two columns.
fn replaced(row: &Row<'_>, column: usize) -> Result<Option<Replaced<String>>> {
    let (value, ends_at): (Option<String>, Option<i64>) = (row.get(column)?, row.get(column + 1)?);
    Ok(value.zip(ends_at).map(|(value, ends_at)| Replaced {
        value,
        ends_at: Timestamp::from_micros(ends_at),
    }))
}
