//! Looking at single connections, for somebody who wants to know what is wrong with one.
//!
//! Each shard looks through its own, a slice between two turns of its loop, so that a hundred thousand connections are looked
//! through without holding up any of them. What changes meanwhile may be in the answer or not.

use crate::app_table::AppIndex;
use crate::hub::Hub;
use crate::inbox::Post;
use antiphon_protocol::{ChannelName, SocketId};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;

/// The most connections that one question is answered with.
const MAX_FOUND: usize = 500;

/// A shard that is so busy that it has not answered by then is left out.
const PATIENCE: Duration = Duration::from_secs(2);

/// Which connections of an application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FindConnections {
    /// Any; the newest ones if there are more than asked for.
    Newest,
    /// The one with this name.
    SocketId(SocketId),
    /// Those that are signed in as this user.
    User(Arc<str>),
    /// Those that are subscribed to this channel.
    Channel(ChannelName),
}

/// One open connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectionInfo {
    /// Its name.
    pub socket_id: SocketId,
    /// For how many milliseconds it has been open.
    pub age_ms: u32,
    /// For how many milliseconds nothing was heard from it.
    pub silent_ms: u32,
    /// The address that it is counted under, or the other end of the socket.
    pub address: Option<IpAddr>,
    /// The user that it is signed in as.
    pub user_id: Option<Arc<str>>,
    /// How many channels it is subscribed to.
    pub subscriptions: usize,
    /// Some of them.
    pub channels: Vec<ChannelName>,
    /// Bytes that wait for the client to read.
    pub waiting_bytes: usize,
}

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConnectionsFound {
    /// The connections, the newest first.
    pub connections: Vec<ConnectionInfo>,
    /// Whether every shard has answered.
    pub complete: bool,
}

/// A question to a shard.
#[derive(Debug)]
pub(crate) struct Inspection {
    pub(crate) app: AppIndex,
    pub(crate) find: FindConnections,
    pub(crate) limit: usize,
    /// Whether what is found is to be closed.
    pub(crate) close: bool,
    pub(crate) answer: oneshot::Sender<Vec<ConnectionInfo>>,
}

impl Hub {
    /// Looks for connections of an application on this node: `limit` of them, and 500 at most.
    pub async fn connections(
        &self,
        app_id: &str,
        find: &FindConnections,
        limit: usize,
    ) -> ConnectionsFound {
        self.inspect(app_id, find, limit, false).await
    }

    /// Closes a connection, with 4009: stock clients do not come back by themselves. `false`: there is no such connection.
    pub async fn close_connection(&self, app_id: &str, socket_id: SocketId) -> bool {
        let find = FindConnections::SocketId(socket_id);
        let found = self.inspect(app_id, &find, 1, true).await;
        !found.connections.is_empty()
    }

    async fn inspect(
        &self,
        app_id: &str,
        find: &FindConnections,
        limit: usize,
        close: bool,
    ) -> ConnectionsFound {
        let Some(app) = self.0.apps.by_id(app_id) else {
            return ConnectionsFound::default();
        };
        let limit = limit.min(MAX_FOUND);
        let ask = |inbox: &crate::inbox::Inbox| {
            let (answer, received) = oneshot::channel();
            inbox.post(Post::Inspect(Box::new(Inspection {
                app,
                find: find.clone(),
                limit,
                close,
                answer,
            })));
            // A wake-up that fails means a shard that will not answer, which is what the caller is told.
            let _ = inbox.wake();
            received
        };
        let answers: Vec<_> = self.0.inboxes.iter().map(ask).collect();
        let mut found = ConnectionsFound {
            connections: Vec::new(),
            complete: true,
        };
        let all = async {
            for answer in answers {
                match answer.await {
                    Ok(connections) => found.connections.extend(connections),
                    Err(_) => found.complete = false,
                }
            }
        };
        if tokio::time::timeout(PATIENCE, all).await.is_err() {
            found.complete = false;
        }
        found
            .connections
            .sort_by_key(|connection| connection.age_ms);
        found.connections.truncate(limit);
        found
    }
}
