//! Applications that come, change and go while the server runs; secrets that are being replaced; TLS.

use crate::support::{PATH, Server};
use antiphon_protocol::auth;
use antiphon_realtime::{App, Apps, AppsError, Secret};
use serde_json::json;

const OTHER: &str = "/app/other?protocol=7";

fn one() -> App {
    let mut app = App::new("1", "key", "secret");
    app.client_events = true;
    app
}

fn replace(server: &Server, apps: impl IntoIterator<Item = App>) {
    server.hub.replace_apps(&Apps::new(apps).unwrap()).unwrap();
}

#[test]
fn an_application_that_is_added_is_served_at_once() {
    let server = Server::start();
    assert_eq!(server.open(OTHER, None).next_fatal().0, 4001);
    replace(&server, [one(), App::new("2", "other", "x")]);
    let mut added = server.open(OTHER, None);
    added.established();
    assert_eq!(server.hub.connection_count("2"), 1);
}

#[test]
fn an_application_that_is_removed_takes_its_connections_along_and_no_others() {
    let server = Server::start();
    replace(&server, [one(), App::new("2", "other", "x")]);
    let mut stays = server.connect();
    stays.subscribe("a");
    let mut goes = server.open(OTHER, None);
    goes.established();
    replace(&server, [one()]);
    assert_eq!(goes.next_fatal().0, 4001);
    assert_eq!(server.open(OTHER, None).next_fatal().0, 4001);
    assert!(server.hub.app("2").is_none());
    server.publish("a", "e", "x");
    assert_eq!(stays.next_data("a", "e"), "x");
}

#[test]
fn an_application_that_is_switched_off_says_so_and_may_be_switched_on_again() {
    let server = Server::start();
    let mut client = server.connect();
    let mut off = one();
    off.enabled = false;
    replace(&server, [off]);
    assert_eq!(client.next_fatal().0, 4003);
    assert_eq!(server.open(PATH, None).next_fatal().0, 4003);
    replace(&server, [one()]);
    server.connect().fence();
}

#[test]
fn what_changes_of_an_application_holds_for_the_connections_that_it_has() {
    let server = Server::start();
    let (mut one_client, mut other_client) = (server.connect(), server.connect());
    one_client.subscribe("private-a");
    other_client.subscribe("private-a");
    let event = json!({"event": "client-x", "channel": "private-a", "data": 1});
    let mut strict = one();
    strict.client_events = false;
    replace(&server, [strict]);
    one_client.send(&event);
    assert_eq!(one_client.next_error()["code"], 4301);
    replace(&server, [one()]);
    one_client.send(&event);
    assert_eq!(other_client.next_data("private-a", "client-x"), 1);
}

#[test]
fn a_list_with_the_same_key_twice_changes_nothing() {
    let doubled = Apps::new([one(), App::new("2", "key", "x")]);
    assert_eq!(
        doubled.unwrap_err(),
        AppsError::DuplicateKey("key".to_owned())
    );
}

#[test]
fn two_secrets_count_while_one_replaces_the_other() {
    let server = Server::with(
        |app| {
            app.previous_secret = Some(Secret::new("secret"));
            app.secret = Secret::new("newer");
        },
        |_| {},
    );
    let mut client = server.connect();
    // The client of the tests signs with the previous one.
    client.subscribe("private-a");
    let newer = App::new("1", "key", "newer");
    let auth = auth::sign_channel(
        newer.credentials(),
        client.socket_id(),
        "presence-b",
        Some(r#"{"user_id":"1"}"#),
    );
    client.send(&json!({"event": "pusher:subscribe",
        "data": {"channel": "presence-b", "auth": auth, "channel_data": r#"{"user_id":"1"}"#}}));
    client.next_members("presence-b");
    let mut rotated = one();
    rotated.secret = Secret::new("newer");
    replace(&server, [rotated]);
    let auth = client.auth("private-c", None);
    let (error, _) = client.refused(&json!({"channel": "private-c", "auth": auth}));
    assert_eq!(error["code"], 4009);
}

#[test]
fn an_application_for_tls_only_believes_a_trusted_proxy_and_nobody_else() {
    let tls_only = |app: &mut App| app.tls_only = true;
    let server = Server::with(tls_only, |limits| {
        limits.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
    });
    assert_eq!(server.open(PATH, None).next_fatal().0, 4000);
    let forwarded = |proto| [("X-Forwarded-Proto", proto)];
    let plain = server.open_with(PATH, &forwarded("http")).next_fatal();
    assert_eq!(plain.0, 4000);
    server.open_with(PATH, &forwarded("https")).established();

    let server = Server::with(tls_only, |_| {});
    let claimed = server.open_with(PATH, &forwarded("https")).next_fatal();
    assert_eq!(claimed.0, 4000, "no proxy is trusted here");
}
