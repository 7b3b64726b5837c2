//! A WebSocket server with its HTTP API on a port of its own, a backend that signs, and clients that subscribe.

use antiphon_domain::{Clock, Timestamp};
use antiphon_http::{HttpServer, WebSocketState, websocket_router};
use antiphon_protocol::auth::{self, Credentials};
use antiphon_protocol::{SocketId, signature};
use antiphon_realtime::{App, Apps, Engine, Hub, Limits, Observer, OccurrenceKind};
use antiphon_webhooks::Webhooks;
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;
use tungstenite::{Message, WebSocket};

/// How long a client waits for something that must come.
const PATIENCE: Duration = Duration::from_secs(20);

/// The second at which the server's clock stands.
pub(crate) const NOW: u64 = 1_700_000_000;

/// What the server takes as the largest body: enough for a full batch.
const MAX_BODY: usize = 256 << 10;

#[derive(Debug)]
struct Still;

impl Clock for Still {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(NOW as i64 * 1_000_000)
    }
}

pub(crate) struct Server {
    address: SocketAddr,
    prefix: &'static str,
    _engine: Engine,
}

/// One kept-alive connection of a backend.
pub(crate) struct Backend {
    stream: BufReader<TcpStream>,
    /// The head of the last answer, in lower case.
    pub(crate) head: String,
}

pub(crate) struct Client {
    ws: WebSocket<TcpStream>,
    pub(crate) socket_id: String,
}

/// A status, and the JSON or text that came with it.
pub(crate) type Answer = (u16, Value);

pub(crate) const APP: Credentials<'static> = Credentials::new("key", "secret");

impl Server {
    pub(crate) fn start() -> Self {
        Self::start_under("")
    }

    /// A server behind a path prefix, empty or `/like/this`.
    pub(crate) fn start_under(prefix: &'static str) -> Self {
        Self::start_as(prefix, None)
    }

    /// A server whose webhooks are told what happens on the channels of one of its applications.
    pub(crate) fn start_with(webhooks: Webhooks, observed: &'static str) -> Self {
        Self::start_as("", Some((webhooks, observed)))
    }

    fn start_as(prefix: &'static str, webhooks: Option<(Webhooks, &'static str)>) -> Self {
        let mut disabled = App::new("3", "disabled", APP.secret);
        disabled.enabled = false;
        let mut apps = [
            App::new("1", APP.key, APP.secret),
            App::new("2", "other", "other secret"),
            disabled,
        ];
        let mut observer: Option<Arc<dyn Observer>> = None;
        if let Some((webhooks, observed)) = &webhooks {
            for app in apps.iter_mut().filter(|app| app.id == *observed) {
                app.observed = [OccurrenceKind::ChannelOccupied].into_iter().collect();
            }
            observer = Some(Arc::new(webhooks.clone()));
        }
        let apps = Apps::new(apps).unwrap().with_path_prefix(prefix);
        let hub = Hub::observed_by(observer, apps, Limits::default(), 2).unwrap();
        let mut state = WebSocketState::new(hub.clone(), Arc::new(Still), MAX_BODY);
        if let Some((webhooks, _)) = webhooks {
            state = state.with_webhooks(webhooks);
        }
        let http = HttpServer::new(websocket_router(state, prefix, None));
        let any_port = "127.0.0.1:0".parse().unwrap();
        let engine = Engine::start(&hub, &[any_port], Arc::new(http)).unwrap();
        Self {
            address: engine.addresses()[0],
            prefix,
            _engine: engine,
        }
    }

    pub(crate) fn backend(&self) -> Backend {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        Backend {
            stream: BufReader::new(stream),
            head: String::new(),
        }
    }

    /// A signed request on a connection of its own.
    pub(crate) fn post(&self, resource: &str, body: &Value) -> Answer {
        self.backend().post(resource, body)
    }

    /// A signed request on a connection of its own.
    pub(crate) fn get(&self, resource: &str, parameters: &[(&str, &str)]) -> Answer {
        self.backend().get(resource, parameters)
    }

    pub(crate) fn connect(&self) -> Client {
        self.connect_to("key")
    }

    /// A connection to the application with this key.
    pub(crate) fn connect_to(&self, key: &str) -> Client {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let url = format!("ws://{}{}/app/{key}?protocol=7", self.address, self.prefix);
        let (ws, _) = tungstenite::client(url, stream).unwrap();
        let mut client = Client {
            ws,
            socket_id: String::new(),
        };
        let established = client.next();
        let data: Value = serde_json::from_str(established["data"].as_str().unwrap()).unwrap();
        client.socket_id = data["socket_id"].as_str().unwrap().to_owned();
        client
    }
}

impl Backend {
    pub(crate) fn post(&mut self, resource: &str, body: &Value) -> Answer {
        let (path, body) = (format!("/apps/1/{resource}"), body.to_string());
        let query = signature::sign(APP, "POST", &path, &[], body.as_bytes(), NOW);
        self.send("POST", &format!("{path}?{query}"), body.as_bytes())
    }

    pub(crate) fn get(&mut self, resource: &str, parameters: &[(&str, &str)]) -> Answer {
        let path = format!("/apps/1/{resource}");
        let query = signature::sign(APP, "GET", &path, parameters, b"", NOW);
        self.send("GET", &format!("{path}?{query}"), b"")
    }

    /// A signed request with further headers, each with its line end.
    pub(crate) fn post_with(&mut self, resource: &str, headers: &str, body: &Value) -> Answer {
        let (path, body) = (format!("/apps/1/{resource}"), body.to_string());
        let query = signature::sign(APP, "POST", &path, &[], body.as_bytes(), NOW);
        let length = format!("{headers}Content-Length: {}\r\n", body.len());
        self.send_with("POST", &format!("{path}?{query}"), &length, body.as_bytes())
    }

    /// Any request.
    pub(crate) fn send(&mut self, method: &str, target: &str, body: &[u8]) -> Answer {
        let length = format!("Content-Length: {}\r\n", body.len());
        self.send_with(method, target, &length, body)
    }

    /// Any request, with these headers and these bytes behind its head.
    pub(crate) fn send_with(
        &mut self,
        method: &str,
        target: &str,
        headers: &str,
        body: &[u8],
    ) -> Answer {
        self.write(
            format!(
                "{method} {target} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n{headers}\r\n"
            )
            .as_bytes(),
        );
        self.write(body);
        self.answer()
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) {
        self.stream.get_mut().write_all(bytes).unwrap();
    }

    /// Reads the next answer.
    pub(crate) fn answer(&mut self) -> Answer {
        self.head.clear();
        let mut line = String::new();
        self.stream.read_line(&mut line).unwrap();
        let status = line.split(' ').nth(1).unwrap().parse().unwrap();
        let mut length = 0;
        loop {
            line.clear();
            self.stream.read_line(&mut line).unwrap();
            let header = line.trim_end().to_ascii_lowercase();
            self.head.push_str(&header);
            self.head.push('\n');
            if let Some(value) = header.strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            if header.is_empty() {
                break;
            }
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).unwrap();
        let text = String::from_utf8(body).unwrap();
        let value = serde_json::from_str(&text).unwrap_or_else(|_| text.trim_end().into());
        (status, value)
    }
}

impl Client {
    pub(crate) fn send(&mut self, message: &Value) {
        self.ws.send(Message::text(message.to_string())).unwrap();
    }

    pub(crate) fn next(&mut self) -> Value {
        serde_json::from_str(self.ws.read().unwrap().to_text().unwrap()).unwrap()
    }

    /// Subscribes with a good signature, on a presence channel as `user_id`.
    pub(crate) fn subscribe(&mut self, channel: &str, user_id: Option<&str>) {
        let socket_id: SocketId = self.socket_id.parse().unwrap();
        let data = user_id.map(|id| json!({ "user_id": id }).to_string());
        let auth = auth::sign_channel(APP, socket_id, channel, data.as_deref());
        self.send(&json!({"event": "pusher:subscribe",
            "data": {"channel": channel, "auth": auth, "channel_data": data}}));
        let answer = self.next();
        assert_eq!(
            answer["event"], "pusher_internal:subscription_succeeded",
            "{answer}"
        );
    }

    /// Name and data of the next event on a channel.
    pub(crate) fn next_on(&mut self, channel: &str) -> (String, Value) {
        let mut message = self.next();
        assert_eq!(message["channel"], channel, "{message}");
        let name = message["event"].as_str().unwrap().to_owned();
        (name, message["data"].take())
    }

    /// Shows that nothing else was sent to this client before now.
    pub(crate) fn fence(&mut self) {
        self.send(&json!({"event": "pusher:ping", "data": {}}));
        assert_eq!(self.next()["event"], "pusher:pong");
    }
}
