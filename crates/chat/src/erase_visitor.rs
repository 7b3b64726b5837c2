//! A visitor is erased: every row in one transaction with the entry of the audit log, the files by jobs that were made in it.
//!
//! Whoever has a conversation of it on a screen is told that it is gone. The visitor's own page finds its token refused, and begins anew.

use crate::access::require;
use crate::describe::failed;
use crate::upload::owner_of_visitor;
use crate::{Chat, ChatError, Principal};
use antiphon_domain::{DomainEvent, FileKey, Permission, Timestamp, VisitorId};
use antiphon_store::{Erased, FollowUp, NewJob, Subject};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

/// The kind of the jobs that remove files of what was erased.
pub const REMOVE_FILES_JOBS: &str = "files.remove";
/// The kind of the jobs that take what was erased out of where it may still stand.
pub const SCRUB_JOBS: &str = "store.scrub";
/// The longest run of one: a large index of words is written anew, step by step.
pub const SCRUB_TIME: Duration = Duration::from_secs(600);
/// Files of one job; the payload of so many is 20 kB.
const FILES_AT_ONCE: usize = 500;
/// A store of files that is away may be so for days: with half an hour between attempts these are a week.
const ATTEMPTS: u32 = 340;
/// What is erased within so many seconds is scrubbed by one job, which is due when they are over: none is made while it runs, and what
/// it has passed by is left to the next.
const SCRUB_EVERY: i64 = 5;

/// Why files were not removed, or not all.
#[derive(Debug, thiserror::Error)]
pub enum RemoveFilesError {
    /// The job says what none of this version says.
    #[error("the job names no files: {0}")]
    Payload(#[source] serde_json::Error),
    /// It says a key that cannot be one.
    #[error("the job names what is no file")]
    Key,
    /// The store of files failed.
    #[error(transparent)]
    Chat(#[from] ChatError),
}

#[derive(Debug, Serialize, Deserialize)]
struct Payload {
    keys: Vec<String>,
    visitor_ids: Vec<i64>,
}

impl Chat {
    /// Erases a visitor with everything that is kept of it. Administrators only. Nothing brings it back but a backup.
    pub async fn erase_visitor(
        &self,
        principal: &Principal,
        id: VisitorId,
    ) -> Result<(), ChatError> {
        require(principal, Permission::Administer)?;
        let entry = self.audit(principal, "visitor.erased", Subject::of("visitor", id.0));
        let follow_up = self
            .after_erasing(|outcome: &Option<Erased>| outcome.as_ref())
            .and_audit(move |outcome: &Option<Erased>| {
                let erased = outcome.as_ref()?;
                Some(entry.with(json!({
                    "conversations": erased.conversations.len(),
                    "messages": erased.messages,
                    "files": erased.files.len(),
                })))
            });
        match self.ports.store.erase_visitor(id, follow_up).await? {
            Some(_) => Ok(()),
            None => Err(ChatError::NotFound("visitor")),
        }
    }

    /// What follows when something was erased: everybody is told of the conversations, and jobs do the rest.
    pub(crate) fn after_erasing<T: 'static>(
        &self,
        erased: fn(&T) -> Option<&Erased>,
    ) -> FollowUp<T> {
        let clock = Arc::clone(&self.ports.clock);
        self.announce(None, move |outcome: &T| {
            let gone = erased(outcome)
                .into_iter()
                .flat_map(|erased| &erased.conversations);
            gone.map(|id| DomainEvent::ConversationErased(*id))
                .collect::<Vec<_>>()
        })
        .and_jobs(move |outcome| match erased(outcome) {
            Some(erased) if !erased.is_empty() => jobs(erased, clock.now()),
            _ => Vec::new(),
        })
    }

    /// Removes the files that a job names, and unfinished uploads of the visitors that it names. Twice is once. Cancellation-safe.
    pub async fn remove_files(&self, payload: &str) -> Result<(), RemoveFilesError> {
        let payload: Payload = serde_json::from_str(payload).map_err(RemoveFilesError::Payload)?;
        for id in payload.visitor_ids {
            let owner = owner_of_visitor(VisitorId(id));
            let removed = self.ports.partials.remove_all(&owner).await;
            removed.map_err(failed)?;
        }
        for key in payload.keys {
            let key = FileKey::parse(&key).map_err(|_| RemoveFilesError::Key)?;
            self.ports.files.delete(&key).await.map_err(failed)?;
        }
        Ok(())
    }

    /// Does what [`SCRUB_JOBS`] are for. Begun again, it goes over everything again. Cancellation-safe.
    pub async fn scrub(&self) -> Result<(), ChatError> {
        let mut more = self.ports.store.scrub(true).await?;
        while more {
            more = self.ports.store.scrub(false).await?;
        }
        Ok(())
    }
}

fn jobs(erased: &Erased, at: Timestamp) -> Vec<NewJob> {
    let payload = |keys: &[FileKey], visitors: &[VisitorId]| {
        json!(Payload {
            keys: keys.iter().map(|key| key.as_str().to_owned()).collect(),
            visitor_ids: visitors.iter().map(|id| id.0).collect(),
        })
        .to_string()
    };
    let job = |payload| NewJob {
        max_attempts: ATTEMPTS,
        ..NewJob::new(REMOVE_FILES_JOBS, payload, at)
    };
    let of_files = erased.files.chunks(FILES_AT_ONCE);
    let of_visitors = erased.visitors.chunks(FILES_AT_ONCE);
    let due = (at.as_seconds().div_euclid(SCRUB_EVERY) + 1) * SCRUB_EVERY;
    let scrub = NewJob {
        run_at: Timestamp::from_micros(due * 1_000_000),
        dedupe_key: Some(format!("{SCRUB_JOBS} {due}")),
        ..NewJob::new(SCRUB_JOBS, "{}", at)
    };
    of_files
        .map(|keys| job(payload(keys, &[])))
        .chain(of_visitors.map(|ids| job(payload(&[], ids))))
        .chain([scrub])
        .collect()
}
