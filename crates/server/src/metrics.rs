//! The metrics' listener, if one is configured. It runs on the main thread's runtime, which has nothing else to do.

use antiphon_config::Config;
use antiphon_http::{JobMetrics, Metrics, MetricsListener};
use antiphon_realtime::Hub;
use antiphon_webhooks::Webhooks;
use std::net::SocketAddr;
use tokio::runtime::Runtime;

/// Metrics that are served.
#[derive(Debug)]
pub(crate) struct Served {
    /// The handle that counts.
    pub(crate) metrics: Metrics,
    address: SocketAddr,
}

impl Served {
    /// What to tell the operator.
    pub(crate) fn line(&self) -> String {
        format!("Metrics: http://{}/metrics", self.address)
    }
}

/// Listens where the configuration says, and serves whenever the runtime runs.
pub(crate) fn start(
    config: &Config,
    hub: &Hub,
    webhooks: &Webhooks,
    jobs: Option<&JobMetrics>,
    runtime: &Runtime,
) -> anyhow::Result<Option<Served>> {
    let Some(address) = config.metrics.address else {
        return Ok(None);
    };
    let listener = MetricsListener::bind(address).map_err(|error| {
        anyhow::anyhow!("cannot listen on {address} ({error}): choose another address or port with ANTIPHON_METRICS_ADDRESS")
    })?;
    let metrics = match jobs {
        Some(jobs) => Metrics::with_jobs(hub.clone(), webhooks.clone(), &config.reverb.path, jobs),
        None => Metrics::new(hub.clone(), webhooks.clone(), &config.reverb.path),
    };
    Ok(Some(serve(listener, metrics, runtime)))
}

/// The same for a worker, with what it knows: its jobs. The address may be a server's with the same `.env`; a worker is worth more than
/// its figures, so it works without them then.
pub(crate) fn start_for_worker(
    config: &Config,
    jobs: &JobMetrics,
    runtime: &Runtime,
) -> Option<Served> {
    let address = config.metrics.address?;
    match MetricsListener::bind(address) {
        Ok(listener) => Some(serve(listener, Metrics::of_jobs(jobs), runtime)),
        Err(error) => {
            tracing::warn!(%address, %error, "the metrics of this worker are not served: give it an address of its own with --metrics");
            None
        }
    }
}

fn serve(listener: MetricsListener, metrics: Metrics, runtime: &Runtime) -> Served {
    let served = Served {
        metrics: metrics.clone(),
        address: listener.address(),
    };
    runtime.spawn(async move {
        if let Err(error) = listener.serve(metrics).await {
            tracing::error!(%error, "metrics are not served");
        }
    });
    served
}
