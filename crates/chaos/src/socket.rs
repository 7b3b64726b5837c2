//! A WebSocket of a client that expects everything to go wrong: no failure is more than the end of this connection.

use antiphon_testkit::{Stopwatch, event_data};
use serde_json::{Value, json};
use std::io::ErrorKind;
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;
use tungstenite::client::IntoClientRequest as _;
use tungstenite::{Error, Message, WebSocket};

/// For the connection, the handshake and the server's first word.
const CONNECT_PATIENCE: Duration = Duration::from_secs(3);
/// Silence after which a client asks whether the server is there, and silence after which it is not. Browsers wait longer; here a
/// run has to see many connections die unheard.
const ASK_AFTER: Duration = Duration::from_millis(1500);
const GONE_AFTER: Duration = Duration::from_secs(4);

/// A connection on which `pusher:connection_established` has come.
#[derive(Debug)]
pub(crate) struct Socket {
    stream: WebSocket<TcpStream>,
    id: String,
    heard: Stopwatch,
    has_asked: bool,
}

/// What came.
#[derive(Debug)]
pub(crate) enum Next {
    /// A message.
    Message(Value),
    /// Nothing in this time.
    Nothing,
    /// The connection is no more.
    Gone,
}

impl Socket {
    /// Connects as this application's client; `None` if that fails in any way.
    pub(crate) fn connect(address: SocketAddr, key: &str) -> Option<Self> {
        let stream = TcpStream::connect_timeout(&address, CONNECT_PATIENCE).ok()?;
        stream.set_read_timeout(Some(CONNECT_PATIENCE)).ok()?;
        stream.set_write_timeout(Some(CONNECT_PATIENCE)).ok()?;
        stream.set_nodelay(true).ok()?;
        let url =
            format!("ws://{address}/app/{key}?protocol=7&client=js&version=8.6.0&flash=false");
        let (stream, _) = tungstenite::client(url.into_client_request().ok()?, stream).ok()?;
        let mut socket = Self {
            stream,
            id: String::new(),
            heard: Stopwatch::start(),
            has_asked: false,
        };
        let Next::Message(established) = socket.next(CONNECT_PATIENCE) else {
            return None;
        };
        if established["event"] != "pusher:connection_established" {
            return None;
        }
        event_data(&established)["socket_id"]
            .as_str()?
            .clone_into(&mut socket.id);
        Some(socket)
    }

    /// The id that the server gave it.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// Sends a frame; a failure is met again by whoever reads.
    pub(crate) fn send(&mut self, frame: &Value) {
        let _gone = self.stream.send(Message::text(frame.to_string()));
    }

    /// Waits so long for the next message. Pongs are kept back.
    pub(crate) fn next(&mut self, wait: Duration) -> Next {
        if self.heard.elapsed() > GONE_AFTER {
            return Next::Gone;
        }
        if self.heard.elapsed() > ASK_AFTER && !self.has_asked {
            self.has_asked = true;
            self.send(&json!({ "event": "pusher:ping", "data": {} }));
        }
        if self.stream.get_ref().set_read_timeout(Some(wait)).is_err() {
            return Next::Gone;
        }
        match self.stream.read() {
            Ok(Message::Text(text)) => {
                self.heard = Stopwatch::start();
                self.has_asked = false;
                match serde_json::from_str::<Value>(&text) {
                    Ok(message) if message["event"] == "pusher:pong" => Next::Nothing,
                    Ok(message) if message["event"] == "pusher:ping" => {
                        self.send(&json!({ "event": "pusher:pong", "data": {} }));
                        Next::Nothing
                    }
                    Ok(message) => Next::Message(message),
                    Err(_) => Next::Gone,
                }
            }
            Ok(Message::Close(_)) => Next::Gone,
            Ok(_) => Next::Nothing,
            Err(Error::Io(error))
                if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) =>
            {
                Next::Nothing
            }
            Err(_) => Next::Gone,
        }
    }
}
