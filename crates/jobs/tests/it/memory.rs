//! Jobs in memory: without threads of its own, so that a paused time stands still until the test or the runner waits.

use antiphon_domain::Timestamp;
use antiphon_store::{
    AfterFailure, Claim, Claimed, Failed, Job, JobFilter, JobId, JobWaker, Jobs, Lease, MAX_ERROR,
    MAX_PAYLOAD, NewJob, QueueLength, Retry, StoreError,
};
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

#[derive(Default)]
pub(crate) struct MemoryJobs {
    rows: Mutex<(Vec<Job>, i64)>,
    wakers: Mutex<Vec<std::sync::Weak<dyn Fn() + Send + Sync>>>,
    /// Everything answers that the store is overloaded.
    pub(crate) away: AtomicBool,
    /// How long a claim takes.
    pub(crate) claim_takes: Mutex<std::time::Duration>,
    /// Claims that were made.
    pub(crate) n_claims: AtomicUsize,
}

impl MemoryJobs {
    fn wake(&self) {
        let wakers = self.wakers.lock().clone();
        for waker in wakers.iter().filter_map(std::sync::Weak::upgrade) {
            waker();
        }
    }

    fn reach(&self) -> Result<(), StoreError> {
        match self.away.load(Ordering::SeqCst) {
            true => Err(StoreError::Unavailable),
            false => Ok(()),
        }
    }

    /// Enqueues without waking anybody, as another process does.
    pub(crate) fn enqueue_elsewhere(&self, new: NewJob) -> Option<JobId> {
        let (rows, last_id) = &mut *self.rows.lock();
        let twin = |row: &Job| {
            row.died_at.is_none()
                && row.queue == new.queue
                && row.dedupe_key == new.dedupe_key
                && row.dedupe_key.is_some()
        };
        if rows.iter().any(twin) {
            return None;
        }
        *last_id += 1;
        rows.push(Job {
            id: JobId(*last_id),
            queue: new.queue,
            kind: new.kind,
            payload: new.payload,
            run_at: new.run_at,
            attempts: 0,
            max_attempts: new.max_attempts,
            locked: None,
            last_error: None,
            dedupe_key: new.dedupe_key,
            lane: new.lane,
            created_at: new.at,
            died_at: None,
        });
        Some(JobId(*last_id))
    }

    fn held<T>(&self, lease: &Lease, change: impl FnOnce(&mut Vec<Job>, usize) -> T) -> Option<T> {
        let rows = &mut self.rows.lock().0;
        let index = rows.iter().position(|row| {
            row.id == lease.id
                && row.attempts == lease.attempt
                && row
                    .locked
                    .as_ref()
                    .is_some_and(|(worker, _)| **worker == *lease.worker)
        })?;
        Some(change(rows, index))
    }
}

fn is_free(row: &Job, at: Timestamp) -> bool {
    row.died_at.is_none()
        && row.run_at <= at
        && row.locked.as_ref().is_none_or(|(_, until)| *until <= at)
}

#[async_trait::async_trait]
impl Jobs for MemoryJobs {
    async fn enqueue(&self, new: NewJob) -> Result<Option<JobId>, StoreError> {
        self.reach()?;
        let is_json = serde_json::from_str::<serde_json::Value>(&new.payload).is_ok();
        let fits = new.payload.len() <= MAX_PAYLOAD;
        if new.kind.is_empty() || !is_json || !fits || new.max_attempts == 0 {
            return Err(StoreError::internal("an impossible job"));
        }
        let id = self.enqueue_elsewhere(new);
        if id.is_some() {
            self.wake();
        }
        Ok(id)
    }

    async fn claim(&self, claim: Claim) -> Result<Claimed, StoreError> {
        self.n_claims.fetch_add(1, Ordering::SeqCst);
        let takes = *self.claim_takes.lock();
        if !takes.is_zero() {
            tokio::time::sleep(takes).await;
        }
        self.reach()?;
        let rows = &mut self.rows.lock().0;
        if let Some(horizon) = claim.horizon {
            for row in rows
                .iter_mut()
                .filter(|row| claim.kinds.contains(&row.kind))
            {
                if row.run_at > horizon {
                    row.run_at = claim.at;
                }
                if let Some((_, until)) = &mut row.locked
                    && *until > horizon
                {
                    *until = claim.at;
                }
            }
        }
        let mut buried = Vec::new();
        for row in rows.iter_mut() {
            let is_over = row
                .locked
                .as_ref()
                .is_some_and(|(_, until)| *until <= claim.at);
            if is_over && row.attempts >= row.max_attempts {
                row.locked = None;
                row.died_at = Some(claim.at);
                row.last_error = Some("its worker was lost".to_owned());
                buried.push(row.clone());
            }
        }
        let is_mine = |row: &Job| {
            claim.kinds.contains(&row.kind)
                && claim
                    .queues
                    .as_ref()
                    .is_none_or(|queues| queues.contains(&row.queue))
        };
        let is_blocked = |row: &Job| {
            rows.iter().any(|before| {
                row.lane.is_some()
                    && before.lane == row.lane
                    && before.died_at.is_none()
                    && before.id < row.id
                    && !(claim.whole_lanes && is_free(before, claim.at) && is_mine(before))
            })
        };
        let mut due: Vec<Job> = rows
            .iter()
            .filter(|row| is_free(row, claim.at) && is_mine(row) && !is_blocked(row))
            .cloned()
            .collect();
        if !claim.whole_lanes {
            due.sort_by_key(|row| (row.run_at, row.id));
        }
        due.truncate(claim.limit as usize);
        let next_at = if due.len() == claim.limit as usize {
            Some(claim.at)
        } else {
            let times = rows
                .iter()
                .filter(|row| is_mine(row) && row.died_at.is_none());
            times
                .flat_map(|row| {
                    [
                        Some(row.run_at),
                        row.locked.as_ref().map(|(_, until)| *until),
                    ]
                })
                .flatten()
                .filter(|time| *time > claim.at)
                .min()
        };
        for job in &mut due {
            job.attempts += 1;
            job.locked = Some((claim.worker.as_ref().to_owned(), claim.until));
            let row = rows.iter_mut().find(|row| row.id == job.id).unwrap();
            *row = job.clone();
        }
        Ok(Claimed {
            jobs: due,
            buried,
            next_at,
        })
    }

    async fn renew(&self, leases: Vec<Lease>, until: Timestamp) -> Result<Vec<Lease>, StoreError> {
        self.reach()?;
        let mut held = Vec::new();
        for lease in leases {
            let renewed = self.held(&lease, |rows, index| {
                rows[index].locked = Some((lease.worker.as_ref().to_owned(), until));
            });
            if renewed.is_some() {
                held.push(lease);
            }
        }
        Ok(held)
    }

    async fn complete(&self, lease: Lease) -> Result<bool, StoreError> {
        self.reach()?;
        let done = self.held(&lease, |rows, index| drop(rows.remove(index)));
        Ok(done.is_some())
    }

    async fn fail(
        &self,
        lease: Lease,
        error: String,
        then: AfterFailure,
        at: Timestamp,
    ) -> Result<Failed, StoreError> {
        self.reach()?;
        let failed = self.held(&lease, |rows, index| {
            let row = &mut rows[index];
            row.locked = None;
            row.last_error = Some(error.chars().take(MAX_ERROR).collect());
            match then {
                AfterFailure::Retry(retry_at) if row.attempts < row.max_attempts => {
                    row.run_at = retry_at;
                    Failed::Waits
                }
                _ => {
                    row.died_at = Some(at);
                    Failed::Dead
                }
            }
        });
        Ok(failed.unwrap_or(Failed::LeaseLost))
    }

    async fn release(&self, leases: Vec<Lease>) -> Result<(), StoreError> {
        self.reach()?;
        for lease in leases {
            self.held(&lease, |rows, index| {
                rows[index].locked = None;
                rows[index].attempts -= 1;
            });
        }
        self.wake();
        Ok(())
    }

    async fn list_jobs(
        &self,
        filter: JobFilter,
        after: Option<JobId>,
        limit: u32,
    ) -> Result<Vec<Job>, StoreError> {
        let matches = |row: &&Job| match filter {
            JobFilter::Live => row.died_at.is_none(),
            JobFilter::Dead => row.died_at.is_some(),
            JobFilter::All => true,
        };
        let rows = &self.rows.lock().0;
        let listed = rows
            .iter()
            .filter(matches)
            .filter(|row| Some(row.id) > after);
        Ok(listed.take(limit as usize).cloned().collect())
    }

    async fn retry_jobs(&self, which: Retry, at: Timestamp) -> Result<u64, StoreError> {
        let rows = &mut self.rows.lock().0;
        let live: Vec<_> = rows
            .iter()
            .filter(|row| row.died_at.is_none() && row.dedupe_key.is_some())
            .map(|row| (row.queue.clone(), row.dedupe_key.clone()))
            .collect();
        let mut n_retried = 0;
        for row in rows.iter_mut().filter(|row| row.died_at.is_some()) {
            let is_meant = which == Retry::All || which == Retry::One(row.id);
            if is_meant && !live.contains(&(row.queue.clone(), row.dedupe_key.clone())) {
                row.died_at = None;
                row.attempts = 0;
                row.run_at = at;
                n_retried += 1;
            }
        }
        if n_retried > 0 {
            self.wake();
        }
        Ok(n_retried)
    }

    async fn bury_jobs(
        &self,
        kind: String,
        made_before: Timestamp,
        error: String,
        at: Timestamp,
    ) -> Result<u64, StoreError> {
        let rows = &mut self.rows.lock().0;
        let is_meant = |row: &&mut Job| {
            let is_free = row.locked.as_ref().is_none_or(|(_, until)| *until <= at);
            row.kind == kind && row.died_at.is_none() && row.created_at < made_before && is_free
        };
        let mut n_buried = 0;
        for row in rows.iter_mut().filter(is_meant) {
            (row.died_at, row.locked, row.last_error) = (Some(at), None, Some(error.clone()));
            n_buried += 1;
        }
        Ok(n_buried)
    }

    async fn prune_jobs(&self, died_before: Timestamp) -> Result<u64, StoreError> {
        let rows = &mut self.rows.lock().0;
        let n_before = rows.len();
        rows.retain(|row| row.died_at.is_none_or(|died_at| died_at >= died_before));
        Ok((n_before - rows.len()) as u64)
    }

    async fn queue_lengths(&self, at: Timestamp) -> Result<Vec<QueueLength>, StoreError> {
        let mut lengths = BTreeMap::new();
        for row in &self.rows.lock().0 {
            let length = lengths
                .entry(row.queue.clone())
                .or_insert_with(|| QueueLength {
                    queue: row.queue.clone(),
                    live: 0,
                    dead: 0,
                    oldest_due: None,
                });
            length.dead += i64::from(row.died_at.is_some());
            length.live += i64::from(row.died_at.is_none());
            if is_free(row, at) {
                let oldest = length.oldest_due.unwrap_or(row.run_at);
                length.oldest_due = Some(oldest.min(row.run_at));
            }
        }
        Ok(lengths.into_values().collect())
    }

    fn wake_on_jobs(&self, waker: &JobWaker) {
        self.wakers.lock().push(std::sync::Arc::downgrade(waker));
    }
}
