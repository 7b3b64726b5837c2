//! Notes beside a conversation: agents write them, read them, and are mentioned in them. No visitor is told of any.

use crate::access::require;
use crate::{Chat, ChatError, Principal};
use antiphon_domain::{
    AgentId, ConversationId, DomainEvent, Mention, MentionId, Note, NoteBody, NoteId, Permission,
};
use antiphon_store::{
    DeleteNote, EditNote, FollowUp, MAX_PAGE, MentionPage, NewNote, NoteOutcome, NotePage,
};

/// Notes of one transcript: all of any conversation that people have, and a bound for the memory.
const MAX_TRANSCRIPT_NOTES: usize = 2000;

/// A page of a conversation's notes.
#[derive(Debug)]
pub struct NoteList {
    /// Oldest first.
    pub notes: Vec<Note>,
    /// Whether there are older ones.
    pub has_more: bool,
}

/// A page of an agent's mentions.
#[derive(Debug)]
pub struct MentionList {
    /// Newest first.
    pub mentions: Vec<Mention>,
    /// Whether there are older ones.
    pub has_more: bool,
    /// How many of all of them it has not seen.
    pub unread_count: i64,
}

impl Chat {
    /// Adds a note, and tells those whom it mentions.
    pub async fn add_note(
        &self,
        principal: &Principal,
        conversation_id: ConversationId,
        body: NoteBody,
    ) -> Result<Note, ChatError> {
        let author = require(principal, Permission::Answer)?.id;
        let new = NewNote {
            conversation_id,
            author,
            body,
            at: self.ports.clock.now(),
        };
        let announce = self.announce_note(|note, mentioned, update| DomainEvent::NoteAdded {
            note,
            mentioned,
            update,
        });
        noted(self.ports.store.add_note(new, announce).await?)
    }

    /// Changes what one of the caller's own notes says, and tells those whom it mentions now and did not before.
    pub async fn edit_note(
        &self,
        principal: &Principal,
        id: NoteId,
        body: NoteBody,
    ) -> Result<Note, ChatError> {
        let author = require(principal, Permission::Answer)?.id;
        let at = self.ports.clock.now();
        let edit = EditNote {
            id,
            author,
            body,
            at,
        };
        let announce = self.announce_note(updated);
        noted(self.ports.store.edit_note(edit, announce).await?)
    }

    /// Deletes one of the caller's own notes; one that is deleted stays so, quietly.
    pub async fn delete_note(&self, principal: &Principal, id: NoteId) -> Result<(), ChatError> {
        let author = require(principal, Permission::Answer)?.id;
        let at = self.ports.clock.now();
        let delete = DeleteNote { id, author, at };
        let announce = self.announce_note(updated);
        noted(self.ports.store.delete_note(delete, announce).await?).map(drop)
    }

    /// A conversation's notes below `before`, the newest `limit` (≤ 199) of them.
    pub async fn notes(
        &self,
        principal: &Principal,
        conversation_id: ConversationId,
        before: Option<NoteId>,
        limit: u32,
    ) -> Result<NoteList, ChatError> {
        require(principal, Permission::Read)?;
        self.conversation_for(principal, conversation_id).await?;
        // One more than asked for tells whether there is another page.
        let limit = limit.clamp(1, MAX_PAGE - 1);
        let page = NotePage {
            conversation_id,
            before,
            limit: limit + 1,
        };
        let mut notes = self.ports.store.notes(page).await?;
        let has_more = notes.len() > limit as usize;
        if has_more {
            notes.remove(0);
        }
        Ok(NoteList { notes, has_more })
    }

    /// A conversation's notes for a transcript: the newest 2,000 or so, oldest first.
    pub async fn transcript_notes(
        &self,
        principal: &Principal,
        id: ConversationId,
    ) -> Result<Vec<Note>, ChatError> {
        let mut all = Vec::new();
        let mut before = None;
        while all.len() < MAX_TRANSCRIPT_NOTES {
            let mut page = self.notes(principal, id, before, MAX_PAGE).await?;
            before = page.notes.first().map(|note| note.id);
            page.notes.append(&mut all);
            all = page.notes;
            if !page.has_more {
                break;
            }
        }
        Ok(all)
    }

    /// The caller's own mentions below `before`, at most `limit` (≤ 199).
    pub async fn mentions(
        &self,
        principal: &Principal,
        unread: bool,
        before: Option<MentionId>,
        limit: u32,
    ) -> Result<MentionList, ChatError> {
        let agent_id = require(principal, Permission::Read)?.id;
        let limit = limit.clamp(1, MAX_PAGE - 1);
        let page = MentionPage {
            agent_id,
            unread,
            before,
            limit: limit + 1,
        };
        let mut mentions = self.ports.store.mentions(page).await?;
        let has_more = mentions.len() > limit as usize;
        mentions.truncate(limit as usize);
        Ok(MentionList {
            mentions,
            has_more,
            unread_count: self.ports.store.unread_mentions(agent_id).await?,
        })
    }

    /// How many of the caller's own mentions it has not seen.
    pub async fn unread_mentions(&self, principal: &Principal) -> Result<i64, ChatError> {
        let agent_id = require(principal, Permission::Read)?.id;
        Ok(self.ports.store.unread_mentions(agent_id).await?)
    }

    /// The caller has seen its mentions up to this one. Answers how many it has not seen yet.
    pub async fn read_mentions(
        &self,
        principal: &Principal,
        up_to: MentionId,
    ) -> Result<i64, ChatError> {
        let agent_id: AgentId = require(principal, Permission::Read)?.id;
        let announce = self.announce(None, move |n_read: &u64| {
            (*n_read > 0).then_some(DomainEvent::MentionsRead { agent_id, up_to })
        });
        let (store, at) = (&self.ports.store, self.ports.clock.now());
        store.read_mentions(agent_id, up_to, at, announce).await?;
        Ok(store.unread_mentions(agent_id).await?)
    }

    fn announce_note(
        &self,
        event: fn(Note, Vec<Mention>, antiphon_domain::InboxUpdate) -> DomainEvent,
    ) -> FollowUp<NoteOutcome> {
        self.announce(None, move |outcome| match outcome {
            NoteOutcome::Changed(changed) => {
                let changed = (**changed).clone();
                Some(event(changed.note, changed.mentioned, changed.update))
            }
            _ => None,
        })
    }
}

fn updated(
    note: Note,
    mentioned: Vec<Mention>,
    update: antiphon_domain::InboxUpdate,
) -> DomainEvent {
    DomainEvent::NoteUpdated {
        note,
        mentioned,
        update,
    }
}

fn noted(outcome: NoteOutcome) -> Result<Note, ChatError> {
    match outcome {
        NoteOutcome::Changed(changed) => Ok(changed.note),
        NoteOutcome::Unchanged(note) => Ok(*note),
        NoteOutcome::NotAuthor => Err(ChatError::Forbidden("this note is another agent's")),
        NoteOutcome::UnknownNote => Err(ChatError::NotFound("note")),
        NoteOutcome::UnknownConversation => Err(ChatError::NotFound("conversation")),
    }
}
