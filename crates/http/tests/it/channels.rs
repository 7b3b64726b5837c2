//! What a backend may ask of channels.

use crate::support::Server;
use serde_json::json;

#[test]
fn occupied_channels_are_listed_and_filtered() {
    let server = Server::start();
    assert_eq!(server.get("channels", &[]), (200, json!({"channels": {}})));
    let (mut a, mut b) = (server.connect(), server.connect());
    a.subscribe("presence-a", Some("1"));
    a.subscribe("private-b", None);
    a.subscribe("c", None);
    b.subscribe("presence-a", Some("2"));
    assert_eq!(
        server.get("channels", &[]),
        (
            200,
            json!({"channels": {"c": {}, "presence-a": {}, "private-b": {}}})
        )
    );
    assert_eq!(
        server.get("channels", &[("filter_by_prefix", "private-")]),
        (200, json!({"channels": {"private-b": {}}}))
    );
    let presence = ("filter_by_prefix", "presence-");
    assert_eq!(
        server.get("channels", &[presence, ("info", "user_count")]),
        (200, json!({"channels": {"presence-a": {"user_count": 2}}}))
    );
    assert_eq!(
        server.get("channels", &[presence, ("info", "subscription_count")]),
        (
            200,
            json!({"channels": {"presence-a": {"subscription_count": 2}}})
        )
    );
    assert_eq!(
        server.get("channels", &[("filter_by_prefix", "none-")]),
        (200, json!({"channels": {}}))
    );
}

#[test]
fn users_are_counted_on_presence_channels_only() {
    let server = Server::start();
    for parameters in [
        &[("info", "user_count")][..],
        &[("info", "user_count"), ("filter_by_prefix", "presence")],
        &[("info", "user_count"), ("filter_by_prefix", "private-")],
        &[("info", "color"), ("filter_by_prefix", "presence-")],
    ] {
        assert_eq!(server.get("channels", parameters).0, 400, "{parameters:?}");
    }
    assert_eq!(
        server
            .get("channels/private-a", &[("info", "user_count")])
            .0,
        400
    );
}

#[test]
fn a_channel_is_described_occupied_or_not() {
    let server = Server::start();
    let (mut a, mut b) = (server.connect(), server.connect());
    assert_eq!(
        server.get("channels/presence-a", &[]),
        (200, json!({"occupied": false}))
    );
    a.subscribe("presence-a", Some("1"));
    b.subscribe("presence-a", Some("1"));
    let info = [("info", "user_count,subscription_count")];
    assert_eq!(
        server.get("channels/presence-a", &info),
        (
            200,
            json!({"occupied": true, "user_count": 1, "subscription_count": 2})
        )
    );
    assert_eq!(
        server.get("channels/a", &[("info", "subscription_count")]),
        (200, json!({"occupied": false, "subscription_count": 0}))
    );
    assert_eq!(server.get("channels/a%20b", &[]).0, 400);
}

#[test]
fn members_are_listed_once_each() {
    let server = Server::start();
    let mut clients = [(); 3].map(|()| server.connect());
    for (client, id) in clients.iter_mut().zip(["2", "1", "2"]) {
        client.subscribe("presence-a", Some(id));
    }
    assert_eq!(
        server.get("channels/presence-a/users", &[]),
        (200, json!({"users": [{"id": "1"}, {"id": "2"}]}))
    );
    assert_eq!(
        server.get("channels/presence-empty/users", &[]),
        (200, json!({"users": []}))
    );
    assert_eq!(server.get("channels/private-a/users", &[]).0, 400);
}

#[test]
fn what_a_cache_channel_remembers_can_be_read() {
    let server = Server::start();
    let info = [("info", "cache,subscription_count")];
    let about = |cache: serde_json::Value| {
        let answer = json!({"occupied": false, "subscription_count": 0, "cache": cache});
        (200, answer)
    };
    assert_eq!(server.get("channels/cache-a", &info), about(json!(null)));
    let event = json!({"name": "n", "data": "{\"id\":1}", "channel": "cache-a"});
    assert_eq!(server.post("events", &event).0, 200);
    let (status, mut answer) = server.get("channels/cache-a", &info);
    let ttl = answer["cache"]["ttl"].take().as_u64().unwrap();
    assert!((1..=1_800).contains(&ttl), "{ttl}");
    assert_eq!(
        (status, answer),
        about(json!({"data": "{\"id\":1}", "ttl": null}))
    );
    for (resource, info) in [("channels/a", "cache"), ("channels", "cache")] {
        assert_eq!(server.get(resource, &[("info", info)]).0, 400);
    }
}
