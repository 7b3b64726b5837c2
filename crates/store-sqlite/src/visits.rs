//! Pages, devices and notes of visitors in SQL.

use crate::SqliteStore;
use crate::rows::{
    self, conversation_columns, conversation_tables, message_columns, select_inbox, visitor_columns,
};
use antiphon_domain::{
    ConversationId, Device, InboxUpdate, PageView, Timestamp, Visiting, VisitorId, VisitorProfile,
};
use antiphon_store::{
    FollowUp, MAX_PAGE, MAX_PAGE_VIEWS, NewPageView, PageViewOutcome, StoreError, Visits,
};
use rusqlite::{Connection, OptionalExtension as _, Result, Row, params};

#[async_trait::async_trait]
impl Visits for SqliteStore {
    async fn view_page(
        &self,
        new: NewPageView,
        follow_up: FollowUp<PageViewOutcome>,
    ) -> std::result::Result<PageViewOutcome, StoreError> {
        self.write_then(follow_up, move |connection| view(connection, &new))
            .await
    }

    async fn page_views(
        &self,
        visitor_id: VisitorId,
        limit: u32,
    ) -> std::result::Result<Vec<PageView>, StoreError> {
        self.read(move |connection| {
            connection
                .prepare_cached(
                    "SELECT p.url, p.title, p.at FROM conversations c JOIN page_views p ON p.conversation_id = c.id
                     WHERE c.visitor_id = ?1 ORDER BY p.at DESC, p.id DESC LIMIT ?2",
                )?
                .query_map(params![visitor_id.0, limit.min(MAX_PAGE)], page_view)?
                .collect()
        })
        .await
    }

    async fn visitor_profile(
        &self,
        id: VisitorId,
    ) -> std::result::Result<Option<VisitorProfile>, StoreError> {
        self.read(move |connection| {
            connection
                .prepare_cached(concat!(
                    "SELECT ",
                    visitor_columns!(),
                    ", v.note, v.browser, v.location FROM visitors v WHERE v.id = ?1"
                ))?
                .query_row([id.0], |row| {
                    Ok(VisitorProfile {
                        visitor: rows::visitor(row)?,
                        note: row.get("note")?,
                        device: Device {
                            browser: row.get("browser")?,
                            location: row.get("location")?,
                        },
                    })
                })
                .optional()
        })
        .await
    }

    async fn visitor_rows(
        &self,
        visitor_id: VisitorId,
        before: Option<ConversationId>,
        limit: u32,
    ) -> std::result::Result<Vec<InboxUpdate>, StoreError> {
        self.read(move |connection| {
            connection
                .prepare_cached(concat!(
                    select_inbox!(),
                    "WHERE c.visitor_id = ?1 AND c.id < ?2 AND c.last_seq > 0 ORDER BY c.id DESC LIMIT ?3"
                ))?
                .query_map(
                    params![
                        visitor_id.0,
                        before.map_or(i64::MAX, |id| id.0),
                        limit.min(MAX_PAGE)
                    ],
                    rows::inbox_update,
                )?
                .collect()
        })
        .await
    }

    async fn note_visitor(
        &self,
        id: VisitorId,
        note: Option<String>,
    ) -> std::result::Result<bool, StoreError> {
        self.write(move |connection| {
            let n_noted = connection
                .prepare_cached("UPDATE visitors SET note = ?2 WHERE id = ?1")?
                .execute(params![id.0, note])?;
            Ok(n_noted > 0)
        })
        .await
    }
}

fn view(connection: &Connection, new: &NewPageView) -> Result<PageViewOutcome> {
    let visitor_id: Option<i64> = connection
        .prepare_cached("SELECT visitor_id FROM conversations WHERE id = ?1")?
        .query_row([new.conversation_id.0], |row| row.get(0))
        .optional()?;
    let Some(visitor_id) = visitor_id.map(VisitorId) else {
        return Ok(PageViewOutcome::UnknownConversation);
    };
    know_device(connection, visitor_id, &new.device)?;
    if !add_page(connection, new.conversation_id, &new.page)? {
        return Ok(PageViewOutcome::Unchanged);
    }
    Ok(PageViewOutcome::Viewed(Visiting {
        conversation_id: new.conversation_id,
        visitor_id,
        page: new.page.clone(),
    }))
}

/// Keeps the device that a visitor came with.
pub(crate) fn know_device(
    connection: &Connection,
    visitor: VisitorId,
    device: &Device,
) -> Result<()> {
    if *device == Device::default() {
        return Ok(());
    }
    connection
        .prepare_cached(
            "UPDATE visitors SET browser = coalesce(?2, browser), location = coalesce(?3, location)
             WHERE id = ?1 AND (browser IS NOT coalesce(?2, browser) OR location IS NOT coalesce(?3, location))",
        )?
        .execute(params![visitor.0, device.browser, device.location])?;
    Ok(())
}

/// Keeps a page, unless it is the newest already; answers whether it did.
pub(crate) fn add_page(
    connection: &Connection,
    conversation: ConversationId,
    page: &PageView,
) -> Result<bool> {
    let newest: Option<String> = connection
        .prepare_cached(
            "SELECT url FROM page_views WHERE conversation_id = ?1 ORDER BY id DESC LIMIT 1",
        )?
        .query_row([conversation.0], |row| row.get(0))
        .optional()?;
    if newest.as_deref() == Some(&page.url) {
        return Ok(false);
    }
    connection
        .prepare_cached(
            "INSERT INTO page_views (conversation_id, url, title, at) VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute(params![
            conversation.0,
            page.url,
            page.title,
            page.at.as_micros()
        ])?;
    connection
        .prepare_cached(
            "DELETE FROM page_views WHERE conversation_id = ?1 AND id <= (
                 SELECT id FROM page_views WHERE conversation_id = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2
             )",
        )?
        .execute(params![conversation.0, MAX_PAGE_VIEWS])?;
    Ok(true)
}

fn page_view(row: &Row<'_>) -> Result<PageView> {
    Ok(PageView {
        url: row.get(0)?,
        title: row.get(1)?,
        at: Timestamp::from_micros(row.get(2)?),
    })
}
