//! permessage-deflate, with clients that frame for themselves: only where both sides want it, and never at anybody's expense.

use crate::support::{PATH, Server, eventually, read_until, send_lossy};
use antiphon_protocol::ws::deflate::{Deflater, Inflater};
use antiphon_protocol::ws::{Opcode, client};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;

const OFFER: &str = "permessage-deflate; client_max_window_bits";

/// A client that offers compression and understands it.
struct Deflating {
    stream: TcpStream,
    /// What came and was not looked at yet.
    received: Vec<u8>,
    deflater: Deflater,
    inflater: Inflater,
}

/// A message, and how many bytes it took on the wire.
#[derive(Debug)]
struct Heard {
    opcode: Opcode,
    compressed: bool,
    payload: Vec<u8>,
    wire_bytes: usize,
}

fn compressing() -> Server {
    Server::with(
        |app| {
            app.compression = true;
            app.max_message_bytes = 10_000;
        },
        |limits| limits.batch_from = Some(2),
    )
}

impl Deflating {
    /// Connects with this offer. Gives the client, and what was agreed to.
    fn connect(server: &Server, offer: &str) -> (Self, Option<String>) {
        let mut stream = server.tcp();
        let request = format!(
            "GET {PATH} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Extensions: {offer}\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).unwrap();
        let head = read_until(&mut stream, "\r\n\r\n");
        let agreed = head
            .lines()
            .find_map(|line| line.strip_prefix("Sec-WebSocket-Extensions: "));
        let agreed = agreed.map(str::to_owned);
        let mut this = Self {
            stream,
            received: Vec::new(),
            deflater: Deflater::default(),
            inflater: Inflater::default(),
        };
        assert!(this.next_text().contains("pusher:connection_established"));
        (this, agreed)
    }

    fn next(&mut self) -> Heard {
        loop {
            if let Some((opcode, range, len)) = client::read(&self.received) {
                let compressed = self.received[0] & 0x40 != 0;
                let payload = match compressed {
                    true => self.inflater.inflate(&self.received[range], 1 << 20),
                    false => Ok(&self.received[range]),
                };
                let heard = Heard {
                    opcode,
                    compressed,
                    payload: payload.unwrap().to_vec(),
                    wire_bytes: len,
                };
                self.received.drain(..len);
                return heard;
            }
            let mut part = [0; 4096];
            let len = self.stream.read(&mut part).unwrap();
            assert!(len > 0, "the connection has ended");
            self.received.extend_from_slice(&part[..len]);
        }
    }

    fn next_text(&mut self) -> String {
        let heard = self.next();
        assert_eq!(heard.opcode, Opcode::Text);
        String::from_utf8(heard.payload).unwrap()
    }

    fn next_close_code(&mut self) -> u16 {
        let heard = self.next();
        assert_eq!(heard.opcode, Opcode::Close, "{heard:?}");
        u16::from_be_bytes(heard.payload[..2].try_into().unwrap())
    }

    /// Sends a message compressed, in frames of so many bytes at most.
    fn send(&mut self, text: &str, frame_bytes: usize) {
        let mut payload = Vec::new();
        self.deflater.deflate(text.as_bytes(), &mut payload);
        self.send_payload(&payload, frame_bytes);
    }

    fn send_payload(&mut self, payload: &[u8], frame_bytes: usize) {
        let mut stream = Vec::new();
        let n_parts = payload.len().div_ceil(frame_bytes);
        for (n, part) in payload.chunks(frame_bytes).enumerate() {
            let start = stream.len();
            match n {
                0 => client::write_compressed(&mut stream, Opcode::Text, part, [1, 2, 3, 4]),
                _ => client::write(&mut stream, Opcode::Continuation, part, [1, 2, 3, 4]),
            }
            if n + 1 < n_parts {
                stream[start] &= 0x7f;
            }
        }
        send_lossy(&mut self.stream, &stream);
    }

    fn subscribe(&mut self, channel: &str) {
        let json = format!(r#"{{"event":"pusher:subscribe","data":{{"channel":"{channel}"}}}}"#);
        self.send(&json, usize::MAX);
        let answer = self.next_text();
        assert!(answer.contains("subscription_succeeded"), "{answer}");
    }
}

#[test]
fn nothing_is_agreed_to_unless_it_is_configured() {
    let server = Server::start();
    let (mut client, agreed) = Deflating::connect(&server, OFFER);
    assert_eq!(agreed, None);
    client.send(r#"{"event":"pusher:ping"}"#, usize::MAX);
    assert_eq!(client.next_close_code(), 1002);
}

#[test]
fn only_an_offer_that_can_be_met_is_agreed_to() {
    let server = compressing();
    let agreed = |offer| Deflating::connect(&server, offer).1;
    let plain = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";
    assert_eq!(agreed(OFFER).as_deref(), Some(plain));
    assert_eq!(
        agreed("permessage-deflate; server_max_window_bits=10, permessage-deflate").as_deref(),
        Some(plain)
    );
    assert_eq!(
        agreed("permessage-deflate; server_max_window_bits=10"),
        None
    );
    assert_eq!(agreed("permessage-bzip2"), None);
    // One that does not ask gets no header that it would have to refuse.
    let mut plain_client = server.connect();
    plain_client.fence();
}

#[test]
fn an_event_is_compressed_for_those_who_agreed_and_plain_for_the_others() {
    let server = compressing();
    let mut deflating: Vec<_> = (0..8)
        .map(|_| Deflating::connect(&server, OFFER).0)
        .collect();
    let mut plain: Vec<_> = (0..8).map(|_| server.connect()).collect();
    deflating
        .iter_mut()
        .for_each(|client| client.subscribe("a"));
    plain.iter_mut().for_each(|client| client.subscribe("a"));
    let long = "Good morning. ".repeat(100);
    for data in ["short", &long, "short again", &long] {
        server.publish("a", "said", data);
    }
    for client in &mut plain {
        for data in ["short", &long, "short again", &long] {
            assert_eq!(client.next_data("a", "said"), data);
        }
    }
    for client in &mut deflating {
        for is_long in [false, true, false, true] {
            let heard = client.next();
            assert_eq!(heard.compressed, is_long, "{heard:?}");
            let text = String::from_utf8(heard.payload).unwrap();
            assert_eq!(text.contains(&long), is_long, "{text}");
            assert!(heard.wire_bytes < 200, "{}", heard.wire_bytes);
        }
    }
    // Both forms are counted as what they are.
    let sent = server.hub.app_metrics()[0].sent_bytes as usize;
    let plain_alone = 8 * 2 * long.len();
    assert!((plain_alone..2 * plain_alone).contains(&sent), "{sent}");
}

#[test]
fn a_connection_that_is_left_out_gets_the_others_compressed() {
    let server = compressing();
    let mut deflating: Vec<_> = (0..4)
        .map(|_| Deflating::connect(&server, OFFER).0)
        .collect();
    let author = server.connect();
    let mut author = author;
    author.subscribe("a");
    deflating
        .iter_mut()
        .for_each(|client| client.subscribe("a"));
    let long = "Good evening. ".repeat(100);
    server.publish_except("a", "said", &long, Some(author.socket_id()));
    author.fence();
    for client in &mut deflating {
        assert!(client.next().compressed);
    }
}

#[test]
fn compressed_messages_of_clients_are_understood_in_frames_of_any_size() {
    let server = compressing();
    let (mut client, _) = Deflating::connect(&server, OFFER);
    for frame_bytes in [1, 2, 7, 30, usize::MAX] {
        client.send(r#"{"event":"pusher:ping","data":{}}"#, frame_bytes);
        assert!(client.next_text().contains("pusher:pong"), "{frame_bytes}");
    }
    // One that agreed need not compress.
    let mut plain = Vec::new();
    client::write(
        &mut plain,
        Opcode::Text,
        br#"{"event":"pusher:ping"}"#,
        [4, 3, 2, 1],
    );
    client.stream.write_all(&plain).unwrap();
    assert!(client.next_text().contains("pusher:pong"));
}

#[test]
fn what_inflates_too_far_or_not_at_all_ends_the_connection() {
    let server = compressing();
    let mut neighbor = server.connect();
    let mut bomb = Vec::new();
    Deflater::default().deflate(&vec![b' '; 1 << 20], &mut bomb);
    let mut over = Vec::new();
    Deflater::default().deflate(&[b' '; 10_001], &mut over);
    let mut cut_off = Vec::new();
    Deflater::default().deflate(br#"{"event":"pusher:ping"}"#, &mut cut_off);
    cut_off.truncate(cut_off.len() - 2);
    let mut not_utf8 = Vec::new();
    Deflater::default().deflate(b"\xff\xff", &mut not_utf8);
    assert!(over.len() < 1000);
    for (payload, frame_bytes, code) in [
        (&bomb[..], usize::MAX, 1009),
        (&bomb[..1_000], 300, 1009),
        (&cut_off, usize::MAX, 1007),
        (&over, usize::MAX, 1009),
        (&over, 10, 1009),
        (b"\x07\x00", usize::MAX, 1007),
        (b"not compressed", 5, 1007),
        (&not_utf8, usize::MAX, 1007),
    ] {
        let (mut client, _) = Deflating::connect(&server, OFFER);
        client.send_payload(payload, frame_bytes);
        assert_eq!(
            client.next_close_code(),
            code,
            "{frame_bytes} {}",
            payload.len()
        );
    }
    neighbor.fence();
    assert_eq!(server.hub.panic_count(), 0);
}

#[test]
fn the_bit_of_compression_belongs_on_the_first_frame_of_a_message_only() {
    let server = compressing();
    for frame in [
        &[0xc9, 0x80, 0, 0, 0, 0][..],                     // a ping
        &[0x01, 0x80, 0, 0, 0, 0, 0xc0, 0x80, 0, 0, 0, 0], // a continuation
        &[0xe1, 0x80, 0, 0, 0, 0],                         // another reserved bit
    ] {
        let (mut client, _) = Deflating::connect(&server, OFFER);
        send_lossy(&mut client.stream, frame);
        assert_eq!(client.next_close_code(), 1002, "{frame:x?}");
    }
    eventually(|| server.hub.socket_count() == 0);
}
