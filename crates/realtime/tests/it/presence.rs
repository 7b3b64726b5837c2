//! Presence channels: who is there, who is told when somebody comes or leaves, and what a member may not be.

use crate::support::{Client, Server, eventually};
use antiphon_protocol::ChannelName;
use serde_json::{Value, json};

const ROOM: &str = "presence-room";

/// More connections than fit into one shard by chance.
const TABS: usize = 8;

fn member(id: &str) -> Value {
    json!({"user_id": id, "user_info": {"name": format!("Name of {id}")}})
}

fn members(server: &Server) -> Vec<String> {
    let room = ChannelName::parse(ROOM).unwrap();
    let ids = server.hub.members("1", &room);
    ids.iter().map(ToString::to_string).collect()
}

/// The `data` of the event that must be next, read.
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

#[test]
fn the_list_has_everybody_and_the_new_member_itself() {
    let server = Server::start();
    let (mut a, mut b) = (server.connect(), server.connect());
    assert_eq!(
        a.join(ROOM, &member("a")),
        json!({"ids": ["a"], "hash": {"a": {"name": "Name of a"}}, "count": 1})
    );
    assert_eq!(
        b.join(ROOM, &json!({"user_id": "b"})),
        json!({"ids": ["a", "b"], "hash": {"a": {"name": "Name of a"}, "b": null}, "count": 2})
    );
    assert_eq!(
        next_added(&mut a),
        json!({"user_id": "b", "user_info": null})
    );
    b.send(&json!({"event": "pusher:unsubscribe", "data": {"channel": ROOM}}));
    assert_eq!(next_removed(&mut a), json!({"user_id": "b"}));
    b.join(ROOM, &member("b"));
    assert_eq!(next_added(&mut a), member("b"));
    b.fence();
}

#[test]
fn a_user_comes_with_the_first_connection_and_leaves_with_the_last() {
    let server = Server::start();
    let mut watcher = server.connect();
    watcher.join(ROOM, &member("watcher"));
    let mut tabs: Vec<Client> = (0..TABS).map(|_| server.connect()).collect();
    for tab in &mut tabs {
        let there = tab.join(ROOM, &member("user"));
        assert_eq!(there["ids"], json!(["user", "watcher"]));
        tab.fence();
    }
    assert_eq!(next_added(&mut watcher), member("user"));
    watcher.fence();
    assert_eq!(server.subscribers(ROOM), TABS + 1);
    while let Some(mut tab) = tabs.pop() {
        watcher.fence();
        assert_eq!(members(&server), ["user", "watcher"]);
        match tabs.len() % 2 {
            0 => tab.send(&json!({"event": "pusher:unsubscribe", "data": {"channel": ROOM}})),
            _ => tab.ws.close(None).unwrap(),
        }
        eventually(|| server.subscribers(ROOM) == tabs.len() + 1);
    }
    assert_eq!(next_removed(&mut watcher), json!({"user_id": "user"}));
    watcher.fence();
    assert_eq!(members(&server), ["watcher"]);
}

#[test]
fn members_of_all_shards_see_each_other_once() {
    let server = Server::start();
    let mut clients: Vec<Client> = Vec::new();
    for n in 0..TABS {
        let mut client = server.connect();
        let there = client.join(ROOM, &member(&n.to_string()));
        assert_eq!(there["count"], n + 1);
        for earlier in &mut clients {
            assert_eq!(next_added(earlier), member(&n.to_string()));
        }
        clients.push(client);
    }
    for client in &mut clients {
        client.fence();
    }
}

#[test]
fn subscribing_again_is_answered_and_changes_nothing() {
    let server = Server::start();
    let (mut a, mut b) = (server.connect(), server.connect());
    a.join(ROOM, &member("a"));
    b.join(ROOM, &member("b"));
    next_added(&mut a);
    assert_eq!(b.join(ROOM, &member("b"))["count"], 2);
    a.fence();
    b.send(&json!({"event": "pusher:unsubscribe", "data": {"channel": ROOM}}));
    next_removed(&mut a);
    a.fence();
}

#[test]
fn a_lost_connection_leaves_too() {
    let server = Server::start();
    let (mut a, mut b) = (server.connect(), server.connect());
    a.join(ROOM, &member("a"));
    b.join(ROOM, &member("b"));
    next_added(&mut a);
    // The descriptor is closed without a close frame.
    drop(b);
    assert_eq!(next_removed(&mut a), json!({"user_id": "b"}));
}

#[test]
fn a_silent_client_leaves_when_it_is_given_up() {
    let server = Server::with(
        |_| {},
        |limits| (limits.ping_after_ms, limits.pong_timeout_ms) = (300, 300),
    );
    let (mut a, mut silent) = (server.connect(), server.connect());
    a.join(ROOM, &member("a"));
    silent.join(ROOM, &member("silent"));
    next_added(&mut a);
    loop {
        let message = a.next();
        match message["event"].as_str() {
            Some("pusher:ping") => a.send(&json!({"event": "pusher:pong", "data": {}})),
            Some("pusher_internal:member_removed") => break,
            _ => panic!("{message}"),
        }
    }
}

#[test]
fn a_number_is_the_same_user_as_its_digits() {
    let server = Server::start();
    let (mut a, mut b) = (server.connect(), server.connect());
    assert_eq!(
        a.join(ROOM, &json!({"user_id": 10, "user_info": {}})),
        json!({"ids": ["10"], "hash": {"10": {}}, "count": 1})
    );
    assert_eq!(b.join(ROOM, &json!({"user_id": "10"}))["count"], 1);
    a.fence();
}

#[test]
fn id_and_info_are_bounded() {
    let server = Server::start();
    let mut client = server.connect();
    let info_of = |bytes: usize| json!("x".repeat(bytes - 2));
    for too_large in [
        json!({"user_id": "é".repeat(129)}),
        json!({"user_id": "1", "user_info": info_of(1025)}),
    ] {
        client.ask_to_join(ROOM, &too_large.to_string());
        let (_, error) = client.next_refusal(&json!(ROOM));
        assert_eq!(
            (&error["type"], &error["status"]),
            (&json!("InvalidMember"), &json!(400))
        );
    }
    assert_eq!(server.subscribers(ROOM), 0);
    client.join(
        ROOM,
        &json!({"user_id": "é".repeat(128), "user_info": info_of(1024)}),
    );
}

#[test]
fn a_hundred_members_fit_and_their_further_tabs_too() {
    let server = Server::start();
    let mut clients: Vec<Client> = (0..100).map(|_| server.connect()).collect();
    for (n, client) in clients.iter_mut().enumerate() {
        client.join(ROOM, &member(&n.to_string()));
    }
    let mut one_more = server.connect();
    one_more.ask_to_join(ROOM, &member("100").to_string());
    let (_, error) = one_more.next_refusal(&json!(ROOM));
    assert_eq!(error["type"], "LimitReached");
    assert_eq!(one_more.join(ROOM, &member("99"))["count"], 100);
    assert_eq!(server.subscribers(ROOM), 101);
    drop(clients.swap_remove(0));
    assert_eq!(next_removed(&mut one_more), json!({"user_id": "0"}));
    let mut next = server.connect();
    assert_eq!(next.join(ROOM, &member("100"))["count"], 100);
}

#[test]
fn only_a_signed_member_gets_in() {
    let server = Server::start();
    let mut client = server.connect();
    let data = member("1").to_string();
    let plain = client.auth(ROOM, None);
    let signed = client.auth(ROOM, Some(&data));
    let forged = member("2").to_string();
    for refused in [
        json!({"channel": ROOM}),
        json!({"channel": ROOM, "auth": "", "channel_data": data}),
        json!({"channel": ROOM, "auth": plain, "channel_data": data}),
        json!({"channel": ROOM, "auth": signed, "channel_data": forged}),
        json!({"channel": ROOM, "auth": signed}),
        json!({"channel": "presence-other", "auth": signed, "channel_data": data}),
        // Well signed, but nobody.
        json!({"channel": ROOM, "auth": plain}),
    ] {
        let (error, subscription_error) = client.refused(&refused);
        assert_eq!(error["code"], 4009, "{refused}");
        assert_eq!(subscription_error["status"], 401);
    }
    for nobody in [
        "",
        "null",
        "[]",
        "{}",
        r#"{"user_id":{}}"#,
        r#"{"user_id":""}"#,
    ] {
        client.ask_to_join(ROOM, nobody);
        let (_, error) = client.next_refusal(&json!(ROOM));
        assert_eq!(error["type"], "InvalidMember", "{nobody}");
    }
    assert_eq!(server.subscribers(ROOM), 0);
    assert_eq!(server.hub.panic_count(), 0);
}

#[test]
fn client_events_carry_the_member_that_was_signed() {
    let server = Server::start();
    let (mut a, mut b) = (server.connect(), server.connect());
    a.join(ROOM, &json!({"user_id": 7}));
    b.join(ROOM, &member("b"));
    next_added(&mut a);
    b.send(&json!({"event": "client-typing", "channel": ROOM, "data": {"x": 1}, "user_id": "a"}));
    assert_eq!(
        a.next(),
        json!({"event": "client-typing", "channel": ROOM, "data": {"x": 1}, "user_id": "b"})
    );
    a.send(&json!({"event": "client-typing", "channel": ROOM}));
    assert_eq!(
        b.next(),
        json!({"event": "client-typing", "channel": ROOM, "user_id": "7"})
    );
    a.fence();
    server.publish(ROOM, "news", "1");
    let mut news = b.next();
    assert!(news["id"].take().is_string());
    assert_eq!(
        news,
        json!({"event": "news", "channel": ROOM, "data": "1", "id": null}),
        "there is no user_id"
    );
}

#[test]
fn one_connection_may_be_somebody_else_on_each_channel() {
    let server = Server::start();
    let (mut a, mut b) = (server.connect(), server.connect());
    for (n, channel) in ["presence-1", "presence-2", "presence-3"]
        .iter()
        .enumerate()
    {
        a.join(channel, &json!({"user_id": n}));
        b.join(channel, &json!({"user_id": "b"}));
        a.next_data(channel, "pusher_internal:member_added");
    }
    a.send(&json!({"event": "pusher:unsubscribe", "data": {"channel": "presence-1"}}));
    b.next_data("presence-1", "pusher_internal:member_removed");
    for (channel, id) in [("presence-3", "2"), ("presence-2", "1")] {
        a.send(&json!({"event": "client-x", "channel": channel, "data": 1}));
        assert_eq!(b.next_event("client-x")["user_id"], id);
    }
}

#[test]
fn a_crowd_that_comes_and_goes_at_once_leaves_the_right_list() {
    let server = Server::start();
    let mut watcher = server.connect();
    watcher.join(ROOM, &member("watcher"));
    std::thread::scope(|scope| {
        for n in 0..TABS {
            let server = &server;
            scope.spawn(move || {
                for _ in 0..20 {
                    let mut client = server.connect();
                    let id = (n % 4).to_string();
                    assert_eq!(
                        client.join(ROOM, &member(&id))["hash"][&id],
                        member(&id)["user_info"]
                    );
                }
            });
        }
    });
    eventually(|| members(&server) == ["watcher"]);
    server.publish(ROOM, "end", "");
    let mut there = std::collections::HashSet::new();
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
