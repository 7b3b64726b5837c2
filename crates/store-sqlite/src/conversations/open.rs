//! Opening the chat: who the visitor is, and which conversation it is in.

use super::read::{conversation, inbox_update};
use super::{details, next_revision};
use crate::rows::{self, visitor_columns};
use crate::visits;
use antiphon_domain::{
    ContactDetails, Conversation, ConversationId, InboxUpdate, PageView, Status, Timestamp,
    TokenHash, Visitor, VisitorId,
};
use antiphon_store::{
    MAX_RENAMED, MAX_VISITOR_TOKENS, OpenConversation, OpenedConversation, VisitorClaim,
};
use rusqlite::{Connection, Error, OptionalExtension as _, Result, named_params, params};

pub(super) fn open_conversation(
    connection: &Connection,
    open: &OpenConversation,
) -> Result<OpenedConversation> {
    let known = match open.visitor {
        VisitorClaim::Known(id) => Some(known_visitor(connection, open, id)?),
        VisitorClaim::Verified { .. } => verified_visitor(connection, open)?,
        VisitorClaim::New { .. } => None,
    };
    let (visitor, renamed) = match known {
        Some(known) => {
            let visitor = learn(connection, known.clone(), &open.contact)?;
            let renamed = if is_shown_the_same(&known.contact, &visitor.contact) {
                Vec::new()
            } else {
                rename(connection, visitor.id)?
            };
            (visitor, renamed)
        }
        None => (insert_visitor(connection, open)?, Vec::new()),
    };
    if let VisitorClaim::New { token } | VisitorClaim::Verified { token } = open.visitor {
        insert_token(connection, visitor.id, token, open.at)?;
    }

    let found = match open.conversation_id {
        Some(id) => Some(own_conversation(connection, &visitor, id)?),
        None => latest_conversation(connection, visitor.id)?.filter(|latest| {
            let unused = latest.last_seq == 0 && latest.status != Status::Closed;
            !open.new_conversation || unused
        }),
    };
    let created = found.is_none();
    let conversation = match found {
        Some(conversation) => conversation,
        None => insert_conversation(connection, &visitor, open.at)?,
    };
    details::learn(connection, conversation.id, &open.details)?;
    visits::know_device(connection, visitor.id, &open.device)?;
    let page = &open.details.page;
    if let Some(url) = &page.url {
        let page = PageView {
            url: url.clone(),
            title: page.title.clone(),
            at: open.at,
        };
        visits::add_page(connection, conversation.id, &page)?;
    }
    Ok(OpenedConversation {
        visitor,
        conversation,
        created,
        renamed,
    })
}

/// A row of the inbox shows these, and nothing else of a visitor.
fn is_shown_the_same(a: &ContactDetails, b: &ContactDetails) -> bool {
    (&a.name, &a.email, &a.phone) == (&b.name, &b.email, &b.phone)
}

/// Draws a revision for each of the visitor's conversations that is in the inbox, oldest first.
fn rename(connection: &Connection, visitor: VisitorId) -> Result<Vec<InboxUpdate>> {
    let mut ids: Vec<i64> = connection
        .prepare_cached(
            "SELECT id FROM conversations WHERE visitor_id = ?1 AND last_seq > 0 ORDER BY id DESC LIMIT ?2",
        )?
        .query_map(params![visitor.0, MAX_RENAMED], |row| row.get(0))?
        .collect::<Result<_>>()?;
    ids.reverse();
    let mut renamed = Vec::with_capacity(ids.len());
    for id in ids {
        connection
            .prepare_cached("UPDATE conversations SET revision = ?2 WHERE id = ?1")?
            .execute(params![id, next_revision(connection)?])?;
        renamed.extend(inbox_update(connection, ConversationId(id))?);
    }
    Ok(renamed)
}

/// The conversation, which must be the visitor's.
fn own_conversation(
    connection: &Connection,
    visitor: &Visitor,
    id: ConversationId,
) -> Result<Conversation> {
    conversation(connection, id)?
        .filter(|conversation| conversation.visitor_id == visitor.id)
        .ok_or(Error::QueryReturnedNoRows)
}

pub(super) fn visitor_by_token(
    connection: &Connection,
    token: TokenHash,
) -> Result<Option<Visitor>> {
    connection
        .prepare_cached(concat!(
            "SELECT ",
            visitor_columns!(),
            " FROM visitor_tokens t JOIN visitors v ON v.id = t.visitor_id WHERE t.token_hash = ?1"
        ))?
        .query_row([token.0], rows::visitor)
        .optional()
}

pub(super) fn visitor(connection: &Connection, id: VisitorId) -> Result<Option<Visitor>> {
    connection
        .prepare_cached(concat!(
            "SELECT ",
            visitor_columns!(),
            " FROM visitors v WHERE v.id = ?1"
        ))?
        .query_row([id.0], rows::visitor)
        .optional()
}

fn known_visitor(
    connection: &Connection,
    open: &OpenConversation,
    id: VisitorId,
) -> Result<Visitor> {
    connection
        .prepare_cached(concat!(
            "SELECT ",
            visitor_columns!(),
            " FROM visitors v WHERE v.id = ?1 AND v.widget_id = ?2"
        ))?
        .query_row([id.0, open.widget_id.0], rows::visitor)
}

fn verified_visitor(connection: &Connection, open: &OpenConversation) -> Result<Option<Visitor>> {
    connection
        .prepare_cached(concat!(
            "SELECT ",
            visitor_columns!(),
            " FROM visitors v WHERE v.widget_id = ?1 AND v.external_id = ?2 AND v.verified = 1"
        ))?
        .query_row(
            params![open.widget_id.0, open.contact.external_id],
            rows::visitor,
        )
        .optional()
}

/// Takes over what the visitor tells of itself. The identity of a verified visitor was signed and stays.
fn learn(connection: &Connection, visitor: Visitor, told: &ContactDetails) -> Result<Visitor> {
    let known = &visitor.contact;
    let contact = ContactDetails {
        name: told.name.clone().or_else(|| known.name.clone()),
        email: told.email.clone().or_else(|| known.email.clone()),
        phone: told.phone.clone().or_else(|| known.phone.clone()),
        external_id: if visitor.verified {
            None
        } else {
            told.external_id.clone()
        }
        .or_else(|| known.external_id.clone()),
        metadata: told.metadata.clone().or_else(|| known.metadata.clone()),
    };
    if contact == *known {
        return Ok(visitor);
    }
    connection
        .prepare_cached(
            "UPDATE visitors
             SET name = :name, email = :email, phone = :phone, external_id = :external_id, metadata = :metadata
             WHERE id = :id",
        )?
        .execute(named_params! {
            ":id": visitor.id.0,
            ":name": contact.name,
            ":email": contact.email,
            ":phone": contact.phone,
            ":external_id": contact.external_id,
            ":metadata": contact.metadata,
        })?;
    Ok(Visitor { contact, ..visitor })
}

fn insert_visitor(connection: &Connection, open: &OpenConversation) -> Result<Visitor> {
    let contact = open.contact.clone();
    let verified =
        matches!(open.visitor, VisitorClaim::Verified { .. }) && contact.external_id.is_some();
    let id = connection
        .prepare_cached(
            "INSERT INTO visitors (widget_id, name, email, phone, external_id, metadata, verified, created_at)
             VALUES (:widget_id, :name, :email, :phone, :external_id, :metadata, :verified, :at)",
        )?
        .insert(named_params! {
            ":widget_id": open.widget_id.0,
            ":name": contact.name,
            ":email": contact.email,
            ":phone": contact.phone,
            ":external_id": contact.external_id,
            ":metadata": contact.metadata,
            ":verified": verified,
            ":at": open.at.as_micros(),
        })?;
    Ok(Visitor {
        id: VisitorId(id),
        widget_id: open.widget_id,
        contact,
        verified,
        created_at: open.at,
    })
}

fn insert_token(
    connection: &Connection,
    visitor: VisitorId,
    token: TokenHash,
    at: Timestamp,
) -> Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO visitor_tokens (token_hash, visitor_id, created_at) VALUES (?1, ?2, ?3)",
        )?
        .execute(params![token.0, visitor.0, at.as_micros()])?;
    connection
        .prepare_cached(
            "DELETE FROM visitor_tokens WHERE visitor_id = ?1 AND token_hash IN (
                 SELECT token_hash FROM visitor_tokens WHERE visitor_id = ?1 AND token_hash <> ?2
                 ORDER BY created_at DESC LIMIT -1 OFFSET ?3
             )",
        )?
        // The new one is not counted among those that may go: the clock may have been set back.
        .execute(params![visitor.0, token.0, MAX_VISITOR_TOKENS - 1])?;
    Ok(())
}

fn latest_conversation(
    connection: &Connection,
    visitor: VisitorId,
) -> Result<Option<Conversation>> {
    let id = connection
        .prepare_cached(
            "SELECT id FROM conversations WHERE visitor_id = ?1 ORDER BY id DESC LIMIT 1",
        )?
        .query_row([visitor.0], |row| row.get(0).map(ConversationId))
        .optional()?;
    id.map_or(Ok(None), |id| conversation(connection, id))
}

fn insert_conversation(
    connection: &Connection,
    visitor: &Visitor,
    at: Timestamp,
) -> Result<Conversation> {
    let id = connection
        .prepare_cached(
            "INSERT INTO conversations (widget_id, visitor_id, status, revision, created_at)
             VALUES (:widget_id, :visitor_id, :status, :revision, :at)",
        )?
        .insert(named_params! {
            ":widget_id": visitor.widget_id.0,
            ":visitor_id": visitor.id.0,
            ":status": Status::Pending.as_str(),
            ":revision": next_revision(connection)?,
            ":at": at.as_micros(),
        })?;
    conversation(connection, ConversationId(id))?.ok_or(Error::QueryReturnedNoRows)
}
