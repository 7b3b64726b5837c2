//! Posting a message: the path that everybody waits for, so it is one statement; with files, one more.

use crate::connector::Db;
use crate::failure::{Result, corrupt};
use crate::reports::report_post;
use crate::rows::{
    self, N_CONVERSATION_COLUMNS, conversation_columns, conversation_tables, mentioned_column,
    message_columns,
};
use crate::uploads;
use crate::writer::{Tx, revision};
use antiphon_domain::{
    AgentId, ClientId, ConversationId, InboxUpdate, Message, MessageId, NewAttachment,
    QuickReplies, Sender, Status, Timestamp,
};
use antiphon_store::{NewMessage, PostOutcome, Posted};

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

/// Changes and adds nothing if the conversation is closed or unknown, has a message with the client's id, or none to be answered. `$4` is the agent, and
/// NULL for the visitor.
const POST: &str = concat!(
    "WITH after AS (
         UPDATE conversations
         SET last_seq = last_seq + 1, revision = ",
    revision!("$2"),
    ",
             status = CASE
                 WHEN status IN ('pending', 'snoozed') AND $4::bigint IS NOT NULL THEN 'active'
                 WHEN status = 'snoozed' AND answered THEN 'active'
                 WHEN status = 'snoozed' THEN 'pending'
                 ELSE status END,
             unread_count = unread_count + CASE WHEN $4::bigint IS NULL THEN 1 ELSE 0 END,
             answered = answered OR $4::bigint IS NOT NULL,
             last_message_at = $7,
             waiting_since = CASE WHEN $4::bigint IS NULL THEN coalesce(waiting_since, $7) END,
             awaits_agent_since = CASE
                 WHEN $4::bigint IS NOT NULL THEN NULL
                 WHEN assigned_agent_id IS NULL AND NOT unassigned_by_hand AND EXISTS (
                     SELECT 1 FROM widget_routing r WHERE r.widget_id = conversations.widget_id AND r.assignment <> 'off'
                 ) THEN coalesce(awaits_agent_since, $7)
                 ELSE awaits_agent_since END,
             snoozed_until = NULL
         WHERE id = $1 AND status <> 'closed' AND NOT EXISTS (
             SELECT 1 FROM messages WHERE conversation_id = $1 AND client_id = $6
         ) AND ($11::bigint IS NULL OR $11 BETWEEN 1 AND last_seq)
         RETURNING *
     ), posted AS (
         INSERT INTO messages
             (conversation_id, seq, sender_type, sender_agent_id, sender_name, body, client_id, created_at, is_voice, n_attachments,
              quick_replies, reply_to_seq)
         SELECT after.id, after.last_seq, $3, $4,
             CASE WHEN $4::bigint IS NULL THEN v.name ELSE (SELECT name FROM agents WHERE id = $4) END, $5, $6, $7, $8, $9, $10, $11
         FROM after JOIN visitors v ON v.id = after.visitor_id
         RETURNING id, sender_name
     ), ",
    report_post!(),
    "
     SELECT ",
    conversation_columns!(),
    ", w.name, c.unread_count, c.note_count, ",
    mentioned_column!(),
    ", p.id, p.sender_name, c.awaits_agent_since IS NOT NULL FROM ",
    conversation_tables!("after"),
    " JOIN widgets w ON w.id = c.widget_id CROSS JOIN posted p"
);

pub(crate) async fn post(tx: &mut Tx<'_>, new: &Draft<'_>) -> Result<PostOutcome> {
    let id = new.conversation_id;
    let revision = tx.draw(id.0);
    let agent_id = match new.sender {
        Sender::Visitor => None,
        Sender::Agent(id) => Some(id.0),
    };
    let sender_type = new.sender.sender_type();
    let posted = tx
        .db
        .optional(
            POST,
            &[
                &id.0,
                &revision,
                &sender_type.as_str(),
                &agent_id,
                &new.body,
                &new.client_id.as_ref().map(|id| id.0.as_slice()),
                &new.at.as_micros(),
                &new.is_voice,
                &(new.attachments.len() as i64),
                &rows::quick_replies_column(&new.quick_replies),
                &new.reply_to_seq,
            ],
        )
        .await?;
    let Some(row) = posted else {
        tx.put_back();
        return why_not(tx.db, new).await;
    };
    let conversation = rows::conversation(&row)?;
    let sender_name: Option<String> = row.try_get(N_CONVERSATION_COLUMNS + 5)?;
    if agent_id.is_some() && sender_name.is_none() {
        // An agent who was let in is in the table, since agents are never removed.
        return Err(corrupt("messages", "sender_agent_id"));
    }
    let mut message = Message {
        id: MessageId(row.try_get(N_CONVERSATION_COLUMNS + 4)?),
        conversation_id: id,
        seq: conversation.last_seq,
        sender_type,
        sender_name,
        agent_id: agent_id.map(AgentId),
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
    if new.reply_to_seq.is_some() {
        message.reply_to = message_by_id(tx.db, message.id.0).await?.reply_to;
    }
    if !new.attachments.is_empty() {
        message.attachments = uploads::insert(tx.db, new, &message, &conversation).await?;
    }
    Ok(PostOutcome::Posted(Box::new(Posted {
        update: InboxUpdate {
            widget_name: row.try_get(N_CONVERSATION_COLUMNS)?,
            unread_count: row.try_get(N_CONVERSATION_COLUMNS + 1)?,
            note_count: row.try_get(N_CONVERSATION_COLUMNS + 2)?,
            mentioned: rows::mentioned(&row, N_CONVERSATION_COLUMNS + 3)?,
            conversation,
            last_message: Some(message.clone()),
        },
        awaits_agent: row.try_get(N_CONVERSATION_COLUMNS + 6)?,
        message,
    })))
}

pub(super) async fn message_by_client_id(
    db: Db<'_>,
    id: ConversationId,
    client_id: ClientId,
) -> Result<Option<Message>> {
    let sql = concat!(
        "SELECT ",
        message_columns!(),
        " FROM messages m WHERE m.conversation_id = $1 AND m.client_id = $2"
    );
    let row = db.optional(sql, &[&id.0, &client_id.0.as_slice()]).await?;
    row.as_ref().map(rows::message).transpose()
}

/// A message that is there.
pub(crate) async fn message_by_id(db: Db<'_>, id: i64) -> Result<Message> {
    let sql = concat!(
        "SELECT ",
        message_columns!(),
        " FROM messages m WHERE m.id = $1"
    );
    rows::message(&db.one("the message", sql, &[&id]).await?)
}

/// Why nothing was posted.
async fn why_not(db: Db<'_>, new: &Draft<'_>) -> Result<PostOutcome> {
    let id = new.conversation_id;
    if let Some(client_id) = new.client_id
        && let Some(message) = message_by_client_id(db, id, client_id).await?
    {
        return Ok(PostOutcome::Repeated(Box::new(message)));
    }
    let status = db
        .optional(
            "SELECT status, last_seq FROM conversations WHERE id = $1",
            &[&id.0],
        )
        .await?;
    match status {
        None => Ok(PostOutcome::UnknownConversation),
        Some(row) if row.try_get::<_, &str>(0)? == Status::Closed.as_str() => {
            Ok(PostOutcome::Closed)
        }
        Some(row)
            if !new.reply_to_seq.is_none_or(|seq| {
                let last_seq = row.try_get(1).unwrap_or_default();
                (1..=last_seq).contains(&seq)
            }) =>
        {
            Ok(PostOutcome::UnknownQuote)
        }
        Some(_) => Err(corrupt("conversations", "visitor_id")),
    }
}
