//! The end of a server: asked for by a signal, or forced by a part that failed.

use antiphon_realtime::{ClusterNode, Engine};
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Why a server ends.
#[derive(Debug)]
pub(crate) enum End {
    /// SIGTERM or SIGINT: an operator, or the service manager.
    Asked(&'static str),
    /// A part that nothing can go on without has failed.
    Failed(String),
}

/// The signals that ask for the end. Caught before a server says that it is there: whoever has read that may ask at once.
#[derive(Debug)]
pub(crate) struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    /// From now on they end nothing by themselves. Within a runtime.
    pub(crate) fn catch() -> std::io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    /// Waits for one, or for one of the parts to fail.
    pub(crate) async fn end(mut self, failure: impl Future<Output = String>) -> End {
        tokio::select! {
            _ = self.terminate.recv() => End::Asked("SIGTERM"),
            _ = self.interrupt.recv() => End::Asked("SIGINT"),
            reason = failure => End::Failed(reason),
        }
    }
}

/// Stops the engine. What runs on the main thread's runtime, like the metrics, goes on meanwhile.
pub(crate) fn stop(engine: Engine, grace: Duration, runtime: &Runtime) {
    // It cannot fail but by a panic, after which there is nothing left to stop.
    let _ended =
        runtime.block_on(async { tokio::task::spawn_blocking(move || engine.stop(grace)).await });
}

/// The first of two failures.
pub(crate) async fn first(
    one: impl Future<Output = String>,
    other: impl Future<Output = String>,
) -> String {
    tokio::select! {
        reason = one => reason,
        reason = other => reason,
    }
}

/// Tells the other nodes that this one is gone. The engine has stopped.
pub(crate) fn leave_cluster(cluster: Option<ClusterNode>, runtime: &Runtime) {
    if let Some(cluster) = cluster {
        let leave = || async { tokio::task::spawn_blocking(move || cluster.stop()).await };
        // It cannot fail but by a panic, after which there is nothing left to say.
        let _left = runtime.block_on(leave());
    }
}

/// Ends the main thread's runtime without waiting: a name that is being resolved for a webhook cannot be called off.
pub(crate) fn leave(runtime: Runtime) {
    runtime.shutdown_background();
}

impl End {
    /// Says in the log that the server stops now, and why.
    pub(crate) fn log(&self) {
        match self {
            Self::Asked(signal) => tracing::info!(signal, "stopping"),
            Self::Failed(reason) => tracing::error!(reason, "stopping"),
        }
    }

    /// The process's own end: quiet when it was asked for.
    pub(crate) fn into_result(self) -> anyhow::Result<()> {
        match self {
            Self::Asked(_) => Ok(()),
            Self::Failed(reason) => Err(anyhow::anyhow!("stopped after a failure: {reason}")),
        }
    }
}
