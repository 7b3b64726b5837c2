//! Delivery: each event once, in order, to everybody; a slow reader costs only itself.

use crate::support::{Client, Server, eventually, has_io_uring};
use antiphon_protocol::ChannelName;
use antiphon_realtime::{
    App, Apps, Engine, HandedOver, HttpHandoff, Hub, Limits, Publication, Published,
};
use parking_lot::Mutex;
use serde_json::json;
use std::io::Write as _;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use tungstenite::Message;

/// How events go out. The contract is the same.
#[derive(Debug, Clone, Copy)]
enum Sends {
    OneByOne,
    /// With io_uring, for any number of subscribers.
    InBatches,
}

impl Sends {
    /// A server that sends so. Where the kernel has no io_uring, it sends one by one in either case, as it should.
    fn start(self, limits: impl FnOnce(&mut Limits)) -> Server {
        let server = Server::with(
            |_| {},
            |all| {
                all.batch_from = match self {
                    Self::OneByOne => None,
                    Self::InBatches => Some(1),
                };
                limits(all);
            },
        );
        let n_batching = match self {
            Self::InBatches if has_io_uring() => 2,
            Self::OneByOne | Self::InBatches => 0,
        };
        eventually(|| server.hub.batching_shards() == n_batching);
        server
    }
}

/// Checks a fact for both ways of sending.
fn both_ways(fact: impl Fn(Sends)) {
    for sends in [Sends::OneByOne, Sends::InBatches] {
        eprintln!("{sends:?}");
        fact(sends);
    }
}

#[test]
fn data_arrives_exactly_as_published() {
    both_ways(|sends| {
        let server = sends.start(|_| {});
        let mut client = server.connect();
        client.subscribe("a");
        let large = "é".repeat(50_000);
        for data in [
            "",
            "plain",
            r#"{"a":"\"\\"}"#,
            "\u{0}\u{2028}\u{1f600}",
            "null",
            &large,
        ] {
            server.publish("a", "App\\Events\\Sent", data);
            assert_eq!(client.next_data("a", "App\\Events\\Sent"), data);
        }
    });
}

#[test]
fn one_publication_reaches_all_its_channels_and_no_other() {
    both_ways(|sends| {
        let server = sends.start(|_| {});
        let mut clients: Vec<Client> = (0..3).map(|_| server.connect()).collect();
        for (client, channel) in clients.iter_mut().zip(["a", "b", "c"]) {
            client.subscribe(channel);
        }
        let channels = ["a", "b", "empty"].map(|name| ChannelName::parse(name).unwrap());
        let publication = Publication {
            channels: &channels,
            event: "e",
            data: "{}",
            except: None,
            once: None,
        };
        assert_eq!(
            server
                .hub
                .publish(&server.hub.app("1").unwrap(), publication),
            Published::Queued
        );
        clients[0].next_data("a", "e");
        clients[1].next_data("b", "e");
        clients[2].fence();
    });
}

#[test]
fn a_publication_can_leave_one_connection_out() {
    both_ways(|sends| {
        let server = sends.start(|_| {});
        let (mut author, mut reader) = (server.connect(), server.connect());
        author.subscribe("a");
        reader.subscribe("a");
        for n in 0..100 {
            let except = (n % 2 == 0).then(|| author.socket_id());
            server.publish_except("a", "n", &n.to_string(), except);
        }
        for n in 0..100 {
            assert_eq!(reader.next_data("a", "n"), n.to_string());
        }
        for n in (1..100).step_by(2) {
            assert_eq!(author.next_data("a", "n"), n.to_string());
        }
        author.fence();
    });
}

#[test]
fn a_thousand_subscribers_get_every_event_once_and_in_order() {
    both_ways(|sends| {
        const EVENTS: usize = 30;
        let server = sends.start(|_| {});
        let mut clients: Vec<Client> = (0..1000).map(|_| server.connect()).collect();
        for client in &mut clients {
            client.subscribe("a");
        }
        assert_eq!(server.subscribers("a"), 1000);
        for n in 0..EVENTS {
            server.publish("a", "n", &n.to_string());
        }
        for client in &mut clients {
            for n in 0..EVENTS {
                assert_eq!(client.next_data("a", "n"), n.to_string());
            }
        }
        for client in &mut clients {
            client.fence();
        }
    });
}

#[test]
fn all_subscribers_see_the_events_of_many_publishers_in_the_same_order() {
    both_ways(|sends| {
        let server = sends.start(|_| {});
        let mut clients: Vec<Client> = (0..8).map(|_| server.connect()).collect();
        for client in &mut clients {
            client.subscribe("a");
        }
        std::thread::scope(|scope| {
            for publisher in 0..4 {
                let server = &server;
                scope.spawn(move || {
                    for n in 0..50 {
                        server.publish("a", "n", &format!("{publisher} {n}"));
                    }
                });
            }
        });
        let mut seen = clients.iter_mut().map(|client| {
            (0..200)
                .map(|_| client.next_data("a", "n"))
                .collect::<Vec<_>>()
        });
        let first = seen.next().unwrap();
        assert!(seen.all(|other| other == first));
    });
}

#[test]
fn subscribers_come_and_go_during_a_broadcast() {
    both_ways(|sends| {
        let server = sends.start(|_| {});
        let mut steady: Vec<Client> = (0..40).map(|_| server.connect()).collect();
        for client in &mut steady {
            client.subscribe("a");
        }
        std::thread::scope(|scope| {
            scope.spawn(|| {
                for n in 0..300 {
                    server.publish("a", "n", &n.to_string());
                }
            });
            scope.spawn(|| {
                for _ in 0..60 {
                    let mut visitor = server.connect();
                    let auth = visitor.auth("a", None);
                    visitor.send(
                    &json!({"event": "pusher:subscribe", "data": {"channel": "a", "auth": auth}}),
                );
                    visitor.next_event("pusher_internal:subscription_succeeded");
                }
            });
        });
        for client in &mut steady {
            for n in 0..300 {
                assert_eq!(client.next_data("a", "n"), n.to_string());
            }
        }
        eventually(|| server.subscribers("a") == 40);
    });
}

/// Publishes until the kernel's buffers and the backlog of a client that does not read must be full.
fn flood(server: &Server, n_events: usize) {
    let data = "x".repeat(10_000);
    for n in 0..n_events {
        server.publish("flood", &format!("n{n}"), &data);
    }
}

#[test]
fn a_client_that_does_not_read_is_cut_off_and_the_others_go_on() {
    both_ways(|sends| {
        let server = sends.start(|limits| limits.backlog_bytes = 200_000);
        let mut stuck = server.connect();
        let mut reader = server.connect();
        stuck.subscribe("flood");
        reader.subscribe("flood");
        let n_events = 3000;
        std::thread::scope(|scope| {
            scope.spawn(|| {
                for n in 0..n_events {
                    reader.next_event(&format!("n{n}"));
                    if n % 20 == 19 {
                        // The publisher waits for the reader, who is not to be cut off, and not for the other.
                        server.publish("paced", "go", "");
                    }
                }
            });
            let mut pace = server.connect();
            pace.subscribe("paced");
            let data = "x".repeat(10_000);
            for n in 0..n_events {
                server.publish("flood", &format!("n{n}"), &data);
                if n % 20 == 19 {
                    pace.next_event("go");
                }
            }
        });
        eventually(|| server.subscribers("flood") == 1);
        // What had been sent is whole, and then comes the reason.
        let (mut events, mut last) = (0, String::new());
        let code = loop {
            match stuck.ws.read().unwrap() {
                Message::Text(text) => {
                    assert!(last.is_empty(), "something after the error");
                    match text.contains("pusher:error") {
                        true => last = text.to_string(),
                        false => {
                            assert!(
                                text.contains(&format!(r#""event":"n{events}""#)),
                                "{events}"
                            );
                            events += 1;
                        }
                    }
                }
                Message::Close(Some(frame)) => break u16::from(frame.code),
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(code, 4100);
        assert!(
            last.contains("4100") && events < n_events,
            "{events} {last}"
        );
        reader.fence();
    });
}

#[test]
fn a_stuck_client_is_dropped_even_if_it_never_reads_again() {
    both_ways(|sends| {
        let server = sends.start(|limits| {
            limits.backlog_bytes = 50_000;
            limits.close_timeout_ms = 200;
        });
        let mut stuck = server.connect();
        stuck.subscribe("flood");
        eventually(|| {
            flood(&server, 50);
            server.hub.socket_count() == 0
        });
    });
}

#[test]
fn a_slow_client_that_catches_up_loses_nothing() {
    both_ways(|sends| {
        let server = sends.start(|limits| limits.backlog_bytes = 64 << 20);
        let mut slow = server.connect();
        slow.subscribe("flood");
        // More than the kernel's buffers hold, so that the backlog must work.
        flood(&server, 2000);
        let mut other = server.connect();
        other.fence();
        for n in 0..2000 {
            slow.next_event(&format!("n{n}"));
        }
        slow.fence();
    });
}

/// Holds up the shard that it is called by until it is told to go on.
struct Stall {
    entered: Sender<()>,
    go_on: Mutex<Receiver<()>>,
}

impl HttpHandoff for Stall {
    fn take(&self, _: HandedOver) {
        self.entered.send(()).unwrap();
        self.go_on.lock().recv().unwrap();
    }
}

#[test]
fn an_inbox_that_is_full_refuses_until_it_is_empty_again() {
    let limits = Limits {
        inbox_bytes: 100_000,
        ..Limits::default()
    };
    let hub = Hub::new(
        Apps::new([App::new("1", "key", "secret")]).unwrap(),
        limits,
        1,
    )
    .unwrap();
    let (entered, stalled) = channel();
    let (go_on, waiting) = channel();
    let http = Stall {
        entered,
        go_on: Mutex::new(waiting),
    };
    let engine = Engine::start(&hub, &["127.0.0.1:0".parse().unwrap()], Arc::new(http)).unwrap();
    let address = engine.addresses()[0];
    let server = Server {
        hub,
        engine: Some(engine),
        address,
    };
    let mut client = server.connect();
    client.subscribe("a");
    server.tcp().write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
    stalled.recv().unwrap();

    let channels = [ChannelName::parse("a").unwrap()];
    let data = "x".repeat(60_000);
    let publication = Publication {
        channels: &channels,
        event: "e",
        data: &data,
        except: None,
        once: None,
    };
    let app = server.hub.app("1").unwrap();
    let outcomes = [(); 3].map(|()| server.hub.publish(&app, publication));
    assert_eq!(
        outcomes,
        [Published::Queued, Published::Queued, Published::Overloaded]
    );
    go_on.send(()).unwrap();
    client.next_event("e");
    client.next_event("e");
    eventually(|| server.hub.publish(&app, publication) == Published::Queued);
    client.next_event("e");
    client.fence();
}
