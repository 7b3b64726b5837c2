//! What the hub's observer is told of what happens on channels.

use crate::support::{Client, Server, eventually};
use antiphon_realtime::{App, Apps, Limits, Observer, Occurrence, OccurrenceKind, OccurrenceKinds};
use parking_lot::Mutex;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

/// Writes everything down, as webhooks would tell it.
#[derive(Default)]
struct Notebook(Mutex<Vec<Value>>);

impl Observer for Notebook {
    fn occurred(&self, app: &Arc<App>, occurrence: Occurrence) {
        assert_eq!(app.id, "1");
        let json = occurrence.to_webhook_event().to_json();
        self.0.lock().push(serde_json::from_str(&json).unwrap());
    }
}

impl Notebook {
    /// Everything so far, once there is so much.
    #[track_caller]
    fn wait_for(&self, n: usize) -> Vec<Value> {
        eventually(|| self.0.lock().len() >= n);
        self.0.lock().clone()
    }
}

fn observed(kinds: OccurrenceKinds, limits: impl FnOnce(&mut Limits)) -> (Server, Arc<Notebook>) {
    let notebook = Arc::new(Notebook::default());
    let observer = Some(Arc::clone(&notebook) as Arc<dyn Observer>);
    let server = Server::observed_by(observer, |app| app.observed = kinds, limits);
    (server, notebook)
}

fn kinds<const N: usize>(kinds: [OccurrenceKind; N]) -> OccurrenceKinds {
    kinds.into_iter().collect()
}

const CHANNELS: [OccurrenceKind; 2] = [
    OccurrenceKind::ChannelOccupied,
    OccurrenceKind::ChannelVacated,
];

fn unsubscribe(client: &mut Client, channel: &str) {
    client.send(&json!({"event": "pusher:unsubscribe", "data": {"channel": channel}}));
    client.fence();
}

#[test]
fn the_first_subscriber_occupies_a_channel_and_the_last_vacates_it() {
    let (server, notebook) = observed(kinds(CHANNELS), |_| {});
    // Two shards: some of them are on one, some on the other.
    let mut clients: Vec<_> = (0..6).map(|_| server.connect()).collect();
    for client in &mut clients {
        client.subscribe("a");
        client.subscribe("a");
    }
    unsubscribe(&mut clients[0], "a");
    drop(clients);
    let expected = [
        json!({"name": "channel_occupied", "channel": "a"}),
        json!({"name": "channel_vacated", "channel": "a"}),
    ];
    assert_eq!(notebook.wait_for(2), expected);
    eventually(|| server.hub.connection_count("1") == 0);
    assert_eq!(notebook.wait_for(2), expected);
}

#[test]
fn members_come_with_their_first_connection_and_leave_with_their_last() {
    let (server, notebook) = observed(OccurrenceKinds::all(), |_| {});
    let channel = "presence-a";
    let (mut a, mut b) = (server.connect(), server.connect());
    let user = json!({"user_id": 7});
    a.join(channel, &user);
    b.join(channel, &user);
    drop(b);
    eventually(|| server.hub.connection_count("1") == 1);
    unsubscribe(&mut a, channel);
    let member = |name: &str| json!({"name": name, "channel": channel, "user_id": "7"});
    let on_channel = |name: &str| json!({"name": name, "channel": channel});
    let expected = [
        on_channel("channel_occupied"),
        member("member_added"),
        member("member_removed"),
        on_channel("channel_vacated"),
    ];
    assert_eq!(notebook.wait_for(4), expected);
}

#[test]
fn a_member_in_its_grace_has_not_left() {
    let notebook = Arc::new(Notebook::default());
    let server = Server::observed_by(
        Some(Arc::clone(&notebook) as Arc<dyn Observer>),
        |app| {
            let members = [OccurrenceKind::MemberAdded, OccurrenceKind::MemberRemoved];
            app.observed = kinds(members);
            app.presence_grace_ms = 1_000;
        },
        |_| {},
    );
    let (channel, user) = ("presence-a", json!({"user_id": "lost"}));
    let mut stays = server.connect();
    stays.join(channel, &json!({"user_id": "stays"}));
    for _ in 0..3 {
        let mut client = server.connect();
        client.join(channel, &user);
        drop(client);
        eventually(|| server.hub.connection_count("1") == 1);
    }
    let member = |name: &str, id: &str| json!({"name": name, "channel": channel, "user_id": id});
    let expected = [
        member("member_added", "stays"),
        member("member_added", "lost"),
        member("member_removed", "lost"),
    ];
    assert_eq!(notebook.wait_for(3), expected);
}

#[test]
fn client_events_are_told_when_they_are_accepted() {
    let (server, notebook) = observed(kinds([OccurrenceKind::ClientEvent]), |limits| {
        limits.client_events_per_second = 3;
    });
    let mut client = server.connect();
    client.join("presence-a", &json!({"user_id": "u"}));
    client.subscribe("private-a");
    let send = |client: &mut Client, channel: &str, data: Value| {
        client.send(&json!({"event": "client-x", "channel": channel, "data": data}));
    };
    send(&mut client, "presence-a", json!({"n": 1}));
    send(&mut client, "private-a", json!("text"));
    send(&mut client, "private-a", json!("text"));
    client.fence();
    send(&mut client, "private-a", json!("too many"));
    client.next_error();
    send(&mut client, "private-b", json!("not subscribed"));
    client.next_error();
    let told = notebook.wait_for(3);
    let socket_id = &client.socket_id;
    let first = json!({"name": "client_event", "channel": "presence-a", "event": "client-x",
        "data": r#"{"n":1}"#, "socket_id": socket_id, "user_id": "u"});
    let second = json!({"name": "client_event", "channel": "private-a", "event": "client-x",
        "data": "text", "socket_id": socket_id});
    assert_eq!(told, [first, second.clone(), second]);
}

#[test]
fn a_cache_miss_is_told_once_until_something_was_published() {
    let (server, notebook) = observed(kinds([OccurrenceKind::CacheMiss]), |limits| {
        limits.cache_ttl_ms = 100;
    });
    let subscribe = |miss: bool| {
        let mut client = server.connect();
        client.subscribe("cache-a");
        client.next_event(if miss { "pusher:cache_miss" } else { "e" });
        client
    };
    let _crowd: Vec<_> = (0..5).map(|_| subscribe(true)).collect();
    let miss = json!({"name": "cache_miss", "channel": "cache-a"});
    assert_eq!(notebook.wait_for(1), std::slice::from_ref(&miss));
    server.publish("cache-a", "e", "1");
    subscribe(false);
    eventually(|| {
        let name = antiphon_protocol::ChannelName::parse("cache-a").unwrap();
        server.hub.cached("1", &name).is_none()
    });
    subscribe(true);
    assert_eq!(notebook.wait_for(2), [miss.clone(), miss]);
}

#[test]
fn counts_are_told_with_their_cadence_although_subscribers_are_not() {
    let (server, notebook) = observed(kinds([OccurrenceKind::SubscriptionCount]), |limits| {
        limits.subscription_count_every_ms = 60_000;
    });
    let mut clients: Vec<_> = (0..110).map(|_| server.connect()).collect();
    for client in &mut clients {
        client.subscribe("a");
        client.fence();
    }
    clients[0].join("presence-a", &json!({"user_id": 1}));
    clients[0].fence();
    let counts: Vec<_> = notebook
        .wait_for(100)
        .iter()
        .map(|event| event["subscription_count"].as_u64().unwrap())
        .collect();
    // Those above a hundred would be told after a minute.
    assert_eq!(counts, (1..=100).collect::<Vec<u64>>());
}

#[test]
fn nobody_is_told_of_what_was_not_asked_for_or_is_the_protocols_own() {
    let (server, notebook) = observed(kinds(CHANNELS), |_| {});
    let mut client = server.connect();
    let user_data = json!({"id": "u"}).to_string();
    let app = App::new("1", "key", "secret");
    let auth =
        antiphon_protocol::auth::sign_user(app.credentials(), client.socket_id(), &user_data);
    client.send(&json!({"event": "pusher:signin", "data": {"auth": auth, "user_data": user_data}}));
    client.next_event("pusher:signin_success");
    client.subscribe("#server-to-user-u");
    client.join("presence-a", &json!({"user_id": 1}));
    client.send(&json!({"event": "client-x", "channel": "presence-a", "data": 1}));
    client.fence();
    assert_eq!(
        notebook.wait_for(1),
        [json!({"name": "channel_occupied", "channel": "presence-a"})]
    );
    let mut changed = App::new("1", "key", "secret");
    changed.observed = kinds([OccurrenceKind::ClientEvent]);
    changed.client_events = true;
    server
        .hub
        .replace_apps(&Apps::new([changed]).unwrap())
        .unwrap();
    client.subscribe("b");
    client.send(&json!({"event": "client-x", "channel": "presence-a", "data": 1}));
    client.fence();
    let told = notebook.wait_for(2);
    assert_eq!((told.len(), &told[1]["name"]), (2, &json!("client_event")));
}

#[test]
fn the_end_of_the_engine_vacates_all_channels() {
    let (mut server, notebook) = observed(kinds(CHANNELS), |_| {});
    let mut client = server.connect();
    client.subscribe("a");
    server.stop(Duration::from_millis(100));
    let names: Vec<_> = notebook
        .wait_for(2)
        .iter()
        .map(|event| event["name"].clone())
        .collect();
    assert_eq!(names, ["channel_occupied", "channel_vacated"]);
}
