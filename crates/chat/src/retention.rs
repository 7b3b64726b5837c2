//! How long websites keep what is over, and the erasing of what is older.
//!
//! A run goes over every website in batches, each a transaction, so that nobody who writes waits for long. All batches of a website in a
//! run have one entry in the audit log, which grows with each of them.

use crate::access::require;
use crate::{Chat, ChatError, Principal};
use antiphon_domain::{Permission, Retention, Timestamp, WidgetId};
use antiphon_store::{
    EraseExpired, ExpiredCounts, ExpiredOutcome, FollowUp, NewAuditEntry, NewJob, Subject,
};
use serde_json::json;
use std::time::Duration;

/// The kind of the jobs.
pub const RETENTION_JOBS: &str = "retention.apply";
/// The longest run of one; what is left then is for the next.
pub const RETENTION_TIME: Duration = Duration::from_secs(600);
/// Conversations, and as many pages, that go in one transaction.
const BATCH: u32 = 50;
/// Batches of one website in a run: 50,000 conversations.
const MAX_BATCHES: u32 = 1000;
const SECONDS_PER_DAY: i64 = 86_400;
/// Who acts in the audit log.
const RETENTION: &str = "retention";

impl Chat {
    /// How long a website keeps what is over. Administrators only.
    pub async fn retention(
        &self,
        principal: &Principal,
        id: WidgetId,
    ) -> Result<Retention, ChatError> {
        require(principal, Permission::Administer)?;
        let retention = self.ports.store.retention(id).await?;
        retention.ok_or(ChatError::NotFound("widget"))
    }

    /// Chooses anew how long a website keeps what is over. Administrators only.
    pub async fn set_retention(
        &self,
        principal: &Principal,
        id: WidgetId,
        retention: Retention,
    ) -> Result<(), ChatError> {
        let before = self.retention(principal, id).await?;
        if before == retention {
            return Ok(());
        }
        let days = |retention: Retention| {
            json!({
                "closed_conversations_days": retention.closed_conversations_days,
                "visits_days": retention.visits_days,
            })
        };
        let details = json!({ "before": days(before), "after": days(retention) });
        let entry = self.audit(principal, "retention.changed", Subject::of("widget", id.0));
        let entry = entry.with(details);
        let audit = FollowUp::audit(|set: &bool| set.then_some(entry));
        match self.ports.store.set_retention(id, retention, audit).await? {
            true => Ok(()),
            false => Err(ChatError::NotFound("widget")),
        }
    }

    /// Has the next run done, by whichever process does jobs. However many ask, one waits at a time.
    pub async fn request_retention(&self) -> Result<(), ChatError> {
        let job = NewJob {
            dedupe_key: Some(RETENTION_JOBS.to_owned()),
            ..NewJob::new(RETENTION_JOBS, "{}", self.ports.clock.now())
        };
        self.ports.store.enqueue(job).await?;
        Ok(())
    }

    /// A run: erases what is older than its website keeps it. Answers how much that was. What a run does not come to, the next does.
    /// Cancellation-safe.
    pub async fn apply_retention(&self) -> Result<ExpiredCounts, ChatError> {
        let now = self.ports.clock.now();
        let mut all = ExpiredCounts::default();
        for (widget_id, retention) in self.ports.store.retentions().await? {
            let mut expired = EraseExpired {
                widget_id,
                closed_before: cutoff(now, retention.closed_conversations_days),
                visits_before: cutoff(now, retention.visits_days),
                limit: BATCH,
                entry: NewAuditEntry {
                    agent_name: RETENTION.to_owned(),
                    ..self.audit_command("retention.applied", Subject::of("widget", widget_id.0))
                },
                run: None,
            };
            for _ in 0..MAX_BATCHES {
                let told = self.after_erasing(|outcome: &ExpiredOutcome| Some(&outcome.erased));
                let store = &self.ports.store;
                let outcome = store.erase_expired(expired.clone(), told).await?;
                expired.run = outcome.run;
                if !outcome.more {
                    break;
                }
            }
            if let Some(run) = expired.run {
                all.conversations += run.counts.conversations;
                all.messages += run.counts.messages;
                all.visitors += run.counts.visitors;
                all.page_views += run.counts.page_views;
                all.files += run.counts.files;
            }
        }
        Ok(all)
    }
}

/// What is older than this goes; what is exactly so old stays.
fn cutoff(now: Timestamp, days: Option<u16>) -> Option<Timestamp> {
    days.map(|days| now.plus_seconds(-i64::from(days) * SECONDS_PER_DAY))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_over_is_counted_in_days() {
        let now = Timestamp::from_micros(1_700_000_000_123_456);
        assert_eq!(cutoff(now, None), None);
        let week = cutoff(now, Some(7)).unwrap();
        assert_eq!(now.as_micros() - week.as_micros(), 7 * 86_400 * 1_000_000);
    }
}
