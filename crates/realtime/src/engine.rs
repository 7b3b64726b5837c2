//! Starting and stopping the threads of the engine.

use crate::handoff::HttpHandoff;
use crate::hub::Hub;
use crate::listen;
use crate::shard::{self, Shard};
use crate::sys;
use std::fmt;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, OnceLock};
use std::thread::{self, JoinHandle};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// The most threads for blocking work (file access, password hashing) beside each shard. Tokio's own default, 512, is a number for
/// one runtime per process; here there is one per core.
const BLOCKING_THREADS: usize = 32;

/// The running shards of a hub.
pub struct Engine {
    addresses: Vec<SocketAddr>,
    threads: Vec<JoinHandle<()>>,
    control: Arc<Control>,
}

/// What the engine and its shards tell each other.
#[derive(Debug, Default)]
pub(crate) struct Control {
    /// The shards are to stop.
    pub(crate) stopping: CancellationToken,
    grace: OnceLock<Duration>,
    failed: CancellationToken,
    failure: OnceLock<String>,
}

/// Why the engine did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Another process, or another listener of this one, has the port.
    #[error("{0} is in use by another process")]
    PortInUse(SocketAddr),
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {source}")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
    /// The hub already has an engine, or had one.
    #[error("the engine of this hub was already started")]
    AlreadyStarted,
    /// A thread, a runtime or a descriptor could not be had.
    #[error("cannot start the engine: {0}")]
    System(#[from] io::Error),
}

impl Engine {
    /// Listens on every address with every shard of the hub, and starts their threads.
    /// Port 0 lets the system choose; see [`Engine::addresses`]. Nothing is left behind when this fails.
    ///
    /// Raises the process's limit on open files to what it may be without privileges.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "the engine takes its own share, which callers need not keep"
    )]
    pub fn start(
        hub: &Hub,
        listeners: &[SocketAddr],
        http: Arc<dyn HttpHandoff>,
    ) -> Result<Self, StartError> {
        let shards = hub.0.inboxes.len();
        let (addresses, listeners) = listen::bind_all(listeners, shards)?;
        hub.0
            .respect_descriptor_limit(sys::raise_descriptor_limit()?);
        let polls = hub
            .0
            .polls
            .lock()
            .take()
            .ok_or(StartError::AlreadyStarted)?;
        // From here on dropping the engine stops the shards that have been started.
        let mut engine = Self {
            addresses,
            threads: Vec::with_capacity(shards),
            control: Arc::default(),
        };
        for (index, (poll, listeners)) in polls.into_iter().zip(listeners).enumerate() {
            let control = Arc::clone(&engine.control);
            let shard = Shard::new(
                index,
                hub.clone(),
                poll,
                listeners,
                Arc::clone(&http),
                Arc::clone(&control),
            )?;
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .max_blocking_threads(BLOCKING_THREADS)
                .thread_name(format!("shard-{index}-blocking"))
                .build()?;
            let body = move || control.watch(index, || shard::run(&runtime, shard));
            engine.threads.push(
                thread::Builder::new()
                    .name(format!("shard-{index}"))
                    .spawn(body)?,
            );
        }
        Ok(engine)
    }

    /// The addresses that are listened on, in the order they were given, with their real ports.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// Stops: no more connections are accepted, every WebSocket is told to reconnect (4200) and closed after what is queued for it,
    /// HTTP connections finish the request at hand. Returns when all are gone, or `grace` is over and the rest is dropped.
    /// Very many WebSockets are told one after the other, over half of `grace` at most.
    ///
    /// Blocks the calling thread; from async code, call it through `spawn_blocking`.
    pub fn stop(mut self, grace: Duration) {
        self.stop_and_join(grace);
    }

    /// Completes when a shard ends that was not told to, with the reason. Then a part of the connections is dead,
    /// and the process should end. Never completes while all is well, or after [`Engine::stop`].
    pub fn failed(&self) -> impl Future<Output = String> + Send + use<> {
        let control = Arc::clone(&self.control);
        async move {
            control.failed.cancelled().await;
            control.failure.get().cloned().unwrap_or_default()
        }
    }

    fn stop_and_join(&mut self, grace: Duration) {
        // Only the first call sets it; there is no second one but that of `drop`, which finds no threads.
        let _ = self.control.grace.set(grace);
        self.control.stopping.cancel();
        for thread in self.threads.drain(..) {
            // A panic was reported by the thread itself.
            let _ = thread.join();
        }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.stop_and_join(Duration::ZERO);
    }
}

impl Control {
    /// How long a stopping shard may wait for its connections.
    pub(crate) fn grace(&self) -> Duration {
        self.grace.get().copied().unwrap_or_default()
    }

    /// Runs a shard to its end, and reports an end that nobody asked for.
    fn watch(&self, shard: usize, run: impl FnOnce() -> io::Result<()>) {
        let outcome = catch_unwind(AssertUnwindSafe(run));
        let reason = match outcome {
            Ok(Ok(())) if self.stopping.is_cancelled() => return,
            Ok(Ok(())) => format!("shard {shard} ended"),
            Ok(Err(error)) => format!("shard {shard} ended: {error}"),
            Err(_) => format!("shard {shard} panicked"),
        };
        tracing::error!(shard, reason, "a shard is gone");
        // Another shard may have been first; one reason is enough.
        let _ = self.failure.set(reason);
        self.failed.cancel();
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine")
            .field("addresses", &self.addresses)
            .field("shards", &self.threads.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_that_nobody_asked_for_is_a_failure_with_its_reason() {
        let reason_of = |run: fn() -> io::Result<()>| {
            let control = Control::default();
            control.watch(3, run);
            assert!(control.failed.is_cancelled());
            control.failure.get().cloned()
        };
        assert_eq!(reason_of(|| Ok(())).as_deref(), Some("shard 3 ended"));
        assert_eq!(
            reason_of(|| Err(io::Error::other("no luck"))).as_deref(),
            Some("shard 3 ended: no luck")
        );
        assert_eq!(
            reason_of(|| panic!("for the test")).as_deref(),
            Some("shard 3 panicked")
        );
    }

    #[test]
    fn an_end_that_was_asked_for_is_none() {
        let control = Control::default();
        control.stopping.cancel();
        control.watch(0, || Ok(()));
        assert!(!control.failed.is_cancelled());
    }
}
