//! Facts about jobs. They need nothing but [`Jobs`], so that a double of it can be held to them too.

use super::world::{at, at_once};
use crate::{
    AfterFailure, Claim, Claimed, Failed, Job, JobFilter, JobId, JobWaker, Jobs, Lease, MAX_ERROR,
    NewJob, QueueLength, Retry,
};
use antiphon_domain::Timestamp;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How long the leases of these facts last, in seconds.
const LEASE_S: i64 = 60;

fn job(kind: &str) -> NewJob {
    NewJob::new(kind, r#"{"n":1}"#, at(0))
}

fn in_lane(lane: &str) -> NewJob {
    NewJob {
        lane: Some(lane.to_owned()),
        ..job("a")
    }
}

/// Ten jobs of the kinds `a` and `b` of every queue, for a minute.
fn claim(worker: &str, now: i64) -> Claim {
    Claim {
        worker: worker.into(),
        kinds: ["a".to_owned(), "b".to_owned()].into(),
        queues: None,
        limit: 10,
        whole_lanes: false,
        at: at(now),
        until: at(now + LEASE_S),
        horizon: None,
    }
}

fn lease(worker: &str, job: &Job) -> Lease {
    Lease {
        id: job.id,
        attempt: job.attempts,
        worker: worker.into(),
    }
}

async fn enqueued(jobs: &Arc<dyn Jobs>, new: NewJob) -> JobId {
    jobs.enqueue(new).await.unwrap().unwrap()
}

async fn claimed(jobs: &Arc<dyn Jobs>, worker: &str, now: i64) -> Claimed {
    jobs.claim(claim(worker, now)).await.unwrap()
}

async fn claimed_ids(jobs: &Arc<dyn Jobs>, worker: &str, now: i64) -> Vec<JobId> {
    ids(&claimed(jobs, worker, now).await.jobs)
}

fn ids(jobs: &[Job]) -> Vec<JobId> {
    jobs.iter().map(|job| job.id).collect()
}

async fn all(jobs: &Arc<dyn Jobs>, filter: JobFilter) -> Vec<Job> {
    jobs.list_jobs(filter, None, 200).await.unwrap()
}

/// Claims the only job there is and lets its run fail.
async fn fail_once(jobs: &Arc<dyn Jobs>, now: i64, then: AfterFailure) -> Failed {
    let claimed = claimed(jobs, "w", now).await.jobs;
    let [job] = claimed.as_slice() else {
        panic!("{claimed:?}");
    };
    jobs.fail(lease("w", job), "no luck".to_owned(), then, at(now))
        .await
        .unwrap()
}

/// Every field of a job is what was enqueued, claimed and listed.
pub async fn a_job_is_stored_as_it_was_enqueued(jobs: Arc<dyn Jobs>) {
    let new = NewJob {
        queue: "mail".to_owned(),
        payload: r#"{"text":"¿Hola? 👋"}"#.to_owned(),
        run_at: at(5),
        max_attempts: 3,
        dedupe_key: Some("key".to_owned()),
        lane: Some("lane".to_owned()),
        ..job("a")
    };
    let id = enqueued(&jobs, new.clone()).await;
    let waiting = Job {
        id,
        queue: new.queue,
        kind: new.kind,
        payload: new.payload,
        run_at: at(5),
        attempts: 0,
        max_attempts: 3,
        locked: None,
        last_error: None,
        dedupe_key: new.dedupe_key,
        lane: new.lane,
        created_at: at(0),
        died_at: None,
    };
    assert_eq!(
        all(&jobs, JobFilter::All).await,
        std::slice::from_ref(&waiting)
    );
    let running = Job {
        attempts: 1,
        locked: Some(("w".to_owned(), at(6 + LEASE_S))),
        ..waiting
    };
    assert_eq!(
        claimed(&jobs, "w", 6).await.jobs,
        std::slice::from_ref(&running)
    );
    assert_eq!(all(&jobs, JobFilter::Live).await, [running]);
}

/// What waited longest comes first, within the limit; what is not due does not come, and its time is told.
pub async fn due_jobs_come_in_order_within_the_limit(jobs: Arc<dyn Jobs>) {
    let mut due = Vec::new();
    for run_at in [3, 1, 2, 9] {
        let new = NewJob {
            run_at: at(run_at),
            ..job("a")
        };
        due.push(enqueued(&jobs, new).await);
    }
    let two = Claim {
        limit: 2,
        ..claim("w", 4)
    };
    let first = jobs.claim(two.clone()).await.unwrap();
    assert_eq!(ids(&first.jobs), [due[1], due[2]]);
    assert_eq!(first.next_at, Some(at(4)), "there may be more");
    let second = jobs.claim(two).await.unwrap();
    assert_eq!(ids(&second.jobs), [due[0]]);
    assert_eq!(second.next_at, Some(at(9)));
    assert_eq!(claimed_ids(&jobs, "w", 8).await, []);
    assert_eq!(claimed_ids(&jobs, "w", 9).await, [due[3]]);
}

/// A worker gets the kinds it knows and the queues it serves.
pub async fn a_claim_takes_its_kinds_and_queues_only(jobs: Arc<dyn Jobs>) {
    let other_kind = enqueued(&jobs, job("unknown")).await;
    let mail = enqueued(
        &jobs,
        NewJob {
            queue: "mail".to_owned(),
            ..job("a")
        },
    )
    .await;
    let plain = enqueued(&jobs, job("b")).await;
    let only_mail = Claim {
        queues: Some(["mail".to_owned()].into()),
        ..claim("w", 0)
    };
    assert_eq!(ids(&jobs.claim(only_mail).await.unwrap().jobs), [mail]);
    assert_eq!(claimed_ids(&jobs, "w", 0).await, [plain]);
    let left = all(&jobs, JobFilter::All).await;
    let untouched = left.iter().find(|job| job.id == other_kind).unwrap();
    assert_eq!((untouched.attempts, &untouched.locked), (0, &None));
}

/// However many workers claim at once, each job goes to one of them.
pub async fn a_job_is_claimed_by_one_worker(jobs: Arc<dyn Jobs>) {
    for _ in 0..50 {
        enqueued(&jobs, job("a")).await;
    }
    let claims = at_once(20, |n| {
        let jobs = Arc::clone(&jobs);
        async move { claimed_ids(&jobs, &format!("worker {n}"), 1).await }
    })
    .await;
    let mut taken: Vec<JobId> = claims.into_iter().flatten().collect();
    taken.sort_unstable();
    assert_eq!(taken, ids(&all(&jobs, JobFilter::All).await));
}

/// While the lease lasts the job is nobody else's; then it is due again, and what its first worker reports is not taken.
pub async fn a_lost_lease_is_claimed_again_and_its_report_not_taken(jobs: Arc<dyn Jobs>) {
    let id = enqueued(&jobs, job("a")).await;
    let first = claimed(&jobs, "one", 0).await.jobs.remove(0);
    let early = claimed(&jobs, "two", LEASE_S - 1).await;
    assert_eq!((early.jobs, early.next_at), (vec![], Some(at(LEASE_S))));
    let second = claimed(&jobs, "two", LEASE_S).await.jobs.remove(0);
    assert_eq!((second.id, second.attempts), (id, 2));

    let (lost, held) = (lease("one", &first), lease("two", &second));
    assert!(!jobs.complete(lost.clone()).await.unwrap());
    let failed = jobs.fail(lost.clone(), String::new(), AfterFailure::Bury, at(70));
    assert_eq!(failed.await.unwrap(), Failed::LeaseLost);
    jobs.release(vec![lost.clone()]).await.unwrap();
    let renewed = jobs.renew(vec![lost, held.clone()], at(200)).await.unwrap();
    assert_eq!(renewed, std::slice::from_ref(&held));
    assert_eq!(claimed_ids(&jobs, "three", 199).await, []);
    assert!(jobs.complete(held.clone()).await.unwrap());
    assert!(!jobs.complete(held).await.unwrap(), "it is gone");
    assert_eq!(all(&jobs, JobFilter::All).await, []);
}

/// The same worker that claims a job twice holds the second lease only.
pub async fn a_lease_is_one_run_of_the_job(jobs: Arc<dyn Jobs>) {
    enqueued(&jobs, job("a")).await;
    let first = claimed(&jobs, "w", 0).await.jobs.remove(0);
    let second = claimed(&jobs, "w", LEASE_S).await.jobs.remove(0);
    assert!(!jobs.complete(lease("w", &first)).await.unwrap());
    assert!(jobs.complete(lease("w", &second)).await.unwrap());
}

/// A failed run is repeated when it says, as often as the job may be tried; then the job is dead and told so.
pub async fn a_job_that_fails_too_often_is_dead(jobs: Arc<dyn Jobs>) {
    let new = NewJob {
        max_attempts: 2,
        ..job("a")
    };
    let id = enqueued(&jobs, new).await;
    let retry = AfterFailure::Retry(at(10));
    assert_eq!(fail_once(&jobs, 1, retry).await, Failed::Waits);
    let waiting = claimed(&jobs, "w", 9).await;
    assert_eq!((waiting.jobs, waiting.next_at), (vec![], Some(at(10))));
    assert_eq!(
        fail_once(&jobs, 10, AfterFailure::Retry(at(20))).await,
        Failed::Dead
    );
    assert_eq!(claimed_ids(&jobs, "w", 1000).await, []);
    assert_eq!(all(&jobs, JobFilter::Live).await, []);
    let dead = all(&jobs, JobFilter::Dead).await.remove(0);
    assert_eq!(
        (dead.id, dead.attempts, dead.died_at),
        (id, 2, Some(at(10)))
    );
    assert_eq!(dead.last_error.as_deref(), Some("no luck"));
    assert_eq!(dead.locked, None);
}

/// A handler may know that trying again cannot help. What it says is kept, up to a bound.
pub async fn a_hopeless_job_is_dead_at_once(jobs: Arc<dyn Jobs>) {
    enqueued(&jobs, job("a")).await;
    let job = claimed(&jobs, "w", 0).await.jobs.remove(0);
    let long = "é".repeat(MAX_ERROR + 1);
    let failed = jobs.fail(lease("w", &job), long, AfterFailure::Bury, at(1));
    assert_eq!(failed.await.unwrap(), Failed::Dead);
    let dead = all(&jobs, JobFilter::Dead).await.remove(0);
    assert_eq!(dead.last_error, Some("é".repeat(MAX_ERROR)));
}

/// A job that takes its worker with it is not tried for ever: it dies when the lease of its last attempt has ended.
pub async fn a_job_whose_last_worker_is_lost_is_dead(jobs: Arc<dyn Jobs>) {
    let new = NewJob {
        max_attempts: 1,
        ..job("a")
    };
    let id = enqueued(&jobs, new).await;
    assert_eq!(claimed_ids(&jobs, "w", 0).await, [id]);
    assert_eq!(claimed(&jobs, "w", LEASE_S - 1).await.buried, []);
    let found = claimed(&jobs, "w", LEASE_S).await;
    assert_eq!((ids(&found.jobs), ids(&found.buried)), (vec![], vec![id]));
    assert_eq!(found.buried, all(&jobs, JobFilter::Dead).await);
    assert!(found.buried[0].last_error.is_some());
}

/// Dead jobs are retried by a person: one, or all, with all their attempts before them.
pub async fn dead_jobs_are_retried(jobs: Arc<dyn Jobs>) {
    let mut dead = Vec::new();
    for _ in 0..3 {
        dead.push(enqueued(&jobs, job("a")).await);
        assert_eq!(fail_once(&jobs, 0, AfterFailure::Bury).await, Failed::Dead);
    }
    let live = enqueued(&jobs, job("unknown")).await;
    assert_eq!(
        jobs.retry_jobs(Retry::One(dead[1]), at(5)).await.unwrap(),
        1
    );
    assert_eq!(
        jobs.retry_jobs(Retry::One(dead[1]), at(5)).await.unwrap(),
        0
    );
    assert_eq!(jobs.retry_jobs(Retry::One(live), at(5)).await.unwrap(), 0);
    assert_eq!(claimed_ids(&jobs, "w", 4).await, []);
    let again = claimed(&jobs, "w", 5).await.jobs.remove(0);
    assert_eq!((again.id, again.attempts), (dead[1], 1));
    assert_eq!(again.last_error.as_deref(), Some("no luck"));
    assert_eq!(jobs.retry_jobs(Retry::All, at(6)).await.unwrap(), 2);
    assert_eq!(claimed_ids(&jobs, "w", 6).await, [dead[0], dead[2]]);
}

/// What has waited for long enough is given up, but for what somebody runs, and says why.
pub async fn jobs_that_nobody_will_run_are_buried(jobs: Arc<dyn Jobs>) {
    let made = |kind: &str, seconds| NewJob {
        at: at(seconds),
        ..job(kind)
    };
    let running = enqueued(&jobs, made("a", 0)).await;
    assert_eq!(claimed_ids(&jobs, "w", 0).await, [running]);
    let old = enqueued(&jobs, made("a", 1)).await;
    let other = enqueued(&jobs, made("b", 1)).await;
    let new = enqueued(&jobs, made("a", 5)).await;
    let bury = |now| jobs.bury_jobs("a".to_owned(), at(5), "nobody".to_owned(), at(now));
    assert_eq!(bury(6).await.unwrap(), 1);
    let dead = all(&jobs, JobFilter::Dead).await;
    assert_eq!(ids(&dead), [old]);
    assert_eq!(dead[0].died_at, Some(at(6)));
    assert_eq!(dead[0].last_error.as_deref(), Some("nobody"));
    assert_eq!(
        ids(&all(&jobs, JobFilter::Live).await),
        [running, other, new]
    );
    // Whoever ran it has died, and its lease is over.
    assert_eq!(bury(LEASE_S).await.unwrap(), 1);
    assert_eq!(jobs.retry_jobs(Retry::All, at(70)).await.unwrap(), 2);
}

/// Dead jobs are forgotten in the end; live ones never are.
pub async fn old_dead_jobs_are_pruned(jobs: Arc<dyn Jobs>) {
    for now in [1, 2] {
        enqueued(&jobs, job("a")).await;
        assert_eq!(
            fail_once(&jobs, now, AfterFailure::Bury).await,
            Failed::Dead
        );
    }
    let live = enqueued(&jobs, job("a")).await;
    assert_eq!(jobs.prune_jobs(at(2)).await.unwrap(), 1);
    let left = all(&jobs, JobFilter::All).await;
    assert_eq!(left[0].died_at, Some(at(2)));
    assert_eq!(left[1].id, live);
}

/// What was given back is due at once, and the attempt does not count.
pub async fn a_released_job_is_as_if_it_had_not_been_begun(jobs: Arc<dyn Jobs>) {
    let id = enqueued(&jobs, job("a")).await;
    let before = all(&jobs, JobFilter::All).await;
    let job = claimed(&jobs, "one", 0).await.jobs.remove(0);
    jobs.release(vec![lease("one", &job)]).await.unwrap();
    assert_eq!(all(&jobs, JobFilter::All).await, before);
    assert_eq!(claimed_ids(&jobs, "two", 0).await, [id]);
}

/// What is the same however often it is asked for is made once, until it is done or dead.
pub async fn a_live_key_makes_another_job_unnecessary(jobs: Arc<dyn Jobs>) {
    let keyed = NewJob {
        dedupe_key: Some("thumbnail 1".to_owned()),
        ..job("a")
    };
    let first = enqueued(&jobs, keyed.clone()).await;
    assert_eq!(jobs.enqueue(keyed.clone()).await.unwrap(), None);
    let other_queue = NewJob {
        queue: "mail".to_owned(),
        kind: "unknown".to_owned(),
        ..keyed.clone()
    };
    enqueued(&jobs, other_queue).await;
    let running = claimed(&jobs, "w", 0).await.jobs.remove(0);
    assert_eq!(running.id, first);
    assert_eq!(jobs.enqueue(keyed.clone()).await.unwrap(), None);
    assert!(jobs.complete(lease("w", &running)).await.unwrap());
    enqueued(&jobs, keyed.clone()).await;
    assert_eq!(fail_once(&jobs, 1, AfterFailure::Bury).await, Failed::Dead);
    enqueued(&jobs, keyed).await;
    assert_eq!(
        jobs.retry_jobs(Retry::All, at(2)).await.unwrap(),
        0,
        "a live one has the key"
    );
}

/// In a lane one job runs at a time, in the order in which they were made; other lanes and other jobs do not wait for it.
pub async fn a_lane_keeps_its_order(jobs: Arc<dyn Jobs>) {
    let first = enqueued(&jobs, in_lane("one")).await;
    let second = enqueued(&jobs, in_lane("one")).await;
    let other = enqueued(&jobs, in_lane("two")).await;
    let free = enqueued(&jobs, job("a")).await;
    let running = claimed(&jobs, "w", 0).await.jobs;
    assert_eq!(ids(&running), [first, other, free]);
    let waiting = claimed(&jobs, "w", 1).await;
    assert_eq!(waiting.jobs, []);

    // A failed one holds up its lane until it is tried again …
    let retry = AfterFailure::Retry(at(30));
    let failed = jobs.fail(lease("w", &running[0]), String::new(), retry, at(2));
    assert_eq!(failed.await.unwrap(), Failed::Waits);
    let waiting = claimed(&jobs, "w", 3).await;
    assert_eq!((waiting.jobs, waiting.next_at), (vec![], Some(at(30))));
    let again = claimed(&jobs, "w", 30).await.jobs.remove(0);
    assert_eq!(again.id, first);
    // … or is given up.
    let failed = jobs.fail(
        lease("w", &again),
        String::new(),
        AfterFailure::Bury,
        at(31),
    );
    assert_eq!(failed.await.unwrap(), Failed::Dead);
    assert_eq!(claimed_ids(&jobs, "w", 31).await, [second]);
}

/// A worker that can run a lane's jobs one after the other takes them together, in order, and only from the beginning.
pub async fn whole_lanes_are_taken_from_their_beginning(jobs: Arc<dyn Jobs>) {
    let mut lane = Vec::new();
    for n in 0..4 {
        // The later, the longer due: the order is that of the ids all the same.
        let new = NewJob {
            run_at: at(10 - n),
            ..in_lane("one")
        };
        lane.push(enqueued(&jobs, new).await);
    }
    let whole = |now, limit| Claim {
        whole_lanes: true,
        limit,
        ..claim("w", now)
    };
    let early = jobs.claim(whole(9, 10)).await.unwrap();
    assert_eq!((early.jobs, early.next_at), (vec![], Some(at(10))));
    let three = jobs.claim(whole(10, 3)).await.unwrap().jobs;
    assert_eq!(ids(&three), lane[..3]);
    assert_eq!(jobs.claim(whole(11, 10)).await.unwrap().jobs, []);
    let retry = AfterFailure::Retry(at(20));
    for job in &three {
        let failed = jobs.fail(lease("w", job), String::new(), retry, at(11));
        assert_eq!(failed.await.unwrap(), Failed::Waits);
    }
    assert_eq!(jobs.claim(whole(19, 10)).await.unwrap().jobs, []);
    assert_eq!(ids(&jobs.claim(whole(20, 10)).await.unwrap().jobs), lane);
}

/// A job that a clock stored which was ahead is due, and so is what waits behind it in its lane: nobody waits until the right clock has
/// come to where the wrong one was.
pub async fn what_a_clock_that_was_ahead_put_off_is_due(jobs: Arc<dyn Jobs>) {
    let ahead = 10_000;
    let new = NewJob {
        run_at: at(ahead),
        at: at(ahead),
        ..in_lane("one")
    };
    let first = enqueued(&jobs, new).await;
    let behind = enqueued(&jobs, in_lane("one")).await;
    let of_others = enqueued(
        &jobs,
        NewJob {
            run_at: at(ahead),
            ..job("of others")
        },
    )
    .await;
    assert_eq!(claimed_ids(&jobs, "w", 100).await, []);
    let within = |worker: &str, now, horizon| Claim {
        whole_lanes: true,
        horizon: Some(at(horizon)),
        ..claim(worker, now)
    };
    let patient = jobs.claim(within("w", 100, ahead)).await.unwrap();
    assert_eq!(patient.jobs, []);
    let recalled = jobs.claim(within("w", 100, 200)).await.unwrap().jobs;
    assert_eq!(ids(&recalled), [first, behind]);
    // A lease of the right clock holds; that of one that was ahead is over.
    assert_eq!(jobs.claim(within("v", 101, 200)).await.unwrap().jobs, []);
    jobs.renew(vec![lease("w", &recalled[0])], at(ahead))
        .await
        .unwrap();
    let again = jobs.claim(within("v", 101 + LEASE_S, 300)).await.unwrap();
    assert_eq!(ids(&again.jobs), [first, behind]);
    assert_eq!(again.jobs[0].attempts, 2);
    let left = all(&jobs, JobFilter::Live).await;
    let left = left.iter().find(|job| job.id == of_others).unwrap();
    assert_eq!(left.run_at, at(ahead), "another kind may wait longer");
}

/// What cannot be stored is refused: no kind, no JSON, or too much of it.
pub async fn an_impossible_job_is_refused(jobs: Arc<dyn Jobs>) {
    let too_large = format!("\"{}\"", "x".repeat(crate::MAX_PAYLOAD - 1));
    for new in [
        job(""),
        NewJob {
            payload: "{".to_owned(),
            ..job("a")
        },
        NewJob {
            payload: too_large,
            ..job("a")
        },
        NewJob {
            max_attempts: 0,
            ..job("a")
        },
    ] {
        jobs.enqueue(new).await.unwrap_err();
    }
    assert_eq!(all(&jobs, JobFilter::All).await, []);
}

/// The list goes page by page.
pub async fn jobs_are_listed_by_id(jobs: Arc<dyn Jobs>) {
    let mut made = Vec::new();
    for _ in 0..5 {
        made.push(enqueued(&jobs, job("a")).await);
    }
    let mut listed: Vec<JobId> = Vec::new();
    loop {
        let page = jobs
            .list_jobs(JobFilter::All, listed.last().copied(), 2)
            .await
            .unwrap();
        assert!(page.len() <= 2);
        if page.is_empty() {
            break;
        }
        listed.extend(ids(&page));
    }
    assert_eq!(listed, made);
}

/// The lengths tell what waits, what is dead, and for how long the first one is due.
pub async fn queue_lengths_tell_what_waits(jobs: Arc<dyn Jobs>) {
    let mail = |run_at: Timestamp| NewJob {
        queue: "mail".to_owned(),
        run_at,
        ..job("b")
    };
    assert_eq!(jobs.queue_lengths(at(0)).await.unwrap(), []);
    enqueued(&jobs, job("a")).await;
    assert_eq!(fail_once(&jobs, 0, AfterFailure::Bury).await, Failed::Dead);
    enqueued(&jobs, mail(at(1))).await;
    enqueued(&jobs, mail(at(2))).await;
    enqueued(&jobs, mail(at(100))).await;
    let one = Claim {
        limit: 1,
        ..claim("w", 2)
    };
    jobs.claim(one).await.unwrap();
    let length = |queue: &str, live, dead, oldest_due| QueueLength {
        queue: queue.to_owned(),
        live,
        dead,
        oldest_due,
    };
    assert_eq!(
        jobs.queue_lengths(at(3)).await.unwrap(),
        [
            length("default", 0, 1, None),
            length("mail", 3, 0, Some(at(2)))
        ]
    );
}

/// Who waits for jobs is woken by each commit that makes or frees one, and by no other.
pub async fn a_waker_is_called_when_there_is_something_to_do(jobs: Arc<dyn Jobs>) {
    let n_woken = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&n_woken);
    let waker: JobWaker = Arc::new(move || {
        count.fetch_add(1, Ordering::SeqCst);
    });
    jobs.wake_on_jobs(&waker);
    let woken = || n_woken.swap(0, Ordering::SeqCst) > 0;
    let keyed = NewJob {
        dedupe_key: Some("key".to_owned()),
        ..job("a")
    };
    enqueued(&jobs, keyed.clone()).await;
    assert!(woken());
    assert_eq!(jobs.enqueue(keyed.clone()).await.unwrap(), None);
    let running = claimed(&jobs, "w", 0).await.jobs.remove(0);
    assert!(!woken());
    jobs.release(vec![lease("w", &running)]).await.unwrap();
    assert!(woken());
    assert_eq!(fail_once(&jobs, 0, AfterFailure::Bury).await, Failed::Dead);
    assert!(!woken());
    assert_eq!(jobs.retry_jobs(Retry::All, at(0)).await.unwrap(), 1);
    assert!(woken());
    drop(waker);
    enqueued(&jobs, job("a")).await;
    assert!(!woken(), "nobody waits any more");
}
