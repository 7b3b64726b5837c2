//! What is kept of a visitor, given out as a whole: to somebody who asks what is known of them, or to another program.
//!
//! It is read page by page by whoever writes it down, so that a visitor with many conversations takes no more memory than one with one.

use crate::access::require;
use crate::{Chat, ChatError, Principal};
use antiphon_domain::{Permission, VisitorId};
use antiphon_store::{FollowUp, MAX_PAGE, PersonalRow, PersonalTable, Subject};

impl Chat {
    /// Begins to give out what is kept of a visitor: from here on the audit log says that it was. Administrators only.
    pub async fn begin_visitor_export(
        &self,
        principal: &Principal,
        id: VisitorId,
    ) -> Result<VisitorExport, ChatError> {
        require(principal, Permission::Administer)?;
        let entry = self.audit(principal, "visitor.exported", Subject::of("visitor", id.0));
        let audit = FollowUp::audit(|exists: &bool| exists.then_some(entry));
        match self.ports.store.begin_export(id, audit).await? {
            true => Ok(VisitorExport {
                chat: self.clone(),
                id,
            }),
            false => Err(ChatError::NotFound("visitor")),
        }
    }
}

/// The right to read all that is kept of one visitor.
#[derive(Debug, Clone)]
pub struct VisitorExport {
    chat: Chat,
    id: VisitorId,
}

impl VisitorExport {
    /// Whose.
    pub fn visitor_id(&self) -> VisitorId {
        self.id
    }

    /// The rows of a table behind this key, at most 200; none are the end.
    pub async fn rows(
        &self,
        table: &'static PersonalTable,
        after: Option<i64>,
    ) -> Result<Vec<PersonalRow>, ChatError> {
        let store = &self.chat.ports.store;
        Ok(store.personal_rows(self.id, table, after, MAX_PAGE).await?)
    }
}
