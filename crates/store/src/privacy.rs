//! What is kept of people: given out, erased, and forgotten by itself when it is old.
//!
//! [`PERSONAL`] names every table with something about a visitor, and how its rows are found. Exporting and erasing both go by it, and a
//! test of each driver compares it with the schema: a new table that refers to a visitor or a conversation has to be named here.

use crate::copy::Value;
use crate::{FollowUp, NewAuditEntry, StoreError};
use antiphon_domain::{
    AuditEntryId, ConversationId, FileKey, Retention, Timestamp, VisitorId, WidgetId,
};

/// By what a row is found to be about a visitor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Belongs {
    /// It is the visitor.
    Itself,
    /// `visitor_id`.
    ToVisitor,
    /// `conversation_id`.
    ToConversation,
    /// `message_id`.
    ToMessage,
    /// `note_id`.
    ToNote,
}

/// A table with something about a visitor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PersonalTable {
    /// Its name.
    pub name: &'static str,
    /// How its rows are found.
    pub belongs: Belongs,
    /// The column by whose values pages of it go on; no two rows of a visitor share one. `None`: what it says is told with the
    /// conversation, as `labels`.
    pub key: Option<&'static str>,
    /// Columns that are not given out: hashes of secrets, and numbers that mean something to a machine only.
    pub left_out: &'static [&'static str],
}

/// Every table with something about a visitor, each after those it refers to.
pub const PERSONAL: [PersonalTable; 11] = [
    PersonalTable {
        name: "visitors",
        belongs: Belongs::Itself,
        key: Some("id"),
        left_out: &[],
    },
    PersonalTable {
        name: "visitor_tokens",
        belongs: Belongs::ToVisitor,
        // There are never more of them than a page has.
        key: Some("created_at"),
        left_out: &["token_hash"],
    },
    PersonalTable {
        name: "blocks",
        belongs: Belongs::ToVisitor,
        key: Some("id"),
        // Of an address, never of a visitor.
        left_out: &["network"],
    },
    PersonalTable {
        name: "conversations",
        belongs: Belongs::ToVisitor,
        key: Some("id"),
        left_out: &["revision"],
    },
    PersonalTable {
        name: "conversation_details",
        belongs: Belongs::ToConversation,
        key: Some("conversation_id"),
        left_out: &[],
    },
    PersonalTable {
        name: "conversation_labels",
        belongs: Belongs::ToConversation,
        key: None,
        left_out: &[],
    },
    PersonalTable {
        name: "page_views",
        belongs: Belongs::ToConversation,
        key: Some("id"),
        left_out: &[],
    },
    PersonalTable {
        name: "messages",
        belongs: Belongs::ToConversation,
        key: Some("id"),
        left_out: &["client_id", "changed_revision"],
    },
    PersonalTable {
        name: "attachments",
        belongs: Belongs::ToMessage,
        key: Some("id"),
        left_out: &[],
    },
    PersonalTable {
        name: "notes",
        belongs: Belongs::ToConversation,
        key: Some("id"),
        left_out: &[],
    },
    PersonalTable {
        name: "mentions",
        belongs: Belongs::ToNote,
        key: Some("id"),
        left_out: &[],
    },
];

/// A row: its columns by their names, and what it says in words beside a number, such as `agent_name` beside `agent_id`.
pub type PersonalRow = Vec<(String, Value)>;

impl PersonalTable {
    /// The one of this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        PERSONAL.iter().find(|table| table.name == name)
    }

    /// Where the page after this row goes on.
    pub fn key_of(&self, row: &PersonalRow) -> Option<i64> {
        let key = self.key?;
        row.iter().find_map(|(name, value)| match value {
            Value::Integer(number) if name == key => Some(*number),
            _ => None,
        })
    }
}

/// What was erased.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Erased {
    /// People.
    pub visitors: Vec<VisitorId>,
    /// Their conversations, or those that were old.
    pub conversations: Vec<ConversationId>,
    /// Messages in them.
    pub messages: u64,
    /// Pages that were looked at, of which nothing else is gone.
    pub page_views: u64,
    /// Files and thumbnails that no row names any more; they are still where files are.
    pub files: Vec<FileKey>,
}

impl Erased {
    /// Whether there was nothing.
    pub fn is_empty(&self) -> bool {
        self.visitors.is_empty() && self.conversations.is_empty() && self.page_views == 0
    }
}

/// How much was erased in one run of retention, whose entry in the audit log tells it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ExpiredCounts {
    /// Conversations.
    pub conversations: u64,
    /// Messages in them.
    pub messages: u64,
    /// Visitors of whom nothing was left.
    pub visitors: u64,
    /// Pages that were looked at.
    pub page_views: u64,
    /// Files and thumbnails.
    pub files: u64,
}

impl ExpiredCounts {
    /// With what one more batch has erased.
    #[must_use]
    pub fn and(self, erased: &Erased) -> Self {
        Self {
            conversations: self.conversations + erased.conversations.len() as u64,
            messages: self.messages + erased.messages,
            visitors: self.visitors + erased.visitors.len() as u64,
            page_views: self.page_views + erased.page_views,
            files: self.files + erased.files.len() as u64,
        }
    }

    /// As the audit log has it.
    pub fn details(&self) -> String {
        format!(
            r#"{{"conversations":{},"messages":{},"visitors":{},"page_views":{},"files":{}}}"#,
            self.conversations, self.messages, self.visitors, self.page_views, self.files
        )
    }
}

/// A run so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExpiredRun {
    /// Its entry in the audit log.
    pub entry_id: AuditEntryId,
    /// What it tells.
    pub counts: ExpiredCounts,
}

/// What is over, of one website.
#[derive(Debug, Clone)]
pub struct EraseExpired {
    /// The website.
    pub widget_id: WidgetId,
    /// Closed conversations go whose last message is older.
    pub closed_before: Option<Timestamp>,
    /// Pages that were looked at before go, and conversations in which nothing was said that are older.
    pub visits_before: Option<Timestamp>,
    /// At most so many of each; the visitors go besides of whom nothing is left then, unless they are kept out.
    pub limit: u32,
    /// The entry of a run that begins with this batch; its details are written by the store.
    pub entry: NewAuditEntry,
    /// The run that this batch goes on with.
    pub run: Option<ExpiredRun>,
}

/// What a batch did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExpiredOutcome {
    /// What is gone.
    pub erased: Erased,
    /// The run with it; `None` while nothing was found.
    pub run: Option<ExpiredRun>,
    /// Whether there may be more: something reached the limit.
    pub more: bool,
}

/// Use cases on what is kept of people.
#[async_trait::async_trait]
pub trait Privacy: Send + Sync {
    /// Writes down that a visitor's data are given out, before they are; answers whether there is such a visitor.
    async fn begin_export(
        &self,
        id: VisitorId,
        follow_up: FollowUp<bool>,
    ) -> Result<bool, StoreError>;
    /// A visitor's rows of a table that has a key, in the order of the keys, above `after`, at most `limit` (≤ 200).
    async fn personal_rows(
        &self,
        id: VisitorId,
        table: &'static PersonalTable,
        after: Option<i64>,
        limit: u32,
    ) -> Result<Vec<PersonalRow>, StoreError>;
    /// Erases a visitor with every row of [`PERSONAL`] and what is found by words, and the jobs and deliveries of webhooks that tell of
    /// it. `None`: there is no such visitor.
    async fn erase_visitor(
        &self,
        id: VisitorId,
        follow_up: FollowUp<Option<Erased>>,
    ) -> Result<Option<Erased>, StoreError>;
    /// Takes what was erased out of places that are reused only some day, step by step: each call does a bounded part, the first with
    /// `begin`. Answers whether there is more. A database that does so by itself answers no.
    async fn scrub(&self, begin: bool) -> Result<bool, StoreError>;
    /// How long a website keeps what is over. `None`: there is no such website.
    async fn retention(&self, id: WidgetId) -> Result<Option<Retention>, StoreError>;
    /// Chooses it anew; answers whether there is such a website.
    async fn set_retention(
        &self,
        id: WidgetId,
        retention: Retention,
        follow_up: FollowUp<bool>,
    ) -> Result<bool, StoreError>;
    /// The websites that do not keep everything.
    async fn retentions(&self) -> Result<Vec<(WidgetId, Retention)>, StoreError>;
    /// Erases a batch of what is over, as [`Privacy::erase_visitor`] does, and writes its run down, in one transaction.
    async fn erase_expired(
        &self,
        expired: EraseExpired,
        follow_up: FollowUp<ExpiredOutcome>,
    ) -> Result<ExpiredOutcome, StoreError>;
}
