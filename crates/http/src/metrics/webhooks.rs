//! What the webhooks count, asked for at each scrape.

use super::collector::family;
use antiphon_webhooks::{AppWebhookMetrics, Webhooks};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::DescriptorEncoder;
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::Unit;
use std::fmt::Error;

/// Reads the webhooks.
#[derive(Debug)]
pub(super) struct WebhookCollector(pub(super) Webhooks);

impl Collector for WebhookCollector {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), Error> {
        let apps = self.0.metrics();
        let requests = apps.iter().flat_map(|app| {
            let of = |outcome, count| ([("app", &*app.app_id), ("outcome", outcome)], count);
            [
                of("delivered", app.delivered),
                of("retried", app.retried),
                of("given_up", app.given_up),
                of("refused", app.refused),
            ]
        });
        let help = "Requests of webhooks, by what became of them";
        let counter = MetricType::Counter;
        family(
            &mut encoder,
            ("webhook_requests", help, None, counter),
            requests,
        )?;
        let mut per_app = |name, help, unit, kind, value: fn(&AppWebhookMetrics) -> u64| {
            let series = apps.iter().map(|app| ([("app", &*app.app_id)], value(app)));
            family(&mut encoder, (name, help, unit, kind), series)
        };
        per_app(
            "webhook_dropped_events",
            "Events that were never sent to a target, because too many waited or they waited too long",
            None,
            MetricType::Counter,
            |app| app.dropped_events,
        )?;
        per_app(
            "webhook_queue_events",
            "Events that wait for a target",
            None,
            MetricType::Gauge,
            |app| app.waiting_events,
        )?;
        per_app(
            "webhook_queue_age",
            "For how long the oldest event has been waiting for a target",
            Some(Unit::Seconds),
            MetricType::Gauge,
            |app| app.oldest_waiting_ms / 1_000,
        )
    }
}
