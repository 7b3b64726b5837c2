//! The thread of a node that keeps it in its cluster.

use super::link::Link;
use crate::broker::BrokerError;
use crate::hub::Hub;
use std::fmt;
use std::future::Future;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;
use std::thread::{self, JoinHandle};
use tokio_util::sync::CancellationToken;

/// A node's part in its cluster, from joining to leaving it.
pub struct ClusterNode {
    thread: Option<JoinHandle<()>>,
    stopping: CancellationToken,
    failed: CancellationToken,
}

/// Why a node could not join.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// The hub was not made for a cluster.
    #[error("this hub is no node of a cluster")]
    NotInCluster,
    /// The log cannot be reached.
    #[error(transparent)]
    Broker(#[from] BrokerError),
    /// A thread, a runtime or random numbers could not be had.
    #[error("cannot join the cluster: {0}")]
    System(#[from] io::Error),
}

impl ClusterNode {
    /// Joins the cluster of a hub: reads what the log still has into the histories, and asks the other nodes for what they have.
    /// Blocks until they have answered, some seconds at most. Connections should be taken after that.
    pub fn start(hub: &Hub) -> Result<Self, ClusterError> {
        if hub.0.cluster.is_none() {
            return Err(ClusterError::NotInCluster);
        }
        let link = Link::new(hub.clone())?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let (joined, has_joined) = mpsc::channel();
        let node = Self {
            thread: None,
            stopping: CancellationToken::new(),
            failed: CancellationToken::new(),
        };
        let (stopping, failed) = (node.stopping.clone(), node.failed.clone());
        let run = move || {
            let link = || runtime.block_on(link.run(&joined, &stopping));
            if catch_unwind(AssertUnwindSafe(link)).is_err() {
                tracing::error!("the link to the cluster panicked");
                failed.cancel();
            }
        };
        let thread = thread::Builder::new()
            .name("cluster".to_owned())
            .spawn(run)?;
        let mut node = node;
        node.thread = Some(thread);
        match has_joined.recv() {
            Ok(outcome) => outcome.map(|()| node),
            Err(_) => Err(io::Error::other("the link ended").into()),
        }
    }

    /// Leaves: tells the others what was changed last, and that this node is gone. The engine should have stopped. Blocks until the log
    /// has it, a few seconds at most.
    pub fn stop(mut self) {
        self.stop_and_join();
    }

    /// Completes when the link has failed by a bug. Then this node neither hears the others nor is heard, and the process should end.
    pub fn failed(&self) -> impl Future<Output = String> + Send + use<> {
        let failed = self.failed.clone();
        async move {
            failed.cancelled().await;
            "the link to the cluster panicked".to_owned()
        }
    }

    fn stop_and_join(&mut self) {
        self.stopping.cancel();
        if let Some(thread) = self.thread.take() {
            // A panic was reported by the thread itself.
            let _ = thread.join();
        }
    }
}

impl Drop for ClusterNode {
    fn drop(&mut self) {
        self.stop_and_join();
    }
}

impl fmt::Debug for ClusterNode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClusterNode").finish_non_exhaustive()
    }
}
