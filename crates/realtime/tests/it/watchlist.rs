//! Watch lists: who of them is signed in, and being told who comes and goes.

use crate::support::{Client, Server, eventually};
use serde_json::{Value, json};
use std::collections::HashMap;

/// More connections than fit into one shard by chance.
const TABS: usize = 8;

/// More watchers than a shard serves in one go, on two shards.
const CROWD: usize = 1_300;

fn user(server: &Server, id: &str) -> Client {
    watcher(server, id, None)
}

/// Somebody signed in with a watch list, or without one.
fn watcher(server: &Server, id: &str, watchlist: Option<&Value>) -> Client {
    let mut client = server.connect();
    let mut data = json!({"id": id});
    if let Some(list) = watchlist {
        data["watchlist"] = list.clone();
    }
    client.ask_to_sign_in(&data.to_string());
    client.next_event("pusher:signin_success");
    client
}

/// The events of the frame that must be next: their names and users.
fn next_events(client: &mut Client) -> Value {
    let message = client.next_event("pusher_internal:watchlist_events");
    let data = message["data"].as_str().expect("a string, as on a channel");
    let data: Value = serde_json::from_str(data).unwrap();
    assert_eq!(message.get("channel"), None);
    data["events"].clone()
}

fn change(name: &str, id: &str) -> Value {
    json!([{"name": name, "user_ids": [id]}])
}

#[test]
fn a_watcher_is_told_of_its_whole_list_and_then_of_each_change() {
    let server = Server::start();
    let mut b = user(&server, "b");
    let mut a = watcher(&server, "a", Some(&json!(["c", "b", "d"])));
    assert_eq!(
        next_events(&mut a),
        json!([{"name": "online", "user_ids": ["b"]}, {"name": "offline", "user_ids": ["c", "d"]}])
    );
    // Neither has a watch list of its own.
    let c = user(&server, "c");
    assert_eq!(next_events(&mut a), change("online", "c"));
    drop(c);
    assert_eq!(next_events(&mut a), change("offline", "c"));
    let mut not_watched = user(&server, "x");
    not_watched.fence();
    b.fence();
    a.fence();
}

#[test]
fn watchers_of_all_shards_are_told_of_users_of_all_shards() {
    let server = Server::start();
    let ids: Vec<String> = (0..TABS).map(|n| format!("u{n}")).collect();
    let mut watchers: Vec<Client> = (0..TABS)
        .map(|n| watcher(&server, &format!("w{n}"), Some(&json!(ids))))
        .collect();
    for watcher in &mut watchers {
        assert_eq!(
            next_events(watcher),
            json!([{"name": "offline", "user_ids": ids}])
        );
    }
    let mut users = Vec::new();
    for id in &ids {
        users.push(user(&server, id));
        for watcher in &mut watchers {
            assert_eq!(next_events(watcher), change("online", id));
        }
    }
    // Somebody else's loss does not matter to those who stay.
    drop(watchers.pop());
    for id in &ids {
        drop(users.remove(0));
        for watcher in &mut watchers {
            assert_eq!(next_events(watcher), change("offline", id));
        }
    }
    for watcher in &mut watchers {
        watcher.fence();
    }
}

#[test]
fn further_tabs_of_a_user_are_not_told_of() {
    let server = Server::start();
    let mut a = watcher(&server, "a", Some(&json!(["b"])));
    assert_eq!(next_events(&mut a), change("offline", "b"));
    let mut tabs: Vec<Client> = (0..TABS).map(|_| user(&server, "b")).collect();
    assert_eq!(next_events(&mut a), change("online", "b"));
    // One connection signs in again.
    tabs[0].ask_to_sign_in(&json!({"id": "b"}).to_string());
    tabs[0].next_event("pusher:signin_success");
    a.fence();
    while let Some(tab) = tabs.pop() {
        a.fence();
        drop(tab);
        eventually(|| server.hub.connection_count("1") == tabs.len() + 1);
    }
    assert_eq!(next_events(&mut a), change("offline", "b"));
    a.fence();
}

#[test]
fn a_user_who_is_shut_out_is_gone() {
    let server = Server::start();
    let mut b = user(&server, "b");
    let mut a = watcher(&server, "a", Some(&json!(["b"])));
    assert_eq!(next_events(&mut a), change("online", "b"));
    server.hub.terminate_user("1", "b");
    assert_eq!(b.next_fatal().0, 4009);
    assert_eq!(next_events(&mut a), change("offline", "b"));
}

#[test]
fn a_hundred_users_are_watched_and_the_rest_is_cut() {
    let server = Server::start();
    let ids: Vec<String> = (0..101).map(|n| format!("u{n}")).collect();
    let mut a = watcher(&server, "a", Some(&json!(ids[..100])));
    assert_eq!(
        next_events(&mut a),
        json!([{"name": "offline", "user_ids": ids[..100]}])
    );
    let mut b = watcher(&server, "b", Some(&json!(ids)));
    assert_eq!(b.next_error()["code"], 4302);
    assert_eq!(
        next_events(&mut b),
        json!([{"name": "offline", "user_ids": ids[..100]}])
    );
    let (mut cut, mut last) = (user(&server, "u100"), user(&server, "u99"));
    for client in [&mut a, &mut b] {
        assert_eq!(next_events(client), change("online", "u99"));
        client.fence();
    }
    cut.fence();
    last.fence();
}

#[test]
fn what_can_be_no_other_user_is_left_out() {
    let server = Server::start();
    let long = "x".repeat(129);
    let odd = json!(["b", "b", "a", 7, null, ["b"], {"id": "b"}, "", "no space", long, "b"]);
    let mut a = watcher(&server, "a", Some(&odd));
    assert_eq!(next_events(&mut a), change("offline", "b"));
    let mut second_tab = user(&server, "a");
    second_tab.fence();
    a.fence();
    for nobody in [
        json!([]),
        json!(["a"]),
        json!("b"),
        json!({"b": 1}),
        json!(null),
    ] {
        let mut client = watcher(&server, "a", Some(&nobody));
        client.fence();
    }
    assert_eq!(server.hub.panic_count(), 0);
}

#[test]
fn users_may_watch_each_other() {
    let server = Server::start();
    let mut a = watcher(&server, "a", Some(&json!(["b"])));
    assert_eq!(next_events(&mut a), change("offline", "b"));
    let mut b = watcher(&server, "b", Some(&json!(["a"])));
    assert_eq!(next_events(&mut b), change("online", "a"));
    assert_eq!(next_events(&mut a), change("online", "b"));
    drop(a);
    assert_eq!(next_events(&mut b), change("offline", "a"));
    let mut a = watcher(&server, "a", Some(&json!(["b"])));
    assert_eq!(next_events(&mut a), change("online", "b"));
    assert_eq!(next_events(&mut b), change("online", "a"));
}

#[test]
fn a_crowd_of_watchers_is_told_to_the_last() {
    let server = Server::start();
    let mut crowd: Vec<Client> = (0..CROWD)
        .map(|n| watcher(&server, &format!("w{n}"), Some(&json!(["star"]))))
        .collect();
    for client in &mut crowd {
        assert_eq!(next_events(client), change("offline", "star"));
    }
    let star = user(&server, "star");
    for client in &mut crowd {
        assert_eq!(next_events(client), change("online", "star"));
    }
    drop(star);
    for client in &mut crowd {
        assert_eq!(next_events(client), change("offline", "star"));
    }
}

/// Applies what the client is told until it answers, and gives what it then knows.
fn known(client: &mut Client, known: &mut HashMap<String, bool>) {
    client.send(&json!({"event": "pusher:ping", "data": {}}));
    loop {
        let message = client.next();
        if message["event"] == "pusher:pong" {
            return;
        }
        assert_eq!(message["event"], "pusher_internal:watchlist_events");
        let data: Value = serde_json::from_str(message["data"].as_str().unwrap()).unwrap();
        for event in data["events"].as_array().unwrap() {
            for id in event["user_ids"].as_array().unwrap() {
                let id = id.as_str().unwrap().to_owned();
                known.insert(id, event["name"] == "online");
            }
        }
    }
}

#[test]
fn the_last_frame_tells_the_truth_of_users_who_come_and_go_quickly() {
    let server = Server::start();
    let list = json!(["u0", "u1", "u2", "u3"]);
    let watchers = std::thread::scope(|scope| {
        for n in 0..TABS {
            let server = &server;
            // Two threads for each user.
            scope.spawn(move || {
                for _ in 0..30 {
                    drop(user(server, &format!("u{}", n % 4)));
                }
            });
        }
        // They begin to watch in the midst of it.
        (0..2 * TABS)
            .map(|n| watcher(&server, &format!("w{n}"), Some(&list)))
            .collect::<Vec<_>>()
    });
    let mut stays = user(&server, "u0");
    let n_open = watchers.len() + 1;
    eventually(|| server.hub.connection_count("1") == n_open);
    let expected: HashMap<String, bool> = (0..4).map(|n| (format!("u{n}"), n == 0)).collect();
    for mut watcher in watchers {
        let mut all = HashMap::new();
        // The other shard may still be about to tell.
        eventually(|| {
            known(&mut watcher, &mut all);
            all == expected
        });
    }
    stays.fence();
    assert_eq!(server.hub.panic_count(), 0);
}
