//! Nodes that come, stop, and die.

use super::{Cluster, data_of};
use antiphon_testkit::{RedisServer, ReverbServer, WebhookSink, eventually};
use serde_json::{Value, json};

const ROOM: &str = "presence-room";
const REMOVED: &str = "pusher_internal:member_removed";

#[test]
fn the_members_of_a_node_that_dies_leave_once_and_no_ghost_stays() {
    let cluster = Cluster::new();
    let [one, mut other] = cluster.nodes();
    let (mut ann, _) = one.member(ROOM, "ann");
    // On both nodes: she stays.
    let (mut ann_there, _) = other.member(ROOM, "ann");
    let (mut bob, _) = other.member(ROOM, "bob");
    eventually("all are there", || {
        one.get(
            &format!("/channels/{ROOM}"),
            &[("info", "subscription_count")],
        )["subscription_count"]
            == 3
    });
    other.server.kill9();
    assert_eq!(ann.wait_for(REMOVED)["user_id"], "bob");
    assert_eq!(data_of(&ann.fence(), REMOVED), [] as [Value; 0]);
    let info = [("info", "user_count,subscription_count")];
    let about = one.get(&format!("/channels/{ROOM}"), &info);
    assert_eq!(
        (&about["user_count"], &about["subscription_count"]),
        (&json!(1), &json!(1))
    );
    bob.wait_for_end();
    ann_there.wait_for_end();
}

#[test]
fn a_node_that_was_taken_for_dead_comes_back_with_its_members() {
    let cluster = Cluster::new();
    let [one, other] = cluster.nodes();
    let (mut ann, _) = one.member(ROOM, "ann");
    let (mut bob, _) = other.member(ROOM, "bob");
    ann.wait_for("pusher_internal:member_added");
    other.server.freeze();
    assert_eq!(ann.wait_for(REMOVED)["user_id"], "bob");
    other.server.thaw();
    let back = ann.wait_for("pusher_internal:member_added");
    assert_eq!(back["user_id"], "bob");
    one.publish(ROOM, "e", "1");
    let mut told = Vec::new();
    while data_of(&told, "e").is_empty() {
        told.push(bob.next_message());
    }
    // The node that stood still has not taken the other one for dead.
    assert_eq!(data_of(&told, REMOVED), [] as [Value; 0]);
    other.publish(ROOM, "e", "2");
    assert_eq!(ann.wait_for("e"), 1);
    assert_eq!(ann.wait_for("e"), 2);
}

#[test]
fn a_node_that_stops_takes_its_members_with_it_at_once() {
    let cluster = Cluster::new();
    let [one, mut other] = cluster.nodes();
    let (mut ann, _) = one.member(ROOM, "ann");
    let (mut bob, _) = other.member(ROOM, "bob");
    ann.wait_for("pusher_internal:member_added");
    let ended = std::thread::scope(|scope| {
        let stopping = scope.spawn(|| other.server.terminate());
        assert_eq!(bob.wait_for_close().1, 4200);
        stopping.join().unwrap()
    });
    assert!(ended.success());
    assert_eq!(ann.wait_for(REMOVED)["user_id"], "bob");
}

#[test]
fn without_redis_a_node_does_not_start_and_says_why() {
    let mut cluster = Cluster::new();
    cluster.redis.kill();
    let ended = cluster.workspace.cli(&["reverb:start"]);
    assert!(!ended.status.success());
    assert!(
        ended.stderr.contains("REVERB_SCALING_ENABLED") && ended.stderr.contains("Redis"),
        "{}",
        ended.stderr
    );
}

#[test]
fn nodes_share_a_redis_over_tls() {
    let redis = RedisServer::start_with_tls();
    let authority = WebhookSink::authority();
    let mut cluster = Cluster::on(redis, &[("SSL_CERT_FILE", authority.to_str().unwrap())]);
    let nodes: [_; 2] = cluster.nodes();
    let mut client = nodes[1].subscriber("a");
    nodes[0].publish("a", "e", "1");
    assert_eq!(client.next_event("e"), 1);
    // A certificate that nobody has vouched for is no secret channel.
    cluster.workspace = cluster.workspace.without_env("SSL_CERT_FILE");
    let ended = cluster.workspace.cli(&["reverb:start"]);
    assert!(ended.stderr.contains("certificate"), "{}", ended.stderr);
}

#[test]
fn serve_and_reverb_start_are_nodes_of_one_cluster() {
    let cluster = Cluster::new();
    let node = cluster.node();
    let mut client = node.subscriber("a");
    // In the same folder the other one would use the running server: it listens on another port.
    let Cluster { redis, workspace } = cluster;
    let app = antiphon_testkit::TestApp::start_in(workspace);
    let backend = app.backend();
    let body = json!({ "name": "e", "channel": "a", "data": "1" });
    backend.trigger(&body).send().expect(200);
    assert_eq!(client.next_event("e"), 1);
    drop((app, redis));
}

#[test]
fn a_node_that_is_started_again_does_not_find_itself() {
    let cluster = Cluster::new();
    let [one, mut other] = cluster.nodes();
    let (_bob, _) = other.member(ROOM, "bob");
    eventually("bob is known", || {
        one.get(&format!("/channels/{ROOM}"), &[("info", "user_count")])["user_count"] == 1
    });
    other.server.kill9();
    let again = ReverbServer::start(&cluster.workspace);
    drop(again);
    eventually("bob is gone", || {
        one.get(&format!("/channels/{ROOM}"), &[("info", "user_count")])["user_count"] == 0
    });
}
