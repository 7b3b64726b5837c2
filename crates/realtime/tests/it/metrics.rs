//! What the engine counts.

use crate::support::{PATH, Server, eventually};
use antiphon_realtime::{AppMetrics, DropReason};
use serde_json::json;

fn metrics(server: &Server) -> AppMetrics {
    server.hub.app_metrics().remove(0)
}

fn drops(server: &Server, reason: DropReason) -> u64 {
    let drops = metrics(server).drops;
    drops
        .iter()
        .find_map(|(known, count)| (*known == reason).then_some(*count))
        .unwrap()
}

#[test]
fn connections_and_subscriptions_come_and_go() {
    let server = Server::start();
    let (mut a, mut b) = (server.connect(), server.connect());
    a.subscribe("one");
    a.subscribe("two");
    b.subscribe("one");
    let now = metrics(&server);
    assert_eq!((now.connections, now.subscriptions), (2, 3));
    a.send(&json!({"event": "pusher:unsubscribe", "data": {"channel": "two"}}));
    a.fence();
    assert_eq!(metrics(&server).subscriptions, 2);
    drop(b);
    eventually(|| metrics(&server).connections == 1);
    assert_eq!(metrics(&server).subscriptions, 1);
}

#[test]
fn every_message_is_counted_once_for_each_connection() {
    let server = Server::start();
    let (mut a, mut b) = (server.connect(), server.connect());
    a.subscribe("private-a");
    b.subscribe("private-a");
    let before = metrics(&server);
    // Two connections and two subscriptions, each answered.
    assert_eq!((before.messages_received, before.messages_sent), (2, 4));
    server.publish("private-a", "to-both", "{}");
    server.publish_except("private-a", "to-b", "{}", Some(a.socket_id()));
    for event in ["to-both", "to-b"] {
        b.next_data("private-a", event);
    }
    a.next_data("private-a", "to-both");
    a.fence();
    let after = metrics(&server);
    assert_eq!((after.messages_received, after.messages_sent), (3, 8));
    assert!(after.received_bytes > before.received_bytes);
    assert!(after.sent_bytes >= before.sent_bytes + 3 * "private-a".len() as u64);
}

#[test]
fn connections_over_a_limit_are_counted_with_the_reason() {
    let server = Server::with(|app| app.max_connections = Some(1), |_| {});
    let _first = server.connect();
    assert_eq!(server.open(PATH, None).next_fatal().0, 4004);
    assert_eq!(drops(&server, DropReason::ConnectionLimit), 1);

    let server = Server::with(|_| {}, |limits| limits.messages_per_second = 1);
    let mut flooder = server.connect();
    for _ in 0..3 {
        flooder.send(&json!({"event": "pusher:pong"}));
    }
    assert_eq!(flooder.next_fatal().0, 4301);
    assert_eq!(drops(&server, DropReason::MessageRate), 1);
}

#[test]
fn a_client_that_does_not_read_is_counted_as_a_slow_consumer() {
    let server = Server::with(|_| {}, |limits| limits.backlog_bytes = 64 << 10);
    let mut slow = server.connect();
    slow.subscribe("a");
    let data = format!("\"{}\"", "x".repeat(64 << 10));
    eventually(|| {
        server.publish("a", "e", &data);
        drops(&server, DropReason::SlowConsumer) == 1
    });
    eventually(|| server.hub.waiting_bytes() == 0);
    assert_eq!(metrics(&server).subscriptions, 0);
}

#[test]
fn events_that_are_refused_are_counted() {
    let server = Server::start();
    let mut client = server.connect();
    client.send(&json!({"event": "client-a", "channel": "private-a", "data": {}}));
    assert_eq!(client.next_error()["code"], 4301);
    let counted = metrics(&server);
    assert_eq!(
        (counted.client_event_refusals, counted.overload_refusals),
        (1, 0)
    );
}
