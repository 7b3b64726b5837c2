//! Floods over sockets that were let in.

use super::bystander::{Door, FLOOD, Scene, together};
use crate::start;
use antiphon_testkit::{Deadline, PusherClient, event_data, eventually};
use serde_json::{Value, json};
use std::io::Write as _;
use std::net::TcpStream;

/// More than a connection may send at once.
const TOO_MANY: usize = 3_000;
/// Two keep two processors busy.
const ATTACKERS: usize = 2;

/// Sends the frames on one connection after the other, and gives how many were closed for it and what they were told.
fn flood_with(scene: &Scene, frames: &[Value]) -> (usize, Vec<Value>) {
    let door = &scene.door;
    let attack = |_| {
        let (deadline, mut closed) = (Deadline::after(FLOOD), 0);
        loop {
            let mut socket = door.connect();
            socket.send_all(frames);
            let (messages, code, reason) = socket.wait_for_close();
            let told = "Too many messages: the most is 1000 per second";
            assert_eq!((code, &*reason), (4301, told));
            let last = messages.last().unwrap();
            assert_eq!(event_data(last)["code"], 4301, "{last}");
            closed += 1;
            if deadline.is_over() {
                return (closed, messages);
            }
        }
    };
    let mut outcomes = scene.flood(|| together(ATTACKERS, attack));
    let closed = outcomes.iter().map(|(closed, _)| closed).sum();
    (closed, outcomes.swap_remove(0).1)
}

#[test]
fn a_flood_of_frames_ends_its_connections_and_no_other() {
    let scene = Scene::new(start());
    let ping = json!({"event": "pusher:ping", "data": {}});
    let (closed, messages) = flood_with(&scene, &vec![ping; TOO_MANY]);
    assert!(closed >= ATTACKERS);
    // What the limit allows is answered: a second's worth at once.
    assert!(messages.len() >= 1_000, "{}", messages.len());
}

#[test]
fn a_flood_of_subscriptions_ends_its_connections_and_leaves_no_channel() {
    let scene = Scene::new(start());
    let frames: Vec<Value> = (0..TOO_MANY)
        .map(|n| json!({"event": "pusher:subscribe", "data": {"channel": format!("flood-{n}")}}))
        .collect();
    let (_, messages) = flood_with(&scene, &frames);
    let succeeded = messages
        .iter()
        .filter(|message| message["event"] == "pusher_internal:subscription_succeeded");
    assert_eq!(succeeded.count(), 1_000);
    eventually("all channels are left", || occupied_channels(&scene) == 0);
}

#[test]
fn nonsense_is_limited_as_sense_is() {
    let scene = Scene::new(start());
    let deep = json!({"event": "client-x", "channel": "private-x", "data": "[".repeat(1_000)});
    flood_with(&scene, &vec![deep; TOO_MANY]);
}

#[test]
fn messages_that_never_end_take_no_more_than_a_message_may() {
    let scene = Scene::new(start());
    // The head of a text frame of 16,000 bytes, and all of it but the last.
    let mut half = vec![0x81, 0x80 | 126];
    half.extend_from_slice(&16_000_u16.to_be_bytes());
    half.extend_from_slice(&[0; 4]);
    half.resize(half.len() + 15_999, b'x');
    let door = &scene.door;
    let sockets = scene.flood(|| {
        together(ATTACKERS, |_| {
            let mut sockets: Vec<TcpStream> = Vec::new();
            for _ in 0..200 {
                let mut stream = upgraded(door);
                stream.write_all(&half).unwrap();
                sockets.push(stream);
            }
            std::thread::park_timeout(FLOOD);
            sockets
        })
    });
    drop(sockets);
}

/// A bare socket that is a WebSocket to the server.
fn upgraded(door: &Door) -> TcpStream {
    let mut stream = TcpStream::connect(door.address).unwrap();
    let head = format!(
        "GET /app/{}?protocol=7 HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
        door.key
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream
}

fn occupied_channels(scene: &Scene) -> usize {
    let backend = scene.app.backend();
    let path = format!("/apps/{}/channels", backend.app_id);
    let query = backend.sign("GET", &path, b"");
    let answer = backend.request("GET", &format!("{path}?{query}")).send();
    answer.expect(200).json()["channels"]
        .as_object()
        .unwrap()
        .len()
}

#[test]
fn a_crowd_that_leaves_at_once_keeps_nobody_out() {
    let scene = Scene::new(start());
    let crowd: Vec<PusherClient> = (0..500)
        .map(|_| {
            let mut socket = scene.door.connect();
            socket.subscribe("crowd", "");
            socket
        })
        .collect();
    scene.flood(|| {
        drop(crowd);
        // At once, while the server is still tidying up.
        for _ in 0..50 {
            scene.door.connect().subscribe("crowd", "");
        }
    });
    eventually("the channel is empty", || occupied_channels(&scene) == 0);
}
