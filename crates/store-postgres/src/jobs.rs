//! Jobs in SQL: enqueued inside other writes too, claimed with a lease, and done or dead.

mod claim;
mod enqueue;
mod report;

pub(crate) use enqueue::enqueue;

use crate::PostgresStore;
use crate::connector::Db;
use crate::failure::{Result, corrupt};
use crate::rows::time;
use crate::writer::Tx;
use antiphon_domain::Timestamp;
use antiphon_store::{
    AfterFailure, Claim, Claimed, Failed, FollowUp, Job, JobFilter, JobId, JobWaker, Jobs, Lease,
    MAX_PAGE, NewJob, QueueLength, Retry, StoreError,
};
use tokio_postgres::Row;

/// Keeps claims and renewals apart, so that a claim sees the whole of every lane: the second half is the schema, as for migrations.
const LOCK: &str = "SELECT pg_advisory_xact_lock(1245859651, hashtext(current_schema()))";

/// The columns that [`job`] reads, of a table named `j`.
macro_rules! job_columns {
    () => {
        "j.id, j.queue, j.kind, j.payload, j.run_at, j.attempts, j.max_attempts, j.locked_by, j.locked_until, j.last_error, \
         j.dedupe_key, j.lane, j.created_at, j.died_at"
    };
}
use job_columns;

#[async_trait::async_trait]
impl Jobs for PostgresStore {
    /// By the writer, so that ids grow in the order of the commits.
    async fn enqueue(&self, new: NewJob) -> std::result::Result<Option<JobId>, StoreError> {
        let wakers = self.shared_wakers();
        let wake = FollowUp::told(move |made: &Option<JobId>| {
            if made.is_some() {
                wakers.jobs();
            }
        });
        self.write_then(wake, async move |tx: &mut Tx<'_>| {
            let made = enqueue(tx, std::slice::from_ref(&new)).await?;
            Ok(made.first().copied())
        })
        .await
    }

    async fn claim(&self, claim: Claim) -> std::result::Result<Claimed, StoreError> {
        self.change(async move |db: Db<'_>| claim::claim(db, &claim).await)
            .await
    }

    async fn renew(
        &self,
        leases: Vec<Lease>,
        until: Timestamp,
    ) -> std::result::Result<Vec<Lease>, StoreError> {
        self.change(async move |db: Db<'_>| report::renew(db, leases, until).await)
            .await
    }

    async fn complete(&self, lease: Lease) -> std::result::Result<bool, StoreError> {
        self.change(async move |db: Db<'_>| report::complete(db, &lease).await)
            .await
    }

    async fn fail(
        &self,
        lease: Lease,
        error: String,
        then: AfterFailure,
        at: Timestamp,
    ) -> std::result::Result<Failed, StoreError> {
        self.change(async move |db: Db<'_>| report::fail(db, &lease, &error, then, at).await)
            .await
    }

    async fn release(&self, leases: Vec<Lease>) -> std::result::Result<(), StoreError> {
        self.change(async move |db: Db<'_>| report::release(db, &leases).await)
            .await?;
        self.tell_of_jobs().await;
        Ok(())
    }

    async fn list_jobs(
        &self,
        filter: JobFilter,
        after: Option<JobId>,
        limit: u32,
    ) -> std::result::Result<Vec<Job>, StoreError> {
        self.read(async move |db: Db<'_>| {
            let (live, dead) = (filter != JobFilter::Dead, filter != JobFilter::Live);
            let (after, limit) = (after.map_or(0, |id| id.0), i64::from(limit.min(MAX_PAGE)));
            let sql = concat!(
                "SELECT ",
                job_columns!(),
                " FROM jobs j WHERE j.id > $1 AND (($2 AND j.died_at IS NULL) OR ($3 AND j.died_at IS NOT NULL))
                  ORDER BY j.id LIMIT $4"
            );
            let found = db.rows(sql, &[&after, &live, &dead, &limit]).await?;
            found.iter().map(job).collect()
        })
        .await
    }

    /// By the writer: a job with the same key that is made meanwhile would break the index.
    async fn retry_jobs(
        &self,
        which: Retry,
        at: Timestamp,
    ) -> std::result::Result<u64, StoreError> {
        let wakers = self.shared_wakers();
        let wake = FollowUp::told(move |n_retried: &u64| {
            if *n_retried > 0 {
                wakers.jobs();
            }
        });
        self.write_then(wake, async move |tx: &mut Tx<'_>| {
            let n_retried = report::retry(tx.db, which, at).await?;
            if n_retried > 0 {
                tx.enqueued();
            }
            Ok(n_retried)
        })
        .await
    }

    async fn bury_jobs(
        &self,
        kind: String,
        made_before: Timestamp,
        error: String,
        at: Timestamp,
    ) -> std::result::Result<u64, StoreError> {
        self.change(async move |db: Db<'_>| report::bury(db, &kind, made_before, &error, at).await)
            .await
    }

    async fn prune_jobs(&self, died_before: Timestamp) -> std::result::Result<u64, StoreError> {
        self.change(async move |db: Db<'_>| {
            let sql = "DELETE FROM jobs WHERE died_at < $1";
            db.execute(sql, &[&died_before.as_micros()]).await
        })
        .await
    }

    async fn queue_lengths(
        &self,
        at: Timestamp,
    ) -> std::result::Result<Vec<QueueLength>, StoreError> {
        self.read(async move |db: Db<'_>| {
            let found = db
                .rows(
                    "SELECT queue, count(*) FILTER (WHERE died_at IS NULL), count(died_at),
                         min(run_at) FILTER (WHERE died_at IS NULL AND run_at <= $1 AND (locked_until IS NULL OR locked_until <= $1))
                     FROM jobs GROUP BY queue ORDER BY queue COLLATE \"C\"",
                    &[&at.as_micros()],
                )
                .await?;
            let length = |row: &Row| {
                Ok(QueueLength {
                    queue: row.try_get(0)?,
                    live: row.try_get(1)?,
                    dead: row.try_get(2)?,
                    oldest_due: time(row, 3)?,
                })
            };
            found.iter().map(length).collect()
        })
        .await
    }

    fn wake_on_jobs(&self, waker: &JobWaker) {
        self.wakers().add_for_jobs(waker);
    }
}

/// Reads the columns of `job_columns`.
fn job(row: &Row) -> Result<Job> {
    let locked = match (row.try_get::<_, Option<String>>(7)?, time(row, 8)?) {
        (Some(worker), Some(until)) => Some((worker, until)),
        (None, None) => None,
        _ => return Err(corrupt("jobs", "locked_until")),
    };
    let count = |index, column| {
        u32::try_from(row.try_get::<_, i64>(index)?).map_err(|_| corrupt("jobs", column))
    };
    Ok(Job {
        id: JobId(row.try_get(0)?),
        queue: row.try_get(1)?,
        kind: row.try_get(2)?,
        payload: row.try_get(3)?,
        run_at: Timestamp::from_micros(row.try_get(4)?),
        attempts: count(5, "attempts")?,
        max_attempts: count(6, "max_attempts")?,
        locked,
        last_error: row.try_get(9)?,
        dedupe_key: row.try_get(10)?,
        lane: row.try_get(11)?,
        created_at: Timestamp::from_micros(row.try_get(12)?),
        died_at: time(row, 13)?,
    })
}
