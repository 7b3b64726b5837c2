//! Facts about the runner. The time is paused: it moves only when everybody waits, so every duration is exact to the millisecond.

use crate::world::{Does, World};
use antiphon_jobs::{BatchHandler, Handler, Job, JobError, Jobs, NewJob, Options, Work};
use antiphon_store::Retry;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::mpsc::channel;
use tokio::time::{Instant, sleep, timeout};

const SECOND: Duration = Duration::from_secs(1);

fn retry() -> JobError {
    JobError::Retry("not yet".to_owned())
}

/// Never fails, and tells of each run.
fn tells() -> (impl Handler + 'static, tokio::sync::mpsc::Receiver<Job>) {
    let (tell, told) = channel(100);
    let handler = Does(move |job| {
        let tell = tell.clone();
        async move {
            tell.send(job).await.unwrap();
            Ok(())
        }
    });
    (handler, told)
}

#[tokio::test(start_paused = true)]
async fn a_job_runs_as_soon_as_it_is_enqueued() {
    let world = World::new();
    let (handler, mut told) = tells();
    let runner = world.start(handler);
    sleep(7 * SECOND).await;
    let before = world.elapsed();
    world.enqueue().await;
    told.recv().await.unwrap();
    assert_eq!(world.elapsed(), before, "nobody waited for the poll");
    world.until_empty().await;
    runner.stop().await;
    assert_eq!(world.count("done"), 1);
}

#[tokio::test(start_paused = true)]
async fn what_another_process_enqueues_is_found_by_the_poll() {
    let world = World::new();
    let (handler, mut told) = tells();
    let _runner = world.start(handler);
    sleep(SECOND).await;
    world.store.enqueue_elsewhere(world.job()).unwrap();
    told.recv().await.unwrap();
    assert!(world.elapsed() <= 6 * SECOND, "{:?}", world.elapsed());
}

#[tokio::test(start_paused = true)]
async fn an_idle_runner_asks_no_more_than_it_polls() {
    let world = World::new();
    let (handler, _told) = tells();
    let _runner = world.start(handler);
    sleep(100 * SECOND).await;
    let n_claims = world.store.n_claims.load(Ordering::SeqCst);
    assert!((19..=21).contains(&n_claims), "{n_claims}");
}

#[tokio::test(start_paused = true)]
async fn slow_claims_leave_the_store_time_for_others() {
    let world = World::new();
    let (handler, _told) = tells();
    *world.store.claim_takes.lock() = Duration::from_millis(100);
    let _runner = world.start(handler);
    // Each wakes the runner, which would claim without a break.
    let other_kind = NewJob {
        kind: "unknown".to_owned(),
        ..world.job()
    };
    for _ in 0..1000 {
        world.store.enqueue(other_kind.clone()).await.unwrap();
        sleep(Duration::from_millis(10)).await;
    }
    let n_claims = world.store.n_claims.load(Ordering::SeqCst);
    assert!((20..=27).contains(&n_claims), "{n_claims} in ten seconds");
    world.enqueue().await;
    while world.count("done") == 0 {
        sleep(Duration::from_millis(1)).await;
    }
    assert!(world.elapsed() < 12 * SECOND, "{:?}", world.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_job_that_a_handler_enqueues_runs_at_once() {
    let world = World::new();
    let store = Arc::clone(&world.store);
    let now = world.job();
    let handler = Does(move |job: Job| {
        let (store, next) = (
            Arc::clone(&store),
            NewJob {
                payload: "1".to_owned(),
                ..now.clone()
            },
        );
        async move {
            if job.payload == "{}" {
                store.enqueue(next).await.unwrap();
            }
            Ok(())
        }
    });
    let options = Options {
        concurrency: 1,
        ..Options::new("one")
    };
    let _runner = world.start_with(options, handler);
    world.enqueue().await;
    world.until_empty().await;
    assert!(world.elapsed() < SECOND, "{:?}", world.elapsed());
    assert_eq!(world.count("done"), 2);
}

#[tokio::test(start_paused = true)]
async fn a_poison_job_is_tried_with_growing_pauses_then_dead_then_retried_by_command() {
    let world = World::new();
    let runs = Arc::new(Mutex::new(Vec::new()));
    let times = Arc::clone(&runs);
    let handler = Does(move |_| {
        times.lock().push(Instant::now());
        async { Err(retry()) }
    });
    let _runner = world.start(handler);
    let new = NewJob {
        max_attempts: 4,
        ..world.job()
    };
    let id = world.store.enqueue(new).await.unwrap().unwrap();
    sleep(3600 * SECOND).await;
    let pauses: Vec<u64> = runs
        .lock()
        .windows(2)
        .map(|two| (two[1] - two[0]).as_secs())
        .collect();
    assert_eq!(pauses, [5, 10, 20]);
    let dead = world.all().await.remove(0);
    assert!(dead.died_at.is_some());
    assert_eq!(dead.last_error.as_deref(), Some("not yet"));
    assert_eq!((world.count("retried"), world.count("dead")), (3, 1));

    let before = world.elapsed();
    let again = world.store.retry_jobs(Retry::One(id), dead.run_at).await;
    assert_eq!(again.unwrap(), 1);
    while runs.lock().len() < 5 {
        sleep(Duration::from_millis(1)).await;
    }
    assert!(world.elapsed() - before < SECOND);
}

#[tokio::test(start_paused = true)]
async fn a_hopeless_job_is_not_tried_again_and_a_pause_is_kept() {
    let world = World::new();
    let runs = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&runs);
    let handler = Does(move |_| {
        let n = count.fetch_add(1, Ordering::SeqCst);
        async move {
            match n {
                0 => Err(JobError::RetryAfter {
                    pause: 77 * SECOND,
                    reason: "later".to_owned(),
                }),
                _ => Err(JobError::Hopeless("never".to_owned())),
            }
        }
    });
    let _runner = world.start(handler);
    world.enqueue().await;
    sleep(76 * SECOND).await;
    assert_eq!(runs.load(Ordering::SeqCst), 1);
    sleep(2 * SECOND).await;
    assert_eq!(runs.load(Ordering::SeqCst), 2);
    assert!(world.all().await[0].died_at.is_some());
}

#[tokio::test(start_paused = true)]
async fn a_panic_fails_its_job_and_nothing_else() {
    let world = World::new();
    let handler = Does(|job: Job| async move {
        assert!(job.attempts > 1, "the first run panics");
        Ok(())
    });
    let _runner = world.start(handler);
    world.enqueue().await;
    world.enqueue().await;
    world.until_empty().await;
    assert_eq!((world.count("panicked"), world.count("retried")), (2, 2));
    assert_eq!(world.count("done"), 2);
}

#[tokio::test(start_paused = true)]
async fn no_more_run_at_once_than_allowed() {
    let world = World::new();
    let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (now, highest) = (Arc::clone(&running), Arc::clone(&most));
    let handler = Does(move |_| {
        let (now, highest) = (Arc::clone(&now), Arc::clone(&highest));
        async move {
            highest.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            sleep(SECOND).await;
            now.fetch_sub(1, Ordering::SeqCst);
            Ok(())
        }
    });
    for _ in 0..10 {
        world.enqueue().await;
    }
    let options = Options {
        concurrency: 3,
        ..Options::new("one")
    };
    let _runner = world.start_with(options, handler);
    world.until_empty().await;
    assert_eq!(most.load(Ordering::SeqCst), 3);
    assert!(
        world.elapsed() < 5 * SECOND,
        "four rounds: {:?}",
        world.elapsed()
    );
}

#[tokio::test(start_paused = true)]
async fn a_long_job_keeps_its_lease() {
    let world = World::new();
    let runs = Arc::new(AtomicUsize::new(0));
    let long = |runs: &Arc<AtomicUsize>| {
        let runs = Arc::clone(runs);
        Does(move |_| {
            runs.fetch_add(1, Ordering::SeqCst);
            async {
                sleep(600 * SECOND).await;
                Ok(())
            }
        })
    };
    let _one = world.start(long(&runs));
    let _two = world.start_with(Options::new("two"), long(&runs));
    world.enqueue().await;
    world.until_empty().await;
    assert_eq!(runs.load(Ordering::SeqCst), 1);
    assert_eq!(world.elapsed().as_secs(), 600);
}

#[tokio::test(start_paused = true)]
async fn a_job_whose_worker_dies_runs_again_after_its_lease() {
    let world = World::new();
    let (tell, mut told) = channel(10);
    let never = Does(move |_| {
        let tell = tell.clone();
        async move {
            tell.send(()).await.unwrap();
            std::future::pending().await
        }
    });
    let one = world.start(never);
    world.enqueue().await;
    told.recv().await.unwrap();
    sleep(100 * SECOND).await;
    one.kill();
    let died = world.elapsed();
    let (handler, mut told) = tells();
    let _two = world.start_with(Options::new("two"), handler);
    let job = told.recv().await.unwrap();
    assert_eq!(job.attempts, 2);
    let waited = world.elapsed() - died;
    // The last renewal was up to a quarter of the lease before the death.
    assert!((45..=60).contains(&waited.as_secs()), "{waited:?}");
}

#[tokio::test(start_paused = true)]
async fn two_workers_never_run_one_job_at_the_same_time() {
    let world = World::new();
    let running = Arc::new(Mutex::new(HashMap::new()));
    let overlapping = |running: &Arc<Mutex<HashMap<_, usize>>>| {
        let running = Arc::clone(running);
        Does(move |job: Job| {
            let running = Arc::clone(&running);
            async move {
                let n = running.lock().insert(job.id, 1).unwrap_or_default();
                assert_eq!(n, 0, "{job:?} is running already");
                sleep(Duration::from_secs(1 + job.id.0.unsigned_abs() % 90)).await;
                running.lock().insert(job.id, 0);
                if job.attempts == 1 {
                    Err(retry())
                } else {
                    Ok(())
                }
            }
        })
    };
    for _ in 0..100 {
        world.enqueue().await;
    }
    let _workers: Vec<_> = ["one", "two", "three"]
        .map(|name| world.start_with(Options::new(name), overlapping(&running)))
        .into();
    world.until_empty().await;
    assert_eq!((world.count("retried"), world.count("done")), (100, 100));
    assert_eq!((world.count("panicked"), world.count("lost")), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_worker_that_cannot_renew_stops_its_job_before_the_lease_ends() {
    struct Stops(Arc<Mutex<Option<Duration>>>, Instant);
    impl Drop for Stops {
        fn drop(&mut self) {
            self.0.lock().get_or_insert(self.1.elapsed());
        }
    }
    let world = World::new();
    let stopped = Arc::new(Mutex::new(None));
    let (note, start) = (Arc::clone(&stopped), Instant::now());
    let handler = Does(move |job: Job| {
        let stops = Stops(Arc::clone(&note), start);
        async move {
            if job.attempts == 1 {
                sleep(1000 * SECOND).await;
            }
            drop(stops);
            Ok(())
        }
    });
    let _runner = world.start(handler);
    world.enqueue().await;
    sleep(SECOND).await;
    world.store.away.store(true, Ordering::SeqCst);
    sleep(99 * SECOND).await;
    let stopped = stopped.lock().unwrap();
    assert!(
        stopped >= 30 * SECOND && stopped < 60 * SECOND,
        "{stopped:?}"
    );
    assert_eq!(world.count("lost"), 1);
    world.store.away.store(false, Ordering::SeqCst);
    world.until_empty().await;
    assert_eq!(world.count("done"), 1);
}

#[tokio::test(start_paused = true)]
async fn what_the_store_did_not_take_at_first_is_told_again() {
    let world = World::new();
    let store = Arc::clone(&world.store);
    let handler = Does(move |_| {
        store.away.store(true, Ordering::SeqCst);
        async { Ok(()) }
    });
    let _runner = world.start(handler);
    world.enqueue().await;
    sleep(Duration::from_millis(300)).await;
    world.store.away.store(false, Ordering::SeqCst);
    sleep(SECOND).await;
    assert_eq!(world.all().await, []);
    assert_eq!(world.count("done"), 1);
}

#[tokio::test(start_paused = true)]
async fn a_run_that_takes_too_long_has_failed() {
    struct Endless;
    #[async_trait::async_trait]
    impl Handler for Endless {
        async fn run(&self, _: &Job) -> Result<(), JobError> {
            std::future::pending().await
        }
        fn timeout(&self) -> Duration {
            3 * SECOND
        }
    }
    let world = World::new();
    let _runner = world.start(Endless);
    world.enqueue().await;
    sleep(4 * SECOND).await;
    let job = world.all().await.remove(0);
    assert_eq!(world.count("retried"), 1);
    assert!(job.last_error.unwrap().contains("longer than 3 s"));
}

#[tokio::test(start_paused = true)]
async fn a_stop_lets_running_jobs_finish_and_begins_none() {
    let world = World::new();
    let handler = Does(|_| async {
        sleep(8 * SECOND).await;
        Ok(())
    });
    let options = Options {
        concurrency: 2,
        ..Options::new("one")
    };
    for _ in 0..3 {
        world.enqueue().await;
    }
    let runner = world.start_with(options, handler);
    sleep(SECOND).await;
    runner.stop().await;
    assert_eq!(world.elapsed().as_secs(), 8);
    assert_eq!(world.count("done"), 2);
    let left = world.all().await;
    assert_eq!((left.len(), left[0].attempts), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn what_a_stop_cannot_wait_for_is_given_back_unspent() {
    let world = World::new();
    let handler = Does(|_| async {
        sleep(100 * SECOND).await;
        Ok(())
    });
    let runner = world.start(handler);
    world.enqueue().await;
    sleep(SECOND).await;
    runner.stop().await;
    assert_eq!(world.elapsed().as_secs(), 11, "the grace is ten seconds");
    let left = world.all().await.remove(0);
    assert_eq!((left.attempts, left.locked), (0, None));
    assert_eq!(world.count("released"), 1);
    let (handler, mut told) = tells();
    let _next = world.start_with(Options::new("two"), handler);
    told.recv().await.unwrap();
    assert_eq!(world.elapsed().as_secs(), 11, "nobody waits for a lease");
}

#[tokio::test(start_paused = true)]
async fn a_runner_ends_when_empty_if_it_was_told_to() {
    let world = World::new();
    let (handler, mut told) = tells();
    for _ in 0..9 {
        world.enqueue().await;
    }
    let options = Options {
        stop_when_empty: true,
        ..Options::new("one")
    };
    world.start_with(options, handler).ended().await;
    let mut n_told = 0;
    while told.try_recv().is_ok() {
        n_told += 1;
    }
    assert_eq!(n_told, 9);
}

#[tokio::test(start_paused = true)]
async fn a_store_that_is_away_is_asked_again() {
    let world = World::new();
    world.store.away.store(true, Ordering::SeqCst);
    let (handler, mut told) = tells();
    let _runner = world.start(handler);
    world.store.enqueue_elsewhere(world.job()).unwrap();
    sleep(30 * SECOND).await;
    assert!(told.try_recv().is_err());
    world.store.away.store(false, Ordering::SeqCst);
    timeout(6 * SECOND, told.recv()).await.unwrap().unwrap();
}

/// Notes the payloads of each batch, and fails the first time it sees `"bad"`, with what stands behind it in its lane.
struct Batches(Mutex<Vec<Vec<String>>>, AtomicUsize);

#[async_trait::async_trait]
impl BatchHandler for Batches {
    async fn run(&self, jobs: &[Job]) -> Vec<Result<(), JobError>> {
        let payloads = jobs.iter().map(|job| job.payload.clone()).collect();
        self.0.lock().push(payloads);
        sleep(SECOND).await;
        let mut failed_lane = None;
        let mut results = Vec::new();
        for job in jobs {
            let is_bad = job.payload == "\"bad\"" && self.1.fetch_add(1, Ordering::SeqCst) == 0;
            if is_bad {
                failed_lane = Some(job.lane.clone());
            }
            results.push(match failed_lane == Some(job.lane.clone()) {
                true => Err(retry()),
                false => Ok(()),
            });
        }
        results
    }
}

#[tokio::test(start_paused = true)]
async fn batches_hold_lanes_in_order_and_repeat_what_failed() {
    let world = World::new();
    let enqueue = async |lane: &str, text: &str| {
        let new = NewJob {
            lane: Some(lane.to_owned()),
            payload: format!("\"{text}\""),
            ..world.job()
        };
        world.store.enqueue(new).await.unwrap().unwrap();
    };
    for (lane, text) in [
        ("a", "a1"),
        ("b", "b1"),
        ("a", "bad"),
        ("b", "b2"),
        ("a", "a3"),
    ] {
        enqueue(lane, text).await;
    }
    let handler = Arc::new(Batches(Mutex::default(), AtomicUsize::new(0)));
    let work = Work::Together {
        kind: "test".to_owned(),
        most: 4,
        handler: Arc::<Batches>::clone(&handler),
    };
    let _runner = world.start_work(Options::new("one"), work);
    sleep(Duration::from_millis(100)).await;
    enqueue("b", "b3").await;
    world.until_empty().await;
    let batches = handler.0.lock().clone();
    let all: Vec<&str> = batches.iter().flatten().map(String::as_str).collect();
    let of_b: Vec<&str> = all
        .iter()
        .copied()
        .filter(|text| text.starts_with("\"b") && *text != "\"bad\"")
        .collect();
    assert_eq!(batches[0], ["\"a1\"", "\"b1\"", "\"bad\"", "\"b2\""]);
    // "bad" failed once, and what stands behind it waited.
    assert_eq!(
        all.iter().filter(|text| **text == "\"bad\"").count(),
        2,
        "{batches:?}"
    );
    assert_eq!(all.last(), Some(&"\"a3\""), "{batches:?}");
    assert_eq!(of_b, ["\"b1\"", "\"b2\"", "\"b3\""], "{batches:?}");
}
