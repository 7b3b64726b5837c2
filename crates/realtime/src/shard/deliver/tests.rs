use crate::app::{App, Apps};
use crate::engine::Engine;
use crate::handoff::{HandedOver, HttpHandoff};
use crate::hub::Hub;
use crate::limits::Limits;
use crate::registry::ShardSet;
use antiphon_protocol::ChannelName;
use antiphon_protocol::ws::{Opcode, client, frame};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

struct NoHttp;

impl HttpHandoff for NoHttp {
    fn take(&self, _: HandedOver) {}
}

/// The next message of text on a socket on which nothing else comes with it.
fn next_text(stream: &mut TcpStream) -> String {
    let mut received = Vec::new();
    loop {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        received.push(byte[0]);
        if let Some((Opcode::Text, payload, _)) = client::read(&received) {
            return String::from_utf8(received[payload].to_vec()).unwrap();
        }
    }
}

fn subscribe(engine: &Engine, channel: &str) -> TcpStream {
    let mut stream = TcpStream::connect(engine.addresses()[0]).unwrap();
    let patience = Duration::from_secs(20);
    stream.set_read_timeout(Some(patience)).unwrap();
    let request = "GET /app/key?protocol=7 HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
    stream.write_all(request.as_bytes()).unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        head.push(byte[0]);
    }
    assert!(next_text(&mut stream).contains("connection_established"));
    let json = format!(r#"{{"event":"pusher:subscribe","data":{{"channel":"{channel}"}}}}"#);
    let mut bytes = Vec::new();
    client::write(&mut bytes, Opcode::Text, json.as_bytes(), [1, 2, 3, 4]);
    stream.write_all(&bytes).unwrap();
    assert!(next_text(&mut stream).contains("subscription_succeeded"));
    stream
}

/// What shards share and an event comes by (its channel, the cache, the addresses) is locked by somebody else from before the event is in
/// the inboxes until everybody has it.
#[test]
fn an_event_is_delivered_without_any_lock_that_shards_share() {
    const SHARDS: usize = 3;
    for batch_from in [None, Some(1)] {
        let limits = Limits {
            batch_from,
            ..Limits::default()
        };
        let apps = Apps::new([App::new("1", "key", "secret")]).unwrap();
        let hub = Hub::new(apps, limits, SHARDS).unwrap();
        let address = "127.0.0.1:0".parse().unwrap();
        let engine = Engine::start(&hub, &[address], Arc::new(NoHttp)).unwrap();
        // The kernel spreads them: with so many no shard is left out, for all practical purposes.
        let mut subscribers: Vec<_> = (0..60).map(|_| subscribe(&engine, "a")).collect();

        let shared = &*hub.0;
        let channel = ChannelName::parse("a").unwrap();
        let bytes = frame::encode(Opcode::Text, b"an event");
        let _addresses = shared.addresses.hold();
        let state = shared.apps.state(0);
        let _cache = state.cache.lock();
        // Holds the lock of the channel meanwhile.
        state.registry.in_order(&channel, |shards| {
            assert_eq!(shards.iter().count(), SHARDS);
            let mut posted = ShardSet::default();
            shared.post_to(shards, 0, &channel, &bytes, None, &mut posted);
            shared.wake(posted);
            for stream in &mut subscribers {
                assert_eq!(next_text(stream), "an event");
            }
        });
        drop(subscribers);
    }
}
