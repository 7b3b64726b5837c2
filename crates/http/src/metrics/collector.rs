//! What the engine counts, asked for at each scrape and put into Prometheus's terms.

use antiphon_realtime::{AppMetrics, Hub};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::Unit;
use std::fmt::Error;

/// Reads a hub.
#[derive(Debug)]
pub(super) struct EngineCollector(pub(super) Hub);

/// A metric of each application, without further labels.
struct PerApp {
    name: &'static str,
    help: &'static str,
    unit: Option<Unit>,
    kind: MetricType,
    value: fn(&AppMetrics) -> u64,
}

const PER_APP: [PerApp; 6] = [
    PerApp {
        name: "connections",
        help: "WebSockets that are open",
        unit: None,
        kind: MetricType::Gauge,
        value: |app| app.connections,
    },
    PerApp {
        name: "subscriptions",
        help: "Subscriptions of all channels",
        unit: None,
        kind: MetricType::Gauge,
        value: |app| app.subscriptions,
    },
    PerApp {
        name: "messages_received",
        help: "Messages that clients sent",
        unit: None,
        kind: MetricType::Counter,
        value: |app| app.messages_received,
    },
    PerApp {
        name: "messages_sent",
        help: "Messages that were sent to clients, once for each of them",
        unit: None,
        kind: MetricType::Counter,
        value: |app| app.messages_sent,
    },
    PerApp {
        name: "received",
        help: "Bytes that came over open WebSockets",
        unit: Some(Unit::Bytes),
        kind: MetricType::Counter,
        value: |app| app.received_bytes,
    },
    PerApp {
        name: "sent",
        help: "Bytes that were sent to WebSockets, or wait for them",
        unit: Some(Unit::Bytes),
        kind: MetricType::Counter,
        value: |app| app.sent_bytes,
    },
];

impl Collector for EngineCollector {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), Error> {
        let hub = &self.0;
        let apps = hub.app_metrics();
        for metric in PER_APP {
            let series = apps
                .iter()
                .map(|app| ([("app", &*app.app.id)], (metric.value)(app)));
            let PerApp {
                name,
                help,
                unit,
                kind,
                ..
            } = metric;
            family(&mut encoder, (name, help, unit, kind), series)?;
        }
        let drops = apps.iter().flat_map(|app| {
            app.drops.iter().map(|(reason, count)| {
                ([("app", &*app.app.id), ("reason", reason.as_str())], *count)
            })
        });
        let help = "Connections that the server ended or refused, by reason";
        let counter = MetricType::Counter;
        family(
            &mut encoder,
            ("dropped_connections", help, None, counter),
            drops,
        )?;
        let refusals = apps.iter().flat_map(|app| {
            let of = |reason, count| ([("app", &*app.app.id), ("reason", reason)], count);
            [
                of("overload", app.overload_refusals),
                of("client_event", app.client_event_refusals),
            ]
        });
        let help = "Events that were refused, by reason";
        let counter = MetricType::Counter;
        family(
            &mut encoder,
            ("refused_events", help, None, counter),
            refusals,
        )?;

        let help = "Bytes of published events that wait for delivery";
        let waiting = hub.waiting_bytes() as u64;
        gauge(
            &mut encoder,
            ("delivery_queue", help, Some(Unit::Bytes)),
            waiting,
        )?;
        let help =
            "Sockets that are open: WebSockets, HTTP, and those that have not said what they are";
        gauge(
            &mut encoder,
            ("sockets", help, None),
            hub.socket_count() as u64,
        )?;
        let help = "Threads that send events to many subscribers at once, with io_uring";
        let batching = hub.batching_shards() as u64;
        gauge(&mut encoder, ("io_uring_shards", help, None), batching)?;
        let cluster = hub.cluster_health();
        let help = "Nodes of the cluster, with this one";
        let nodes = cluster.map_or(1, |cluster| cluster.nodes as u64);
        gauge(&mut encoder, ("cluster_nodes", help, None), nodes)?;
        let help = "Whether the cluster's log is out of reach";
        let alone = cluster.is_some_and(|cluster| cluster.is_alone);
        gauge(&mut encoder, ("cluster_degraded", help, None), alone.into())?;
        let help = "Bytes of events that wait for the cluster's log";
        let waiting = cluster.map_or(0, |cluster| cluster.waiting_bytes as u64);
        gauge(
            &mut encoder,
            ("cluster_queue", help, Some(Unit::Bytes)),
            waiting,
        )?;
        encoder
            .encode_descriptor(
                "cluster_outages",
                "Times that the cluster's log was out of reach for so long that the node went on alone",
                None,
                MetricType::Counter,
            )?
            .encode_counter::<NoLabelSet, _, u64>(
                &cluster.map_or(0, |cluster| cluster.outages as u64),
                None,
            )?;
        let help = "Time since the start";
        let uptime = hub.uptime().as_secs();
        gauge(&mut encoder, ("uptime", help, Some(Unit::Seconds)), uptime)?;
        encoder
            .encode_descriptor(
                "panics",
                "Panics that cost a connection each; every one is a bug",
                None,
                MetricType::Counter,
            )?
            .encode_counter::<NoLabelSet, _, u64>(&hub.panic_count(), None)
    }
}

/// Writes a metric with one series for each set of labels.
pub(super) fn family<L: EncodeLabelSet>(
    encoder: &mut DescriptorEncoder<'_>,
    (name, help, unit, kind): (&str, &str, Option<Unit>, MetricType),
    series: impl Iterator<Item = (L, u64)>,
) -> Result<(), Error> {
    let mut metric = encoder.encode_descriptor(name, help, unit.as_ref(), kind)?;
    for (labels, value) in series {
        let mut one = metric.encode_family(&labels)?;
        match kind {
            MetricType::Counter => one.encode_counter::<NoLabelSet, _, u64>(&value, None)?,
            _ => one.encode_gauge(&value)?,
        }
    }
    Ok(())
}

/// Writes a metric of the process as a whole.
fn gauge(
    encoder: &mut DescriptorEncoder<'_>,
    (name, help, unit): (&str, &str, Option<Unit>),
    value: u64,
) -> Result<(), Error> {
    encoder
        .encode_descriptor(name, help, unit.as_ref(), MetricType::Gauge)?
        .encode_gauge(&value)
}
