//! Where a server is, and short ways to ask it.

use crate::http::{Pending, Request};
use crate::pusher::PusherClient;
use serde_json::Value;
use std::net::SocketAddr;

/// A server's two ports. Cheap to clone; survives a restart on the same ports.
#[derive(Debug, Clone)]
pub struct Api {
    http: SocketAddr,
    websocket: SocketAddr,
}

impl Api {
    /// A server at these addresses.
    pub fn new(http: SocketAddr, websocket: SocketAddr) -> Self {
        Self { http, websocket }
    }

    /// The application's own port.
    pub fn http(&self) -> SocketAddr {
        self.http
    }

    /// The WebSocket server's port.
    pub fn websocket(&self) -> SocketAddr {
        self.websocket
    }

    /// A request of any method.
    pub fn request(&self, method: &str, target: &str) -> Request {
        Request::new(self.http, method, target)
    }

    /// A GET request.
    pub fn get(&self, target: &str) -> Request {
        self.request("GET", target)
    }

    /// A POST request with a JSON body.
    pub fn post(&self, target: &str, body: &Value) -> Request {
        self.request("POST", target).json(body)
    }

    /// Bytes that need be no request.
    #[track_caller]
    pub fn raw(&self, bytes: &[u8]) -> Pending {
        Pending::send_raw(self.http, bytes)
    }

    /// The demo widget's token.
    #[track_caller]
    pub fn widget_token(&self) -> String {
        let answer = self.get("/chatbot-test.json").send().expect(200).json();
        text(&answer["token"])
    }

    /// What a widget is told.
    #[track_caller]
    pub fn config(&self, widget_token: &str) -> Value {
        self.get("/api/chatbot/config")
            .bearer(widget_token)
            .send()
            .expect(200)
            .json()
    }

    /// A connection to the WebSocket server's own port.
    #[track_caller]
    pub fn connect(&self) -> PusherClient {
        self.connect_to(self.websocket)
    }

    /// A connection through the application's own port.
    #[track_caller]
    pub fn connect_through_http(&self) -> PusherClient {
        self.connect_to(self.http)
    }

    /// A connection to a port, with the key that widgets are told.
    #[track_caller]
    fn connect_to(&self, address: SocketAddr) -> PusherClient {
        let config = self.config(&self.widget_token());
        PusherClient::connect(address, &text(&config["reverb"]["key"]))
    }
}

/// A JSON string's text.
#[track_caller]
pub(crate) fn text(value: &Value) -> String {
    value
        .as_str()
        .unwrap_or_else(|| panic!("{value} is no string"))
        .to_owned()
}
