//! Posting a message: the path that everybody waits for, so it is six short statements, seven at most, and builds its answer from them.

use super::next_revision;
use crate::failure::corrupt;
use crate::rows::{
    self, conversation_columns, conversation_tables, mentioned_column, message_columns,
};
use crate::{reports, uploads};
use antiphon_domain::{
    AgentId, ClientId, Conversation, ConversationId, InboxUpdate, Message, MessageId,
    NewAttachment, QuickReplies, Sender, Status, Timestamp,
};
use antiphon_store::{NewMessage, PostOutcome, Posted};
use rusqlite::{Connection, OptionalExtension as _, Result, named_params, params};

/// A message on its way, with files or without.
pub(crate) struct Draft<'a> {
    pub(crate) conversation_id: ConversationId,
    pub(crate) sender: Sender,
    pub(crate) body: &'a str,
    pub(crate) attachments: &'a [NewAttachment],
    pub(crate) is_voice: bool,
    pub(crate) quick_replies: QuickReplies,
    pub(crate) reply_to_seq: Option<i64>,
    pub(crate) client_id: Option<ClientId>,
    pub(crate) at: Timestamp,
}

impl<'a> From<&'a NewMessage> for Draft<'a> {
    fn from(new: &'a NewMessage) -> Self {
        Self {
            conversation_id: new.conversation_id,
            sender: new.sender,
            body: new.body.as_str(),
            attachments: &[],
            is_voice: false,
            quick_replies: new.quick_replies.clone(),
            reply_to_seq: new.reply_to_seq,
            client_id: new.client_id,
            at: new.at,
        }
    }
}

pub(crate) fn post(connection: &Connection, new: &Draft<'_>) -> Result<PostOutcome> {
    if let Some(client_id) = new.client_id
        && let Some(message) = message_by_client_id(connection, new.conversation_id, client_id)?
    {
        return Ok(PostOutcome::Repeated(Box::new(message)));
    }
    let Some(before) = standing(connection, new.conversation_id)? else {
        return Ok(PostOutcome::UnknownConversation);
    };
    if before.conversation.status == Status::Closed {
        return Ok(PostOutcome::Closed);
    }
    let messages = 1..=before.conversation.last_seq;
    if new.reply_to_seq.is_some_and(|seq| !messages.contains(&seq)) {
        return Ok(PostOutcome::UnknownQuote);
    }

    reports::posted(connection, &before.conversation, new.sender, new.at)?;
    let after = Standing {
        answered: before.answered || matches!(new.sender, Sender::Agent(_)),
        unread_count: before.unread_count + i64::from(new.sender == Sender::Visitor),
        note_count: before.note_count,
        mentioned: before.mentioned,
        awaits_agent_since: match new.sender {
            Sender::Visitor if before.may_await_agent => {
                before.awaits_agent_since.or(Some(new.at.as_micros()))
            }
            Sender::Visitor => before.awaits_agent_since,
            // Somebody has taken it up.
            Sender::Agent(_) => None,
        },
        may_await_agent: before.may_await_agent,
        widget_name: before.widget_name,
        conversation: Conversation {
            last_seq: before.conversation.last_seq + 1,
            revision: next_revision(connection)?,
            status: status_after(before.conversation.status, new.sender, before.answered),
            last_message_at: Some(new.at),
            waiting_since: match new.sender {
                Sender::Visitor => before.conversation.waiting_since.or(Some(new.at)),
                Sender::Agent(_) => None,
            },
            // Whoever posts wakes it.
            snoozed_until: None,
            ..before.conversation
        },
    };
    update(connection, &after)?;
    let mut message = insert(connection, new, &after.conversation)?;
    if !new.attachments.is_empty() {
        message.attachments = uploads::insert(connection, new, &message, &after.conversation)?;
    }
    Ok(PostOutcome::Posted(Box::new(Posted {
        update: InboxUpdate {
            conversation: after.conversation,
            widget_name: after.widget_name,
            last_message: Some(message.clone()),
            unread_count: after.unread_count,
            note_count: after.note_count,
            mentioned: after.mentioned,
        },
        awaits_agent: after.awaits_agent_since.is_some(),
        message,
    })))
}

/// What a post reads and writes of its conversation.
struct Standing {
    conversation: Conversation,
    widget_name: String,
    unread_count: i64,
    note_count: i64,
    mentioned: Vec<AgentId>,
    answered: bool,
    awaits_agent_since: Option<i64>,
    /// Nobody has it, by nobody's decision, and its widget assigns.
    may_await_agent: bool,
}

fn status_after(before: Status, sender: Sender, answered: bool) -> Status {
    match (before, sender) {
        (Status::Pending | Status::Snoozed, Sender::Agent(_)) => Status::Active,
        (Status::Snoozed, Sender::Visitor) if answered => Status::Active,
        (Status::Snoozed, Sender::Visitor) => Status::Pending,
        (status, _) => status,
    }
}

pub(super) fn message_by_client_id(
    connection: &Connection,
    id: ConversationId,
    client_id: ClientId,
) -> Result<Option<Message>> {
    connection
        .prepare_cached(concat!(
            "SELECT ",
            message_columns!(),
            " FROM messages m WHERE m.conversation_id = ?1 AND m.client_id = ?2"
        ))?
        .query_row(params![id.0, client_id.0], rows::message)
        .optional()
}

/// A message that is there.
pub(crate) fn message_by_id(connection: &Connection, id: i64) -> Result<Message> {
    connection
        .prepare_cached(concat!(
            "SELECT ",
            message_columns!(),
            " FROM messages m WHERE m.id = ?1"
        ))?
        .query_row([id], rows::message)
}

fn standing(connection: &Connection, id: ConversationId) -> Result<Option<Standing>> {
    connection
        .prepare_cached(concat!(
            "SELECT ",
            conversation_columns!(),
            ", w.name AS widget_name, c.unread_count, c.note_count, c.answered, ",
            mentioned_column!(),
            " AS mentioned, c.awaits_agent_since,
              c.assigned_agent_id IS NULL AND c.unassigned_by_hand = 0
                  AND coalesce(r.assignment, 'off') <> 'off' AS may_await_agent FROM ",
            conversation_tables!(),
            " JOIN widgets w ON w.id = c.widget_id LEFT JOIN widget_routing r ON r.widget_id = c.widget_id WHERE c.id = ?1"
        ))?
        .query_row([id.0], |row| {
            Ok(Standing {
                conversation: rows::conversation(row)?,
                widget_name: row.get("widget_name")?,
                unread_count: row.get("unread_count")?,
                note_count: row.get("note_count")?,
                mentioned: rows::mentioned(row.get_ref("mentioned")?.as_str_or_null()?)?,
                answered: row.get("answered")?,
                awaits_agent_since: row.get("awaits_agent_since")?,
                may_await_agent: row.get("may_await_agent")?,
            })
        })
        .optional()
}

fn update(connection: &Connection, after: &Standing) -> Result<()> {
    connection
        .prepare_cached(
            "UPDATE conversations
             SET last_seq = :last_seq, revision = :revision, status = :status, unread_count = :unread_count,
                 answered = :answered, last_message_at = :last_message_at, waiting_since = :waiting_since,
                 awaits_agent_since = :awaits_agent_since
             WHERE id = :id",
        )?
        .execute(named_params! {
            ":id": after.conversation.id.0,
            ":last_seq": after.conversation.last_seq,
            ":revision": after.conversation.revision,
            ":status": after.conversation.status.as_str(),
            ":unread_count": after.unread_count,
            ":answered": after.answered,
            ":last_message_at": after.conversation.last_message_at.map(|at| at.as_micros()),
            ":waiting_since": after.conversation.waiting_since.map(|at| at.as_micros()),
            ":awaits_agent_since": after.awaits_agent_since,
        })?;
    Ok(())
}

fn insert(
    connection: &Connection,
    new: &Draft<'_>,
    conversation: &Conversation,
) -> Result<Message> {
    let (sender_agent_id, sender_name) = match new.sender {
        Sender::Visitor => (None, conversation.visitor_name.clone()),
        Sender::Agent(id) => {
            let name = connection
                .prepare_cached("SELECT name FROM agents WHERE id = ?1")?
                .query_row([id.0], |row| row.get(0))
                .optional()?;
            // An agent who was let in is in the table, since agents are never removed.
            (
                Some(id.0),
                Some(name.ok_or_else(|| corrupt("messages", "sender_agent_id"))?),
            )
        }
    };
    let message = Message {
        id: MessageId(0),
        conversation_id: new.conversation_id,
        seq: conversation.last_seq,
        sender_type: new.sender.sender_type(),
        sender_name,
        agent_id: sender_agent_id.map(AgentId),
        body: new.body.to_owned(),
        attachments: Vec::new(),
        is_voice: new.is_voice,
        quick_replies: new.quick_replies.clone(),
        client_id: new.client_id,
        created_at: new.at,
        read_at: None,
        reply_to: None,
        edited_at: None,
        deleted_at: None,
    };
    let id = connection
        .prepare_cached(
            "INSERT INTO messages
                 (conversation_id, seq, sender_type, sender_agent_id, sender_name, body, client_id, created_at, is_voice, n_attachments,
                  quick_replies, reply_to_seq)
             VALUES (:conversation_id, :seq, :sender_type, :sender_agent_id, :sender_name, :body, :client_id, :created_at, :is_voice,
                 :n_attachments, :quick_replies, :reply_to_seq)",
        )?
        .insert(named_params! {
            ":conversation_id": message.conversation_id.0,
            ":seq": message.seq,
            ":sender_type": message.sender_type.as_str(),
            ":sender_agent_id": sender_agent_id,
            ":sender_name": message.sender_name,
            ":body": message.body,
            ":client_id": message.client_id.map(|id| id.0),
            ":created_at": message.created_at.as_micros(),
            ":is_voice": message.is_voice,
            ":n_attachments": new.attachments.len() as i64,
            ":quick_replies": rows::quick_replies_column(&message.quick_replies)?,
            ":reply_to_seq": new.reply_to_seq,
        })?;
    let reply_to = match new.reply_to_seq {
        Some(_) => message_by_id(connection, id)?.reply_to,
        None => None,
    };
    Ok(Message {
        id: MessageId(id),
        reply_to,
        ..message
    })
}
