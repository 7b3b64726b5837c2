//! Webhooks of a cluster: one node tells what happens, and no other.

use super::Cluster;
use antiphon_testkit::{WebhookSink, eventually};
use serde_json::Value;
use std::time::Duration;

const ROOM: &str = "presence-room";
/// What is held back may be taken back for three seconds; what is told twice comes within that.
const QUIET: Duration = Duration::from_secs(5);

fn cluster(sink: &WebhookSink) -> Cluster {
    Cluster::with(&[
        ("ANTIPHON_WEBHOOK_URL", &sink.url()),
        ("ANTIPHON_WEBHOOK_ALLOW_PRIVATE", "on"),
        ("ANTIPHON_WEBHOOK_BATCH_MS", "0"),
        (
            "ANTIPHON_WEBHOOK_EVENTS",
            "channel_occupied,channel_vacated,member_added,member_removed,cache_miss",
        ),
    ])
}

/// What comes within a time in which everything comes, as names with channels, in their order.
fn told(sink: &WebhookSink) -> Vec<String> {
    let webhooks = sink.within(QUIET);
    let events = webhooks.iter().flat_map(antiphon_testkit::Webhook::events);
    let text = |event: &Value, field: &str| event[field].as_str().unwrap_or_default().to_owned();
    let mut told: Vec<_> = events
        .map(|event| {
            let user_id = text(&event, "user_id");
            let shown = format!(
                "{} {} {user_id}",
                text(&event, "name"),
                text(&event, "channel")
            );
            shown.trim_end().to_owned()
        })
        .collect();
    told.sort_unstable();
    told
}

#[test]
fn each_change_of_the_cluster_is_told_once() {
    let sink = WebhookSink::start();
    let cluster = cluster(&sink);
    let [one, other] = cluster.nodes();
    let (ann, _) = one.member(ROOM, "ann");
    let (ann_there, _) = other.member(ROOM, "ann");
    let (bob, _) = other.member(ROOM, "bob");
    // Both find the channel empty within a moment.
    let (miss, miss_there) = (one.subscriber("cache-x"), other.subscriber("cache-x"));
    assert_eq!(
        told(&sink),
        [
            "cache_miss cache-x",
            "channel_occupied cache-x",
            "channel_occupied presence-room",
            "member_added presence-room ann",
            "member_added presence-room bob",
        ]
    );
    drop((ann, miss));
    assert_eq!(told(&sink), [] as [&str; 0], "the other node has them too");
    drop((ann_there, bob, miss_there));
    let mut all = told(&sink);
    while all.len() < 4 {
        all.extend(told(&sink));
    }
    all.sort_unstable();
    assert_eq!(
        all,
        [
            "channel_vacated cache-x",
            "channel_vacated presence-room",
            "member_removed presence-room ann",
            "member_removed presence-room bob",
        ]
    );
}

#[test]
fn what_a_dead_node_had_is_told_by_one_that_lives() {
    let sink = WebhookSink::start();
    let cluster = cluster(&sink);
    let [one, third, mut other] = cluster.nodes();
    let (_bob, _) = other.member(ROOM, "bob");
    let expected = [
        "channel_occupied presence-room",
        "member_added presence-room bob",
    ];
    assert_eq!(told(&sink), expected);
    for node in [&one, &third] {
        eventually("it is known", || {
            node.get(&format!("/channels/{ROOM}"), &[("info", "user_count")])["user_count"] == 1
        });
    }
    other.server.kill9();
    eventually("it is dead", || {
        one.get(&format!("/channels/{ROOM}"), &[("info", "user_count")])["user_count"] == 0
    });
    let mut all = told(&sink);
    while all.len() < 2 {
        all.extend(told(&sink));
    }
    assert_eq!(
        all,
        [
            "channel_vacated presence-room",
            "member_removed presence-room bob",
        ]
    );
}
