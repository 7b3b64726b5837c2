//! What agents see of a visitor: who it is, where it looks, what it said before, and what they note of it.

use crate::access::require;
use crate::{Chat, ChatError, Principal};
use antiphon_domain::{
    ConversationId, Device, DomainEvent, InboxUpdate, Page, PageView, Permission, VisitorId,
    VisitorProfile,
};
use antiphon_store::{MAX_PAGE, MAX_PAGE_VIEWS, NewPageView, PageViewOutcome};

/// A visitor, with what is around it.
#[derive(Debug)]
pub struct VisitorView {
    /// Who.
    pub profile: VisitorProfile,
    /// Whether it is kept out, by itself.
    pub is_blocked: bool,
    /// The pages that it has seen, newest first.
    pub pages: Vec<PageView>,
    /// Its conversations, newest first.
    pub conversations: Vec<InboxUpdate>,
    /// Whether there are older ones.
    pub has_more: bool,
}

impl Chat {
    /// The visitor has come to this page while its conversation is open there. Visitors only.
    pub async fn view_page(
        &self,
        principal: &Principal,
        conversation_id: ConversationId,
        page: Page,
        device: Device,
    ) -> Result<(), ChatError> {
        if matches!(principal, Principal::Agent(_)) {
            return Err(ChatError::Forbidden("this is for visitors"));
        }
        self.conversation_for(principal, conversation_id).await?;
        // An address that no agent may follow is no page.
        let Some(url) = page.url else {
            return Ok(());
        };
        let new = NewPageView {
            conversation_id,
            page: PageView {
                url,
                title: page.title,
                at: self.ports.clock.now(),
            },
            device,
        };
        let announce = self.announce(None, |outcome| match outcome {
            PageViewOutcome::Viewed(visiting) => Some(DomainEvent::PageViewed(visiting.clone())),
            _ => None,
        });
        match self.ports.store.view_page(new, announce).await? {
            PageViewOutcome::Viewed(_) | PageViewOutcome::Unchanged => Ok(()),
            PageViewOutcome::UnknownConversation => Err(ChatError::NotFound("conversation")),
        }
    }

    /// A visitor, with its conversations below `before`, at most `limit` (≤ 199). Agents only.
    pub async fn visitor(
        &self,
        principal: &Principal,
        id: VisitorId,
        before: Option<ConversationId>,
        limit: u32,
    ) -> Result<VisitorView, ChatError> {
        require(principal, Permission::Read)?;
        let store = &self.ports.store;
        let profile = store.visitor_profile(id).await?;
        let profile = profile.ok_or(ChatError::NotFound("visitor"))?;
        // One more than asked for tells whether there is another page.
        let limit = limit.clamp(1, MAX_PAGE - 1);
        let mut conversations = store.visitor_rows(id, before, limit + 1).await?;
        let has_more = conversations.len() > limit as usize;
        conversations.truncate(limit as usize);
        let now = self.ports.clock.now();
        Ok(VisitorView {
            profile,
            is_blocked: store.is_blocked(Some(id), None, now).await?,
            pages: store.page_views(id, MAX_PAGE_VIEWS).await?,
            conversations,
            has_more,
        })
    }

    /// Replaces what agents note of a visitor. Agents only.
    pub async fn note_visitor(
        &self,
        principal: &Principal,
        id: VisitorId,
        note: Option<String>,
    ) -> Result<(), ChatError> {
        require(principal, Permission::Answer)?;
        match self.ports.store.note_visitor(id, note).await? {
            true => Ok(()),
            false => Err(ChatError::NotFound("visitor")),
        }
    }
}
