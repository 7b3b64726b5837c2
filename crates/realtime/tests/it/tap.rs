//! The tap: what somebody who watches is told, and what is kept from them.

use crate::support::{Client, PATH, Server, eventually};
use antiphon_realtime::{Happening, TapEvent, TapFilter, TapListener};
use serde_json::json;
use std::sync::Arc;

/// Waits for something that happens, passing over what else does.
#[track_caller]
fn next(listener: &mut TapListener, is_it: impl Fn(&Happening) -> bool) -> Arc<TapEvent> {
    let mut found = None;
    eventually(|| {
        found = std::iter::from_fn(|| listener.try_next()).find(|event| is_it(&event.what));
        found.is_some()
    });
    found.unwrap()
}

fn event_name(what: &Happening) -> Option<&str> {
    match what {
        Happening::Received { message, .. }
        | Happening::Sent { message, .. }
        | Happening::Published { message, .. }
        | Happening::Announced { message } => Some(&message.event),
        _ => None,
    }
}

fn listen(server: &Server, channel: Option<&str>) -> TapListener {
    let filter = TapFilter {
        app_id: None,
        channel: channel.map(ToOwned::to_owned),
    };
    server.hub.tap().listen(filter).unwrap()
}

#[test]
fn a_connection_is_told_from_its_beginning_to_its_end() {
    let server = Server::start();
    let mut listener = listen(&server, None);
    let mut client = server.open(PATH, Some("https://shop.example"));
    client.established();
    let opened = next(&mut listener, |what| {
        matches!(what, Happening::Opened { .. })
    });
    assert_eq!(opened.app_id.as_deref(), Some("1"));
    let Happening::Opened {
        socket_id,
        origin,
        address,
    } = &opened.what
    else {
        unreachable!()
    };
    assert_eq!(socket_id.to_string(), client.socket_id);
    assert_eq!(origin.as_deref(), Some("https://shop.example"));
    assert_eq!(address.unwrap().to_string(), "127.0.0.1");
    next(&mut listener, |what| {
        event_name(what) == Some("pusher:connection_established")
    });
    client.ws.close(None).unwrap();
    let closed = next(&mut listener, |what| {
        matches!(what, Happening::Closed { .. })
    });
    assert!(
        matches!(&closed.what, Happening::Closed { socket_id, reason, .. }
            if socket_id.to_string() == client.socket_id && reason.is_empty())
    );
}

#[test]
fn who_is_not_let_in_is_told_with_the_reason() {
    let server = Server::with(
        |app| app.allowed_origins = vec!["good.example".to_owned()],
        |_| {},
    );
    let mut listener = listen(&server, None);
    let path = PATH.replace("/app/key", "/app/nokey");
    server.open(&path, None).next_fatal();
    let unknown = next(&mut listener, |what| {
        matches!(what, Happening::Refused { .. })
    });
    assert_eq!(unknown.app_id, None);
    assert!(matches!(&unknown.what, Happening::Refused { key, code: 4001, .. } if key == "nokey"));
    server.open(PATH, Some("https://bad.example")).next_fatal();
    let foreign = next(&mut listener, |what| {
        matches!(what, Happening::Refused { .. })
    });
    assert_eq!(foreign.app_id.as_deref(), Some("1"));
    assert!(
        matches!(&foreign.what, Happening::Refused { code: 4009, reason, .. } if reason == "Origin not allowed")
    );
}

#[test]
fn messages_are_told_and_signatures_are_not() {
    let server = Server::start();
    let mut listener = listen(&server, None);
    let mut client = server.connect();
    let data = json!({"user_id": "7", "user_info": {"name": "Ada"}}).to_string();
    let auth = client.auth("presence-a", Some(&data));
    let (_, signature) = auth.split_once(':').unwrap();
    client.join("presence-a", &serde_json::from_str(&data).unwrap());
    // Somebody who mistakes one member for another.
    client.send(&json!({"event": "pusher:subscribe", "data": {"channel": {"auth": auth}}}));
    client.send(&json!({"event": "pusher:subscribe", "data": auth}));
    client.next_event("pusher:error");
    client.next_event("pusher:error");
    client.fence();
    let mut told = Vec::new();
    eventually(|| {
        told.extend(std::iter::from_fn(|| listener.try_next()));
        told.iter()
            .any(|event| event_name(&event.what) == Some("pusher:pong"))
    });
    let text = format!("{told:#?}");
    assert!(!text.contains(signature), "{text}");
    assert!(text.contains("[redacted]"), "{text}");
    let names: Vec<_> = told
        .iter()
        .filter_map(|event| event_name(&event.what))
        .collect();
    assert_eq!(
        names,
        [
            "pusher:connection_established",
            "pusher:subscribe",
            "pusher_internal:member_added",
            "pusher_internal:subscription_succeeded",
            "(not understood)",
            "pusher:error",
            "(not understood)",
            "pusher:error",
            "pusher:ping",
            "pusher:pong",
        ]
    );
}

#[test]
fn a_publication_is_told_once_whatever_the_number_of_its_subscribers() {
    let server = Server::start();
    let mut clients: Vec<Client> = (0..5).map(|_| server.connect()).collect();
    clients
        .iter_mut()
        .for_each(|client| client.subscribe("news"));
    let mut listener = listen(&server, Some("news"));
    server.publish("other", "elsewhere", "{}");
    server.publish("news", "headline", r#"{"n":1}"#);
    server.publish("news", "end", "{}");
    clients[0].next_data("news", "headline");
    let mut told = Vec::new();
    eventually(|| {
        told.extend(std::iter::from_fn(|| listener.try_next()));
        told.len() == 2
    });
    let Happening::Published {
        message,
        subscriptions,
        ..
    } = &told[0].what
    else {
        panic!("{told:?}")
    };
    assert_eq!((&*message.event, *subscriptions), ("headline", 5));
    assert_eq!(message.data.as_deref(), Some(r#"{"n":1}"#));
    assert_eq!(event_name(&told[1].what), Some("end"));
}

#[test]
fn what_is_published_to_nobody_is_told_too() {
    let server = Server::start();
    let mut listener = listen(&server, None);
    server.publish("empty", "e", "{}");
    let told = next(&mut listener, |what| event_name(what) == Some("e"));
    assert!(matches!(
        told.what,
        Happening::Published {
            subscriptions: 0,
            ..
        }
    ));
}

#[test]
fn a_listener_that_does_not_read_holds_nobody_up() {
    let server = Server::start();
    let listener = listen(&server, None);
    let mut client = server.connect();
    client.subscribe("news");
    for n in 0..4_000 {
        server.publish("news", "e", &n.to_string());
        client.next_data("news", "e");
    }
    assert!(listener.take_missed() >= 4_000 - 2_048);
}

#[test]
fn listeners_come_and_go_while_members_and_events_do() {
    let server = Server::start();
    let mut client = server.connect();
    let data = json!({"user_id": "7"}).to_string();
    let is_over = std::sync::atomic::AtomicBool::new(false);
    let until_over = |act: &dyn Fn()| {
        while !is_over.load(std::sync::atomic::Ordering::Relaxed) {
            act();
        }
    };
    // Somebody listens all the time, so that everything is told.
    let _listener = listen(&server, None);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| until_over(&|| drop(listen(&server, None))));
            scope.spawn(|| until_over(&|| server.publish("presence-a", "e", "{}")));
        }
        let leave = json!({"event": "pusher:unsubscribe", "data": {"channel": "presence-a"}});
        for _ in 0..60 {
            for _ in 0..10 {
                client.ask_to_join("presence-a", &data);
                client.send(&leave);
            }
            client.send(&json!({"event": "pusher:ping"}));
            while client.next()["event"] != "pusher:pong" {}
        }
        is_over.store(true, std::sync::atomic::Ordering::Relaxed);
    });
}
