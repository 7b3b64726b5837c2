//! Jobs in SQL: enqueued inside other writes too, claimed with a lease, and done or dead.

mod claim;
mod enqueue;
mod report;
mod wakers;

pub(crate) use enqueue::enqueue;
pub(crate) use wakers::Wakers;

use crate::SqliteStore;
use crate::failure::corrupt;
use antiphon_domain::Timestamp;
use antiphon_store::{
    AfterFailure, Claim, Claimed, Failed, FollowUp, Job, JobFilter, JobId, JobWaker, Jobs, Lease,
    MAX_PAGE, NewJob, QueueLength, Retry, StoreError,
};
use rusqlite::{Result, Row, params};
use std::sync::Arc;

/// The columns that [`job`] reads.
macro_rules! job_columns {
    () => {
        "id, queue, kind, payload, run_at, attempts, max_attempts, locked_by, locked_until, last_error, dedupe_key, lane, \
         created_at, died_at"
    };
}
use job_columns;

#[async_trait::async_trait]
impl Jobs for SqliteStore {
    async fn enqueue(&self, new: NewJob) -> Result<Option<JobId>, StoreError> {
        let wakers = Arc::clone(self.wakers());
        let wake = FollowUp::told(move |made: &Option<JobId>| {
            if made.is_some() {
                wakers.wake();
            }
        });
        self.write_then(wake, move |connection| enqueue(connection, &new))
            .await
    }

    async fn claim(&self, claim: Claim) -> Result<Claimed, StoreError> {
        self.write(move |connection| claim::claim(connection, &claim))
            .await
    }

    async fn renew(&self, leases: Vec<Lease>, until: Timestamp) -> Result<Vec<Lease>, StoreError> {
        self.write(move |connection| report::renew(connection, leases, until))
            .await
    }

    async fn complete(&self, lease: Lease) -> Result<bool, StoreError> {
        self.write(move |connection| report::complete(connection, &lease))
            .await
    }

    async fn fail(
        &self,
        lease: Lease,
        error: String,
        then: AfterFailure,
        at: Timestamp,
    ) -> Result<Failed, StoreError> {
        self.write(move |connection| report::fail(connection, &lease, &error, then, at))
            .await
    }

    async fn release(&self, leases: Vec<Lease>) -> Result<(), StoreError> {
        let wakers = Arc::clone(self.wakers());
        let wake = FollowUp::told(move |&()| wakers.wake());
        self.write_then(wake, move |connection| report::release(connection, &leases))
            .await
    }

    async fn list_jobs(
        &self,
        filter: JobFilter,
        after: Option<JobId>,
        limit: u32,
    ) -> Result<Vec<Job>, StoreError> {
        self.read(move |connection| {
            let (live, dead) = (filter != JobFilter::Dead, filter != JobFilter::Live);
            connection
                .prepare_cached(concat!(
                    "SELECT ",
                    job_columns!(),
                    " FROM jobs WHERE id > ?1 AND ((?2 AND died_at IS NULL) OR (?3 AND died_at IS NOT NULL)) ORDER BY id LIMIT ?4"
                ))?
                .query_map(params![after.map_or(0, |id| id.0), live, dead, limit.min(MAX_PAGE)], job)?
                .collect()
        })
        .await
    }

    async fn retry_jobs(&self, which: Retry, at: Timestamp) -> Result<u64, StoreError> {
        let wakers = Arc::clone(self.wakers());
        let wake = FollowUp::told(move |n_retried: &u64| {
            if *n_retried > 0 {
                wakers.wake();
            }
        });
        self.write_then(wake, move |connection| report::retry(connection, which, at))
            .await
    }

    async fn bury_jobs(
        &self,
        kind: String,
        made_before: Timestamp,
        error: String,
        at: Timestamp,
    ) -> Result<u64, StoreError> {
        self.write(move |connection| report::bury(connection, &kind, made_before, &error, at))
            .await
    }

    async fn prune_jobs(&self, died_before: Timestamp) -> Result<u64, StoreError> {
        self.write(move |connection| {
            let n_pruned = connection
                .prepare_cached("DELETE FROM jobs WHERE died_at < ?1")?
                .execute([died_before.as_micros()])?;
            Ok(n_pruned as u64)
        })
        .await
    }

    async fn queue_lengths(&self, at: Timestamp) -> Result<Vec<QueueLength>, StoreError> {
        self.read(move |connection| {
            connection
                .prepare_cached(
                    "SELECT queue, count(*) FILTER (WHERE died_at IS NULL), count(died_at),
                         min(run_at) FILTER (WHERE died_at IS NULL AND run_at <= ?1 AND (locked_until IS NULL OR locked_until <= ?1))
                     FROM jobs GROUP BY queue ORDER BY queue",
                )?
                .query_map([at.as_micros()], |row| {
                    Ok(QueueLength {
                        queue: row.get(0)?,
                        live: row.get(1)?,
                        dead: row.get(2)?,
                        oldest_due: row.get::<_, Option<i64>>(3)?.map(Timestamp::from_micros),
                    })
                })?
                .collect()
        })
        .await
    }

    fn wake_on_jobs(&self, waker: &JobWaker) {
        self.wakers().add(waker);
    }
}

/// Reads the columns of `job_columns`.
fn job(row: &Row<'_>) -> Result<Job> {
    let time = |index| {
        row.get::<_, Option<i64>>(index)
            .map(|micros| micros.map(Timestamp::from_micros))
    };
    let locked = match (row.get::<_, Option<String>>(7)?, time(8)?) {
        (Some(worker), Some(until)) => Some((worker, until)),
        (None, None) => None,
        _ => return Err(corrupt("jobs", "locked_until")),
    };
    Ok(Job {
        id: JobId(row.get(0)?),
        queue: row.get(1)?,
        kind: row.get(2)?,
        payload: row.get(3)?,
        run_at: Timestamp::from_micros(row.get(4)?),
        attempts: row.get(5)?,
        max_attempts: row.get(6)?,
        locked,
        last_error: row.get(9)?,
        dedupe_key: row.get(10)?,
        lane: row.get(11)?,
        created_at: Timestamp::from_micros(row.get(12)?),
        died_at: time(13)?,
    })
}
