//! Users: signing in, what only a user may do, and being shut out.

use crate::support::{Client, Server, eventually};
use antiphon_protocol::auth;
use antiphon_realtime::App;
use serde_json::{Value, json};

/// More connections than fit into one shard by chance.
const TABS: usize = 8;

fn user_data(id: &str) -> String {
    json!({"id": id, "user_info": {"name": format!("Name of {id}")}}).to_string()
}

/// Signs in with a good signature for this `user_data`, and gives the answer.
fn sign_in(client: &mut Client, user_data: &str) -> Value {
    client.ask_to_sign_in(user_data);
    client.next()
}

fn signed_in(server: &Server, id: &str) -> Client {
    let mut client = server.connect();
    let answer = sign_in(&mut client, &user_data(id));
    assert_eq!(answer["event"], "pusher:signin_success", "{answer}");
    client
}

#[test]
fn a_sign_in_is_answered_with_what_was_signed() {
    let server = Server::start();
    let mut client = server.connect();
    let data = r#"{"id":"u1", "user_info":{}, "watchlist":["u2"]}"#;
    let success = json!({"event": "pusher:signin_success", "data": {"user_data": data}});
    assert_eq!(sign_in(&mut client, data), success);
    client.next_event("pusher_internal:watchlist_events");
    assert_eq!(sign_in(&mut client, data), success, "again");
    client.fence();
}

#[test]
fn a_bad_sign_in_is_refused_and_the_connection_stays() {
    let server = Server::start();
    let mut client = server.connect();
    client.subscribe("a");
    let good = auth::sign_user(
        App::new("1", "key", "secret").credentials(),
        client.socket_id(),
        &user_data("u1"),
    );
    for (auth, data) in [
        ("key:00", user_data("u1")),
        ("", user_data("u1")),
        (&*good, user_data("u2")),
        (&*good.replace("key:", "other:"), user_data("u1")),
        (&*client.auth("private-a", None), user_data("u1")),
    ] {
        client.send(&json!({"event": "pusher:signin", "data": {"auth": auth, "user_data": data}}));
        assert_eq!(client.next_error()["code"], 4009, "{auth}");
    }
    for nobody in [
        "",
        "{}",
        "[]",
        "null",
        r#"{"id":7}"#,
        r#"{"id":""}"#,
        r#"{"id":"a b"}"#,
        &user_data(&"x".repeat(129)),
    ] {
        let answer = sign_in(&mut client, nobody);
        assert_eq!(answer["data"]["code"], 4009, "{nobody}: {answer}");
    }
    client.refused(&json!({"channel": "#server-to-user-u1"}));
    server.publish("a", "still", "");
    client.next_data("a", "still");
    assert_eq!(server.hub.panic_count(), 0);
}

#[test]
fn a_connection_belongs_to_one_user() {
    let server = Server::start();
    let mut client = signed_in(&server, "u1");
    let answer = sign_in(&mut client, &user_data("u2"));
    assert_eq!(answer["data"]["code"], 4009, "{answer}");
    client.refused(&json!({"channel": "#server-to-user-u2"}));
    client.subscribe("#server-to-user-u1");
}

#[test]
fn events_to_a_user_reach_all_of_its_connections_and_nobody_else() {
    let server = Server::start();
    let mut tabs: Vec<Client> = (0..TABS).map(|_| signed_in(&server, "u1")).collect();
    let mut other = signed_in(&server, "u2");
    let mut stranger = server.connect();
    let channel = "#server-to-user-u1";
    for client in [&mut other, &mut stranger] {
        let auth = client.auth(channel, None);
        let (error, _) = client.refused(&json!({"channel": channel, "auth": auth}));
        assert_eq!(error["code"], 4009);
    }
    for tab in &mut tabs {
        // As stock clients do it, without a signature.
        tab.send(&json!({"event": "pusher:subscribe", "data": {"channel": channel, "auth": ""}}));
        tab.next_data(channel, "pusher_internal:subscription_succeeded");
    }
    server.publish(channel, "hello", "u1");
    for tab in &mut tabs {
        assert_eq!(tab.next_data(channel, "hello"), "u1");
    }
    other.fence();
    stranger.fence();
    tabs[0].send(&json!({"event": "client-x", "channel": channel, "data": 1}));
    assert_eq!(tabs[0].next_error()["code"], 4301);
}

#[test]
fn a_user_is_a_member_without_channel_data() {
    let server = Server::start();
    let (mut a, mut b) = (signed_in(&server, "a"), signed_in(&server, "b"));
    let room = "presence-room";
    let join = |client: &mut Client| {
        let auth = client.auth(room, None);
        client.send(&json!({"event": "pusher:subscribe", "data": {"channel": room, "auth": auth}}));
        client.next_members(room)
    };
    assert_eq!(
        join(&mut a),
        json!({"ids": ["a"], "hash": {"a": {"name": "Name of a"}}, "count": 1})
    );
    assert_eq!(join(&mut b)["count"], 2);
    let added = a.next_data(room, "pusher_internal:member_added");
    assert!(added.as_str().unwrap().contains("Name of b"), "{added}");
    // Channel data counts more: it is what was signed for this channel.
    assert_eq!(
        b.join("presence-other", &json!({"user_id": "c"}))["ids"],
        json!(["c"])
    );
    let mut stranger = server.connect();
    let auth = stranger.auth(room, None);
    stranger.refused(&json!({"channel": room, "auth": auth}));
}

#[test]
fn a_user_that_is_shut_out_loses_all_connections() {
    let server = Server::start();
    let mut tabs: Vec<Client> = (0..TABS).map(|_| signed_in(&server, "u1")).collect();
    let mut other = signed_in(&server, "u2");
    let mut member = server.connect();
    member.join("presence-room", &json!({"user_id": "u1"}));
    tabs[0].subscribe("#server-to-user-u1");
    server.hub.terminate_user("1", "nobody");
    server.hub.terminate_user("2", "u1");
    other.fence();
    tabs[0].fence();
    server.hub.terminate_user("1", "u1");
    for tab in &mut tabs {
        assert_eq!(tab.next_fatal().0, 4009);
    }
    drop(tabs);
    eventually(|| server.hub.connection_count("1") == 2);
    other.fence();
    member.fence();
    let mut back = signed_in(&server, "u1");
    back.fence();
}

#[test]
fn connections_that_nobody_vouches_for_may_have_to_go() {
    let server = Server::with(|app| app.authorization_timeout_s = Some(1), |_| {});
    let mut user = signed_in(&server, "u1");
    let mut private = server.connect();
    private.subscribe("private-a");
    private.send(&json!({"event": "pusher:unsubscribe", "data": {"channel": "private-a"}}));
    let mut member = server.connect();
    member.join("presence-a", &json!({"user_id": 1}));
    let mut stranger = server.connect();
    stranger.subscribe("public");
    stranger.refused(&json!({"channel": "private-a"}));
    assert_eq!(stranger.next_fatal().0, 4009);
    // All the others are as old.
    for client in [&mut user, &mut private, &mut member] {
        client.fence();
    }
}
