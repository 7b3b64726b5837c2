//! Metrics for Prometheus: what the engine counts, and what the HTTP layer counts here.
//!
//! Every name is in docs/metrics.md, which a test compares with what is exported. Labels have few values: applications are those
//! that are configured, and nothing that a client makes up becomes a label.

mod collector;
mod jobs;
mod listener;
mod webhooks;

pub use jobs::{JobMetrics, QueueFigures};
pub use listener::MetricsListener;

use antiphon_realtime::Hub;
use antiphon_webhooks::Webhooks;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use collector::EngineCollector;
use prometheus_client::encoding::text;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;
use std::sync::Arc;
use webhooks::WebhookCollector;

/// In front of every name.
const PREFIX: &str = "antiphon";
/// The classes of status codes that are answered with, by their first digit.
const CLASSES: [(u16, &str); 5] = [(1, "1xx"), (2, "2xx"), (3, "3xx"), (4, "4xx"), (5, "5xx")];

/// Everything that is exported. A cheap handle.
#[derive(Debug, Clone)]
pub struct Metrics(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    registry: Registry,
    /// `None` in a process without sockets.
    hub: Option<Hub>,
    /// The path in front of the Pusher API: empty, or `/like/this`.
    path_prefix: String,
    http_requests: Family<[(&'static str, &'static str); 1], Counter>,
    pusher_requests: Family<[(&'static str, String); 2], Counter>,
}

impl Metrics {
    /// The metrics of this hub, of these webhooks, and of the routers that are to be counted. `path_prefix` is `REVERB_SERVER_PATH`.
    pub fn new(hub: Hub, webhooks: Webhooks, path_prefix: &str) -> Self {
        Self::build(Some((hub, webhooks)), path_prefix, None)
    }

    /// The same, and those of jobs.
    pub fn with_jobs(hub: Hub, webhooks: Webhooks, path_prefix: &str, jobs: &JobMetrics) -> Self {
        Self::build(Some((hub, webhooks)), path_prefix, Some(jobs))
    }

    /// Those of jobs alone: of a process that answers nobody.
    pub fn of_jobs(jobs: &JobMetrics) -> Self {
        Self::build(None, "", Some(jobs))
    }

    fn build(
        sockets: Option<(Hub, Webhooks)>,
        path_prefix: &str,
        jobs: Option<&JobMetrics>,
    ) -> Self {
        let http_requests = Family::default();
        let pusher_requests = Family::default();
        for (_, class) in CLASSES {
            // A series that is there from the start has no first jump that a rate would miss.
            drop(http_requests.get_or_create(&[("status", class)]));
        }
        let mut registry = Registry::with_prefix(PREFIX);
        let hub = sockets.map(|(hub, webhooks)| {
            registry.register(
                "http_requests",
                "HTTP requests that were answered, by the class of the status",
                Family::clone(&http_requests),
            );
            registry.register(
                "pusher_api_requests",
                "Requests of the Pusher HTTP API for an application, by status",
                Family::clone(&pusher_requests),
            );
            registry.register_collector(Box::new(EngineCollector(hub.clone())));
            registry.register_collector(Box::new(WebhookCollector(webhooks)));
            hub
        });
        if let Some(jobs) = jobs {
            jobs.register(&mut registry);
        }
        Self(Arc::new(Inner {
            registry,
            hub,
            path_prefix: path_prefix.to_owned(),
            http_requests,
            pusher_requests,
        }))
    }

    /// Counts the requests of this router.
    pub fn counting(&self, router: Router) -> Router {
        router.layer(from_fn_with_state(self.clone(), count))
    }

    /// All of them, in the OpenMetrics text format.
    pub fn text(&self) -> String {
        let mut text = String::new();
        text::encode(&mut text, &self.0.registry).expect("a string takes any text");
        text
    }

    fn answered(&self, app: Option<String>, status: StatusCode) {
        let class = status.as_u16() / 100;
        if let Some((_, class)) = CLASSES.iter().find(|(digit, _)| *digit == class) {
            self.0
                .http_requests
                .get_or_create(&[("status", *class)])
                .inc();
        }
        if let Some(app) = app {
            let labels = [("app", app), ("status", status.as_str().to_owned())];
            self.0.pusher_requests.get_or_create(&labels).inc();
        }
    }

    /// The id of the application whose Pusher API this is a path of, if there is that application.
    fn app_in_path(&self, path: &str) -> Option<String> {
        let path = path.strip_prefix(&*self.0.path_prefix)?;
        let (id, _) = path.strip_prefix("/apps/")?.split_once('/')?;
        self.0.hub.as_ref()?.app(id).map(|app| app.id.clone())
    }
}

async fn count(State(metrics): State<Metrics>, request: Request, next: Next) -> Response {
    let app = metrics.app_in_path(request.uri().path());
    let response = next.run(request).await;
    metrics.answered(app, response.status());
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use antiphon_realtime::{App, Apps, Limits, Secret};
    use antiphon_webhooks::{AppWebhooks, Surroundings};
    use std::collections::BTreeSet;

    fn metrics() -> Metrics {
        metrics_with(&JobMetrics::default())
    }

    fn metrics_with(jobs: &JobMetrics) -> Metrics {
        let apps = Apps::new([App::new("1", "key", "secret")]).unwrap();
        let hub = Hub::new(apps, Limits::default(), 2).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let surroundings = Surroundings {
            unix_ms: || 0,
            random: || 0,
        };
        let webhooks = Webhooks::start(surroundings, runtime.handle());
        webhooks.configure(vec![AppWebhooks {
            app_id: "1".to_owned(),
            key: "key".to_owned(),
            secret: Secret::new("secret"),
            webhooks: Vec::new(),
        }]);
        Metrics::with_jobs(hub, webhooks, "/ws", jobs)
    }

    /// The names as Prometheus stores them, from the `# TYPE` lines.
    fn exported(text: &str) -> BTreeSet<String> {
        let types = text.lines().filter_map(|line| line.strip_prefix("# TYPE "));
        types
            .map(|line| match line.split_once(' ').unwrap() {
                (name, "counter") => format!("{name}_total"),
                (name, _) => name.to_owned(),
            })
            .collect()
    }

    #[test]
    fn the_list_has_every_metric_and_no_other() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/metrics.md");
        let list = std::fs::read_to_string(path).unwrap();
        let rows = list.lines().filter_map(|line| line.strip_prefix("| `"));
        let listed: BTreeSet<String> = rows
            .map(|row| row.split(['{', '`']).next().unwrap().to_owned())
            .collect();
        let jobs = JobMetrics::default();
        let metrics = metrics_with(&jobs);
        metrics.answered(Some("1".to_owned()), StatusCode::OK);
        jobs.ended("kind", "done");
        jobs.panicked("kind");
        jobs.queues(&[QueueFigures {
            queue: "default".to_owned(),
            waiting: 1,
            dead: 0,
            oldest_due_seconds: 0.5,
        }]);
        assert_eq!(exported(&metrics.text()), listed);
    }

    #[test]
    fn every_series_has_a_conventional_name() {
        let text = metrics().text();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let (series, value) = line.rsplit_once(' ').unwrap();
            assert!(series.starts_with("antiphon_"), "{line}");
            assert!(value.parse::<f64>().is_ok(), "{line}");
        }
        assert!(
            text.contains("\nantiphon_connections{app=\"1\"} 0\n"),
            "{text}"
        );
        assert!(
            text.contains("\nantiphon_sent_bytes_total{app=\"1\"} 0\n"),
            "{text}"
        );
        assert!(text.ends_with("# EOF\n"), "{text}");
    }

    #[test]
    fn only_configured_applications_become_labels() {
        let metrics = metrics();
        assert_eq!(
            metrics.app_in_path("/ws/apps/1/events").as_deref(),
            Some("1")
        );
        for path in ["/ws/apps/2/events", "/apps/1/events", "/ws/apps/1", "/up"] {
            assert_eq!(metrics.app_in_path(path), None, "{path}");
        }
    }
}
