//! What is kept for one application: its credentials, its targets, its last deliveries, its counts.

use crate::log::DeliveryLog;
use crate::settings::AppWebhooks;
use crate::target::{Event, Target};
use antiphon_protocol::webhook;
use antiphon_realtime::{Occurrence, Secret};
use parking_lot::Mutex;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::time::Instant;

/// An application with webhooks.
#[derive(Debug)]
pub(crate) struct WebhookApp {
    pub(crate) id: Arc<str>,
    credentials: Mutex<Arc<Credentials>>,
    targets: Mutex<Vec<Arc<Target>>>,
    pub(crate) log: Mutex<DeliveryLog>,
    pub(crate) counts: Counts,
}

#[derive(Debug)]
pub(crate) struct Credentials {
    pub(crate) key: String,
    pub(crate) secret: Secret,
}

/// What has happened since the start.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(crate) delivered: Count,
    pub(crate) retried: Count,
    pub(crate) given_up: Count,
    pub(crate) refused: Count,
    pub(crate) dropped_events: Count,
}

/// One number.
#[derive(Debug, Default)]
pub(crate) struct Count(AtomicU64);

/// The numbers of one application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppWebhookMetrics {
    /// The application's id.
    pub app_id: String,
    /// Requests that a target has taken.
    pub delivered: u64,
    /// Requests that failed and were, or are to be, tried again.
    pub retried: u64,
    /// Requests that were given up.
    pub given_up: u64,
    /// Requests that were not made, because of the target's address.
    pub refused: u64,
    /// Events that were never sent, because too many were waiting or they had waited too long.
    pub dropped_events: u64,
    /// Events that wait for a target, once for each.
    pub waiting_events: u64,
    /// For how many milliseconds the oldest of them has been waiting.
    pub oldest_waiting_ms: u64,
}

impl Count {
    pub(crate) fn add(&self, n: usize) {
        self.0.fetch_add(n as u64, Ordering::Relaxed);
    }

    fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl WebhookApp {
    pub(crate) fn new(settings: &AppWebhooks) -> Self {
        Self {
            id: settings.app_id.as_str().into(),
            credentials: Mutex::new(Arc::new(Credentials::of(settings))),
            targets: Mutex::default(),
            log: Mutex::default(),
            counts: Counts::default(),
        }
    }

    pub(crate) fn credentials(&self) -> Arc<Credentials> {
        Arc::clone(&self.credentials.lock())
    }

    /// Takes new settings, and gives the targets that are new. One that was there keeps what waits for it: that with the same
    /// settings, or else that with the same URL. What is no longer configured ends.
    pub(crate) fn configure(&self, settings: AppWebhooks) -> Vec<Arc<Target>> {
        *self.credentials.lock() = Arc::new(Credentials::of(&settings));
        let mut targets = self.targets.lock();
        let mut before: Vec<_> = targets.drain(..).collect();
        let mut take = |fits: &dyn Fn(&Target) -> bool| {
            let place = before.iter().position(|target| fits(target))?;
            Some(before.remove(place))
        };
        let mut kept: Vec<Option<Arc<Target>>> = settings
            .webhooks
            .iter()
            .map(|webhook| take(&|target| *target.settings() == *webhook))
            .collect();
        for (webhook, target) in settings.webhooks.iter().zip(&mut kept) {
            if target.is_none() {
                *target = take(&|target| target.settings().url == webhook.url);
            }
        }
        for gone in before {
            let (waiting, _) = gone.waiting();
            self.counts.dropped_events.add(waiting);
            gone.ended.cancel();
        }
        let mut new = Vec::new();
        for (webhook, target) in settings.webhooks.into_iter().zip(kept) {
            let target = target.unwrap_or_else(|| {
                let target = Arc::new(Target::new(webhook.clone()));
                new.push(Arc::clone(&target));
                target
            });
            target.set(webhook);
            targets.push(target);
        }
        new
    }

    /// Gives an occurrence to the targets that want it.
    pub(crate) fn tell(&self, occurrence: &Occurrence) {
        let kind = occurrence.kind();
        let targets = self.targets.lock();
        let mut json: Option<Arc<str>> = None;
        for target in targets.iter() {
            if !target.settings().wants(kind, occurrence.channel()) {
                continue;
            }
            let json = json.get_or_insert_with(|| occurrence.to_webhook_event().to_json().into());
            let pushed = target.push(Event {
                since: Instant::now(),
                kind,
                json: Arc::clone(json),
            });
            self.counts.dropped_events.add(pushed.dropped);
            if pushed.is_first {
                tracing::warn!(
                    app = &*self.id,
                    target = target.settings().url.origin(),
                    "too many events wait for a webhook: the oldest are dropped"
                );
            }
        }
    }

    /// Ends all targets, and gives how many events that costs.
    pub(crate) fn end(&self) -> usize {
        let targets = std::mem::take(&mut *self.targets.lock());
        let ended = targets.iter().map(|target| {
            target.ended.cancel();
            target.waiting().0
        });
        let lost = ended.sum();
        self.counts.dropped_events.add(lost);
        lost
    }

    pub(crate) fn metrics(&self) -> AppWebhookMetrics {
        let waiting: Vec<_> = self
            .targets
            .lock()
            .iter()
            .map(|target| target.waiting())
            .collect();
        let oldest = waiting.iter().filter_map(|(_, since)| *since).min();
        AppWebhookMetrics {
            app_id: self.id.to_string(),
            delivered: self.counts.delivered.get(),
            retried: self.counts.retried.get(),
            given_up: self.counts.given_up.get(),
            refused: self.counts.refused.get(),
            dropped_events: self.counts.dropped_events.get(),
            waiting_events: waiting.iter().map(|(n, _)| *n as u64).sum(),
            oldest_waiting_ms: oldest.map_or(0, |since| millis(since.elapsed())),
        }
    }
}

impl Credentials {
    fn of(settings: &AppWebhooks) -> Self {
        Self {
            key: settings.key.clone(),
            secret: settings.secret.clone(),
        }
    }

    pub(crate) fn sign(&self, body: &str) -> String {
        webhook::sign(self.secret.reveal(), body)
    }
}

pub(crate) fn millis(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{Webhook, WebhookUrl};
    use antiphon_protocol::ChannelName;

    fn webhook(url: &str, suffix: &str) -> Webhook {
        let mut webhook = Webhook::new(WebhookUrl::parse(url).unwrap());
        webhook.channel_suffix = suffix.to_owned();
        webhook
    }

    fn settings(webhooks: Vec<Webhook>) -> AppWebhooks {
        AppWebhooks {
            app_id: "1".to_owned(),
            key: "key".to_owned(),
            secret: Secret::new("secret"),
            webhooks,
        }
    }

    fn tell(app: &WebhookApp, channel: &str) {
        let channel = ChannelName::parse(channel).unwrap();
        app.tell(&Occurrence::ChannelOccupied { channel });
    }

    fn waiting(app: &WebhookApp) -> Vec<usize> {
        let targets = app.targets.lock();
        targets.iter().map(|target| target.waiting().0).collect()
    }

    #[test]
    fn two_targets_with_one_url_are_two_targets() {
        let both = settings(vec![webhook("http://a", ""), webhook("http://a", "")]);
        let app = WebhookApp::new(&both);
        assert_eq!(app.configure(both.clone()).len(), 2);
        tell(&app, "x");
        assert_eq!(waiting(&app), [1, 1]);
        assert!(app.configure(both).is_empty(), "nothing has changed");
        assert_eq!(waiting(&app), [1, 1]);
    }

    #[test]
    fn a_target_keeps_its_queue_when_others_or_its_filter_change() {
        let first = settings(vec![webhook("http://a", ""), webhook("http://b", "")]);
        let app = WebhookApp::new(&first);
        app.configure(first);
        tell(&app, "x");
        let second = settings(vec![
            webhook("http://c", ""),
            webhook("http://a", "-eu"),
            webhook("http://a", ""),
        ]);
        assert_eq!(app.configure(second).len(), 2);
        assert_eq!(waiting(&app), [0, 0, 1], "the same settings go first");
        assert_eq!(app.metrics().dropped_events, 1, "that of b");
        app.configure(settings(vec![webhook("http://a", "-us")]));
        assert_eq!(app.targets.lock().len(), 1);
        tell(&app, "x");
        assert_eq!(app.metrics().waiting_events, waiting(&app)[0] as u64);
        tell(&app, "x-us");
        assert!(waiting(&app)[0] >= 1);
    }

    #[test]
    fn an_event_goes_only_to_targets_that_want_it() {
        let both = settings(vec![webhook("http://a", "-eu"), webhook("http://b", "-us")]);
        let app = WebhookApp::new(&both);
        app.configure(both);
        for channel in ["x-eu", "y-eu", "x-us", "z"] {
            tell(&app, channel);
        }
        assert_eq!(waiting(&app), [2, 1]);
    }
}
