//! A server on a port of its own, and clients that wait for answers instead of sleeping.

use antiphon_protocol::{ChannelName, SocketId, auth};
use antiphon_realtime::{
    App, Apps, Engine, HandedOver, HttpHandoff, Hub, Limits, Observer, Publication,
};
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tungstenite::client::IntoClientRequest as _;
use tungstenite::protocol::CloseFrame;
use tungstenite::{Message, WebSocket};

/// How long a client waits for something that must come.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) const PATH: &str = "/app/key?protocol=7&client=js&version=8.6.0&flash=false";

pub(crate) struct Server {
    pub(crate) hub: Hub,
    pub(crate) engine: Option<Engine>,
    pub(crate) address: SocketAddr,
}

pub(crate) struct Client {
    pub(crate) ws: WebSocket<TcpStream>,
    pub(crate) socket_id: String,
}

/// Answers what is handed over with what had been read from it, and holds the connection until its end.
pub(crate) struct EchoHttp;

impl HttpHandoff for EchoHttp {
    fn take(&self, connection: HandedOver) {
        assert!(
            !connection.read_ahead.starts_with(b"PANIC"),
            "as the test wants it"
        );
        tokio::task::spawn_local(async move {
            let HandedOver {
                stream,
                read_ahead,
                stopping,
                guard,
                ..
            } = connection;
            let mut stream = tokio::net::TcpStream::from_std(stream).unwrap();
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n",
                read_ahead.len()
            );
            stream.write_all(head.as_bytes()).await.unwrap();
            stream.write_all(&read_ahead).await.unwrap();
            let mut rest = [0; 64];
            tokio::select! {
                _ = stream.read(&mut rest) => {}
                () = stopping.cancelled() => {}
            }
            drop(guard);
        });
    }
}

impl Server {
    pub(crate) fn start() -> Self {
        Self::with(|_| {}, |_| {})
    }

    /// Two shards, one application with client events; short sweeps, so that time limits act when they are due.
    pub(crate) fn with(app: impl FnOnce(&mut App), limits: impl FnOnce(&mut Limits)) -> Self {
        Self::observed_by(None, app, limits)
    }

    /// The same, with an observer.
    pub(crate) fn observed_by(
        observer: Option<Arc<dyn Observer>>,
        app: impl FnOnce(&mut App),
        limits: impl FnOnce(&mut Limits),
    ) -> Self {
        let mut the_app = App::new("1", "key", "secret");
        the_app.client_events = true;
        app(&mut the_app);
        let mut the_limits = Limits {
            sweep_ms: 50,
            ..Limits::default()
        };
        limits(&mut the_limits);
        let hub = Hub::observed_by(observer, Apps::new([the_app]).unwrap(), the_limits, 2).unwrap();
        let engine =
            Engine::start(&hub, &["127.0.0.1:0".parse().unwrap()], Arc::new(EchoHttp)).unwrap();
        let address = engine.addresses()[0];
        Self {
            hub,
            engine: Some(engine),
            address,
        }
    }

    pub(crate) fn tcp(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        stream
    }

    /// A WebSocket on any path, whatever the server then says.
    pub(crate) fn open(&self, path: &str, origin: Option<&str>) -> Client {
        self.open_with(
            path,
            &origin
                .map(|origin| ("Origin", origin))
                .into_iter()
                .collect::<Vec<_>>(),
        )
    }

    pub(crate) fn open_with(&self, path: &str, headers: &[(&'static str, &str)]) -> Client {
        let mut request = format!("ws://{}{path}", self.address)
            .into_client_request()
            .unwrap();
        for (name, value) in headers {
            request.headers_mut().append(*name, value.parse().unwrap());
        }
        let (ws, _) = tungstenite::client(request, self.tcp()).unwrap();
        Client {
            ws,
            socket_id: String::new(),
        }
    }

    /// An accepted connection.
    pub(crate) fn connect(&self) -> Client {
        let mut client = self.open(PATH, None);
        client.established();
        client
    }

    pub(crate) fn publish(&self, channel: &str, event: &str, data: &str) {
        self.publish_except(channel, event, data, None);
    }

    pub(crate) fn publish_except(
        &self,
        channel: &str,
        event: &str,
        data: &str,
        except: Option<SocketId>,
    ) {
        let channels = [ChannelName::parse(channel).unwrap()];
        let app = self.hub.app("1").unwrap();
        self.hub.publish(
            &app,
            Publication {
                channels: &channels,
                event,
                data,
                except,
                once: None,
            },
        );
    }

    pub(crate) fn subscribers(&self, channel: &str) -> usize {
        self.hub
            .subscription_count("1", &ChannelName::parse(channel).unwrap())
    }

    pub(crate) fn stop(&mut self, grace: Duration) {
        self.engine.take().unwrap().stop(grace);
    }
}

impl Client {
    pub(crate) fn established(&mut self) -> Value {
        let message = self.next();
        assert_eq!(
            message["event"], "pusher:connection_established",
            "{message}"
        );
        let data: Value = serde_json::from_str(message["data"].as_str().unwrap()).unwrap();
        self.socket_id = data["socket_id"].as_str().unwrap().to_owned();
        data
    }

    pub(crate) fn send(&mut self, message: &Value) {
        self.send_text(&message.to_string());
    }

    pub(crate) fn send_text(&mut self, text: &str) {
        self.ws.send(Message::text(text)).unwrap();
    }

    /// The next message, which must be one of text.
    pub(crate) fn next(&mut self) -> Value {
        match self.ws.read().unwrap() {
            Message::Text(text) => serde_json::from_str(&text).unwrap(),
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn next_event(&mut self, event: &str) -> Value {
        let message = self.next();
        assert_eq!(message["event"], event, "{message}");
        message
    }

    /// The `data` of the `pusher:error` that must be next.
    pub(crate) fn next_error(&mut self) -> Value {
        self.next_event("pusher:error")["data"].take()
    }

    /// The close frame that must be next, and then the end of the stream.
    pub(crate) fn next_close(&mut self) -> (u16, String) {
        let frame = match self.ws.read().unwrap() {
            Message::Close(Some(CloseFrame { code, reason })) => (code.into(), reason.to_string()),
            other => panic!("{other:?}"),
        };
        let end = self.ws.read();
        assert!(
            matches!(end, Err(tungstenite::Error::ConnectionClosed)),
            "{end:?}"
        );
        frame
    }

    /// An error that closes: the same code in a message and in the close frame. Gives code and text.
    pub(crate) fn next_fatal(&mut self) -> (u16, String) {
        let error = self.next_error();
        let (code, reason) = self.next_close();
        assert_eq!(error, json!({"code": code, "message": reason}));
        (code, reason)
    }

    /// Shows that nothing else was sent to this client before now, and that it is still served.
    pub(crate) fn fence(&mut self) {
        self.send(&json!({"event": "pusher:ping", "data": {}}));
        assert_eq!(self.next(), json!({"event": "pusher:pong", "data": {}}));
    }

    /// Passes over everything that was sent to this client before now.
    pub(crate) fn fence_past(&mut self) {
        self.send(&json!({"event": "pusher:ping", "data": {}}));
        while self.next()["event"] != "pusher:pong" {}
    }

    pub(crate) fn auth(&self, channel: &str, channel_data: Option<&str>) -> String {
        let app = App::new("1", "key", "secret");
        auth::sign_channel(app.credentials(), self.socket_id(), channel, channel_data)
    }

    pub(crate) fn socket_id(&self) -> SocketId {
        self.socket_id.parse().unwrap()
    }

    /// Subscribes with a good signature, whatever the channel.
    pub(crate) fn subscribe(&mut self, channel: &str) {
        let auth = self.auth(channel, None);
        self.send(
            &json!({"event": "pusher:subscribe", "data": {"channel": channel, "auth": auth}}),
        );
        self.next_subscribed(channel);
    }

    /// The answer to a subscription that must be next. Gives the position in the channel's history.
    pub(crate) fn next_subscribed(&mut self, channel: &str) -> String {
        let mut answer = self.next();
        let id = answer["id"].take();
        assert_eq!(
            answer,
            json!({"event": "pusher_internal:subscription_succeeded", "channel": channel, "data": "{}", "id": null})
        );
        id.as_str().unwrap().to_owned()
    }

    /// Asks to sign in, with a good signature for this `user_data`.
    pub(crate) fn ask_to_sign_in(&mut self, user_data: &str) {
        let app = App::new("1", "key", "secret");
        let auth = auth::sign_user(app.credentials(), self.socket_id(), user_data);
        self.send(
            &json!({"event": "pusher:signin", "data": {"auth": auth, "user_data": user_data}}),
        );
    }

    /// Asks to join a presence channel, with a good signature for this `channel_data`.
    pub(crate) fn ask_to_join(&mut self, channel: &str, channel_data: &str) {
        let auth = self.auth(channel, Some(channel_data));
        self.send(&json!({"event": "pusher:subscribe",
            "data": {"channel": channel, "auth": auth, "channel_data": channel_data}}));
    }

    /// Joins a presence channel and gives who is there.
    pub(crate) fn join(&mut self, channel: &str, channel_data: &Value) -> Value {
        self.ask_to_join(channel, &channel_data.to_string());
        self.next_members(channel)
    }

    /// Who is there, as the answer to a subscription that must be next says.
    pub(crate) fn next_members(&mut self, channel: &str) -> Value {
        let data = self.next_data(channel, "pusher_internal:subscription_succeeded");
        let mut data: Value = serde_json::from_str(data.as_str().unwrap()).unwrap();
        data["presence"].take()
    }

    /// Sends a subscription that must fail: gives the `data` of the error and of the subscription error, which name the channel.
    pub(crate) fn refused(&mut self, data: &Value) -> (Value, Value) {
        self.send(&json!({"event": "pusher:subscribe", "data": data}));
        self.next_refusal(&data["channel"])
    }

    pub(crate) fn next_refusal(&mut self, channel: &Value) -> (Value, Value) {
        let mut error = self.next_event("pusher:error");
        let mut subscription_error = self.next_event("pusher:subscription_error");
        assert_eq!(error["channel"], *channel);
        assert_eq!(subscription_error["channel"], *channel);
        self.fence();
        (error["data"].take(), subscription_error["data"].take())
    }

    /// Waits for the event and gives its data.
    pub(crate) fn next_data(&mut self, channel: &str, event: &str) -> Value {
        let mut message = self.next_event(event);
        assert_eq!(message["channel"], channel);
        message["data"].take()
    }
}

/// Whether the kernel lets this process have an io_uring. Asked for on a thread of its own: when a ring is gone, the kernel
/// interrupts the waiting system calls of the thread that had it.
pub(crate) fn has_io_uring() -> bool {
    let try_one = || io_uring::IoUring::new(8).is_ok();
    std::thread::spawn(try_one).join().unwrap()
}

/// Reads until the end of the stream.
pub(crate) fn read_to_end(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Reads until `end` is the end of what has come.
pub(crate) fn read_until(stream: &mut TcpStream, end: &str) -> String {
    let mut bytes = Vec::new();
    while !bytes.ends_with(end.as_bytes()) {
        let mut byte = [0];
        assert_eq!(
            stream.read(&mut byte).unwrap(),
            1,
            "{:?}",
            String::from_utf8_lossy(&bytes)
        );
        bytes.push(byte[0]);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

pub(crate) fn handshake(path: &str) -> String {
    format!(
        "GET {path} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
}

/// Sends, and takes a reset for an end: the server may have closed with something of this unread.
pub(crate) fn send_lossy(stream: &mut TcpStream, bytes: &[u8]) {
    let _ = stream.write_all(bytes);
}

/// Waits until something that other threads do has happened.
#[track_caller]
#[expect(clippy::disallowed_methods, reason = "patience is real time")]
pub(crate) fn eventually(mut condition: impl FnMut() -> bool) {
    let start = std::time::Instant::now();
    while !condition() {
        assert!(start.elapsed() < PATIENCE, "it never happened");
        std::thread::park_timeout(Duration::from_millis(2));
    }
}
