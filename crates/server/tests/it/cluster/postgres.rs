//! The same with PostgreSQL in the place of Redis.

use super::events::{every_event_once_for_who_moves, one_order_for_all};
use super::outage::{is_degraded, wait_until_connected};
use super::{Node, data_of, next_events, node};
use crate::workspace;
use antiphon_testkit::{Postgres, Proxy, Workspace, eventually};
use serde_json::Value;

const ROOM: &str = "presence-room";

/// A schema, the nodes' way there, and what they have in common. Nodes are started by the test.
struct Cluster {
    place: Postgres,
    proxy: Proxy,
    workspace: Workspace,
}

impl Cluster {
    fn new() -> Self {
        // Its sessions are ended, and no other test's.
        let place = Postgres::database();
        let (host, port) = place.address();
        let proxy = Proxy::to(&host, port);
        let mut workspace = workspace();
        for (key, value) in place.env() {
            workspace.set_env(&key, &value);
        }
        workspace.set_env("DB_HOST", &proxy.address().ip().to_string());
        workspace.set_env("DB_PORT", &proxy.address().port().to_string());
        workspace.set_env("REVERB_SCALING_ENABLED", "true");
        workspace.set_env("ANTIPHON_SCALING_BROKER", "pgsql");
        Self {
            place,
            proxy,
            workspace,
        }
    }

    #[track_caller]
    fn nodes(&self) -> [Node; 2] {
        std::array::from_fn(|_| node(&self.workspace))
    }
}

#[test]
fn nodes_on_a_postgresql_are_one_server() {
    let cluster = Cluster::new();
    let nodes = cluster.nodes();
    one_order_for_all(&nodes);
    every_event_once_for_who_moves(&nodes);

    nodes[0].publish("cache-a", "e", "\"last\"");
    let [one, mut other] = nodes;
    let (mut ann, _) = one.member(ROOM, "ann");
    eventually("ann is known", || {
        other.get(&format!("/channels/{ROOM}"), &[("info", "user_count")])["user_count"] == 1
    });
    let (mut bob, list) = other.member(ROOM, "bob");
    assert_eq!(list, ["ann", "bob"]);
    ann.wait_for("pusher_internal:member_added");
    // Longer than any notification may be.
    let long = serde_json::to_string(&"x".repeat(9_000)).unwrap();
    one.publish(ROOM, "long", &long);
    assert_eq!(bob.wait_for("long").as_str().map(str::len), Some(9_000));

    // Who starts later has the lists, what cache channels remember, and the history.
    let late = node(&cluster.workspace);
    let mut client = late.client();
    client.ask_to_subscribe("cache-a", "");
    assert_eq!(client.wait_for("e"), "last");
    let page = |node: &Node| {
        let mut page = node.get("/channels/a/events", &[])["events"].clone();
        for event in page.as_array_mut().unwrap() {
            // When it came to that node.
            event.as_object_mut().unwrap().remove("time_ms");
        }
        page
    };
    assert_eq!(page(&late), page(&one));
    other.server.kill9();
    assert_eq!(
        ann.wait_for("pusher_internal:member_removed")["user_id"],
        "bob"
    );
    eventually("one is left", || {
        let users = late.get(&format!("/channels/{ROOM}/users"), &[]);
        users["users"].as_array().unwrap().len() == 1
    });
}

#[test]
fn while_postgresql_is_lost_nodes_serve_their_own_and_tell_the_others_later() {
    let cluster = Cluster::new();
    let nodes = cluster.nodes();
    let mut clients = nodes.each_ref().map(|node| node.subscriber("a"));
    // Sessions that end are not noticed by clients.
    for n in 0..40 {
        if n % 10 == 5 {
            cluster.place.end_sessions();
        }
        nodes[n % 2].publish("a", "e", &n.to_string());
    }
    for client in &mut clients {
        let mut heard: Vec<_> = next_events(client, "e", 40)
            .iter()
            .map(|n| n.as_u64().unwrap())
            .collect();
        heard.sort_unstable();
        assert_eq!(heard, (0..40).collect::<Vec<_>>());
    }
    assert!(!is_degraded(&nodes[0]) && !is_degraded(&nodes[1]));

    cluster.proxy.swallow();
    nodes[0].publish("a", "e", "100");
    assert_eq!(clients[0].wait_for("e"), 100);
    for node in &nodes {
        eventually("the node says so", || is_degraded(node));
    }
    nodes[1].publish("a", "e", "101");
    assert_eq!(clients[1].wait_for("e"), 101);
    cluster.proxy.mend();
    assert_eq!(clients[0].wait_for("e"), 101);
    assert_eq!(clients[1].wait_for("e"), 100);
    for node in &nodes {
        eventually("the node is well again", || !is_degraded(node));
    }

    // A server that has crashed comes back with empty tables: it is another log, and clients are told.
    cluster
        .place
        .run("TRUNCATE broker_logs_1, broker_entries_1, broker_kept_1, broker_claims_1");
    clients[1].wait_for("pusher:resync");
    wait_until_connected(&nodes[0], &mut clients[1]);
    assert_eq!(data_of(&clients[1].fence(), "e"), [] as [Value; 0]);
}

#[test]
fn without_its_postgresql_a_node_does_not_start_and_says_why() {
    let cluster = Cluster::new();
    cluster.proxy.cut();
    let ended = cluster.workspace.cli(&["reverb:start"]);
    assert!(!ended.status.success());
    for part in ["REVERB_SCALING_ENABLED", "DB_*", "PostgreSQL:"] {
        assert!(ended.stderr.contains(part), "{part}: {}", ended.stderr);
    }
    // The keys of a Laravel application on another database are no reason, unless this is asked for.
    let asked = workspace()
        .with_env("REVERB_SCALING_ENABLED", "true")
        .with_env("ANTIPHON_SCALING_BROKER", "pgsql");
    let ended = asked.cli(&["reverb:start"]);
    assert!(
        ended.stderr.contains("ANTIPHON_SCALING_BROKER=pgsql")
            && ended.stderr.contains("DB_CONNECTION"),
        "{}",
        ended.stderr
    );
}
