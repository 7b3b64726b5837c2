//! A Pusher client, in the shape of pusher-js: connects, subscribes, waits for events.

use crate::clock::{Deadline, PATIENCE};
use serde_json::{Value, json};
use std::net::{Shutdown, SocketAddr, TcpStream};
use tungstenite::client::IntoClientRequest as _;
use tungstenite::protocol::CloseFrame;
use tungstenite::{Message, WebSocket};

/// A WebSocket that speaks Pusher's protocol.
#[derive(Debug)]
pub struct PusherClient {
    socket: WebSocket<TcpStream>,
    socket_id: String,
}

impl PusherClient {
    /// Connects as this application's client, and waits for `pusher:connection_established`.
    #[track_caller]
    pub fn connect(address: SocketAddr, key: &str) -> Self {
        Self::connect_at(address, &format!("/app/{key}"))
    }

    /// Connects on another path, for servers with a prefix.
    #[track_caller]
    pub fn connect_at(address: SocketAddr, path: &str) -> Self {
        let mut client = Self::open(address, path).unwrap();
        let established = client.next_message();
        assert_eq!(
            established["event"], "pusher:connection_established",
            "{established}"
        );
        client.socket_id = event_data(&established)["socket_id"]
            .as_str()
            .unwrap()
            .to_owned();
        client
    }

    /// Opens a WebSocket, whatever the server then says.
    pub fn open(address: SocketAddr, path: &str) -> Result<Self, Box<tungstenite::Error>> {
        Self::open_with(address, path, &[])
    }

    /// The same with further headers.
    pub fn open_with(
        address: SocketAddr,
        path: &str,
        headers: &[(&'static str, &str)],
    ) -> Result<Self, Box<tungstenite::Error>> {
        let stream = TcpStream::connect(address).map_err(tungstenite::Error::Io)?;
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        let url = format!("ws://{address}{path}?protocol=7&client=js&version=8.6.0&flash=false");
        let mut request = url.into_client_request().map_err(Box::new)?;
        for (name, value) in headers {
            request.headers_mut().append(*name, value.parse().unwrap());
        }
        match tungstenite::client(request, stream) {
            Ok((socket, _)) => Ok(Self {
                socket,
                socket_id: String::new(),
            }),
            Err(tungstenite::HandshakeError::Failure(error)) => Err(Box::new(error)),
            Err(tungstenite::HandshakeError::Interrupted(_)) => {
                panic!("the handshake was not answered in time")
            }
        }
    }

    /// The id that the server gave it.
    pub fn socket_id(&self) -> &str {
        &self.socket_id
    }

    /// Sends a frame.
    pub fn send(&mut self, frame: &Value) {
        self.socket.send(Message::text(frame.to_string())).unwrap();
    }

    /// Sends frames at once, as fast as the server takes them; gives up when it has closed.
    pub fn send_all(&mut self, frames: &[Value]) {
        for frame in frames {
            if self.socket.write(Message::text(frame.to_string())).is_err() {
                return;
            }
        }
        let _closed = self.socket.flush();
    }

    /// Asks for a channel, without waiting for the answer.
    pub fn ask_to_subscribe(&mut self, channel: &str, auth: &str) {
        self.send(
            &json!({ "event": "pusher:subscribe", "data": { "channel": channel, "auth": auth } }),
        );
    }

    /// Subscribes.
    ///
    /// # Panics
    /// The server refuses.
    #[track_caller]
    pub fn subscribe(&mut self, channel: &str, auth: &str) {
        self.ask_to_subscribe(channel, auth);
        let answer = self.next_message();
        assert_eq!(
            answer["event"], "pusher_internal:subscription_succeeded",
            "{answer}"
        );
        assert_eq!(answer["channel"], channel);
    }

    /// The next message.
    #[track_caller]
    pub fn next_message(&mut self) -> Value {
        self.next_before(&Deadline::new())
    }

    #[track_caller]
    fn next_before(&mut self, deadline: &Deadline) -> Value {
        let stream = self.socket.get_ref();
        stream.set_read_timeout(Some(deadline.left())).unwrap();
        match self.socket.read() {
            Ok(Message::Text(text)) => serde_json::from_str(&text).unwrap(),
            other => panic!("a message was expected, and this came: {other:?}"),
        }
    }

    /// The data of the next message, which must be this event.
    #[track_caller]
    pub fn next_event(&mut self, event: &str) -> Value {
        let message = self.next_message();
        assert_eq!(message["event"], event, "{message}");
        event_data(&message)
    }

    /// The data of the next such event; others before it are passed over.
    #[track_caller]
    pub fn wait_for(&mut self, event: &str) -> Value {
        let deadline = Deadline::new();
        loop {
            let message = self.next_before(&deadline);
            if message["event"] == event {
                return event_data(&message);
            }
        }
    }

    /// Sends a ping, and gives everything that came before its pong.
    #[track_caller]
    pub fn fence(&mut self) -> Vec<Value> {
        self.send(&json!({ "event": "pusher:ping", "data": {} }));
        let (deadline, mut messages) = (Deadline::new(), Vec::new());
        loop {
            let message = self.next_before(&deadline);
            if message["event"] == "pusher:pong" {
                return messages;
            }
            messages.push(message);
        }
    }

    /// Reads on until the server closes the socket with a frame, answers that as browsers do, and gives all messages before it,
    /// the code and the reason.
    #[track_caller]
    pub fn wait_for_close(&mut self) -> (Vec<Value>, u16, String) {
        let mut messages = Vec::new();
        loop {
            match self.socket.read() {
                Ok(Message::Text(text)) => messages.push(serde_json::from_str(&text).unwrap()),
                Ok(Message::Close(Some(CloseFrame { code, reason }))) => {
                    // The answer goes out with the next read, which finds the end; then this side closes too.
                    self.wait_for_end();
                    let _gone = self.socket.get_ref().shutdown(Shutdown::Both);
                    return (messages, code.into(), reason.to_string());
                }
                other => panic!("a close frame was expected, and this came: {other:?}"),
            }
        }
    }

    /// Reads on until a pong, or until the server closes the socket. Gives how many messages came before, and the code of the close.
    #[track_caller]
    pub fn read_until_pong_or_close(&mut self) -> (usize, Option<u16>) {
        for n_messages in 0.. {
            match self.socket.read() {
                Ok(Message::Text(text)) if text.contains(r#""pusher:pong""#) => {
                    return (n_messages, None);
                }
                Ok(Message::Text(_)) => {}
                Ok(Message::Close(Some(frame))) => return (n_messages, Some(frame.code.into())),
                other => {
                    panic!("a message or a close frame was expected, and this came: {other:?}")
                }
            }
        }
        unreachable!("nobody sends so many messages")
    }

    /// Reads on until the connection ends, however it does.
    pub fn wait_for_end(&mut self) {
        while self.socket.read().is_ok() {}
    }
}

/// An event's data: JSON within a string, or JSON as it is.
#[track_caller]
pub fn event_data(message: &Value) -> Value {
    match &message["data"] {
        Value::String(text) => serde_json::from_str(text).unwrap(),
        data => data.clone(),
    }
}
