//! Every bound of the engine, each with its default and the reason for it.

use ipnet::IpNet;

/// What one node, one address and one connection may use. Times are in milliseconds.
#[derive(Debug, Clone)]
pub struct Limits {
    /// The most sockets at once on this node. Above it a WebSocket is closed with 4100. The default, a million, is what the
    /// engine was measured with. The limit on open files, less a few hundred, holds too and is usually lower.
    pub max_connections: usize,
    /// The most WebSockets at once from one address; above it they are closed with 4100. And the most of its other sockets: HTTP, and
    /// those that have not said what they are; above it they are closed at once, but for those of trusted proxies.
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
    /// The most members of a presence channel. 100, the protocol's number. Somebody who is there may connect again.
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
    /// From how many subscribers of one shard on an event goes out through io_uring, many sends in one system call, if the kernel
    /// allows that; `None`: never. 16: below that a call per subscriber is as cheap.
    pub batch_from: Option<usize>,
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
            batch_from: Some(16),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_that_clients_rely_on_are_the_protocols_numbers() {
        let limits = Limits::default();
        assert_eq!(limits.subscription_count_every_ms, 5_000);
        assert_eq!(limits.presence_members, 100);
        assert_eq!(limits.user_id_chars, 128);
        assert_eq!(limits.user_info_bytes, 1_024);
        assert_eq!(limits.cache_ttl_ms, 30 * 60 * 1_000);
        assert_eq!(limits.client_events_per_second, 10);
        assert_eq!(limits.client_event_bytes, 10 * 1_024);
        assert_eq!(limits.client_event_name_chars, 200);
        assert_eq!(limits.pong_timeout_ms, 30_000);
    }
    /// A number as people write it.
    fn with_commas(number: usize) -> String {
        let digits = number.to_string();
        let mut text = String::new();
        for (place, digit) in digits.char_indices() {
            if place > 0 && (digits.len() - place).is_multiple_of(3) {
                text.push(',');
            }
            text.push(digit);
        }
        text
    }

    #[test]
    fn the_documentation_has_the_limits_that_hold() {
        let page = include_str!("../../../docs/protocol.md");
        let limits = Limits::default();
        let app = crate::App::new("1", "key", "secret");
        assert_eq!((app.max_connections, app.message_quota), (None, None));
        assert_eq!(limits.max_connections_per_address, None);
        let seconds = |milliseconds: u32| milliseconds as usize / 1_000;
        for (of, most) in [
            ("bytes of a message of a client", app.max_message_bytes),
            (
                "messages of a connection in a second, of any kind",
                limits.messages_per_second as usize,
            ),
            (
                "client events of a connection in a second",
                limits.client_events_per_second as usize,
            ),
            ("bytes of a client event's data", limits.client_event_bytes),
            (
                "characters of a client event's name",
                limits.client_event_name_chars,
            ),
            (
                "channels of a connection",
                limits.subscriptions_per_connection,
            ),
            (
                "characters of a channel's name",
                antiphon_protocol::channel::MAX_NAME_BYTES,
            ),
            ("members of a presence channel", limits.presence_members),
            (
                "characters of a `user_id`, or of the id of a user",
                limits.user_id_chars,
            ),
            ("bytes of `user_info`, as JSON", limits.user_info_bytes),
            (
                "users on the watch list of a connection",
                limits.watchlist_users,
            ),
            (
                "seconds of silence before a ping",
                seconds(limits.ping_after_ms),
            ),
            ("seconds to answer a ping", seconds(limits.pong_timeout_ms)),
            (
                "seconds for the head of a request",
                seconds(limits.head_timeout_ms),
            ),
            (
                "bytes that wait for a connection that does not read",
                limits.backlog_bytes,
            ),
            (
                "bytes of events that wait for delivery, for each thread",
                limits.inbox_bytes,
            ),
            (
                "seconds that a cache channel remembers its event",
                seconds(limits.cache_ttl_ms),
            ),
            (
                "cache channels of an application that remember",
                limits.cache_channels,
            ),
            (
                "bytes that the cache channels of an application remember",
                limits.cache_bytes,
            ),
            (
                "seconds between two counts of a channel with more than 100 subscribers",
                seconds(limits.subscription_count_every_ms),
            ),
        ] {
            let row = format!("\n| {of} | {} | ", with_commas(most));
            assert!(page.contains(&row), "{row}");
        }
        let node = with_commas(limits.max_connections);
        let kept = crate::hub::KEPT_DESCRIPTORS;
        let row =
            format!("\n| sockets of the node | {node}, and the limit on open files less {kept} | ");
        assert!(page.contains(&row), "{row}");
    }
}
