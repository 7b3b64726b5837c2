//! Rows to domain values. A value that cannot be is reported by table and column, never guessed at.

use crate::failure::{Error, Result, corrupt};
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
use tokio_postgres::Row;

/// The columns that `uploads::attachment` reads, of a table named `t`.
macro_rules! attachment_columns {
    () => {
        "t.id, t.file_key, t.name, t.content_type, t.size_bytes, t.width, t.height, t.thumbnail_key, t.duration_ms, \
         encode(t.waveform, 'hex')"
    };
}

/// The columns that [`message`] reads, of a table named `m`. A message's files come as one JSON array of arrays, so that every
/// statement that reads messages reads them whole; of a message without files nothing more is read.
macro_rules! message_columns {
    () => {
        concat!(
            "m.id, m.conversation_id, m.seq, m.sender_type, m.sender_name, m.body, m.client_id, m.created_at, m.read_at, \
             m.is_voice, CASE WHEN m.n_attachments > 0 THEN (SELECT json_agg(json_build_array(",
            $crate::rows::attachment_columns!(),
            ") ORDER BY t.id)::text FROM attachments t WHERE t.message_id = m.id) END, m.quick_replies, m.sender_agent_id, m.edited_at, m.deleted_at, \
             CASE WHEN m.reply_to_seq IS NOT NULL THEN (SELECT json_build_array(q.seq, q.sender_type, q.sender_name, left(q.body, 1000), \
             (SELECT t.name FROM attachments t WHERE t.message_id = q.id ORDER BY t.id LIMIT 1))::text \
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
         ARRAY(SELECT label_id FROM conversation_labels WHERE conversation_id = c.id ORDER BY label_id)"
    };
}

/// The tables that a conversation, or rows in its place, is put together from.
macro_rules! conversation_tables {
    ($conversations:literal) => {
        concat!(
            $conversations,
            " c JOIN visitors v ON v.id = c.visitor_id LEFT JOIN agents a ON a.id = c.assigned_agent_id \
             LEFT JOIN teams g ON g.id = c.team_id"
        )
    };
    () => {
        conversation_tables!("conversations")
    };
}

/// The agents who are mentioned in notes of a conversation named `c`, ascending; of one without notes nothing is looked at.
macro_rules! mentioned_column {
    () => {
        "CASE WHEN c.note_count > 0 THEN ARRAY(SELECT DISTINCT k.agent_id FROM notes n \
         JOIN mentions k ON k.note_id = n.id WHERE n.conversation_id = c.id ORDER BY k.agent_id) ELSE '{}'::bigint[] END"
    };
}

/// The columns that [`inbox_update`] reads, of tables named `c`, `v`, `a`, `g`, `w` and `m`.
macro_rules! inbox_columns {
    () => {
        concat!(
            $crate::rows::conversation_columns!(),
            ", w.name, c.unread_count, c.note_count, ",
            $crate::rows::mentioned_column!(),
            ", ",
            $crate::rows::message_columns!()
        )
    };
}

/// A whole row of the inbox, to be followed by a condition on `c`.
macro_rules! select_inbox {
    () => {
        $crate::rows::select_inbox!("conversations")
    };
    ($conversations:literal) => {
        concat!(
            "SELECT ",
            $crate::rows::inbox_columns!(),
            " FROM ",
            $crate::rows::conversation_tables!($conversations),
            " JOIN widgets w ON w.id = c.widget_id",
            " LEFT JOIN messages m ON m.conversation_id = c.id AND m.seq = c.last_seq "
        )
    };
}

pub(crate) use {
    attachment_columns, conversation_columns, conversation_tables, inbox_columns, mentioned_column,
    message_columns, select_inbox,
};

/// How many columns `conversation_columns` has.
pub(crate) const N_CONVERSATION_COLUMNS: usize = 27;

/// Reads the columns of `conversation_columns`, which come first.
pub(crate) fn conversation(row: &Row) -> Result<Conversation> {
    let assigned_to = match row.try_get::<_, Option<i64>>(7)? {
        Some(id) => Some(Assignee {
            id: AgentId(id),
            name: row.try_get(8)?,
        }),
        None => None,
    };
    let rating = match row.try_get::<_, Option<i64>>(15)? {
        Some(score) => Some(Rating {
            score: Score::parse(score).map_err(|_| corrupt("conversations", "rating_score"))?,
            comment: row.try_get(16)?,
            at: Timestamp::from_micros(row.try_get(17)?),
        }),
        None => None,
    };
    let team = match row.try_get::<_, Option<i64>>(21)? {
        Some(id) => Some(AssignedTeam {
            id: TeamId(id),
            name: row.try_get(22)?,
        }),
        None => None,
    };
    let priority = match row.try_get::<_, Option<i64>>(23)? {
        Some(rank) => {
            Some(Priority::from_rank(rank).ok_or_else(|| corrupt("conversations", "priority"))?)
        }
        None => None,
    };
    let status = Status::parse(row.try_get(6)?).map_err(|_| corrupt("conversations", "status"))?;
    let label_ids: Vec<i64> = row.try_get(26)?;
    Ok(Conversation {
        id: ConversationId(row.try_get(0)?),
        widget_id: WidgetId(row.try_get(1)?),
        visitor_id: VisitorId(row.try_get(2)?),
        visitor_name: row.try_get(3)?,
        visitor_email: row.try_get(4)?,
        visitor_phone: row.try_get(5)?,
        visitor_verified: row.try_get(20)?,
        status,
        assigned_to,
        team,
        priority,
        label_ids: label_ids.into_iter().map(LabelId).collect(),
        snoozed_until: time(row, 24)?.filter(|_| status == Status::Snoozed),
        waiting_since: time(row, 25)?,
        last_seq: row.try_get(9)?,
        revision: row.try_get(10)?,
        visitor_read_seq: row.try_get(11)?,
        agent_read_seq: row.try_get(12)?,
        visitor_delivered_seq: row.try_get(18)?,
        agent_delivered_seq: row.try_get(19)?,
        created_at: Timestamp::from_micros(row.try_get(13)?),
        last_message_at: time(row, 14)?,
        rating,
    })
}

/// Reads the columns of `inbox_columns`.
pub(crate) fn inbox_update(row: &Row) -> Result<InboxUpdate> {
    let conversation = conversation(row)?;
    let last_message = if conversation.last_seq == 0 {
        None
    } else {
        Some(message_from(row, N_CONVERSATION_COLUMNS + 4)?)
    };
    Ok(InboxUpdate {
        conversation,
        widget_name: row.try_get(N_CONVERSATION_COLUMNS)?,
        unread_count: row.try_get(N_CONVERSATION_COLUMNS + 1)?,
        note_count: row.try_get(N_CONVERSATION_COLUMNS + 2)?,
        mentioned: mentioned(row, N_CONVERSATION_COLUMNS + 3)?,
        last_message,
    })
}

/// Reads `mentioned_column`.
pub(crate) fn mentioned(row: &Row, column: usize) -> Result<Vec<AgentId>> {
    let ids: Vec<i64> = row.try_get(column)?;
    Ok(ids.into_iter().map(AgentId).collect())
}

/// Reads the columns of `conversation_columns`, the count of what is unread, and those of `message_columns`.
pub(crate) fn visitor_conversation(row: &Row) -> Result<VisitorConversation> {
    Ok(VisitorConversation {
        conversation: conversation(row)?,
        unread_count: row.try_get(N_CONVERSATION_COLUMNS)?,
        last_message: Some(message_from(row, N_CONVERSATION_COLUMNS + 1)?),
    })
}

/// Reads the columns of `message_columns`, which come first.
pub(crate) fn message(row: &Row) -> Result<Message> {
    message_from(row, 0)
}

fn message_from(row: &Row, first: usize) -> Result<Message> {
    let client_id = row
        .try_get::<_, Option<&[u8]>>(first + 6)?
        .map(|bytes| bytes.try_into().map(ClientId))
        .transpose()
        .map_err(|_| corrupt("messages", "client_id"))?;
    Ok(Message {
        id: MessageId(row.try_get(first)?),
        conversation_id: ConversationId(row.try_get(first + 1)?),
        seq: row.try_get(first + 2)?,
        sender_type: SenderType::parse(row.try_get(first + 3)?)
            .map_err(|_| corrupt("messages", "sender_type"))?,
        sender_name: row.try_get(first + 4)?,
        body: row.try_get(first + 5)?,
        client_id,
        created_at: Timestamp::from_micros(row.try_get(first + 7)?),
        read_at: time(row, first + 8)?,
        is_voice: row.try_get(first + 9)?,
        attachments: match row.try_get::<_, Option<&str>>(first + 10)? {
            Some(json) => uploads::attachments_of(json)?,
            None => Vec::new(),
        },
        quick_replies: match row.try_get::<_, Option<&str>>(first + 11)? {
            Some(json) => {
                quick_replies(json).ok_or_else(|| corrupt("messages", "quick_replies"))?
            }
            None => QuickReplies::default(),
        },
        agent_id: row.try_get::<_, Option<i64>>(first + 12)?.map(AgentId),
        edited_at: time(row, first + 13)?,
        deleted_at: time(row, first + 14)?,
        reply_to: match row.try_get::<_, Option<&str>>(first + 15)? {
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
pub(crate) fn quick_replies_column(replies: &QuickReplies) -> Option<String> {
    if replies.is_empty() {
        return None;
    }
    let columns = replies
        .as_slice()
        .iter()
        .map(|reply| serde_json::json!([reply.text, reply.value, reply.url]));
    Some(serde_json::Value::Array(columns.collect()).to_string())
}

fn quick_replies(json: &str) -> Option<QuickReplies> {
    let columns: Vec<ReplyColumns> = serde_json::from_str(json).ok()?;
    let replies = columns
        .into_iter()
        .map(|(text, value, url)| QuickReply { text, value, url });
    QuickReplies::new(replies.collect()).ok()
}

/// Reads a time that may be absent.
pub(crate) fn time(row: &Row, index: usize) -> Result<Option<Timestamp>> {
    let micros: Option<i64> = row.try_get(index)?;
    Ok(micros.map(Timestamp::from_micros))
}

/// The columns that [`visitor`] reads, of a table named `v`.
macro_rules! visitor_columns {
    () => {
        "v.id, v.widget_id, v.name, v.email, v.phone, v.external_id, v.metadata, v.verified, v.created_at"
    };
}
pub(crate) use visitor_columns;

/// Reads the columns of `visitor_columns`.
pub(crate) fn visitor(row: &Row) -> Result<Visitor> {
    Ok(Visitor {
        id: VisitorId(row.try_get(0)?),
        widget_id: WidgetId(row.try_get(1)?),
        contact: ContactDetails {
            name: row.try_get(2)?,
            email: row.try_get(3)?,
            phone: row.try_get(4)?,
            external_id: row.try_get(5)?,
            metadata: row.try_get(6)?,
        },
        verified: row.try_get(7)?,
        created_at: Timestamp::from_micros(row.try_get(8)?),
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
pub(crate) fn agent(row: &Row) -> Result<Agent> {
    let language: Option<&str> = row.try_get(6)?;
    Ok(Agent {
        id: AgentId(row.try_get(0)?),
        name: PersonName::parse(row.try_get(1)?).map_err(|_| corrupt("agents", "name"))?,
        email: EmailAddress::parse(row.try_get(2)?).map_err(|_| corrupt("agents", "email"))?,
        role: AgentRole::parse(row.try_get(3)?).map_err(|_| corrupt("agents", "role"))?,
        created_at: Timestamp::from_micros(row.try_get(4)?),
        deactivated_at: row
            .try_get::<_, Option<i64>>(5)?
            .map(Timestamp::from_micros),
        language: language
            .map(Language::parse)
            .transpose()
            .map_err(|_| corrupt("agents", "language"))?,
        two_factor: row.try_get(7)?,
        available: row.try_get(8)?,
        capacity: row
            .try_get::<_, Option<i64>>(9)?
            .map(Capacity::parse)
            .transpose()
            .map_err(|_| corrupt("agents", "capacity"))?,
    })
}

/// Reads `id, token, name, allowed_domains, welcome_message, identity_secret, active, created_at, settings, previous_token,
/// previous_token_ends_at, previous_identity_secret, previous_identity_secret_ends_at` of a widget.
pub(crate) fn widget(row: &Row) -> Result<Widget> {
    let previous_token = replaced(row, 9)?.map(|Replaced { value, ends_at }| {
        let value = WidgetToken::parse(&value).map_err(|_| corrupt("widgets", "previous_token"))?;
        Ok::<_, Error>(Replaced { value, ends_at })
    });
    let domains: Vec<String> =
        serde_json::from_str(row.try_get(3)?).map_err(|_| corrupt("widgets", "allowed_domains"))?;
    let settings =
        serde_json::from_str(row.try_get(8)?).map_err(|_| corrupt("widgets", "settings"))?;
    Ok(Widget {
        id: WidgetId(row.try_get(0)?),
        token: WidgetToken::parse(row.try_get(1)?).map_err(|_| corrupt("widgets", "token"))?,
        name: WidgetName::parse(row.try_get(2)?).map_err(|_| corrupt("widgets", "name"))?,
        allowed_domains: AllowedDomains::parse(domains.iter().map(String::as_str))
            .map_err(|_| corrupt("widgets", "allowed_domains"))?,
        welcome_message: row.try_get(4)?,
        identity_secret: row.try_get(5)?,
        active: row.try_get(6)?,
        created_at: Timestamp::from_micros(row.try_get(7)?),
        settings: WidgetSettings::parse(settings).map_err(|_| corrupt("widgets", "settings"))?,
        previous_token: previous_token.transpose()?,
        previous_identity_secret: replaced(row, 11)?,
    })
}

/// Reads what was replaced and its end from two columns.
fn replaced(row: &Row, column: usize) -> Result<Option<Replaced<String>>> {
    let (value, ends_at): (Option<String>, Option<i64>) =
        (row.try_get(column)?, row.try_get(column + 1)?);
    Ok(value.zip(ends_at).map(|(value, ends_at)| Replaced {
        value,
        ends_at: Timestamp::from_micros(ends_at),
    }))
}
