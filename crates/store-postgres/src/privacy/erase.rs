//! Rows that are to be gone, table by table, with what tells of them elsewhere: jobs that wait, and the log of webhooks.

use crate::connector::Db;
use crate::failure::{Result, corrupt};
use antiphon_domain::{ConversationId, FileKey, VisitorId};
use antiphon_store::{Belongs, Erased, PERSONAL};

/// Erases a visitor with all its conversations.
pub(super) async fn visitor(db: Db<'_>, id: VisitorId) -> Result<Erased> {
    // Nobody opens another one meanwhile.
    db.execute("SELECT 1 FROM visitors WHERE id = $1 FOR UPDATE", &[&id.0])
        .await?;
    let sql = "SELECT id FROM conversations WHERE visitor_id = $1 ORDER BY id";
    let rows = db.rows(sql, &[&id.0]).await?;
    let conversations = rows
        .iter()
        .map(|row| Ok(ConversationId(row.try_get(0)?)))
        .collect::<Result<Vec<_>>>()?;
    erase(db, vec![id], conversations).await
}

/// Erases conversations, and visitors who have no others.
pub(super) async fn erase(
    db: Db<'_>,
    visitors: Vec<VisitorId>,
    conversations: Vec<ConversationId>,
) -> Result<Erased> {
    let of_visitors: Vec<i64> = visitors.iter().map(|id| id.0).collect();
    let of_conversations: Vec<i64> = conversations.iter().map(|id| id.0).collect();
    let sql = "SELECT count(*) FROM messages WHERE conversation_id = ANY ($1)";
    let messages: i64 = db
        .one("a count", sql, &[&of_conversations])
        .await?
        .try_get(0)?;
    let files = files(db, &of_conversations).await?;
    forget_told(db, &of_visitors, &of_conversations).await?;
    for table in PERSONAL.iter().rev() {
        let sql = format!(
            "DELETE FROM {} WHERE {}",
            table.name,
            doomed(table.name, table.belongs)
        );
        db.execute(&sql, &[&of_visitors, &of_conversations]).await?;
    }
    Ok(Erased {
        visitors,
        conversations,
        messages: messages.unsigned_abs(),
        page_views: 0,
        files,
    })
}

/// The condition that a row goes, with the visitors in `$1` and the conversations in `$2`.
fn doomed(table: &str, belongs: Belongs) -> &'static str {
    match belongs {
        Belongs::Itself => "id = ANY ($1::bigint[]) AND $2::bigint[] IS NOT NULL",
        // A conversation goes by its own id: of a visitor who stays, not all may go.
        Belongs::ToVisitor if table == "conversations" => {
            "id = ANY ($2::bigint[]) AND $1::bigint[] IS NOT NULL"
        }
        Belongs::ToVisitor => "visitor_id = ANY ($1::bigint[]) AND $2::bigint[] IS NOT NULL",
        Belongs::ToConversation => {
            "conversation_id = ANY ($2::bigint[]) AND $1::bigint[] IS NOT NULL"
        }
        Belongs::ToMessage => {
            "message_id IN (SELECT id FROM messages WHERE conversation_id = ANY ($2::bigint[])) AND $1::bigint[] IS NOT NULL"
        }
        Belongs::ToNote => {
            "note_id IN (SELECT id FROM notes WHERE conversation_id = ANY ($2::bigint[])) AND $1::bigint[] IS NOT NULL"
        }
    }
}

async fn files(db: Db<'_>, of_conversations: &[i64]) -> Result<Vec<FileKey>> {
    let sql = "SELECT a.file_key, a.thumbnail_key FROM attachments a JOIN messages m ON m.id = a.message_id
         WHERE m.conversation_id = ANY ($1) ORDER BY a.id";
    let mut files = Vec::new();
    for row in db.rows(sql, &[&of_conversations]).await? {
        for column in 0..2 {
            if let Some(key) = row.try_get::<_, Option<String>>(column)? {
                let key = FileKey::parse(&key).map_err(|_| corrupt("attachments", "file_key"))?;
                files.push(key);
            }
        }
    }
    Ok(files)
}

/// Jobs and deliveries of webhooks that name one of these, wherever in their JSON: events of channels carry a document as text within.
async fn forget_told(db: Db<'_>, of_visitors: &[i64], of_conversations: &[i64]) -> Result<()> {
    const NAMED: &str = r#"
         WITH these AS (
             SELECT jsonb_build_object(
                 'v', to_jsonb($1::bigint[]),
                 'c', to_jsonb($2::bigint[]),
                 'a', coalesce((SELECT jsonb_agg(a.id) FROM attachments a JOIN messages m ON m.id = a.message_id
                                WHERE m.conversation_id = ANY ($2::bigint[])), '[]'),
                 'n', coalesce((SELECT jsonb_agg('private-chat.conversation.' || c) FROM unnest($2::bigint[]) c), '[]')
             ) AS ids
         ), told AS (
             SELECT id, {column}::jsonb AS document FROM {table}
         )
         DELETE FROM {table} WHERE id IN (
             SELECT told.id FROM told, these
             WHERE jsonb_path_exists(told.document, '$.** ? (
                       @.visitor_id == $v[*] || @.conversation_id == $c[*] || @.attachment_id == $a[*]
                       || @.conversation.id == $c[*] || @.visitor.id == $v[*] || @.channel == $n[*]
                   )', these.ids)
                OR EXISTS (
                       SELECT 1 FROM jsonb_path_query(told.document, '$.events[*].data ? (@.type() == "string" && @ starts with "{")') data
                       WHERE jsonb_path_exists((data #>> '{}')::jsonb, '$ ? (
                           @.visitor_id == $v[*] || @.conversation_id == $c[*] || (exists (@.visitor_id) && @.id == $c[*])
                       )', these.ids)
                   )
         )"#;
    for (table, column) in [("jobs", "payload"), ("webhook_deliveries", "body")] {
        let sql = NAMED.replace("{table}", table).replace("{column}", column);
        db.execute(&sql, &[&of_visitors, &of_conversations]).await?;
    }
    Ok(())
}
