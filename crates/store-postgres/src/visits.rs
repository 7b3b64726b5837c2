//! Pages, devices and notes of visitors in SQL.

use crate::PostgresStore;
use crate::connector::Db;
use crate::failure::Result;
use crate::rows::{self, select_inbox, visitor_columns};
use crate::writer::Tx;
use antiphon_domain::{
    ConversationId, Device, InboxUpdate, PageView, Timestamp, Visiting, VisitorId, VisitorProfile,
};
use antiphon_store::{
    FollowUp, MAX_PAGE, MAX_PAGE_VIEWS, NewPageView, PageViewOutcome, StoreError, Visits,
};
use tokio_postgres::Row;

#[async_trait::async_trait]
impl Visits for PostgresStore {
    async fn view_page(
        &self,
        new: NewPageView,
        follow_up: FollowUp<PageViewOutcome>,
    ) -> std::result::Result<PageViewOutcome, StoreError> {
        self.write_then(follow_up, async move |tx: &mut Tx<'_>| {
            view(tx.db, &new).await
        })
        .await
    }

    async fn page_views(
        &self,
        visitor_id: VisitorId,
        limit: u32,
    ) -> std::result::Result<Vec<PageView>, StoreError> {
        self.read(async move |db: Db<'_>| {
            let sql = "SELECT p.url, p.title, p.at FROM conversations c JOIN page_views p ON p.conversation_id = c.id
                       WHERE c.visitor_id = $1 ORDER BY p.at DESC, p.id DESC LIMIT $2";
            let limit = i64::from(limit.min(MAX_PAGE));
            let found = db.rows(sql, &[&visitor_id.0, &limit]).await?;
            found.iter().map(page_view).collect()
        })
        .await
    }

    async fn visitor_profile(
        &self,
        id: VisitorId,
    ) -> std::result::Result<Option<VisitorProfile>, StoreError> {
        self.read(async move |db: Db<'_>| {
            let sql = concat!(
                "SELECT ",
                visitor_columns!(),
                ", v.note, v.browser, v.location FROM visitors v WHERE v.id = $1"
            );
            let Some(row) = db.optional(sql, &[&id.0]).await? else {
                return Ok(None);
            };
            Ok(Some(VisitorProfile {
                visitor: rows::visitor(&row)?,
                note: row.try_get("note")?,
                device: Device {
                    browser: row.try_get("browser")?,
                    location: row.try_get("location")?,
                },
            }))
        })
        .await
    }

    async fn visitor_rows(
        &self,
        visitor_id: VisitorId,
        before: Option<ConversationId>,
        limit: u32,
    ) -> std::result::Result<Vec<InboxUpdate>, StoreError> {
        self.read(async move |db: Db<'_>| {
            let sql = concat!(
                select_inbox!(),
                "WHERE c.visitor_id = $1 AND c.id < $2 AND c.last_seq > 0 ORDER BY c.id DESC LIMIT $3"
            );
            let before = before.map_or(i64::MAX, |id| id.0);
            let limit = i64::from(limit.min(MAX_PAGE));
            let found = db.rows(sql, &[&visitor_id.0, &before, &limit]).await?;
            found.iter().map(rows::inbox_update).collect()
        })
        .await
    }

    async fn note_visitor(
        &self,
        id: VisitorId,
        note: Option<String>,
    ) -> std::result::Result<bool, StoreError> {
        self.change(async move |db: Db<'_>| {
            let sql = "UPDATE visitors SET note = $2 WHERE id = $1";
            Ok(db.execute(sql, &[&id.0, &note]).await? > 0)
        })
        .await
    }
}

async fn view(db: Db<'_>, new: &NewPageView) -> Result<PageViewOutcome> {
    let id = new.conversation_id;
    let sql = "SELECT visitor_id FROM conversations WHERE id = $1";
    let Some(row) = db.optional(sql, &[&id.0]).await? else {
        return Ok(PageViewOutcome::UnknownConversation);
    };
    let visitor_id = VisitorId(row.try_get(0)?);
    know_device(db, visitor_id, &new.device).await?;
    if !add_page(db, id, &new.page).await? {
        return Ok(PageViewOutcome::Unchanged);
    }
    Ok(PageViewOutcome::Viewed(Visiting {
        conversation_id: id,
        visitor_id,
        page: new.page.clone(),
    }))
}

/// Keeps the device that a visitor came with.
pub(crate) async fn know_device(db: Db<'_>, visitor: VisitorId, device: &Device) -> Result<()> {
    if *device == Device::default() {
        return Ok(());
    }
    let sql =
        "UPDATE visitors SET browser = coalesce($2, browser), location = coalesce($3, location)
               WHERE id = $1 AND (browser IS DISTINCT FROM coalesce($2, browser)
                   OR location IS DISTINCT FROM coalesce($3, location))";
    db.execute(sql, &[&visitor.0, &device.browser, &device.location])
        .await?;
    Ok(())
}

/// Keeps a page, unless it is the newest already; answers whether it did.
pub(crate) async fn add_page(
    db: Db<'_>,
    conversation: ConversationId,
    page: &PageView,
) -> Result<bool> {
    let added = db
        .execute(
            "INSERT INTO page_views (conversation_id, url, title, at)
             SELECT $1, $2, $3, $4 WHERE $2 IS DISTINCT FROM (
                 SELECT url FROM page_views WHERE conversation_id = $1 ORDER BY id DESC LIMIT 1
             )",
            &[
                &conversation.0,
                &page.url,
                &page.title,
                &page.at.as_micros(),
            ],
        )
        .await?;
    if added == 0 {
        return Ok(false);
    }
    db.execute(
        "DELETE FROM page_views WHERE conversation_id = $1 AND id <= (
             SELECT id FROM page_views WHERE conversation_id = $1 ORDER BY id DESC LIMIT 1 OFFSET $2
         )",
        &[&conversation.0, &i64::from(MAX_PAGE_VIEWS)],
    )
    .await?;
    Ok(true)
}

fn page_view(row: &Row) -> Result<PageView> {
    Ok(PageView {
        url: row.try_get(0)?,
        title: row.try_get(1)?,
        at: Timestamp::from_micros(row.try_get(2)?),
    })
}
