//! What a visitor has of its own conversations: the list of them, and a transcript; and what an agent sees of how one began.

use crate::access::require;
use crate::{Chat, ChatError, Principal};
use antiphon_domain::{
    Conversation, ConversationDetails, ConversationId, Message, Permission, Widget, Zone,
};
use antiphon_store::{MAX_PAGE, MessagePage, VisitorConversation, VisitorPage};

/// A page of a visitor's list.
#[derive(Debug)]
pub struct VisitorList {
    /// Newest first.
    pub rows: Vec<VisitorConversation>,
    /// Where the next page goes on, if there is one.
    pub next: Option<ConversationId>,
}

/// A conversation to be written down, up to the newest message of the moment at which it was asked for.
#[derive(Debug)]
pub struct Transcript {
    /// As it stood.
    pub conversation: Conversation,
    /// Where it took place.
    pub widget: Widget,
    /// The clock that its visitor looks at, as far as that is known.
    pub zone: Option<Zone>,
}

impl Chat {
    /// The caller's own conversations, newest first, below `before`. Visitors only.
    pub async fn visitor_conversations(
        &self,
        principal: &Principal,
        before: Option<ConversationId>,
        limit: u32,
    ) -> Result<VisitorList, ChatError> {
        let Principal::Visitor(visitor) = principal else {
            return Err(ChatError::Forbidden("this is for visitors"));
        };
        // One more than asked for tells whether there is another page.
        let limit = limit.clamp(1, MAX_PAGE - 1);
        let page = VisitorPage {
            visitor_id: visitor.id,
            before,
            limit: limit + 1,
        };
        let mut rows = self.ports.store.visitor_conversations(page).await?;
        let has_more = rows.len() > limit as usize;
        rows.truncate(limit as usize);
        let next = rows
            .last()
            .filter(|_| has_more)
            .map(|row| row.conversation.id);
        Ok(VisitorList { rows, next })
    }

    /// How a conversation began. Agents only.
    pub async fn conversation_details(
        &self,
        principal: &Principal,
        id: ConversationId,
    ) -> Result<ConversationDetails, ChatError> {
        require(principal, Permission::Read)?;
        let details = self.ports.store.conversation_details(id).await?;
        details.ok_or(ChatError::NotFound("conversation"))
    }

    /// Begins a transcript of a conversation that the caller may see; visitors only where their widget has transcripts.
    pub async fn transcript(
        &self,
        principal: &Principal,
        id: ConversationId,
    ) -> Result<Transcript, ChatError> {
        let conversation = self.conversation_for(principal, id).await?;
        let store = &self.ports.store;
        let widget = store.widget(conversation.widget_id).await?;
        let widget = widget.ok_or(ChatError::NotFound("widget"))?;
        if matches!(principal, Principal::Visitor(_)) && !widget.settings.transcript {
            return Err(ChatError::Forbidden("this widget has no transcripts"));
        }
        let details = store.conversation_details(id).await?.unwrap_or_default();
        Ok(Transcript {
            conversation,
            widget,
            zone: details.time_zone,
        })
    }

    /// The transcript's messages after this `seq`, a page of them; none once there are no more.
    pub async fn transcript_page(
        &self,
        transcript: &Transcript,
        after_seq: i64,
    ) -> Result<Vec<Message>, ChatError> {
        let left = transcript.conversation.last_seq - after_seq;
        if left <= 0 {
            return Ok(Vec::new());
        }
        let page = MessagePage::After {
            seq: after_seq,
            limit: u32::try_from(left).unwrap_or(MAX_PAGE).min(MAX_PAGE),
        };
        let id = transcript.conversation.id;
        let page = self.ports.store.conversation_page(id, page).await?;
        Ok(page.map(|(_, messages)| messages).unwrap_or_default())
    }
}
