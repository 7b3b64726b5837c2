//! The runner: claims what is due, runs a bounded number at once, keeps their leases, and stops in an orderly way.
//!
//! Interest in new jobs is registered before the store is asked, so nothing that is enqueued in between is missed; a slow poll finds
//! what other processes enqueue, and covers for a lost wake-up. No transaction and no lock is held while a job runs.

use crate::backoff::{Backoff, Chance};
use crate::handler::Work;
use crate::outcome::{Observer, Outcome};
use crate::unit::{Shared, later};
use antiphon_domain::{Clock, Timestamp};
use antiphon_store::{Claim, Job, JobWaker, Jobs, Lease};
use std::collections::HashMap;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::task::{AbortHandle, Id, JoinSet};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval, sleep};

/// Leases are renewed this often in their time, and given up with a part as long left: whoever claims the job next finds it free.
const RENEWALS: u32 = 4;

/// A claim that takes longer is slow: the store is busy, or very many jobs wait that nobody may run yet.
const SLOW_CLAIM: Duration = Duration::from_millis(10);
/// After a slow claim the runner rests so many times as long, whoever wakes it: claims take a quarter of the writer's time at most.
const RESTS: u32 = 3;

/// How a runner works.
#[derive(Debug, Clone)]
pub struct Options {
    /// The worker's name; no two runners share one.
    pub worker: Arc<str>,
    /// The queues it serves; `None` is all.
    pub queues: Option<Arc<[String]>>,
    /// Jobs, or batches, at once. At least one.
    pub concurrency: usize,
    /// How long a worker may be out of touch before its jobs are another's.
    pub lease: Duration,
    /// How often it looks for jobs that nobody woke it for.
    pub poll: Duration,
    /// How long a stop waits for what is running.
    pub grace: Duration,
    /// The pauses of failed jobs.
    pub backoff: Backoff,
    /// No job of this runner is ever put off for longer, whoever enqueued it. One that is was put off by a clock that was ahead, and is
    /// run at once. `None` for kinds that may be meant for any time to come.
    pub horizon: Option<Duration>,
    /// Ends when there is nothing to do at the moment.
    pub stop_when_empty: bool,
}

impl Options {
    /// The usual times, for a worker of this name.
    pub fn new(worker: impl Into<Arc<str>>) -> Self {
        Self {
            worker: worker.into(),
            queues: None,
            concurrency: 4,
            lease: Duration::from_secs(60),
            poll: Duration::from_secs(5),
            grace: Duration::from_secs(10),
            backoff: Backoff::default(),
            horizon: None,
            stop_when_empty: false,
        }
    }
}

/// Runs jobs.
pub struct Runner {
    shared: Arc<Shared>,
    options: Options,
    kinds: Arc<[String]>,
    woken: Arc<Notify>,
    /// The store keeps it for as long as the runner does.
    _waker: JobWaker,
}

/// A unit that runs.
struct Running {
    leases: Vec<Lease>,
    kinds: Vec<String>,
    until: Timestamp,
    /// The handler is through; the rest is not to be disturbed.
    reports: Arc<AtomicBool>,
    task: AbortHandle,
}

impl Runner {
    /// A runner of this work. From now on it is woken by the store's commits.
    pub fn new(
        jobs: Arc<dyn Jobs>,
        work: Work,
        options: Options,
        clock: Arc<dyn Clock>,
        chance: Chance,
        observer: Arc<dyn Observer>,
    ) -> Self {
        let woken = Arc::new(Notify::new());
        let wake = Arc::clone(&woken);
        // A permit is kept for a runner that is busy at the moment; a thousand jobs make one.
        let waker: JobWaker = Arc::new(move || wake.notify_one());
        jobs.wake_on_jobs(&waker);
        Self {
            kinds: work.kinds().into(),
            shared: Arc::new(Shared {
                jobs,
                work,
                clock,
                chance,
                backoff: options.backoff,
                observer,
            }),
            options,
            woken,
            _waker: waker,
        }
    }

    /// Runs until `stop` completes; then claims nothing more, waits for what is running within the grace, and gives the rest back.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let mut stop = pin!(stop);
        let mut tasks = JoinSet::new();
        let mut running = HashMap::new();
        let mut renewal = self.renewal();
        let mut reachable = true;
        let mut rests_until = Instant::now();
        loop {
            let mut woken = pin!(self.woken.notified());
            woken.as_mut().enable();
            let free = self.options.concurrency.max(1) - running.len();
            let mut pause = self.options.poll;
            let was_idle = running.is_empty();
            let rest = rests_until.saturating_duration_since(Instant::now());
            let claims = free > 0 && rest.is_zero();
            if claims {
                let begun = Instant::now();
                match self.claim(free, &mut tasks, &mut running).await {
                    Ok(next) => {
                        pause = next.unwrap_or(pause).min(pause);
                        if !reachable {
                            tracing::info!("jobs are claimed again");
                        }
                        reachable = true;
                    }
                    Err(error) => {
                        if reachable {
                            tracing::warn!(%error, "jobs cannot be claimed at the moment");
                        }
                        reachable = false;
                    }
                }
                let took = begun.elapsed();
                if took > SLOW_CLAIM {
                    let rest = (took * RESTS).min(self.options.poll);
                    rests_until = Instant::now() + rest;
                    pause = pause.max(rest);
                }
            } else if free > 0 {
                pause = rest;
            }
            if was_idle {
                // The first renewal is due a part of a lease after the claim, not at once.
                renewal.reset();
            }
            if claims && self.options.stop_when_empty && running.is_empty() && reachable {
                return;
            }
            let is_full = running.len() >= self.options.concurrency.max(1);
            tokio::select! {
                () = &mut stop => break,
                Some(ended) = tasks.join_next_with_id(), if !tasks.is_empty() => forget(&mut running, &ended),
                _ = renewal.tick(), if !running.is_empty() => self.renew(&mut running).await,
                () = woken, if !is_full => {}
                () = sleep(pause), if !is_full => {}
            }
        }
        self.finish(tasks, running).await;
    }

    fn renewal(&self) -> Interval {
        let mut renewal = interval(self.options.lease / RENEWALS);
        renewal.set_missed_tick_behavior(MissedTickBehavior::Delay);
        renewal
    }

    /// Claims for so many free places and starts what came. Answers how long there is nothing more to be done, if that is known.
    async fn claim(
        &self,
        free: usize,
        tasks: &mut JoinSet<()>,
        running: &mut HashMap<Id, Running>,
    ) -> Result<Option<Duration>, antiphon_store::StoreError> {
        let together = match &self.shared.work {
            Work::Each(_) => None,
            Work::Together { most, .. } => Some(*most),
        };
        let at = self.shared.clock.now();
        let until = later(at, self.options.lease);
        let claim = Claim {
            worker: Arc::clone(&self.options.worker),
            kinds: Arc::clone(&self.kinds),
            queues: self.options.queues.clone(),
            limit: together.unwrap_or_else(|| u32::try_from(free).unwrap_or(u32::MAX)),
            whole_lanes: together.is_some(),
            at,
            until,
            horizon: self.options.horizon.map(|horizon| later(at, horizon)),
        };
        let claimed = self.shared.jobs.claim(claim).await?;
        for job in &claimed.buried {
            tracing::error!(job.id = %job.id, job.kind, attempts = job.attempts, "a job took its last worker with it: see `antiphon jobs:list --dead`");
            self.shared.observer.ended(&job.kind, Outcome::Dead);
        }
        if together.is_none() {
            for job in claimed.jobs {
                self.start(vec![job], until, tasks, running);
            }
        } else if !claimed.jobs.is_empty() {
            self.start(claimed.jobs, until, tasks, running);
        }
        let micros = |next: Timestamp| next.as_micros().saturating_sub(at.as_micros());
        Ok(claimed
            .next_at
            .map(|next| Duration::from_micros(u64::try_from(micros(next)).unwrap_or_default())))
    }

    fn start(
        &self,
        jobs: Vec<Job>,
        until: Timestamp,
        tasks: &mut JoinSet<()>,
        running: &mut HashMap<Id, Running>,
    ) {
        let lease = |job: &Job| Lease {
            id: job.id,
            attempt: job.attempts,
            worker: Arc::clone(&self.options.worker),
        };
        let leases: Vec<Lease> = jobs.iter().map(lease).collect();
        let kinds = jobs.iter().map(|job| job.kind.clone()).collect();
        let shared = Arc::clone(&self.shared);
        let of_task = leases.clone();
        let reports = Arc::new(AtomicBool::new(false));
        let through = Arc::clone(&reports);
        let task = tasks.spawn(async move { shared.run(jobs, of_task, &through).await });
        running.insert(
            task.id(),
            Running {
                leases,
                kinds,
                until,
                reports,
                task,
            },
        );
    }

    /// Renews the leases of everything that runs, and stops what has lost its own, or soon will.
    async fn renew(&self, running: &mut HashMap<Id, Running>) {
        let leases: Vec<Lease> = running
            .values()
            .flat_map(|unit| unit.leases.iter().cloned())
            .collect();
        let until = later(self.shared.clock.now(), self.options.lease);
        let held = match self.shared.jobs.renew(leases, until).await {
            Ok(held) => Some(held),
            Err(error) => {
                tracing::warn!(%error, "leases of jobs could not be renewed");
                None
            }
        };
        let giving_up = later(self.shared.clock.now(), self.options.lease / RENEWALS);
        for unit in running.values_mut() {
            match &held {
                // A batch reports job by job: what is reported already has no lease any more.
                Some(held) if unit.leases.iter().any(|lease| held.contains(lease)) => {
                    unit.until = until;
                }
                Some(_) => self.lose(unit),
                None if unit.until <= giving_up => self.lose(unit),
                None => {}
            }
        }
    }

    /// Stops a unit whose jobs are another's.
    fn lose(&self, unit: &Running) {
        if unit.reports.load(Ordering::Acquire) {
            return;
        }
        unit.task.abort();
        for (kind, lease) in unit.kinds.iter().zip(&unit.leases) {
            tracing::warn!(job.id = %lease.id, job.kind = kind, "the lease of a job was lost: its run is stopped");
            self.shared.observer.ended(kind, Outcome::Lost);
        }
    }

    /// The end of a stop.
    async fn finish(&self, mut tasks: JoinSet<()>, mut running: HashMap<Id, Running>) {
        let mut renewal = self.renewal();
        renewal.reset();
        let mut over = pin!(sleep(self.options.grace));
        while !tasks.is_empty() {
            tokio::select! {
                () = &mut over => break,
                Some(ended) = tasks.join_next_with_id() => forget(&mut running, &ended),
                _ = renewal.tick() => self.renew(&mut running).await,
            }
        }
        if tasks.is_empty() {
            return;
        }
        tasks.abort_all();
        while let Some(ended) = tasks.join_next_with_id().await {
            // What still came to its end has reported it.
            if let Ok((id, ())) = ended {
                running.remove(&id);
            }
        }
        let leases: Vec<Lease> = running
            .values()
            .flat_map(|unit| unit.leases.iter().cloned())
            .collect();
        tracing::warn!(
            jobs = leases.len(),
            "jobs were not done in time and are given back"
        );
        if let Err(error) = self.shared.jobs.release(leases).await {
            tracing::warn!(%error, "jobs could not be given back: they are due when their leases end");
        }
        for kind in running.values().flat_map(|unit| &unit.kinds) {
            self.shared.observer.ended(kind, Outcome::Released);
        }
    }
}

/// Takes an ended unit off the list. One that was stopped because its lease was lost has nothing to report.
fn forget(running: &mut HashMap<Id, Running>, ended: &Result<(Id, ()), tokio::task::JoinError>) {
    let id = match ended {
        Ok((id, ())) => *id,
        Err(error) => error.id(),
    };
    running.remove(&id);
}

impl std::fmt::Debug for Runner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Runner")
            .field("kinds", &self.kinds)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}
