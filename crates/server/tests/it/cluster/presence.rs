//! Who is there, whatever the nodes.

use super::{Cluster, Node, data_of};
use antiphon_testkit::{PusherClient, eventually};
use serde_json::{Value, json};

const ROOM: &str = "presence-room";

fn leave(client: &mut PusherClient, channel: &str) {
    client.send(&json!({ "event": "pusher:unsubscribe", "data": { "channel": channel } }));
}

/// The ids that a node's API gives.
fn users(node: &Node, channel: &str) -> Vec<String> {
    let answer = node.get(&format!("/channels/{channel}/users"), &[]);
    let users = answer["users"].as_array().unwrap().iter();
    users
        .map(|user| user["id"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn two_nodes_have_one_list_and_tell_of_each_member_once() {
    let cluster = Cluster::new();
    let [one, other] = cluster.nodes();
    let (mut ann, list) = one.member(ROOM, "ann");
    assert_eq!(list, ["ann"]);
    eventually("the other node knows", || users(&other, ROOM) == ["ann"]);
    let (mut bob, list) = other.member(ROOM, "bob");
    assert_eq!(list, ["ann", "bob"]);
    let came = ann.wait_for("pusher_internal:member_added");
    assert_eq!(came["user_id"], "bob");
    // Ann's second tab is on the other node: for everybody she is there already.
    let (mut tab, list) = other.member(ROOM, "ann");
    assert_eq!(list, ["ann", "bob"]);
    let count = |node: &Node| {
        let info = [("info", "user_count,subscription_count")];
        let about = node.get(&format!("/channels/{ROOM}"), &info);
        (
            about["user_count"].clone(),
            about["subscription_count"].clone(),
        )
    };
    for node in [&one, &other] {
        eventually("both count the same", || {
            count(node) == (json!(2), json!(3))
        });
    }
    leave(&mut ann, ROOM);
    eventually("one connection less", || count(&other).1 == 2);
    leave(&mut tab, ROOM);
    let went = bob.wait_for("pusher_internal:member_removed");
    assert_eq!(went["user_id"], "ann");
    let more = bob.fence();
    for event in [
        "pusher_internal:member_added",
        "pusher_internal:member_removed",
    ] {
        assert_eq!(data_of(&more, event), [] as [Value; 0]);
    }
    eventually("both have one list", || {
        users(&one, ROOM) == ["bob"] && users(&other, ROOM) == ["bob"]
    });
}

#[test]
fn a_node_that_starts_later_knows_who_is_there() {
    let cluster = Cluster::new();
    let one = cluster.node();
    let (_ann, _) = one.member(ROOM, "ann");
    let mut watcher = one.client();
    one.sign_in(&mut watcher, "w", &["u"]);
    let late = cluster.node();
    let (_bob, list) = late.member(ROOM, "bob");
    assert_eq!(list, ["ann", "bob"]);
    let mut user = late.client();
    late.sign_in(&mut user, "u", &["w"]);
    // Its own watch list says that w is online, on the other node.
    let seen = user.wait_for("pusher_internal:watchlist_events");
    assert_eq!(seen["events"][0]["name"], "online", "{seen}");
    let online = watcher.wait_for("pusher_internal:watchlist_events");
    assert_eq!(online["events"][0]["name"], "offline", "{online}");
    let online = watcher.wait_for("pusher_internal:watchlist_events");
    assert_eq!(online["events"][0]["name"], "online", "{online}");
    drop(user);
    let offline = watcher.wait_for("pusher_internal:watchlist_events");
    assert_eq!(offline["events"][0]["name"], "offline", "{offline}");
}

#[test]
fn channels_connections_and_counts_are_those_of_all_nodes() {
    let cluster = Cluster::with(&[
        ("ANTIPHON_SUBSCRIPTION_COUNTS", "on"),
        ("REVERB_APP_MAX_CONNECTIONS", "3"),
    ]);
    let [one, other] = cluster.nodes();
    let mut near = one.subscriber("a");
    let _far = other.subscriber("a");
    let _only_there = other.subscriber("b");
    let data = near.wait_for("pusher_internal:subscription_count");
    let counted = match data["subscription_count"] == 2 {
        true => data,
        false => near.wait_for("pusher_internal:subscription_count"),
    };
    assert_eq!(counted["subscription_count"], 2);
    eventually("channels of both nodes", || {
        let found = one.get("/channels", &[("info", "subscription_count")]);
        found["channels"]
            == json!({ "a": { "subscription_count": 2 }, "b": { "subscription_count": 1 } })
    });
    for node in [&one, &other] {
        eventually("connections of both nodes", || {
            node.get("/connections", &[])["connections"] == 3
        });
        // The application is full, wherever one tries.
        let path = format!("/app/{}", node.backend.key);
        let mut refused = PusherClient::open(node.address, &path).unwrap();
        assert_eq!(refused.wait_for_close().1, 4004);
    }
}

#[test]
fn a_crowd_that_comes_and_goes_on_two_nodes_leaves_the_right_list() {
    let cluster = Cluster::new();
    let nodes: [_; 2] = cluster.nodes();
    let (mut watcher, _) = nodes[0].member(ROOM, "watcher");
    std::thread::scope(|scope| {
        for (at, node) in nodes.iter().enumerate() {
            let door = &node.door;
            scope.spawn(move || {
                for round in 0..15 {
                    // Every member is on both nodes at times, and moves.
                    let user_id = format!("user-{}", (round + at) % 4);
                    let (mut client, _) = door.member(ROOM, &user_id);
                    if round % 3 == 0 {
                        leave(&mut client, ROOM);
                        client.fence();
                    }
                }
            });
        }
    });
    for node in &nodes {
        eventually("only the watcher is left", || {
            users(node, ROOM) == ["watcher"]
        });
    }
    // Told in their order, the changes come to the same list.
    let mut present = std::collections::BTreeSet::new();
    eventually("the watcher was told the same", || {
        for message in watcher.fence() {
            let data = antiphon_testkit::event_data(&message);
            let user_id = data["user_id"].as_str().unwrap_or_default().to_owned();
            match message["event"].as_str().unwrap() {
                "pusher_internal:member_added" => assert!(present.insert(user_id), "{message}"),
                "pusher_internal:member_removed" => assert!(present.remove(&user_id), "{message}"),
                _ => {}
            }
        }
        present.is_empty()
    });
}
