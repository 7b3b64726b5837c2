//! Redis that is lost, and comes back.

use super::{Cluster, Node, data_of, next_events, resume};
use antiphon_testkit::{Proxy, PusherClient, event_data, eventually};
use serde_json::{Value, json};

const ROOM: &str = "presence-room";

pub(super) fn is_degraded(node: &Node) -> bool {
    node.up()["degraded"] == json!(["cluster"])
}

/// Publishes an event that everybody hears when the nodes hear each other, until it is heard.
pub(super) fn wait_until_connected(from: &Node, client: &mut PusherClient) {
    eventually("the nodes hear each other", || {
        from.publish("a", "heartbeat", "1");
        !data_of(&client.fence(), "heartbeat").is_empty()
    });
}

#[test]
fn connections_to_redis_that_are_cut_lose_nothing_and_double_nothing() {
    const EVENTS: u64 = 300;
    let cluster = Cluster::new();
    let nodes: [_; 2] = cluster.nodes();
    let mut clients = nodes.each_ref().map(|node| node.subscriber("a"));
    for n in 0..EVENTS {
        if n % 50 == 25 {
            cluster.redis.cut_connections();
        }
        nodes[(n % 2) as usize].publish("a", "e", &n.to_string());
    }
    let [one, other] = clients
        .each_mut()
        .map(|client| next_events(client, "e", EVENTS as usize));
    let mut sorted: Vec<_> = one.iter().map(|n| n.as_u64().unwrap()).collect();
    sorted.sort_unstable();
    assert_eq!(sorted, (0..EVENTS).collect::<Vec<_>>());
    assert_eq!(one, other, "one order");
    for client in &mut clients {
        assert_eq!(data_of(&client.fence(), "e"), [] as [Value; 0]);
    }
    assert!(!is_degraded(&nodes[0]));
}

#[test]
fn who_has_heard_a_node_that_was_alone_gets_nothing_twice_when_it_resumes() {
    let mut cluster = Cluster::new();
    let way = Proxy::to("127.0.0.1", cluster.redis.address().port());
    let (cut_off, other) = (cluster.node_behind(&way), cluster.node());
    let mut client = cut_off.subscriber("a");
    way.swallow();
    eventually("the node is alone", || is_degraded(&cut_off));
    // It is before the other event in the client's eyes, and behind it in the log.
    other.publish("a", "e", "1");
    cut_off.publish("a", "e", "2");
    assert_eq!(client.wait_for("e"), 2);
    way.mend();
    let message = client.next_message();
    assert_eq!(event_data(&message), 1, "{message}");
    eventually("the node is well again", || !is_degraded(&cut_off));
    // Behind it, the node has read back what it had published by itself.
    let mut fence = cut_off.subscriber("b");
    cut_off.publish("b", "fence", "1");
    fence.wait_for("fence");
    // Its connection ends before it hears anything else, and it comes back to either node.
    for node in [&cut_off, &other] {
        let mut again = node.client();
        let answer = resume(&mut again, "a", message["id"].as_str().unwrap());
        let events = data_of(&again.fence(), "e");
        assert!(
            answer["recovered"] == false || events.is_empty(),
            "{answer} {events:?}"
        );
    }
}

#[test]
fn while_redis_is_frozen_nodes_serve_their_own_and_tell_the_others_later() {
    let cluster = Cluster::new();
    let nodes: [_; 2] = cluster.nodes();
    let mut clients = nodes.each_ref().map(|node| node.subscriber("a"));
    nodes[0].publish("a", "e", "0");
    for client in &mut clients {
        assert_eq!(client.wait_for("e"), 0);
    }
    cluster.redis.freeze();
    // The answer waits until the node has found that Redis is lost; then the event is delivered here.
    nodes[0].publish("a", "e", "1");
    assert_eq!(clients[0].wait_for("e"), 1);
    for node in &nodes {
        eventually("the node says so", || is_degraded(node));
    }
    nodes[0].publish("a", "e", "2");
    nodes[1].publish("a", "e", "3");
    assert_eq!(clients[0].next_event("e"), 2);
    assert_eq!(clients[1].wait_for("e"), 3);
    cluster.redis.thaw();
    // What Redis had been sent before it was frozen, and what waited: each comes to the other node, once.
    assert_eq!(clients[0].wait_for("e"), 3);
    assert_eq!(next_events(&mut clients[1], "e", 2), [1, 2]);
    for node in &nodes {
        eventually("the node is well again", || !is_degraded(node));
    }
    nodes[1].publish("a", "e", "4");
    for client in &mut clients {
        assert_eq!(client.wait_for("e"), 4);
        assert_eq!(data_of(&client.fence(), "e"), [] as [Value; 0]);
    }
}

#[test]
fn a_redis_that_comes_back_empty_makes_clients_fetch_anew_and_lists_whole() {
    let mut cluster = Cluster::new();
    let nodes: [_; 2] = cluster.nodes();
    let (mut ann, _) = nodes[0].member(ROOM, "ann");
    let (mut bob, _) = nodes[1].member(ROOM, "bob");
    let mut far = nodes[1].subscriber("a");
    ann.wait_for("pusher_internal:member_added");
    nodes[0].publish("a", "e", "1");
    let message = loop {
        let message = far.next_message();
        if message["event"] == "e" {
            break message;
        }
    };
    cluster.redis.kill();
    for node in &nodes {
        eventually("the node says so", || is_degraded(node));
    }
    // Who comes while the nodes are apart is told of when they are not.
    let (mut cid, list) = nodes[1].member(ROOM, "cid");
    assert_eq!(
        list,
        ["ann", "bob", "cid"],
        "the others are most likely still there"
    );
    cluster.redis.start_again();
    // In either order: the one comes from her own node, the other from the log.
    let mut told = Vec::new();
    while data_of(&told, "pusher:resync").is_empty()
        || data_of(&told, "pusher_internal:member_added").is_empty()
    {
        told.push(ann.next_message());
    }
    let expired = json!({ "reason": "expired" });
    assert_eq!(data_of(&told, "pusher:resync")[0], expired);
    let added = data_of(&told, "pusher_internal:member_added");
    assert_eq!(added[0]["user_id"], "cid");
    for client in [&mut bob, &mut cid, &mut far] {
        assert_eq!(client.wait_for("pusher:resync"), expired);
    }
    wait_until_connected(&nodes[0], &mut far);
    let removed = data_of(&ann.fence(), "pusher_internal:member_removed");
    assert_eq!(removed, [] as [Value; 0], "nobody was away");
    for node in &nodes {
        eventually("one list", || {
            let users = node.get(&format!("/channels/{ROOM}/users"), &[]);
            users["users"].as_array().unwrap().len() == 3
        });
    }
    // An id from before means nothing any more, and the client is told.
    let mut late = nodes[0].client();
    late.send(&json!({ "event": "pusher:subscribe",
        "data": { "channel": "a", "resume_after": message["id"] } }));
    assert_eq!(late.wait_for("pusher:resync")["reason"], "unknown");
}

#[test]
fn a_redis_that_was_emptied_under_the_nodes_is_noticed() {
    let cluster = Cluster::new();
    let nodes: [_; 2] = cluster.nodes();
    let mut far = nodes[1].subscriber("a");
    wait_until_connected(&nodes[0], &mut far);
    cluster.redis.cli(&["FLUSHALL"]);
    far.wait_for("pusher:resync");
    wait_until_connected(&nodes[0], &mut far);
    assert!(!is_degraded(&nodes[0]) && !is_degraded(&nodes[1]));
}
