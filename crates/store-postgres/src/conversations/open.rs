//! Opening the chat: who the visitor is, and which conversation it is in.

use super::details;
use crate::connector::Db;
use crate::failure::{Error, Result};
use crate::rows::{self, conversation_columns, conversation_tables, select_inbox, visitor_columns};
use crate::visits;
use crate::writer::{Tx, revision};
use antiphon_domain::{
    ContactDetails, Conversation, ConversationId, InboxUpdate, PageView, Status, Timestamp,
    TokenHash, Visitor, VisitorId,
};
use antiphon_store::{
    MAX_RENAMED, MAX_VISITOR_TOKENS, OpenConversation, OpenedConversation, VisitorClaim,
};

pub(super) async fn open_conversation(
    tx: &mut Tx<'_>,
    open: &OpenConversation,
) -> Result<OpenedConversation> {
    let known = match open.visitor {
        VisitorClaim::Known(id) => Some(known_visitor(tx.db, open, id).await?),
        VisitorClaim::Verified { .. } => verified_visitor(tx.db, open).await?,
        VisitorClaim::New { .. } => None,
    };
    let is_new = known.is_none();
    let (visitor, renamed) = match known {
        Some(known) => {
            let visitor = learn(tx.db, known.clone(), &open.contact).await?;
            let renamed = if is_shown_the_same(&known.contact, &visitor.contact) {
                Vec::new()
            } else {
                rename(tx, visitor.id).await?
            };
            (visitor, renamed)
        }
        None => (insert_visitor(tx.db, open).await?, Vec::new()),
    };
    if let VisitorClaim::New { token } | VisitorClaim::Verified { token } = open.visitor {
        insert_token(tx.db, visitor.id, token, open.at, is_new).await?;
    }

    let found = match open.conversation_id {
        Some(id) => Some(own_conversation(tx.db, &visitor, id).await?),
        None if is_new => None,
        None => latest_conversation(tx.db, visitor.id)
            .await?
            .filter(|latest| {
                let unused = latest.last_seq == 0 && latest.status != Status::Closed;
                !open.new_conversation || unused
            }),
    };
    let created = found.is_none();
    let conversation = match found {
        Some(conversation) => conversation,
        None => insert_conversation(tx, &visitor, open.at).await?,
    };
    details::learn(tx.db, conversation.id, &open.details).await?;
    visits::know_device(tx.db, visitor.id, &open.device).await?;
    let page = &open.details.page;
    if let Some(url) = &page.url {
        let page = PageView {
            url: url.clone(),
            title: page.title.clone(),
            at: open.at,
        };
        visits::add_page(tx.db, conversation.id, &page).await?;
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
async fn rename(tx: &mut Tx<'_>, visitor: VisitorId) -> Result<Vec<InboxUpdate>> {
    let next = tx.next();
    let found = tx
        .db
        .rows(
            concat!(
                "WITH after AS (
                     UPDATE conversations SET revision = ",
                revision!("$3"),
                " + n.place FROM (
                         SELECT newest.id, row_number() OVER (ORDER BY newest.id) - 1 AS place FROM (
                             SELECT id FROM conversations WHERE visitor_id = $1 AND last_seq > 0 ORDER BY id DESC LIMIT $2
                         ) newest
                     ) n
                     WHERE conversations.id = n.id RETURNING conversations.*
                 ) ",
                select_inbox!("after"),
                "ORDER BY c.id"
            ),
            &[&visitor.0, &i64::from(MAX_RENAMED), &next],
        )
        .await?;
    let renamed = found
        .iter()
        .map(rows::inbox_update)
        .collect::<Result<Vec<_>>>()?;
    for update in &renamed {
        tx.draw(update.conversation.id.0);
    }
    Ok(renamed)
}

/// The conversation, which must be the visitor's.
async fn own_conversation(
    db: Db<'_>,
    visitor: &Visitor,
    id: ConversationId,
) -> Result<Conversation> {
    super::read::conversation(db, id)
        .await?
        .filter(|conversation| conversation.visitor_id == visitor.id)
        .ok_or(Error::Missing("a conversation of the visitor"))
}

pub(super) async fn visitor_by_token(db: Db<'_>, token: TokenHash) -> Result<Option<Visitor>> {
    let sql = concat!(
        "SELECT ",
        visitor_columns!(),
        " FROM visitor_tokens t JOIN visitors v ON v.id = t.visitor_id WHERE t.token_hash = $1"
    );
    let row = db.optional(sql, &[&token.0.as_slice()]).await?;
    row.as_ref().map(rows::visitor).transpose()
}

pub(super) async fn visitor(db: Db<'_>, id: VisitorId) -> Result<Option<Visitor>> {
    let sql = concat!(
        "SELECT ",
        visitor_columns!(),
        " FROM visitors v WHERE v.id = $1"
    );
    let row = db.optional(sql, &[&id.0]).await?;
    row.as_ref().map(rows::visitor).transpose()
}

async fn known_visitor(db: Db<'_>, open: &OpenConversation, id: VisitorId) -> Result<Visitor> {
    let sql = concat!(
        "SELECT ",
        visitor_columns!(),
        " FROM visitors v WHERE v.id = $1 AND v.widget_id = $2"
    );
    let row = db
        .one("a visitor of the widget", sql, &[&id.0, &open.widget_id.0])
        .await?;
    rows::visitor(&row)
}

async fn verified_visitor(db: Db<'_>, open: &OpenConversation) -> Result<Option<Visitor>> {
    let sql = concat!(
        "SELECT ",
        visitor_columns!(),
        " FROM visitors v WHERE v.widget_id = $1 AND v.external_id = $2 AND v.verified"
    );
    let row = db
        .optional(sql, &[&open.widget_id.0, &open.contact.external_id])
        .await?;
    row.as_ref().map(rows::visitor).transpose()
}

/// Takes over what the visitor tells of itself. The identity of a verified visitor was signed and stays.
async fn learn(db: Db<'_>, visitor: Visitor, told: &ContactDetails) -> Result<Visitor> {
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
    db.execute(
        "UPDATE visitors SET name = $2, email = $3, phone = $4, external_id = $5, metadata = $6 WHERE id = $1",
        &[
            &visitor.id.0,
            &contact.name,
            &contact.email,
            &contact.phone,
            &contact.external_id,
            &contact.metadata,
        ],
    )
    .await?;
    Ok(Visitor { contact, ..visitor })
}

async fn insert_visitor(db: Db<'_>, open: &OpenConversation) -> Result<Visitor> {
    let contact = open.contact.clone();
    let verified =
        matches!(open.visitor, VisitorClaim::Verified { .. }) && contact.external_id.is_some();
    let row = db
        .one(
            "a new visitor",
            "INSERT INTO visitors (widget_id, name, email, phone, external_id, metadata, verified, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id",
            &[
                &open.widget_id.0,
                &contact.name,
                &contact.email,
                &contact.phone,
                &contact.external_id,
                &contact.metadata,
                &verified,
                &open.at.as_micros(),
            ],
        )
        .await?;
    Ok(Visitor {
        id: VisitorId(row.try_get(0)?),
        widget_id: open.widget_id,
        contact,
        verified,
        created_at: open.at,
    })
}

async fn insert_token(
    db: Db<'_>,
    visitor: VisitorId,
    token: TokenHash,
    at: Timestamp,
    is_first: bool,
) -> Result<()> {
    db.execute(
        "INSERT INTO visitor_tokens (token_hash, visitor_id, created_at) VALUES ($1, $2, $3)",
        &[&token.0.as_slice(), &visitor.0, &at.as_micros()],
    )
    .await?;
    if is_first {
        return Ok(());
    }
    // The new one is not counted among those that may go: the clock may have been set back.
    db.execute(
        "DELETE FROM visitor_tokens WHERE visitor_id = $1 AND token_hash IN (
             SELECT token_hash FROM visitor_tokens WHERE visitor_id = $1 AND token_hash <> $2
             ORDER BY created_at DESC OFFSET $3
         )",
        &[
            &visitor.0,
            &token.0.as_slice(),
            &i64::from(MAX_VISITOR_TOKENS - 1),
        ],
    )
    .await?;
    Ok(())
}

async fn latest_conversation(db: Db<'_>, visitor: VisitorId) -> Result<Option<Conversation>> {
    let sql = concat!(
        "SELECT ",
        conversation_columns!(),
        " FROM ",
        conversation_tables!(),
        " WHERE c.visitor_id = $1 ORDER BY c.id DESC LIMIT 1"
    );
    let row = db.optional(sql, &[&visitor.0]).await?;
    row.as_ref().map(rows::conversation).transpose()
}

async fn insert_conversation(
    tx: &mut Tx<'_>,
    visitor: &Visitor,
    at: Timestamp,
) -> Result<Conversation> {
    let revision = tx.draw_for_new();
    let row = tx
        .db
        .one(
            "a new conversation",
            concat!(
                "WITH after AS (
                     INSERT INTO conversations (widget_id, visitor_id, status, revision, created_at)
                     VALUES ($1, $2, $3, ",
                revision!("$4"),
                ", $5) RETURNING *
                 ) SELECT ",
                conversation_columns!(),
                " FROM ",
                conversation_tables!("after")
            ),
            &[
                &visitor.widget_id.0,
                &visitor.id.0,
                &Status::Pending.as_str(),
                &revision,
                &at.as_micros(),
            ],
        )
        .await?;
    rows::conversation(&row)
}
