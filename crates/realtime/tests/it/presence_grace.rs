//! The grace period of presence channels: members whose connections are lost and who may come back unnoticed.

use crate::support::{Client, Server, eventually};
use antiphon_protocol::ChannelName;
use serde_json::{Value, json};
use std::collections::HashSet;
use std::time::{Duration, Instant};
use tungstenite::protocol::CloseFrame;
use tungstenite::protocol::frame::coding::CloseCode;

const ROOM: &str = "presence-room";

/// Longer than any test waits.
const LONG_MS: u32 = 600_000;

/// More connections than fit into one shard by chance.
const TABS: usize = 8;

fn server(grace_ms: u32) -> Server {
    Server::with(|app| app.presence_grace_ms = grace_ms, |_| {})
}

fn member(id: &str) -> Value {
    json!({"user_id": id, "user_info": {"name": format!("Name of {id}")}})
}

fn room() -> ChannelName {
    ChannelName::parse(ROOM).unwrap()
}

fn members(server: &Server) -> Vec<String> {
    let ids = server.hub.members("1", &room());
    ids.iter().map(ToString::to_string).collect()
}

fn joined(server: &Server, id: &str) -> Client {
    let mut client = server.connect();
    client.join(ROOM, &member(id));
    client
}

fn next_json(client: &mut Client, event: &str) -> Value {
    let data = client.next_data(ROOM, event);
    serde_json::from_str(data.as_str().unwrap()).unwrap()
}

fn next_added(client: &mut Client) -> Value {
    next_json(client, "pusher_internal:member_added")
}

fn next_removed(client: &mut Client) -> Value {
    next_json(client, "pusher_internal:member_removed")
}

/// Loses a connection without a word, and waits until the server has noticed.
fn lose(server: &Server, client: Client) {
    let before = server.subscribers(ROOM);
    drop(client);
    eventually(|| server.subscribers(ROOM) == before - 1);
}

#[test]
fn nobody_is_told_of_a_member_who_comes_back_in_time() {
    let server = server(LONG_MS);
    let mut a = joined(&server, "a");
    let mut b = joined(&server, "b");
    assert_eq!(next_added(&mut a), member("b"));
    // Time and again, so that it comes back in another shard too.
    for _ in 0..TABS {
        lose(&server, b);
        assert_eq!(members(&server), ["a", "b"]);
        let occupancy = server.hub.occupancy("1", &room());
        assert_eq!((occupancy.subscriptions, occupancy.members), (1, 2));
        b = server.connect();
        let there = b.join(ROOM, &member("b"));
        assert_eq!(there["ids"], json!(["a", "b"]));
    }
    a.fence();
    b.fence();
    lose(&server, b);
    let mut c = server.connect();
    let there = c.join(ROOM, &member("c"));
    assert_eq!(
        there["ids"],
        json!(["a", "b", "c"]),
        "for newcomers it is there"
    );
    assert_eq!(next_added(&mut a), member("c"));
    a.fence();
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the period is real time")]
fn who_does_not_come_back_is_removed_when_its_time_is_over() {
    let server = server(400);
    let mut a = joined(&server, "a");
    let (b, c) = (joined(&server, "b"), joined(&server, "c"));
    next_added(&mut a);
    next_added(&mut a);
    let lost = Instant::now();
    lose(&server, b);
    assert_eq!(next_removed(&mut a), json!({"user_id": "b"}));
    // The server counts whole milliseconds.
    assert!(lost.elapsed() >= Duration::from_millis(399));
    assert_eq!(members(&server), ["a", "c"]);
    lose(&server, c);
    assert_eq!(next_removed(&mut a), json!({"user_id": "c"}));
    // From now on it comes anew.
    let mut b = joined(&server, "b");
    assert_eq!(next_added(&mut a), member("b"));
    a.fence();
    b.fence();
}

#[test]
fn the_last_of_several_lost_connections_counts() {
    let server = server(300);
    let mut a = joined(&server, "a");
    let mut tabs: Vec<Client> = (0..TABS).map(|_| joined(&server, "b")).collect();
    next_added(&mut a);
    let mut stays = tabs.remove(0);
    for tab in tabs {
        lose(&server, tab);
    }
    // One tab is enough, however long the others are gone.
    lose(&server, joined(&server, "c"));
    for client in [&mut a, &mut stays] {
        assert_eq!(next_added(client), member("c"));
        assert_eq!(next_removed(client), json!({"user_id": "c"}));
        client.fence();
    }
    lose(&server, stays);
    assert_eq!(next_removed(&mut a), json!({"user_id": "b"}));
    a.fence();
}

#[test]
fn who_unsubscribes_or_says_goodbye_leaves_at_once() {
    let server = server(LONG_MS);
    let mut a = joined(&server, "a");
    let mut leave = |id: &str, how: &dyn Fn(&mut Client)| {
        let mut client = joined(&server, id);
        next_added(&mut a);
        how(&mut client);
        assert_eq!(next_removed(&mut a), json!({"user_id": id}));
    };
    let unsubscribe = json!({"event": "pusher:unsubscribe", "data": {"channel": ROOM}});
    leave("unsubscribes", &|client| client.send(&unsubscribe));
    leave("closes", &|client| client.ws.close(None).unwrap());
    leave("breaks a rule", &|client| {
        client.send_text(&"x".repeat(20_000));
    });
    leave("is shut out", &|client| {
        client.ask_to_sign_in(r#"{"id":"out"}"#);
        client.next_event("pusher:signin_success");
        server.hub.terminate_user("1", "out");
    });
    // Coming back in between makes no difference.
    let back = |client: &mut Client| {
        let id = "comes back";
        let subscribers = server.subscribers(ROOM);
        drop(std::mem::replace(client, server.connect()));
        eventually(|| server.subscribers(ROOM) == subscribers - 1);
        client.join(ROOM, &member(id));
        client.send(&unsubscribe);
    };
    leave("comes back", &back);
}

#[test]
fn a_page_that_is_left_and_a_client_that_fell_silent_are_lost() {
    let server = Server::with(
        |app| app.presence_grace_ms = LONG_MS,
        |limits| (limits.ping_after_ms, limits.pong_timeout_ms) = (300, 300),
    );
    let mut a = joined(&server, "a");
    let mut page = joined(&server, "page");
    let going_away = CloseFrame {
        code: CloseCode::Away,
        reason: "".into(),
    };
    page.ws.close(Some(going_away)).unwrap();
    let _silent = joined(&server, "silent");
    let mut added = HashSet::new();
    while server.subscribers(ROOM) > 1 || added.len() < 2 {
        let message = a.next();
        match message["event"].as_str() {
            Some("pusher:ping") => a.send(&json!({"event": "pusher:pong", "data": {}})),
            Some("pusher_internal:member_added") => {
                added.insert(message["data"].to_string());
            }
            _ => panic!("{message}"),
        }
    }
    assert_eq!(members(&server), ["a", "page", "silent"]);
}

#[test]
fn a_client_that_is_cut_off_for_reading_too_slowly_may_come_back() {
    let server = Server::with(
        |app| app.presence_grace_ms = LONG_MS,
        |limits| limits.backlog_bytes = 50_000,
    );
    let mut a = joined(&server, "a");
    let mut slow = joined(&server, "slow");
    next_added(&mut a);
    slow.subscribe("flood");
    let data = "x".repeat(10_000);
    eventually(|| {
        server.publish("flood", "news", &data);
        server.subscribers("flood") == 0
    });
    assert_eq!(server.subscribers(ROOM), 1);
    assert_eq!(members(&server), ["a", "slow"]);
    a.fence();
}

#[test]
fn a_channel_without_subscriptions_forgets_its_members_at_once() {
    let server = server(LONG_MS);
    let (a, b) = (joined(&server, "a"), joined(&server, "b"));
    lose(&server, a);
    assert_eq!(members(&server), ["a", "b"]);
    lose(&server, b);
    assert_eq!(members(&server), [""; 0]);
    assert_eq!(server.hub.occupied_channels("1", ""), []);
    assert!(!server.hub.is_occupied("1", &room()));
    let mut a = server.connect();
    assert_eq!(a.join(ROOM, &member("a"))["count"], 1);
    let mut b = joined(&server, "b");
    assert_eq!(next_added(&mut a), member("b"));
    // Those who were lost in the earlier life of the channel have no part in this one.
    a.fence();
    b.fence();
}

#[test]
fn a_place_is_kept_for_who_may_come_back() {
    let server = Server::with(
        |app| app.presence_grace_ms = LONG_MS,
        |limits| limits.presence_members = 2,
    );
    let mut a = joined(&server, "a");
    let b = joined(&server, "b");
    next_added(&mut a);
    lose(&server, b);
    let mut c = server.connect();
    c.ask_to_join(ROOM, &member("c").to_string());
    let (_, error) = c.next_refusal(&json!(ROOM));
    assert_eq!(error["type"], "LimitReached");
    let mut b = joined(&server, "b");
    b.send(&json!({"event": "pusher:unsubscribe", "data": {"channel": ROOM}}));
    assert_eq!(next_removed(&mut a), json!({"user_id": "b"}));
    assert_eq!(c.join(ROOM, &member("c"))["count"], 2);
    assert_eq!(next_added(&mut a), member("c"));
}

#[test]
fn who_comes_back_with_other_info_is_told_of() {
    let server = server(LONG_MS);
    let mut a = joined(&server, "a");
    let b = joined(&server, "b");
    next_added(&mut a);
    lose(&server, b);
    let renamed = json!({"user_id": "b", "user_info": {"name": "B"}});
    let mut b = server.connect();
    assert_eq!(b.join(ROOM, &renamed)["hash"]["b"], renamed["user_info"]);
    assert_eq!(next_removed(&mut a), json!({"user_id": "b"}));
    assert_eq!(next_added(&mut a), renamed);
    b.fence();
    a.fence();
}

#[test]
fn a_crowd_that_is_lost_and_comes_back_leaves_the_right_list() {
    // About as long as a member is away: removals and returns meet.
    let server = server(4);
    let mut watcher = joined(&server, "watcher");
    std::thread::scope(|scope| {
        for n in 0..TABS {
            let server = &server;
            scope.spawn(move || {
                for _ in 0..60 {
                    drop(joined(server, &(n % 4).to_string()));
                }
            });
        }
    });
    eventually(|| members(&server) == ["watcher"]);
    server.publish(ROOM, "end", "");
    let mut there = HashSet::new();
    loop {
        let message = watcher.next();
        let id = || {
            let data: Value = serde_json::from_str(message["data"].as_str().unwrap()).unwrap();
            data["user_id"].as_str().unwrap().to_owned()
        };
        match message["event"].as_str() {
            Some("pusher_internal:member_added") => assert!(there.insert(id()), "came twice"),
            Some("pusher_internal:member_removed") => assert!(there.remove(&id()), "left twice"),
            _ => break,
        }
    }
    assert!(there.is_empty(), "{there:?}");
}
