//! What is counted of jobs. Others run them and know the store; they tell it here.

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use std::sync::atomic::AtomicU64;

type OfKind = [(&'static str, String); 1];
type OfQueue = [(&'static str, String); 1];

/// How much there is to do in one queue.
#[derive(Debug, Clone)]
pub struct QueueFigures {
    /// Its name.
    pub queue: String,
    /// Jobs that wait or run.
    pub waiting: i64,
    /// Jobs that were given up.
    pub dead: i64,
    /// For how long the job is due that is due for longest and that nobody runs, in seconds; 0 if none is.
    pub oldest_due_seconds: f64,
}

/// The metrics of jobs. A cheap handle. Labels are kinds and queues, which the program names, not anybody outside.
#[derive(Debug, Clone, Default)]
pub struct JobMetrics {
    runs: Family<[(&'static str, String); 2], Counter>,
    panics: Family<OfKind, Counter>,
    waiting: Family<OfQueue, Gauge>,
    dead: Family<OfQueue, Gauge>,
    oldest_due: Family<OfQueue, Gauge<f64, AtomicU64>>,
}

impl JobMetrics {
    /// A run of a job of this kind ended so.
    pub fn ended(&self, kind: &str, outcome: &'static str) {
        let labels = [("kind", kind.to_owned()), ("outcome", outcome.to_owned())];
        self.runs.get_or_create(&labels).inc();
    }

    /// A handler of this kind panicked.
    pub fn panicked(&self, kind: &str) {
        self.panics
            .get_or_create(&[("kind", kind.to_owned())])
            .inc();
    }

    /// How much there is to do now. A queue that is not among these any more is empty.
    pub fn queues(&self, queues: &[QueueFigures]) {
        self.waiting.clear();
        self.dead.clear();
        self.oldest_due.clear();
        for figures in queues {
            let labels = [("queue", figures.queue.clone())];
            self.waiting.get_or_create(&labels).set(figures.waiting);
            self.dead.get_or_create(&labels).set(figures.dead);
            self.oldest_due
                .get_or_create(&labels)
                .set(figures.oldest_due_seconds);
        }
    }

    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register(
            "job_runs",
            "Runs of jobs that ended, by kind and outcome",
            Family::clone(&self.runs),
        );
        registry.register(
            "job_panics",
            "Runs of jobs that ended by a panic",
            Family::clone(&self.panics),
        );
        registry.register(
            "jobs_waiting",
            "Jobs that wait or run, by queue",
            Family::clone(&self.waiting),
        );
        registry.register(
            "jobs_dead",
            "Jobs that were given up, by queue",
            Family::clone(&self.dead),
        );
        registry.register(
            "jobs_oldest_due_seconds",
            "For how long the oldest job is due that nobody runs, by queue",
            Family::clone(&self.oldest_due),
        );
    }
}
