//! History and recovery: a client that was away gets what it missed, once and in order, or is told that it cannot.

use crate::support::{Client, Server};
use antiphon_protocol::ChannelName;
use antiphon_realtime::HistoryRules;
use serde_json::{Value, json};

/// Subscribes with a wish to resume. Gives the answer.
fn resume(client: &mut Client, channel: &str, after: &str, more: &Value) -> Value {
    let mut data =
        json!({"channel": channel, "auth": client.auth(channel, None), "resume_after": after});
    for (key, value) in more.as_object().unwrap() {
        data[key] = value.clone();
    }
    client.send(&json!({"event": "pusher:subscribe", "data": data}));
    client.next_event("pusher_internal:subscription_succeeded")
}

fn recovered(client: &mut Client, channel: &str, after: &str) {
    let answer = resume(client, channel, after, &json!({}));
    assert_eq!(
        (&answer["recovered"], &answer["id"]),
        (&json!(true), &json!(after))
    );
}

/// Asks in vain. Gives the reason.
fn not_recovered(client: &mut Client, channel: &str, after: &str) -> String {
    let answer = resume(client, channel, after, &json!({}));
    assert_eq!(answer["recovered"], false);
    let resync = client.next_data(channel, "pusher:resync");
    let data: Value = serde_json::from_str(resync.as_str().unwrap()).unwrap();
    client.fence();
    data["reason"].as_str().unwrap().to_owned()
}

fn next_id(client: &mut Client, channel: &str, data: &str) -> String {
    let event = client.next_event("e");
    assert_eq!(
        (&event["channel"], &event["data"]),
        (&json!(channel), &json!(data))
    );
    event["id"].as_str().unwrap().to_owned()
}

#[test]
fn a_client_that_was_away_gets_what_it_missed_once_and_in_order() {
    let server = Server::start();
    let mut client = server.connect();
    client.subscribe("private-a");
    server.publish("private-a", "e", "0");
    let seen = next_id(&mut client, "private-a", "0");
    drop(client);
    for n in 1..=20 {
        server.publish("private-a", "e", &n.to_string());
        server.publish("private-b", "e", "of another channel");
    }
    let mut client = server.connect();
    recovered(&mut client, "private-a", &seen);
    let ids: Vec<String> = (1..=20)
        .map(|n| next_id(&mut client, "private-a", &n.to_string()))
        .collect();
    assert!(ids.is_sorted(), "{ids:?}");
    server.publish("private-a", "e", "21");
    next_id(&mut client, "private-a", "21");
    client.fence();
}

#[test]
fn a_client_that_had_no_event_yet_resumes_from_where_it_subscribed() {
    let server = Server::start();
    let mut client = server.connect();
    server.publish("a", "e", "before");
    client.send(&json!({"event": "pusher:subscribe", "data": {"channel": "a"}}));
    let position = client.next_subscribed("a");
    drop(client);
    server.publish("a", "e", "missed");
    let mut client = server.connect();
    recovered(&mut client, "a", &position);
    next_id(&mut client, "a", "missed");
    client.fence();
}

#[test]
fn who_has_missed_nothing_is_told_that_all_is_there() {
    let server = Server::start();
    let mut client = server.connect();
    client.send(&json!({"event": "pusher:subscribe", "data": {"channel": "a"}}));
    let position = client.next_subscribed("a");
    let mut again = server.connect();
    recovered(&mut again, "a", &position);
    again.fence();
    // On the same socket too: it has been there all the time.
    server.publish("a", "e", "1");
    next_id(&mut client, "a", "1");
    recovered(&mut client, "a", &position);
    client.fence();
}

#[test]
fn what_is_not_kept_any_more_is_said_and_nothing_is_passed_off_as_everything() {
    let short = HistoryRules {
        events: 2,
        ..HistoryRules::default()
    };
    let server = Server::with(|app| app.history = short, |_| {});
    let mut client = server.connect();
    client.send(&json!({"event": "pusher:subscribe", "data": {"channel": "a"}}));
    let position = client.next_subscribed("a");
    for n in 1..=3 {
        server.publish("a", "e", &n.to_string());
    }
    let mut late = server.connect();
    assert_eq!(not_recovered(&mut late, "a", &position), "expired");
    for strange in ["", "7", "00000000-000000000001", "xxxxxxxx-000000000001"] {
        let mut client = server.connect();
        assert_eq!(
            not_recovered(&mut client, "a", strange),
            "unknown",
            "{strange}"
        );
    }
    // One from the future is from another process.
    let future = format!("{}ffffffffffff", &position[..9]);
    assert_eq!(
        not_recovered(&mut server.connect(), "a", &future),
        "unknown"
    );
    // It is subscribed all the same.
    server.publish("a", "e", "4");
    next_id(&mut late, "a", "4");
}

#[test]
fn a_channel_without_a_history_has_no_ids_and_says_so() {
    let only_private = HistoryRules {
        prefixes: vec!["private-".to_owned()],
        ..HistoryRules::default()
    };
    let server = Server::with(|app| app.history = only_private, |_| {});
    let mut client = server.connect();
    client.send(&json!({"event": "pusher:subscribe", "data": {"channel": "a"}}));
    assert_eq!(
        client.next(),
        json!({"event": "pusher_internal:subscription_succeeded", "channel": "a", "data": "{}"})
    );
    server.publish("a", "e", "x");
    assert_eq!(
        client.next(),
        json!({"event": "e", "channel": "a", "data": "x"})
    );
    let mut other = server.connect();
    assert_eq!(
        not_recovered(&mut other, "a", "00000000-000000000001"),
        "off"
    );
}

#[test]
fn an_event_that_was_not_for_a_client_stays_away_from_it_after_it_came_back() {
    let server = Server::start();
    let mut client = server.connect();
    client.send(&json!({"event": "pusher:subscribe", "data": {"channel": "a"}}));
    let position = client.next_subscribed("a");
    let earlier = client.socket_id();
    drop(client);
    server.publish_except("a", "e", "its own", Some(earlier));
    server.publish("a", "e", "another's");
    let mut client = server.connect();
    server.publish_except("a", "e", "its own since", Some(client.socket_id()));
    resume(
        &mut client,
        "a",
        &position,
        &json!({"resume_socket_id": earlier.to_string()}),
    );
    next_id(&mut client, "a", "another's");
    client.fence();
}

#[test]
fn members_and_users_catch_up_as_well() {
    let server = Server::start();
    let mut client = server.connect();
    let member = r#"{"user_id":"1"}"#;
    client.ask_to_join("presence-a", member);
    let answer = client.next_event("pusher_internal:subscription_succeeded");
    let position = answer["id"].as_str().unwrap().to_owned();
    drop(client);
    server.publish("presence-a", "e", "1");
    let mut client = server.connect();
    let auth = client.auth("presence-a", Some(member));
    client.send(&json!({"event": "pusher:subscribe", "data":
        {"channel": "presence-a", "auth": auth, "channel_data": member, "resume_after": position}}));
    let answer = client.next_event("pusher_internal:subscription_succeeded");
    assert_eq!(answer["recovered"], true);
    next_id(&mut client, "presence-a", "1");
}

#[test]
fn a_cache_channel_that_caught_up_does_not_repeat_its_last_event() {
    let server = Server::start();
    let mut client = server.connect();
    client.send(&json!({"event": "pusher:subscribe", "data": {"channel": "cache-a"}}));
    let position = client.next_subscribed("cache-a");
    drop(client);
    server.publish("cache-a", "e", "1");
    let mut client = server.connect();
    recovered(&mut client, "cache-a", &position);
    let seen = next_id(&mut client, "cache-a", "1");
    client.fence();
    let mut client = server.connect();
    recovered(&mut client, "cache-a", &seen);
    client.fence();
}

#[test]
fn more_than_may_wait_for_a_client_is_not_sent_at_all() {
    let roomy = HistoryRules {
        bytes: 1 << 20,
        events: 1_000,
        ..HistoryRules::default()
    };
    let server = Server::with(
        |app| app.history = roomy,
        |limits| limits.backlog_bytes = 100_000,
    );
    let mut client = server.connect();
    client.send(&json!({"event": "pusher:subscribe", "data": {"channel": "a"}}));
    let position = client.next_subscribed("a");
    drop(client);
    let data = "x".repeat(10_000);
    (0..6).for_each(|_| server.publish("a", "e", &data));
    assert_eq!(
        not_recovered(&mut server.connect(), "a", &position),
        "too_much"
    );
}

/// Clients come back in the midst of a stream, in every shard: each sees every event once and in order, whatever it got before and after.
#[test]
fn a_client_that_comes_back_in_the_midst_of_a_stream_sees_each_event_once() {
    const EVENTS: usize = 3_000;
    let roomy = HistoryRules {
        events: EVENTS,
        bytes: 4 << 20,
        ..HistoryRules::default()
    };
    let server = Server::with(|app| app.history = roomy, |_| {});
    let publishing = std::thread::scope(|scope| {
        // Somebody is always there, so that the shards have something to deliver while others come.
        let mut bystander = server.connect();
        bystander.subscribe("private-a");
        let readers: Vec<_> = (0..6)
            .map(|_| {
                scope.spawn(|| {
                    let mut client = server.connect();
                    client.send(&json!({"event": "pusher:subscribe",
                        "data": {"channel": "private-a", "auth": client.auth("private-a", None)}}));
                    let mut position = client.next_subscribed("private-a");
                    let (mut last, mut comebacks) = (None::<usize>, 0);
                    loop {
                        let event = client.next_event("e");
                        let n: usize = event["data"].as_str().unwrap().parse().unwrap();
                        assert!(last.is_none_or(|last| n == last + 1), "{last:?} {n}");
                        last = Some(n);
                        event["id"].as_str().unwrap().clone_into(&mut position);
                        if n + 1 == EVENTS {
                            return comebacks;
                        }
                        if n.is_multiple_of(97) {
                            client = server.connect();
                            recovered(&mut client, "private-a", &position);
                            comebacks += 1;
                        }
                    }
                })
            })
            .collect();
        crate::support::eventually(|| server.subscribers("private-a") == 7);
        for n in 0..EVENTS {
            server.publish("private-a", "e", &n.to_string());
            if n.is_multiple_of(50) {
                bystander.fence_past();
            }
        }
        readers
            .into_iter()
            .map(|reader| reader.join().unwrap())
            .collect::<Vec<_>>()
    });
    assert!(
        publishing.iter().all(|comebacks| *comebacks > 10),
        "{publishing:?}"
    );
}

#[test]
fn a_backend_reads_a_history_in_pages() {
    let server = Server::start();
    let name = ChannelName::parse("a").unwrap();
    let empty = server.hub.history("1", &name, None, 10).unwrap();
    assert!(empty.complete && empty.events.is_empty());
    for n in 0..5 {
        server.publish("a", "e", &n.to_string());
    }
    let page = server.hub.history("1", &name, None, 3).unwrap();
    let rest = server
        .hub
        .history("1", &name, Some(page.events[2].id), 10)
        .unwrap();
    assert!(page.complete && rest.complete);
    let data: Vec<String> = page
        .events
        .iter()
        .chain(&rest.events)
        .map(|event| {
            serde_json::from_slice::<Value>(&event.message).unwrap()["data"]
                .as_str()
                .unwrap()
                .to_owned()
        })
        .collect();
    assert_eq!(data, ["0", "1", "2", "3", "4"]);
    assert!(server.hub.history("2", &name, None, 3).is_none());
}
