//! The handle to all webhooks of this process: what the engine tells, what is configured, what is asked.
//!
//! What the engine tells goes into a queue that is bounded in number and in bytes; what has no room there is dropped and counted.
//! Locks, in their order: the applications, then an application's targets or its log, then one target's.

use crate::app::{AppWebhookMetrics, WebhookApp};
use crate::delivery::Courier;
use crate::dispatch;
use crate::log::{DeliveryRecord, DeliveryState, ReplayError};
use crate::settings::AppWebhooks;
use crate::target::{Replay, Target};
use crate::transport::Transport;
use antiphon_outbound::{Network, is_public, literal_address};
use antiphon_realtime::{App, Observer, Occurrence};
use parking_lot::RwLock;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How many occurrences may wait for the dispatcher, which takes each in microseconds: a hundred thousand sockets that go away in
/// one moment, each from a channel of its own.
const INTAKE: usize = 131_072;
/// How many bytes the data of client events may have there.
const INTAKE_BYTES: usize = 16 << 20;

/// What the engine has told, and about which application.
pub(crate) type Intake = mpsc::Receiver<(Arc<App>, Occurrence)>;

/// The time and the chance of the world outside.
#[derive(Debug, Clone, Copy)]
pub struct Surroundings {
    /// The time of day, in Unix milliseconds.
    pub unix_ms: fn() -> u64,
    /// Any number, to spread retries.
    pub random: fn() -> u32,
}

/// All webhooks of this process. A cheap handle.
#[derive(Clone)]
pub struct Webhooks(Arc<Inner>);

pub(crate) struct Inner {
    apps: RwLock<HashMap<String, Arc<WebhookApp>>>,
    intake: mpsc::Sender<(Arc<App>, Occurrence)>,
    intake_bytes: AtomicUsize,
    /// Whether the last occurrence found no room.
    is_dropping: AtomicBool,
    pub(crate) surrounded: Arc<Surrounded>,
    tasks: TaskTracker,
    runtime: Handle,
    /// The dispatcher is to come to its end.
    closing: CancellationToken,
}

/// What every courier needs.
pub(crate) struct Surrounded {
    pub(crate) surroundings: Surroundings,
    pub(crate) transport: Arc<dyn Transport>,
    /// Nothing follows: what waits gets one more attempt.
    pub(crate) closing: CancellationToken,
    last_id: AtomicU64,
}

impl Webhooks {
    /// Starts without any application. The tasks run on `runtime`, for as long as that does.
    pub fn start(surroundings: Surroundings, runtime: &Handle) -> Self {
        Self::over(Arc::new(Network::default()), surroundings, runtime)
    }

    pub(crate) fn over(
        transport: Arc<dyn Transport>,
        surroundings: Surroundings,
        runtime: &Handle,
    ) -> Self {
        let (sender, intake) = mpsc::channel(INTAKE);
        let closing = CancellationToken::new();
        let inner = Arc::new(Inner {
            apps: RwLock::default(),
            intake: sender,
            intake_bytes: AtomicUsize::new(0),
            is_dropping: AtomicBool::new(false),
            surrounded: Arc::new(Surrounded {
                surroundings,
                transport,
                closing: CancellationToken::new(),
                last_id: AtomicU64::new(0),
            }),
            tasks: TaskTracker::new(),
            runtime: runtime.clone(),
            closing: closing.clone(),
        });
        let dispatching = dispatch::run(Arc::clone(&inner), intake, closing);
        inner.tasks.spawn_on(dispatching, runtime);
        Self(inner)
    }

    /// Takes what is configured now. A target that was there keeps what waits for it; one that is gone ends, with what waited.
    pub fn configure(&self, apps: Vec<AppWebhooks>) {
        let mut known = self.0.apps.write();
        let mut before = std::mem::take(&mut *known);
        for settings in apps {
            warn_of_private(&settings);
            let app = before
                .remove(&settings.app_id)
                .unwrap_or_else(|| Arc::new(WebhookApp::new(&settings)));
            let id = settings.app_id.clone();
            for target in app.configure(settings) {
                self.0.start_courier(&app, target);
            }
            // Deliveries of the past are still of interest when an application has no target at the moment.
            known.insert(id, app);
        }
        for gone in before.into_values() {
            gone.end();
        }
    }

    /// The last deliveries of an application, the newest first.
    pub fn deliveries(&self, app_id: &str, limit: usize) -> Vec<DeliveryRecord> {
        self.0
            .app(app_id)
            .map_or_else(Vec::new, |app| app.log.lock().recent(limit))
    }

    /// Makes a delivery once more: the same body, to the same target, signed anew. Gives the id of the new one.
    ///
    /// # Errors
    /// It is not among the last ones, its body or target is gone, or too many wait already.
    pub fn replay(&self, app_id: &str, id: u64) -> Result<u64, ReplayError> {
        let app = self.0.app(app_id).ok_or(ReplayError::NotFound)?;
        let mut log = app.log.lock();
        let (record, target) = log.find(id).ok_or(ReplayError::NotFound)?;
        let body = record.body.clone().ok_or(ReplayError::NoBody)?;
        let target = target
            .filter(|target| !target.ended.is_cancelled())
            .ok_or(ReplayError::NoTarget)?;
        let repeated = DeliveryRecord {
            id: self.0.surrounded.next_id(),
            time_ms: (self.0.surrounded.surroundings.unix_ms)(),
            url: target.settings().url.to_string(),
            state: DeliveryState::Sending,
            status: None,
            error: None,
            attempts: 0,
            duration_ms: 0,
            replay_of: Some(id),
            ..record.clone()
        };
        let replay = Replay {
            id: repeated.id,
            body,
        };
        let new_id = replay.id;
        if !target.replay(replay) {
            return Err(ReplayError::TooMany);
        }
        log.begin(repeated, &target);
        Ok(new_id)
    }

    /// The numbers of all applications with webhooks.
    pub fn metrics(&self) -> Vec<AppWebhookMetrics> {
        let apps = self.0.apps.read();
        apps.values().map(|app| app.metrics()).collect()
    }

    /// Ends: what is held or waits gets one more attempt, as long as all of that takes no longer than `last_chance`. To be called
    /// when the engine has stopped.
    pub async fn close(&self, last_chance: Duration) {
        self.0.closing.cancel();
        self.0.tasks.close();
        if timeout(last_chance, self.0.tasks.wait()).await.is_err() {
            let apps = self.0.apps.read();
            let lost: usize = apps.values().map(|app| app.end()).sum();
            tracing::warn!(events = lost, "the last webhooks were not taken in time");
        }
    }
}

impl Observer for Webhooks {
    fn occurred(&self, app: &Arc<App>, occurrence: Occurrence) {
        let inner = &*self.0;
        let bytes = data_bytes(&occurrence);
        let waiting = inner.intake_bytes.fetch_add(bytes, Ordering::Relaxed) + bytes;
        let has_room =
            waiting <= INTAKE_BYTES && inner.intake.try_send((Arc::clone(app), occurrence)).is_ok();
        if !has_room {
            inner.intake_bytes.fetch_sub(bytes, Ordering::Relaxed);
            if let Some(app) = inner.app(&app.id) {
                app.counts.dropped_events.add(1);
            }
        }
        let was_dropping = inner.is_dropping.swap(!has_room, Ordering::Relaxed);
        if !has_room && !was_dropping {
            tracing::warn!(
                "more happens on channels than webhooks can be made of: events are dropped"
            );
        }
    }
}

impl Inner {
    pub(crate) fn app(&self, id: &str) -> Option<Arc<WebhookApp>> {
        self.apps.read().get(id).cloned()
    }

    /// An occurrence no longer waits for the dispatcher.
    pub(crate) fn taken_in(&self, occurrence: &Occurrence) {
        self.intake_bytes
            .fetch_sub(data_bytes(occurrence), Ordering::Relaxed);
    }

    fn start_courier(&self, app: &Arc<WebhookApp>, target: Arc<Target>) {
        let courier = Courier {
            app: Arc::clone(app),
            target,
            surrounded: Arc::clone(&self.surrounded),
            is_reachable: true,
        };
        self.tasks.spawn_on(courier.run(), &self.runtime);
    }
}

impl Surrounded {
    pub(crate) fn next_id(&self) -> u64 {
        self.last_id.fetch_add(1, Ordering::Relaxed) + 1
    }
}

/// What a client chose the size of. The rest is small.
fn data_bytes(occurrence: &Occurrence) -> usize {
    match occurrence {
        Occurrence::ClientEvent { event, data, .. } => {
            event.len() + data.as_ref().map_or(0, |data| data.len())
        }
        _ => 0,
    }
}

fn warn_of_private(settings: &AppWebhooks) {
    for webhook in &settings.webhooks {
        let address = literal_address(webhook.url.uri());
        if !webhook.allow_private && address.is_some_and(|address| !is_public(address)) {
            tracing::warn!(
                app = settings.app_id,
                target = webhook.url.origin(),
                "this webhook will not be sent: its address is not public, and allow_private is not set"
            );
        }
    }
}

impl fmt::Debug for Webhooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Webhooks").finish_non_exhaustive()
    }
}

impl fmt::Debug for Surrounded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Surrounded").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
