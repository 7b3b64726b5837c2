//! A visitor with a conversation.

use crate::api::{Api, text};
use crate::http::{Request, Response};
use crate::pusher::PusherClient;
use serde_json::{Value, json};

/// The holder of a visitor token.
#[derive(Debug, Clone)]
pub struct Visitor {
    /// The server.
    pub api: Api,
    /// The visitor's token.
    pub token: String,
    /// The conversation.
    pub conversation_id: i64,
    /// The conversation's channel, as it stands on the wire.
    pub channel: String,
    /// The whole answer of `init`.
    pub opened: Value,
}

impl Visitor {
    /// Opens the chat.
    #[track_caller]
    pub fn init(api: &Api, widget_token: &str, body: &Value) -> Self {
        let opened = api
            .post("/api/chatbot/init", body)
            .bearer(widget_token)
            .send()
            .expect(200)
            .json();
        Self {
            api: api.clone(),
            token: text(&opened["visitor_token"]),
            conversation_id: opened["conversation_id"].as_i64().unwrap(),
            channel: format!("private-{}", text(&opened["channel"])),
            opened,
        }
    }

    /// A request with this visitor's token.
    pub fn get(&self, target: &str) -> Request {
        self.api.get(target).bearer(&self.token)
    }

    /// A request with this visitor's token.
    pub fn post(&self, target: &str, body: &Value) -> Request {
        self.api.post(target, body).bearer(&self.token)
    }

    /// A message, as a request that may be changed before it is sent.
    pub fn message(&self, message: &str) -> Request {
        self.post(
            "/api/chatbot/message",
            &json!({ "conversation_id": self.conversation_id, "message": message }),
        )
    }

    /// Posts a message, and gives its `seq`.
    #[track_caller]
    pub fn say(&self, message: &str) -> i64 {
        self.message(message).send().expect(201).json()["seq"]
            .as_i64()
            .unwrap()
    }

    /// The conversation, with a query such as `?after_seq=1`.
    #[track_caller]
    pub fn read(&self, query: &str) -> Value {
        self.conversation(query).send().expect(200).json()
    }

    /// The conversation, as a request.
    pub fn conversation(&self, query: &str) -> Request {
        self.get(&format!(
            "/api/chatbot/conversation/{}{query}",
            self.conversation_id
        ))
    }

    /// The texts of the conversation's newest 200 messages, in order.
    #[track_caller]
    pub fn texts(&self) -> Vec<String> {
        let read = self.read("?limit=200");
        let messages = read["data"]["messages"].as_array().unwrap();
        messages
            .iter()
            .map(|message| text(&message["message"]))
            .collect()
    }

    /// Asks for the right to listen on a channel.
    pub fn authorize(&self, socket_id: &str, channel: &str) -> Response {
        self.post(
            "/broadcasting/auth",
            &json!({ "socket_id": socket_id, "channel_name": channel }),
        )
        .send()
    }

    /// A socket on the WebSocket server's own port that listens on the conversation.
    #[track_caller]
    pub fn listen(&self) -> PusherClient {
        self.listening(self.api.connect())
    }

    /// Makes a socket listen on the conversation.
    #[track_caller]
    pub fn listening(&self, mut socket: PusherClient) -> PusherClient {
        let answer = self.authorize(socket.socket_id(), &self.channel);
        let auth = text(&answer.expect(200).json()["auth"]);
        socket.subscribe(&self.channel, &auth);
        socket
    }
}
