//! What is known of visitors besides what they say themselves: pages, devices, and what agents note.

use crate::{FollowUp, StoreError};
use antiphon_domain::{
    ConversationId, Device, InboxUpdate, PageView, Visiting, VisitorId, VisitorProfile,
};

/// The most pages that are kept of one conversation: the newest.
pub const MAX_PAGE_VIEWS: u32 = 50;

/// A visitor has come to a page.
#[derive(Debug, Clone)]
pub struct NewPageView {
    /// The conversation that is open there.
    pub conversation_id: ConversationId,
    /// The page.
    pub page: PageView,
    /// The device; what is not known leaves what was.
    pub device: Device,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PageViewOutcome {
    /// Kept; the oldest one beyond [`MAX_PAGE_VIEWS`] is forgotten. No revision is drawn: a row of the inbox shows no page.
    Viewed(Visiting),
    /// It is the page that was told of last.
    Unchanged,
    /// There is no such conversation.
    UnknownConversation,
}

/// Use cases on visits.
#[async_trait::async_trait]
pub trait Visits: Send + Sync {
    /// Keeps a page view.
    async fn view_page(
        &self,
        new: NewPageView,
        follow_up: FollowUp<PageViewOutcome>,
    ) -> Result<PageViewOutcome, StoreError>;
    /// The pages of all of a visitor's conversations, newest first, at most `limit` (≤ 200).
    async fn page_views(
        &self,
        visitor_id: VisitorId,
        limit: u32,
    ) -> Result<Vec<PageView>, StoreError>;
    /// A visitor as agents see it.
    async fn visitor_profile(&self, id: VisitorId) -> Result<Option<VisitorProfile>, StoreError>;
    /// A visitor's conversations in which something was said as rows of the inbox, newest first, below `before`, at most `limit` (≤ 200).
    async fn visitor_rows(
        &self,
        visitor_id: VisitorId,
        before: Option<ConversationId>,
        limit: u32,
    ) -> Result<Vec<InboxUpdate>, StoreError>;
    /// Replaces what agents note of a visitor; answers whether there is such a visitor.
    async fn note_visitor(&self, id: VisitorId, note: Option<String>) -> Result<bool, StoreError>;
}
