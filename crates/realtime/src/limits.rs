//! Every bound of the engine, each with its default and the reason for it.

use ipnet::IpNet;

/// What one node, one address and one connection may use. Times are in milliseconds.
#[derive(Debug, Clone)]
pub struct Limits {
    /// The most sockets at once on this node. Above it a WebSocket is closed with 4100. The default, a million, is what the
    /// engine was measured with. The limit on open files, less a few hundred, holds too and is usually lower.
    pub max_connections: usize,
    /// The most WebSockets at once from one address; above it they are closed with 4100.
    /// None by default: an office, a school or a mobile network is one address.
    pub max_connections_per_address: Option<usize>,
    /// The proxies whose `X-Forwarded-For` tells the client's address. None by default: anybody can send that header.
    pub trusted_proxies: Vec<IpNet>,
    /// The most bytes that may wait for one connection, beyond what the kernel's socket buffer takes. A client that far behind
    /// is cut off with 4100. 1 MiB: minutes of an ordinary chat, and a thousand stuck clients still fit into a small machine.
    pub backlog_bytes: usize,
    /// The most bytes of publications that may wait for one shard. Above it `publish` refuses. 64 MiB: seconds of the
    /// fastest publisher, and small against the memory of a machine that has one.
    pub inbox_bytes: usize,
    /// The most bytes of a request's head that are read before it goes to HTTP, which refuses it. 16 KiB: twice what browsers send with large cookies.
    pub head_bytes: usize,
    /// How long a new connection may take to send its request's head. 10 s: a slow mobile network, not a slow attack.
    pub head_timeout_ms: u32,
    /// How long a connection that was told to close may take to read that and to close. 10 s, as for the head.
    pub close_timeout_ms: u32,
    /// After how long a silence a client is pinged. 45 s: common proxies cut a silent connection after 60 s.
    pub ping_after_ms: u32,
    /// How long a pinged client may stay silent before it is closed with 4201. 30 s, what stock clients grant the server.
    pub pong_timeout_ms: u32,
    /// How long a look at every connection of a shard takes; a tenth of them is looked at each tenth of it.
    /// It is how late the timeouts above may act. 10 s: costs 1 ms of CPU per second for 200,000 idle connections.
    pub sweep_ms: u32,
    /// The most channels one connection may be subscribed to. 1,000: ten times a busy page, while one socket cannot fill the memory with channels.
    pub subscriptions_per_connection: usize,
    /// The most members of a presence channel on this node. 100, the protocol's number. Somebody who is there may connect again.
    pub presence_members: usize,
    /// The most characters in the id of a member or user. 128, the protocol's number.
    pub user_id_chars: usize,
    /// The most bytes, as JSON, of what is told of a member or user. 1 kB, the protocol's number.
    pub user_info_bytes: usize,
    /// The most users that a signed-in connection may watch. 100, the protocol's number.
    pub watchlist_users: usize,
    /// How often the subscribers of a channel with more than a hundred of them are told how many they are. 5 s, as at Pusher.
    pub subscription_count_every_ms: u32,
    /// How long a cache channel remembers its last event. 30 minutes, as at Pusher.
    pub cache_ttl_ms: u32,
    /// The most cache channels of an application that remember an event; above it the oldest event goes. 100,000: more than are in
    /// use at once on a busy node.
    pub cache_channels: usize,
    /// The most bytes that the cache channels of an application remember; above it the oldest events go. 64 MiB: thousands of the
    /// largest events, and small against the memory of a machine that has them.
    pub cache_bytes: usize,
    /// The most bytes that the histories of an application's channels take; above it the oldest events go. 32 MiB: a hundred thousand
    /// ordinary events, and small against the memory of a machine that has them.
    pub history_bytes: usize,
    /// The most channels of an application that have a history, or are remembered to have had one. 100,000, as for cache channels.
    pub history_channels: usize,
    /// The most client events per second and connection; further ones are refused with 4301. 10, the protocol's number. At least 1.
    pub client_events_per_second: u32,
    /// The most bytes of data in a client event. 10 kB, the protocol's number.
    pub client_event_bytes: usize,
    /// The most characters in the name of a client event. 200, the protocol's number.
    pub client_event_name_chars: usize,
    /// The most messages per second and connection, of all kinds; above it the connection is closed with 4301.
    /// 1,000: a page that subscribes to all its channels at once stays far below it. At least 1.
    pub messages_per_second: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_connections: 1_000_000,
            max_connections_per_address: None,
            trusted_proxies: Vec::new(),
            backlog_bytes: 1 << 20,
            inbox_bytes: 64 << 20,
            head_bytes: 16 << 10,
            head_timeout_ms: 10_000,
            close_timeout_ms: 10_000,
            ping_after_ms: 45_000,
            pong_timeout_ms: 30_000,
            sweep_ms: 10_000,
            subscriptions_per_connection: 1_000,
            presence_members: 100,
            user_id_chars: 128,
            user_info_bytes: 1_024,
            watchlist_users: 100,
            subscription_count_every_ms: 5_000,
            cache_ttl_ms: 30 * 60 * 1_000,
            cache_channels: 100_000,
            cache_bytes: 64 << 20,
            history_bytes: 32 << 20,
            history_channels: 100_000,
            client_events_per_second: 10,
            client_event_bytes: 10_240,
            client_event_name_chars: 200,
            messages_per_second: 1_000,
        }
    }
}
