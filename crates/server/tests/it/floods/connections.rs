//! Floods of connections: beyond the limit of the application, of an address, and of the node.

use super::bystander::{Door, FLOOD, Scene, together};
use crate::{ANTIPHON, start, workspace};
use antiphon_testkit::{Deadline, PusherClient, TestApp, Workspace, eventually};
use std::os::unix::fs::PermissionsExt as _;

const ATTACKERS: usize = 4;
/// More connections than any limit here.
const TOO_MANY: usize = 100;
/// An address that a flood says that it comes from. The proxy on this machine is believed.
const FAR: (&str, &str) = ("x-forwarded-for", "203.0.113.9");

/// What became of an attempt to connect.
enum Attempt {
    Accepted(Box<PusherClient>),
    Refused(u16),
    /// Not even heard.
    Dropped,
}

fn attempt(door: &Door) -> Attempt {
    let path = format!("/app/{}", door.key);
    let Ok(mut socket) = PusherClient::open_with(door.address, &path, &[FAR]) else {
        return Attempt::Dropped;
    };
    let first = socket.next_message();
    if first["event"] == "pusher:connection_established" {
        return Attempt::Accepted(Box::new(socket));
    }
    let (_, code, _) = socket.wait_for_close();
    assert_eq!(first["data"]["code"], code, "{first}");
    Attempt::Refused(code)
}

/// What a flood of connections met.
#[derive(Default)]
struct Met {
    accepted: Vec<PusherClient>,
    refused: Vec<u16>,
    dropped: usize,
}

/// Each attacker holds on to what it gets, and goes on.
fn flood(scene: &Scene) -> Met {
    let door = &scene.door;
    let attack = |_| {
        let (deadline, mut met) = (Deadline::after(FLOOD), Met::default());
        for n in 0.. {
            match attempt(door) {
                Attempt::Accepted(socket) => met.accepted.push(*socket),
                Attempt::Refused(code) => met.refused.push(code),
                Attempt::Dropped => met.dropped += 1,
            }
            if n >= TOO_MANY && deadline.is_over() {
                break;
            }
        }
        met
    };
    let mut all = Met::default();
    for met in scene.flood(|| together(ATTACKERS, attack)) {
        all.accepted.extend(met.accepted);
        all.refused.extend(met.refused);
        all.dropped += met.dropped;
    }
    all
}

fn connections(scene: &Scene) -> u64 {
    let backend = scene.app.backend();
    let path = format!("/apps/{}/connections", backend.app_id);
    let query = backend.sign("GET", &path, b"");
    let answer = backend.request("GET", &format!("{path}?{query}")).send();
    answer.expect(200).json()["connections"].as_u64().unwrap()
}

/// Once the flood has gone, there is room for as many again.
fn room_is_free_again(scene: &Scene, met: Met) {
    let n_accepted = met.accepted.len();
    drop(met);
    eventually("all have gone", || connections(scene) == 0);
    let again: Vec<_> = (0..n_accepted).map(|_| attempt(&scene.door)).collect();
    assert!(
        again
            .iter()
            .all(|attempt| matches!(attempt, Attempt::Accepted(_)))
    );
}

#[test]
fn an_application_takes_no_more_than_its_quota_however_many_come_at_once() {
    let app = TestApp::start_in(workspace().with_env("REVERB_APP_MAX_CONNECTIONS", "50"));
    let scene = Scene::new(app);
    let met = flood(&scene);
    // One place is the bystander's.
    assert_eq!(met.accepted.len(), 49);
    assert!(met.refused.len() > TOO_MANY && met.dropped == 0);
    assert!(met.refused.iter().all(|code| *code == 4004));
    room_is_free_again(&scene, met);
}

#[test]
fn an_address_takes_no_more_than_its_share_and_others_come_in() {
    let env = ("ANTIPHON_MAX_CONNECTIONS_PER_ADDRESS", "50");
    let scene = Scene::new(TestApp::start_in(workspace().with_env(env.0, env.1)));
    let met = flood(&scene);
    // The bystander has another address.
    assert_eq!(met.accepted.len(), 50);
    assert!(met.refused.len() > TOO_MANY && met.dropped == 0);
    assert!(met.refused.iter().all(|code| *code == 4100));
    scene.door.connect().fence();
    room_is_free_again(&scene, met);
}

/// A server that may have so many descriptors.
fn with_descriptors(limit: usize) -> TestApp {
    let folder = workspace();
    let script = folder.folder().join("antiphon");
    let text = format!("#!/bin/sh\nulimit -n {limit}\nexec '{ANTIPHON}' \"$@\"\n");
    std::fs::write(&script, text).unwrap();
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o700)).unwrap();
    // The script is needed for the start only.
    TestApp::start_in(Workspace::new(&script).with_env("ANTIPHON_SHARDS", "2"))
}

#[test]
fn a_node_takes_no_more_than_it_has_descriptors_for_and_still_serves() {
    // A quarter is kept for files and the database: room for 150 sockets.
    let scene = Scene::new(with_descriptors(200));
    let mut early = scene.door.connect();
    let met = flood(&scene);
    // Two places are taken, and some of the attempts before an end was seen count for a moment.
    let n_accepted = met.accepted.len();
    assert!((100..=148).contains(&n_accepted), "{n_accepted}");
    assert!(!met.refused.is_empty());
    assert!(met.refused.iter().all(|code| *code == 4100));
    early.fence();
    // The database still works in the midst of it.
    scene.app.visitor().say("hello");
    drop(early);
    room_is_free_again(&scene, met);
}

#[test]
fn connections_with_unknown_keys_are_told_so_and_take_no_place() {
    let scene = Scene::new(start());
    let door = &scene.door;
    let n_told: usize = scene
        .flood(|| {
            together(ATTACKERS, |n| {
                let (deadline, mut told) = (Deadline::after(FLOOD), 0);
                while !deadline.is_over() {
                    let path = format!("/app/guess-{n}-{told}");
                    let mut socket = PusherClient::open(door.address, &path).unwrap();
                    assert_eq!(socket.wait_for_close().1, 4001);
                    told += 1;
                }
                told
            })
        })
        .into_iter()
        .sum();
    assert!(n_told >= ATTACKERS);
    eventually("all have gone", || connections(&scene) == 0);
    scene.door.connect().fence();
}
