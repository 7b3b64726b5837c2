//! Events, whatever nodes they come from and go to.

use super::{Cluster, data_of, next_events, resume};
use antiphon_testkit::eventually;
use serde_json::{Value, json};

#[test]
fn an_event_reaches_the_subscribers_of_all_nodes_but_the_named_socket() {
    let cluster = Cluster::new();
    let nodes: [_; 3] = cluster.nodes();
    let mut clients = nodes.each_ref().map(|node| {
        let mut client = node.subscriber("a");
        client.subscribe("b", "");
        client
    });
    // Both channels, from a node that the spared socket is not on.
    let body = json!({ "name": "e", "channels": ["a", "b"], "data": "1",
        "socket_id": clients[2].socket_id() });
    nodes[0].backend.trigger(&body).send().expect(200);
    nodes[0].publish("a", "e", "2");
    for (client, expected) in clients.iter_mut().zip([&[1, 1, 2][..], &[1, 1, 2], &[2]]) {
        assert_eq!(next_events(client, "e", expected.len()), expected);
        assert_eq!(data_of(&client.fence(), "e"), [] as [Value; 0]);
    }
}

#[test]
fn an_event_that_is_sent_again_through_another_node_is_delivered_once() {
    let cluster = Cluster::new();
    let nodes: [_; 2] = cluster.nodes();
    let mut clients = nodes.each_ref().map(|node| node.subscriber("a"));
    let send = |node: &super::Node, n: u64| {
        let body = json!({ "name": "e", "channel": "a", "data": n.to_string() });
        let request = node.backend.trigger(&body);
        request
            .header("x-idempotency-key", &n.to_string())
            .send()
            .expect(200);
    };
    for n in 1..=3 {
        nodes.iter().for_each(|node| send(node, n));
    }
    let batch = |node: &super::Node| {
        let event = |n: u64| json!({ "name": "e", "channel": "a", "data": n.to_string() });
        let body = json!({ "batch": [event(4), event(5)] }).to_string();
        let path = format!("/apps/{}/batch_events", node.backend.app_id);
        let query = node.backend.sign("POST", &path, body.as_bytes());
        let request = node.backend.request("POST", &format!("{path}?{query}"));
        let request = request
            .header("content-type", "application/json")
            .body(body);
        request
            .header("x-idempotency-key", "batch")
            .send()
            .expect(200);
    };
    nodes.iter().for_each(batch);
    // One that starts knows what the others have had.
    let late = cluster.node();
    send(&late, 1);
    for client in &mut clients {
        assert_eq!(next_events(client, "e", 5), [1, 2, 3, 4, 5]);
        assert_eq!(data_of(&client.fence(), "e"), [] as [Value; 0]);
    }
    // Nodes that are alone deliver to their own clients, and to nobody else later.
    cluster.redis.freeze();
    send(&nodes[0], 6);
    send(&nodes[1], 6);
    cluster.redis.thaw();
    for node in &nodes {
        eventually("the node is well again", || node.up()["degraded"].is_null());
    }
    for at in [0, 1] {
        nodes[at].publish("a", "e", "7");
    }
    for client in &mut clients {
        assert_eq!(next_events(client, "e", 3), [6, 7, 7]);
        assert_eq!(data_of(&client.fence(), "e"), [] as [Value; 0]);
    }
}

#[test]
fn everybody_sees_the_events_of_two_nodes_in_one_order() {
    one_order_for_all(&Cluster::new().nodes());
}

/// Both publish at once.
pub(super) fn one_order_for_all(nodes: &[super::Node; 2]) {
    const EACH: usize = 150;
    let mut clients = nodes.each_ref().map(|node| node.subscriber("a"));
    std::thread::scope(|scope| {
        for (at, node) in nodes.iter().enumerate() {
            let door = &node.door;
            scope.spawn(move || {
                for n in 0..EACH {
                    door.publish("a", "e", &format!("[{at},{n}]"));
                }
            });
        }
    });
    let [one, other] = clients
        .each_mut()
        .map(|client| next_events(client, "e", 2 * EACH));
    assert_eq!(one, other);
    for at in 0..2 {
        let of_one: Vec<_> = one.iter().filter(|data| data[0] == at).collect();
        let in_order = of_one.iter().zip(0..).all(|(data, n)| data[1] == n);
        assert!(in_order && of_one.len() == EACH, "{of_one:?}");
    }
}

#[test]
fn a_client_event_reaches_the_others_on_every_node() {
    let cluster = Cluster::with(&[("REVERB_APP_ACCEPT_CLIENT_EVENTS_FROM", "members")]);
    let nodes: [_; 2] = cluster.nodes();
    let [mut sender, mut near, mut far] = [0, 0, 1].map(|at| {
        let node: &super::Node = &nodes[at];
        let mut client = node.client();
        let auth = node.backend.authorize(client.socket_id(), "private-a");
        client.subscribe("private-a", &auth);
        client
    });
    let event = json!({ "event": "client-typing", "channel": "private-a", "data": { "n": 1 } });
    sender.send(&event);
    assert_eq!(near.next_event("client-typing"), json!({ "n": 1 }));
    assert_eq!(far.next_event("client-typing"), json!({ "n": 1 }));
    assert_eq!(data_of(&sender.fence(), "client-typing"), [] as [Value; 0]);
}

#[test]
fn an_event_to_a_user_and_the_users_end_reach_every_node() {
    let cluster = Cluster::new();
    let nodes: [_; 2] = cluster.nodes();
    let mut clients = nodes.each_ref().map(|node| {
        let mut client = node.client();
        node.sign_in(&mut client, "7", &[]);
        client.subscribe("#server-to-user-7", "");
        client
    });
    nodes[0].publish("#server-to-user-7", "e", "1");
    for client in &mut clients {
        assert_eq!(client.wait_for("e"), json!(1));
    }
    let path = format!(
        "/apps/{}/users/7/terminate_connections",
        nodes[0].backend.app_id
    );
    let query = nodes[0].backend.sign("POST", &path, b"");
    let request = nodes[0].backend.request("POST", &format!("{path}?{query}"));
    request.send().expect(200);
    for client in &mut clients {
        assert_eq!(client.wait_for_close().1, 4009);
    }
}

#[test]
fn a_client_resumes_on_another_node_and_on_one_that_started_later() {
    let cluster = Cluster::new();
    let one = cluster.node();
    let mut client = one.subscriber("a");
    one.publish("a", "e", "1");
    let first = loop {
        let message = client.next_message();
        if message["event"] == "e" {
            break message["id"].as_str().unwrap().to_owned();
        }
    };
    drop(client);
    for n in 2..=4 {
        one.publish("a", "e", &n.to_string());
    }
    let late = cluster.node();
    let mut client = late.client();
    let answer = resume(&mut client, "a", &first);
    assert_eq!(answer["recovered"], true, "{answer}");
    assert_eq!(next_events(&mut client, "e", 3), [2, 3, 4]);
    late.publish("a", "e", "5");
    assert_eq!(client.next_event("e"), 5);
    let page = late.get("/channels/a/events", &[]);
    assert_eq!(page["events"].as_array().unwrap().len(), 5, "{page}");
    let same = one.get("/channels/a/events", &[]);
    let ids = |page: &Value| -> Vec<Value> {
        let events = page["events"].as_array().unwrap().iter();
        events.map(|event| event["id"].clone()).collect()
    };
    assert_eq!(ids(&page), ids(&same));
}

#[test]
fn a_client_that_moves_from_node_to_node_gets_every_event_once() {
    every_event_once_for_who_moves(&Cluster::new().nodes());
}

/// Resumes at the other node again and again while both publish.
pub(super) fn every_event_once_for_who_moves(nodes: &[super::Node; 2]) {
    const EVENTS: u64 = 400;
    let mut client = nodes[0].subscriber("a");
    let (mut got, mut last, mut moves) = (Vec::new(), String::new(), 0);
    let doors = nodes.each_ref().map(|node| &node.door);
    std::thread::scope(|scope| {
        scope.spawn(move || {
            for n in 0..EVENTS {
                doors[(n % 2) as usize].publish("a", "e", &n.to_string());
            }
        });
        while got.len() < EVENTS as usize {
            let message = client.next_message();
            assert_eq!(message["event"], "e", "{message}");
            got.push(antiphon_testkit::event_data(&message).as_u64().unwrap());
            message["id"].as_str().unwrap().clone_into(&mut last);
            if got.len().is_multiple_of(20) && got.len() < EVENTS as usize {
                moves += 1;
                client = nodes[moves % 2].client();
                let answer = resume(&mut client, "a", &last);
                assert_eq!(answer["recovered"], true, "{answer}");
            }
        }
    });
    got.sort_unstable();
    assert_eq!(got, (0..EVENTS).collect::<Vec<_>>());
    assert_eq!(data_of(&client.fence(), "e"), [] as [Value; 0]);
}

#[test]
fn a_cache_channel_remembers_on_every_node_and_on_those_that_start_later() {
    let cluster = Cluster::new();
    let nodes: [_; 2] = cluster.nodes();
    nodes[0].publish("cache-a", "e", "\"last\"");
    let remembers = |node: &super::Node| {
        let mut client = node.client();
        client.ask_to_subscribe("cache-a", "");
        client.wait_for("e") == "last"
    };
    eventually("the other node has it", || {
        let found = nodes[1].get("/channels/cache-a", &[("info", "cache")]);
        found["cache"]["data"] == "\"last\""
    });
    assert!(remembers(&nodes[0]) && remembers(&nodes[1]));
    // Longer ago than the log reaches back: what is kept is all that there is.
    cluster
        .redis
        .cli(&["XTRIM", "antiphon:reverb:log", "MAXLEN", "0"]);
    assert!(remembers(&cluster.node()));
}

#[test]
fn two_clusters_on_one_redis_do_not_hear_each_other() {
    let mut cluster = Cluster::new();
    let one = cluster.node();
    cluster.workspace.set_env("REVERB_SCALING_CHANNEL", "other");
    let other = cluster.node();
    let mut far = other.subscriber("a");
    let mut near = one.subscriber("a");
    one.publish("a", "e", "1");
    near.next_event("e");
    other.publish("a", "own", "1");
    far.next_event("own");
}
