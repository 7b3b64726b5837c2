//! The jobs of a process: which there are, who runs them, and how they stop.
//!
//! Broadcasts to other servers have a runner of their own, which sends them in batches and in order; everything else runs one by
//! one. A kind that is added to [`singly`], or to [`alone`], is run by `serve` and by `queue:work` alike.

mod privacy;

use crate::clock::SystemClock;
use crate::compose;
use crate::push::SendPush;
use crate::random::SystemRandom;
use antiphon_broadcast::{
    BACKOFF, MAX_JOBS, PUSH_JOBS, PUSHER_JOBS, REVERB_JOBS, RemoteBroadcaster, WEBHOOK_JOBS,
};
use antiphon_chat::{
    ASSIGN_JOBS, AssignError, Chat, ChatError, DESCRIBE_JOBS, DESCRIBE_TIME, DescribeError,
    DueDelivery, PUSH_SEND_JOBS, PushJobError, Random as _, WAKE_JOBS, WakeError, WebhookAnswer,
    WebhookJobError,
};
use antiphon_config::{BroadcastConnection, Config};
use antiphon_domain::Clock as _;
use antiphon_http::{JobMetrics, QueueFigures};
use antiphon_jobs::{
    Chance, Handler, Job, JobError, Jobs, Observer, Options, Outcome, Registry, Runner, Work,
};
use antiphon_store::Store;
use antiphon_webhooks::{Client, Told};
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio::time::{Instant, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How often the lengths of the queues are read for the metrics.
const MEASURE_EVERY: Duration = Duration::from_secs(5);
/// Above the longest pause of a broadcast and its lease: one that is put off for longer was so by a clock that was ahead.
const BROADCAST_HORIZON: Duration = Duration::from_secs(60);
/// The lease of a broadcast and of a file that is looked into. Twice the time of a broadcast's request, so short because people wait
/// for what a killed process had begun.
const SHORT_LEASE: Duration = Duration::from_secs(10);
/// How often old dead jobs are forgotten, and how old they are then: a month is enough to notice, and bounds the table.
const PRUNE_EVERY: Duration = Duration::from_secs(3600);
const KEEP_DEAD_S: i64 = 30 * 86_400;

/// How often jobs for a server that is not configured any more are looked for, and how long they wait for it to come back: as long as
/// those for one that does not answer. Whoever they are for has fetched the conversation by other means.
const BURY_EVERY: Duration = Duration::from_secs(600);
const KEEP_FOREIGN_S: i64 = 3_600;

/// How soon a process knows of a webhook, or of the first browser, that another one has made.
const KNOW_WEBHOOKS_EVERY: Duration = Duration::from_secs(2);
/// After so many of these it is asked for which webhooks too much waits: the jobs of a minute are no danger.
const CROWDED_TICKS: u64 = 15;
/// A request takes eleven seconds at most, and what is noted of it as long as a busy database. Push services are given as much.
pub(crate) const WEBHOOK_TIME: Duration = Duration::from_secs(25);
/// The lease of a webhook's job; while it runs, its webhook is told nothing else.
const WEBHOOK_LEASE: Duration = Duration::from_secs(30);

/// How long a conversation waits at most for an agent who has come, become available or got room, or for a server that says again who is
/// there: soon enough for a visitor who is told that somebody comes, and a question to the database that costs next to nothing.
const ASSIGN_EVERY: Duration = Duration::from_secs(5);
/// How late conversations are closed at most in which nothing is said; they wait for hours.
const CLOSE_EVERY: Duration = Duration::from_secs(30);

/// After these pauses a store of files that was away may be back: a restart, and something that somebody has to mend.
const FILES_BACK_SOON: Duration = Duration::from_secs(30);
const FILES_BACK_LATER: Duration = Duration::from_secs(1800);

/// The servers that broadcasts are sent on to.
#[derive(Debug, Clone)]
pub(crate) struct Remotes {
    /// This program's own WebSocket server, as a process of its own.
    pub(crate) reverb: Arc<RemoteBroadcaster>,
    /// That of the `PUSHER_*` keys, if it is chosen.
    pub(crate) pusher: Option<Arc<RemoteBroadcaster>>,
}

impl Remotes {
    /// As configured. The own server is always among them: a job for it may be left from a time when it ran by itself, and `serve`
    /// answers at the same address.
    pub(crate) fn new(config: &Config) -> anyhow::Result<Self> {
        let remote = |endpoint, kind| {
            RemoteBroadcaster::new(
                endpoint,
                kind,
                compose::links(config),
                Arc::new(SystemClock),
            )
            .map(Arc::new)
        };
        let reverb = compose::endpoint(config, config.reverb.bind());
        let pusher = match (config.broadcast, &config.pusher) {
            (BroadcastConnection::Pusher, Some(pusher)) => {
                Some(remote(compose::pusher_endpoint(pusher), PUSHER_JOBS)?)
            }
            _ => None,
        };
        Ok(Self {
            reverb: remote(reverb, REVERB_JOBS)?,
            pusher,
        })
    }

    /// A kind of jobs that nobody with this configuration does, and what is wrong with them.
    fn foreign(&self) -> Option<(&'static str, &'static str)> {
        let error = "BROADCAST_CONNECTION is not pusher any more, so nobody sends this: choose pusher again before it is retried";
        self.pusher.is_none().then_some((PUSHER_JOBS, error))
    }

    /// A runner's work for each.
    fn work(&self) -> impl Iterator<Item = Work> {
        let all = std::iter::once(&self.reverb).chain(&self.pusher);
        all.map(|remote| Work::Together {
            kind: remote.kind().to_owned(),
            most: MAX_JOBS,
            handler: Arc::clone(remote) as _,
        })
    }
}

/// The jobs that are run one by one, several at once.
fn singly(chat: &Chat) -> Registry {
    let chores = Registry::default()
        .with(WAKE_JOBS, Arc::new(WakeConversations(chat.clone())))
        .with(PUSH_JOBS, Arc::new(SpreadPush(chat.clone())))
        .with(ASSIGN_JOBS, Arc::new(AssignConversations(chat.clone())));
    privacy::add(chores, chat)
}

/// The jobs of which one runs at a time: a picture may take half a gigabyte of memory while it is decoded.
fn alone(chat: &Chat) -> Registry {
    Registry::default().with(DESCRIBE_JOBS, Arc::new(DescribeFiles(chat.clone())))
}

/// Ends the sleep of conversations that were put aside.
struct WakeConversations(Chat);

#[async_trait::async_trait]
impl Handler for WakeConversations {
    async fn run(&self, job: &Job) -> Result<(), JobError> {
        let woken = self.0.wake_conversation(&job.payload).await;
        woken.map_err(|error| match error {
            error @ WakeError::Payload(_) => JobError::Hopeless(error.to_string()),
            WakeError::Chat(ChatError::Internal(cause)) => JobError::Retry(cause.to_string()),
            error => JobError::Retry(error.to_string()),
        })
    }
}

/// Finds out which browsers are to be told of something, each by a job of its own.
struct SpreadPush(Chat);

#[async_trait::async_trait]
impl Handler for SpreadPush {
    async fn run(&self, job: &Job) -> Result<(), JobError> {
        let spread = self.0.spread_push(&job.payload).await;
        spread.map_err(|error| match error {
            PushJobError::Chat(error) => JobError::Retry(error.to_string()),
            error => JobError::Hopeless(error.to_string()),
        })
    }
}

/// Gives conversations to agents.
struct AssignConversations(Chat);

#[async_trait::async_trait]
impl Handler for AssignConversations {
    async fn run(&self, _: &Job) -> Result<(), JobError> {
        match self.0.assign_waiting().await {
            // Where nobody can say who is there, the conversation waits, and is tried again every few seconds; maybe by another process,
            // which can.
            Ok(_) | Err(AssignError::Presence(_)) => Ok(()),
            Err(AssignError::Chat(ChatError::Internal(cause))) => {
                Err(JobError::Retry(cause.to_string()))
            }
            Err(AssignError::Chat(error)) => Err(JobError::Retry(error.to_string())),
        }
    }
}

/// Looks into files that were posted.
struct DescribeFiles(Chat);

#[async_trait::async_trait]
impl Handler for DescribeFiles {
    async fn run(&self, job: &Job) -> Result<(), JobError> {
        let described = self.0.describe_file(&job.payload).await;
        described.map_err(|error| match error {
            error @ DescribeError::Payload(_) => JobError::Hopeless(error.to_string()),
            // That is not the file's fault, and its attempts are few.
            DescribeError::Chat(ChatError::FilesUnreachable(_)) => JobError::RetryAfter {
                pause: match job.attempts {
                    0 | 1 => FILES_BACK_SOON,
                    _ => FILES_BACK_LATER,
                },
                reason: error.to_string(),
            },
            DescribeError::Chat(ChatError::Internal(cause)) => JobError::Retry(cause.to_string()),
            error => JobError::Retry(error.to_string()),
        })
    }

    fn timeout(&self) -> Duration {
        DESCRIBE_TIME
    }
}

/// The jobs that wait for other people's servers, which must not keep the others waiting.
fn webhooks(chat: &Chat, wanted: &Wanted) -> Registry {
    let tell = TellWebhooks {
        chat: chat.clone(),
        client: Client::new(wanted.webhooks_allow_private),
    };
    Registry::default().with(WEBHOOK_JOBS, Arc::new(tell))
}

/// The jobs that wait for the push services of browsers, which must not keep anybody else waiting either.
fn pushes(chat: &Chat, wanted: &Wanted) -> Registry {
    let send = SendPush::new(chat.clone(), wanted.push_allow_private);
    Registry::default().with(PUSH_SEND_JOBS, Arc::new(send))
}

/// Tells webhooks of the account what happened.
struct TellWebhooks {
    chat: Chat,
    client: Client,
}

impl TellWebhooks {
    async fn tell(&self, due: &DueDelivery) -> WebhookAnswer {
        let started = Instant::now();
        let told = Told {
            url: due.webhook.url.as_str(),
            secret: due.webhook.secret.reveal(),
            event: &due.content.event,
            event_id: &due.content.event_id,
            body: &due.content.body,
            at_seconds: SystemClock.now().as_seconds(),
        };
        let answer = self.client.tell(told).await;
        let duration = started.elapsed();
        match answer {
            Ok(answer) => WebhookAnswer {
                status: Some(answer.status),
                error: None,
                response: Some(answer.response),
                duration,
            },
            Err(error) => WebhookAnswer {
                status: None,
                error: Some(error),
                response: None,
                duration,
            },
        }
    }
}

#[async_trait::async_trait]
impl Handler for TellWebhooks {
    async fn run(&self, job: &Job) -> Result<(), JobError> {
        let later = |error: ChatError| JobError::Retry(error.to_string());
        let due = match self.chat.due_webhook_delivery(&job.payload).await {
            Ok(Some(due)) => due,
            Ok(None) => return Ok(()),
            Err(WebhookJobError::Chat(error)) => return Err(later(error)),
            Err(error @ WebhookJobError::Payload(_)) => {
                return Err(JobError::Hopeless(error.to_string()));
            }
        };
        let answer = self.tell(&due).await;
        let reason = match (&answer.error, answer.status) {
            (Some(error), _) => error.clone(),
            (None, status) => format!("answered {}", status.unwrap_or_default()),
        };
        let pause = self.chat.webhook_attempted(due, job.attempts, answer).await;
        match pause.map_err(later)? {
            Some(pause) => Err(JobError::RetryAfter { pause, reason }),
            // Taken, or given up: the log of the webhook has it either way.
            None => Ok(()),
        }
    }

    fn timeout(&self) -> Duration {
        WEBHOOK_TIME
    }
}

/// What a process is asked to run.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    /// The process's part, as it stands in the name of its workers.
    pub(crate) role: &'static str,
    /// Jobs at once, of those that run one by one; 0 is none of those.
    pub(crate) concurrency: usize,
    /// The queues; `None` is all.
    pub(crate) queues: Option<Arc<[String]>>,
    /// End when nothing is due.
    pub(crate) stop_when_empty: bool,
    /// How long a stop waits for what runs.
    pub(crate) grace: Duration,
    /// Whether webhooks of the account may be on addresses that are not public.
    pub(crate) webhooks_allow_private: bool,
    /// Whether push services may be on addresses that are not public.
    pub(crate) push_allow_private: bool,
}

/// The runners of this process.
#[derive(Debug)]
pub(crate) struct Workers {
    stop: CancellationToken,
    runners: TaskTracker,
}

impl Workers {
    /// Starts them on the main thread's runtime; they run whenever it does.
    pub(crate) fn start(
        store: &Arc<dyn Store>,
        chat: &Chat,
        remotes: &Remotes,
        wanted: &Wanted,
        metrics: &JobMetrics,
        runtime: &Runtime,
    ) -> anyhow::Result<Self> {
        let stop = CancellationToken::new();
        let runners = TaskTracker::new();
        let mut all: Vec<(Work, Options)> = Vec::new();
        let registry = singly(chat);
        if wanted.concurrency > 0 && !registry.is_empty() {
            let options = Options {
                concurrency: wanted.concurrency,
                ..options(wanted, "jobs")?
            };
            all.push((Work::Each(registry), options));
        }
        if wanted.concurrency > 0 {
            let options = Options {
                concurrency: 1,
                lease: SHORT_LEASE,
                ..options(wanted, "files")?
            };
            all.push((Work::Each(alone(chat)), options));
        }
        if wanted.concurrency > 0 {
            let options = Options {
                concurrency: wanted.concurrency,
                lease: WEBHOOK_LEASE,
                ..options(wanted, "webhooks")?
            };
            all.push((Work::Each(webhooks(chat, wanted)), options));
        }
        if wanted.concurrency > 0 {
            let options = Options {
                concurrency: wanted.concurrency,
                lease: WEBHOOK_LEASE,
                ..options(wanted, "pushes")?
            };
            all.push((Work::Each(pushes(chat, wanted)), options));
        }
        for work in remotes.work() {
            // One batch at a time: a lane is sent in order, and a request carries ten events.
            let options = Options {
                concurrency: 1,
                lease: SHORT_LEASE,
                backoff: BACKOFF,
                horizon: Some(BROADCAST_HORIZON),
                ..options(wanted, "broadcasts")?
            };
            all.push((work, options));
        }
        for (work, options) in all {
            let runner = Runner::new(
                Arc::clone(store) as Arc<dyn Jobs>,
                work,
                options,
                Arc::new(SystemClock),
                chance(),
                Arc::new(Counting(metrics.clone())),
            );
            let stopped = stop.clone();
            runners.spawn_on(
                async move { runner.run(stopped.cancelled_owned()).await },
                runtime.handle(),
            );
        }
        runners.close();
        runtime.spawn(know_who_is_told(chat.clone(), stop.clone()));
        runtime.spawn(route(chat.clone(), stop.clone()));
        runtime.spawn(privacy::keep_retention(chat.clone(), stop.clone()));
        runtime.spawn(keep_house(
            Arc::clone(store),
            metrics.clone(),
            remotes.foreign(),
            stop.clone(),
        ));
        Ok(Self { stop, runners })
    }

    /// Waits until all have ended by themselves, because nothing is due.
    pub(crate) async fn ended(&self) {
        self.runners.wait().await;
    }

    /// Claims nothing more; waits for what runs, and gives back what takes too long.
    pub(crate) fn stop(&self, runtime: &Runtime) {
        self.stop.cancel();
        runtime.block_on(self.runners.wait());
    }
}

/// Sends what is due to the other servers, for so long at most: the last broadcasts of a server that stops.
pub(crate) fn send_last(
    store: &Arc<dyn Store>,
    remotes: &Remotes,
    within: Duration,
    runtime: &Runtime,
) -> anyhow::Result<()> {
    let wanted = Wanted {
        role: "last",
        concurrency: 0,
        queues: None,
        stop_when_empty: true,
        grace: Duration::ZERO,
        webhooks_allow_private: false,
        push_allow_private: false,
    };
    let mut runners = Vec::new();
    for work in remotes.work() {
        runners.push(Runner::new(
            Arc::clone(store) as Arc<dyn Jobs>,
            work,
            Options {
                concurrency: 1,
                lease: SHORT_LEASE,
                backoff: BACKOFF,
                horizon: Some(BROADCAST_HORIZON),
                ..options(&wanted, "broadcasts")?
            },
            Arc::new(SystemClock),
            chance(),
            Arc::new(()),
        ));
    }
    runtime.block_on(async {
        let over = CancellationToken::new();
        let sending = TaskTracker::new();
        for runner in runners {
            let over = over.clone();
            sending.spawn(async move { runner.run(over.cancelled_owned()).await });
        }
        sending.close();
        if tokio::time::timeout(within, sending.wait()).await.is_err() {
            tracing::warn!(
                "another server did not take the last broadcasts in time: they are sent after the next start"
            );
            over.cancel();
            sending.wait().await;
        }
    });
    Ok(())
}

fn options(wanted: &Wanted, what: &str) -> anyhow::Result<Options> {
    let mut bytes = [0; 8];
    SystemRandom.fill(&mut bytes)?;
    let name = format!(
        "{}-{what}-{}-{:016x}",
        wanted.role,
        std::process::id(),
        u64::from_ne_bytes(bytes)
    );
    Ok(Options {
        queues: wanted.queues.clone(),
        stop_when_empty: wanted.stop_when_empty,
        grace: wanted.grace,
        ..Options::new(name)
    })
}

/// Chance from the operating system; without any, pauses are what they say.
fn chance() -> Chance {
    Arc::new(|| {
        let mut bytes = [0; 4];
        match SystemRandom.fill(&mut bytes) {
            Ok(()) => f64::from(u32::from_ne_bytes(bytes)) / (f64::from(u32::MAX) + 1.0),
            Err(_) => 0.5,
        }
    })
}

/// Counts into the metrics.
struct Counting(JobMetrics);

impl Observer for Counting {
    fn ended(&self, kind: &str, outcome: Outcome) {
        self.0.ended(kind, outcome.as_str());
    }
    fn panicked(&self, kind: &str) {
        self.0.panicked(kind);
    }
}

/// Learns of webhooks that another process has changed, and whether a browser is subscribed; switches off webhooks for which too much
/// waits; until the stop.
async fn know_who_is_told(chat: Chat, stop: CancellationToken) {
    let mut ticks = interval(KNOW_WEBHOOKS_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut n_ticks = 0_u64;
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = ticks.tick() => {}
        }
        n_ticks += 1;
        // A store that does not answer is told of elsewhere; what was known stays.
        let _known = chat.read_webhooks().await;
        let _known = chat.read_push_subscribers().await;
        if n_ticks.is_multiple_of(CROWDED_TICKS)
            && let Ok(disabled) = chat.disable_crowded_webhooks().await
        {
            for webhook in disabled {
                tracing::warn!(
                    webhook.id = webhook.id.0,
                    target = webhook.url.origin(),
                    "too much is waiting for a webhook, which is switched off"
                );
            }
        }
    }
}

/// Gives conversations to agents and closes those in which nothing is said, until the stop. Every process that runs jobs does; whichever
/// comes first, the others find nothing to do.
async fn route(chat: Chat, stop: CancellationToken) {
    let ticking = |every| {
        let mut ticks = interval(every);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        ticks
    };
    let (mut assign, mut close) = (ticking(ASSIGN_EVERY), ticking(CLOSE_EVERY));
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            // A server that does not say who is there was told of where it was asked, and a store that does not answer elsewhere.
            _ = assign.tick() => drop(chat.assign_waiting().await),
            _ = close.tick() => match chat.close_silent().await {
                Ok(0) => {}
                Ok(conversations) => tracing::info!(conversations, "conversations were closed in which nothing was said for long"),
                Err(error) => tracing::warn!(%error, "conversations in which nothing is said could not be closed"),
            },
        }
    }
}

/// Measures the queues, gives up what nobody will do, and forgets old dead jobs, until the stop.
async fn keep_house(
    store: Arc<dyn Store>,
    metrics: JobMetrics,
    foreign: Option<(&'static str, &'static str)>,
    stop: CancellationToken,
) {
    let ticking = |every| {
        let mut ticks = interval(every);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        ticks
    };
    let (mut measure, mut prune) = (ticking(MEASURE_EVERY), ticking(PRUNE_EVERY));
    let mut bury = ticking(BURY_EVERY);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = measure.tick() => {
                let now = SystemClock.now();
                // A store that does not answer is told of elsewhere; the figures stay.
                if let Ok(lengths) = store.queue_lengths(now).await {
                    let seconds = |due: antiphon_domain::Timestamp| {
                        Duration::from_micros(u64::try_from(now.as_micros() - due.as_micros()).unwrap_or_default()).as_secs_f64()
                    };
                    let figures: Vec<_> = lengths
                        .into_iter()
                        .map(|length| QueueFigures {
                            queue: length.queue,
                            waiting: length.live,
                            dead: length.dead,
                            oldest_due_seconds: length.oldest_due.map_or(0.0, seconds),
                        })
                        .collect();
                    metrics.queues(&figures);
                }
            }
            _ = bury.tick() => {
                let Some((kind, why)) = foreign else {
                    continue;
                };
                let now = SystemClock.now();
                let before = now.plus_seconds(-KEEP_FOREIGN_S);
                match store.bury_jobs(kind.to_owned(), before, why.to_owned(), now).await {
                    Ok(0) => {}
                    Ok(jobs) => tracing::error!(jobs, kind, "jobs were given up: {why}"),
                    Err(error) => tracing::warn!(%error, "jobs that nobody does could not be given up"),
                }
            }
            _ = prune.tick() => {
                let before = SystemClock.now().plus_seconds(-KEEP_DEAD_S);
                match store.prune_jobs(before).await {
                    Ok(0) => {}
                    Ok(jobs) => tracing::info!(jobs, "old dead jobs were forgotten"),
                    Err(error) => tracing::warn!(%error, "old dead jobs could not be forgotten"),
                }
            }
        }
    }
}
