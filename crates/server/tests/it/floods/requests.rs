//! Floods of HTTP requests: signed and unsigned, and those that never end.

use super::bystander::{FLOOD, Scene, together};
use crate::start;
use antiphon_testkit::{Deadline, eventually};
use serde_json::json;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

const ATTACKERS: usize = 4;
/// Between two bytes of a slow client.
const TRICKLE: Duration = Duration::from_millis(50);
/// Slow clients of each attacker.
const SLOW: usize = 200;

/// A kept-alive connection.
struct Connection(BufReader<TcpStream>);

impl Connection {
    fn new(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        stream
            .set_read_timeout(Some(antiphon_testkit::PATIENCE))
            .unwrap();
        Self(BufReader::new(stream))
    }

    /// Sends a whole request, and gives the status of its answer.
    fn ask(&mut self, request: &str) -> u16 {
        self.0.get_mut().write_all(request.as_bytes()).unwrap();
        let (mut status, mut length, mut line) = (0, 0, String::new());
        loop {
            line.clear();
            assert_ne!(self.0.read_line(&mut line).unwrap(), 0, "it was closed");
            let header = line.trim_end().to_ascii_lowercase();
            if let Some(rest) = header.strip_prefix("http/1.1 ") {
                status = rest[..3].parse().unwrap();
            } else if let Some(value) = header.strip_prefix("content-length: ") {
                length = value.parse().unwrap();
            } else if header.is_empty() {
                break;
            }
        }
        let mut body = vec![0; length];
        self.0.read_exact(&mut body).unwrap();
        status
    }
}

/// Asks the same over and over; gives how often it was answered with each of these statuses, which are all there may be.
fn ask_for_long<const N: usize>(scene: &Scene, request: &str, expected: [u16; N]) -> [usize; N] {
    let address = scene.door.address;
    let attack = |_| {
        let (deadline, mut counts) = (Deadline::after(FLOOD), [0; N]);
        let mut connection = Connection::new(address);
        while !deadline.is_over() {
            let status = connection.ask(request);
            let place = expected.iter().position(|known| *known == status);
            counts[place.unwrap_or_else(|| panic!("{status}"))] += 1;
        }
        counts
    };
    let all = scene.flood(|| together(ATTACKERS, attack));
    let sum = |place: usize| all.iter().map(|counts| counts[place]).sum();
    std::array::from_fn(sum)
}

#[test]
fn unsigned_requests_are_refused_as_fast_as_they_come() {
    let scene = Scene::new(start());
    let path = scene.app.backend().events_path();
    let request = format!(
        "POST {path}?auth_key=x&auth_timestamp=1&auth_version=1.0&body_md5=x&auth_signature=x HTTP/1.1\r\n\
         host: x\r\ncontent-length: 2\r\n\r\n{{}}"
    );
    let [refused] = ask_for_long(&scene, &request, [401]);
    assert!(refused > 100, "{refused}");
}

#[test]
fn a_backend_that_floods_its_subscribers_harms_no_bystander() {
    let scene = Scene::new(start());
    let mut subscriber = scene.door.connect();
    subscriber.subscribe("news", "");
    let backend = scene.app.backend();
    let path = backend.events_path();
    let body = json!({"name": "e", "channel": "news", "data": "x".repeat(5_000)}).to_string();
    let query = backend.sign("POST", &path, body.as_bytes());
    let request = format!(
        "POST {path}?{query} HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    // The subscriber does not read meanwhile: it is cut off, and what waited for it is freed.
    let [published, _overloaded] = ask_for_long(&scene, &request, [200, 503]);
    assert!(published > 100, "{published}");
    let (messages, code) = read_to_the_end(subscriber);
    assert!(messages > 0);
    // Cut off for being slow, unless the machine was too slow to fall behind on.
    assert!(matches!(code, None | Some(4100)), "{code:?}");
    scene.door.connect().fence();
}

/// Reads what came, until the pong to a ping of ours or the close frame. Gives how many messages that were, and the code.
fn read_to_the_end(mut client: antiphon_testkit::PusherClient) -> (usize, Option<u16>) {
    client.send_all(&[json!({"event": "pusher:ping", "data": {}})]);
    client.read_until_pong_or_close()
}

#[test]
fn heads_and_bodies_that_trickle_in_hold_nobody_up() {
    let scene = Scene::new(start());
    let path = scene.app.backend().events_path();
    let address = scene.door.address;
    let slow: Vec<_> = scene
        .flood(|| {
            together(ATTACKERS, |n| {
                let head = match n % 3 {
                    0 => "GET /up HTTP/1.1\r\nx: ".to_owned(),
                    1 => "POST /api/chatbot/init HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n\
                          content-length: 100000\r\n\r\n"
                        .to_owned(),
                    _ => format!("POST {path} HTTP/1.1\r\nhost: x\r\ncontent-length: 100000\r\n\r\n"),
                };
                let mut sockets: Vec<TcpStream> = (0..SLOW)
                    .map(|_| {
                        let mut stream = TcpStream::connect(address).unwrap();
                        stream.write_all(head.as_bytes()).unwrap();
                        stream
                    })
                    .collect();
                let deadline = Deadline::after(FLOOD);
                while !deadline.is_over() {
                    for socket in &mut sockets {
                        // A server that has had enough has closed.
                        let _closed = socket.write_all(b"x");
                    }
                    std::thread::park_timeout(TRICKLE);
                }
                sockets
            })
        })
        .into_iter()
        .flatten()
        .collect();
    drop(slow);
    eventually("they are gone", || {
        scene.app.get("/up").send().status == 200
    });
}
