//! The lists that agents work through, how many there are of what is open, and one conversation with all that is known of it.

use crate::access::require;
use crate::{Chat, ChatError, Principal};
use antiphon_domain::{ConversationDetails, ConversationId, InboxUpdate, Permission, Visitor};
use antiphon_store::{ListPage, OpenCounts, Position};

/// A page of a list.
#[derive(Debug)]
pub struct List {
    /// The rows.
    pub rows: Vec<InboxUpdate>,
    /// Where the next page begins, if there may be one.
    pub next: Option<Position>,
    /// From where the caller may follow changes without missing one.
    pub revision: i64,
}

/// A conversation with what an agent sees beside its messages.
#[derive(Debug)]
pub struct ConversationCard {
    /// Its row.
    pub row: InboxUpdate,
    /// How it began.
    pub details: ConversationDetails,
    /// Whose it is.
    pub visitor: Visitor,
}

impl Chat {
    /// Reads a page of a list. Agents only.
    pub async fn list(&self, principal: &Principal, page: ListPage) -> Result<List, ChatError> {
        require(principal, Permission::Read)?;
        // Read before the rows, which may then hold something newer: to be told of that again does no harm.
        let revision = self.ports.store.newest_revision().await?;
        let rows = self.ports.store.list(page).await?;
        // A full page may have been the last one: then the next is empty, which costs less than a wrong "no more".
        let last = rows.last().filter(|_| rows.len() >= page.limit as usize);
        let next = last.map(|row| Position::of(page.sort, &row.conversation));
        Ok(List {
            rows,
            next,
            revision,
        })
    }

    /// Counts what is not closed. Agents only.
    pub async fn open_counts(&self, principal: &Principal) -> Result<OpenCounts, ChatError> {
        require(principal, Permission::Read)?;
        Ok(self.ports.store.open_counts().await?)
    }

    /// One conversation. Agents only.
    pub async fn conversation_card(
        &self,
        principal: &Principal,
        id: ConversationId,
    ) -> Result<ConversationCard, ChatError> {
        require(principal, Permission::Read)?;
        const NONE: ChatError = ChatError::NotFound("conversation");
        let store = &self.ports.store;
        let row = store.inbox_row(id).await?.ok_or(NONE)?;
        let details = store.conversation_details(id).await?.ok_or(NONE)?;
        let visitor = store.visitor(row.conversation.visitor_id).await?;
        Ok(ConversationCard {
            visitor: visitor.ok_or(NONE)?,
            row,
            details,
        })
    }
}
