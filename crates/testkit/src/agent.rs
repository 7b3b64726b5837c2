//! A person of the team, logged in by a session cookie.

use crate::api::Api;
use crate::http::{Request, Response};
use crate::pusher::PusherClient;
use serde_json::{Value, json};

/// An agent with a session.
#[derive(Debug, Clone)]
pub struct Agent {
    /// The server.
    pub api: Api,
    /// The agent's id.
    pub id: i64,
    /// The session's cookie, `name=value`.
    pub cookie: String,
}

impl Agent {
    /// The login of the agent that [`Agent::set_up`] makes.
    pub const EMAIL: &'static str = "ana@example.com";
    /// The password of the agent that [`Agent::set_up`] makes.
    pub const PASSWORD: &'static str = "correct horse battery";

    /// Uses a set-up link.
    #[track_caller]
    pub fn set_up(api: &Api, setup_token: &str) -> Self {
        let body = json!({ "token": setup_token, "name": "Ana", "email": Self::EMAIL, "password": Self::PASSWORD });
        let answer = api.post("/api/v1/setup", &body).send().expect(201);
        Self::from_answer(api, &answer)
    }

    /// Logs in.
    #[track_caller]
    pub fn log_in(api: &Api, email: &str, password: &str) -> Self {
        let body = json!({ "email": email, "password": password });
        let answer = api.post("/api/v1/session", &body).send().expect(200);
        Self::from_answer(api, &answer)
    }

    #[track_caller]
    fn from_answer(api: &Api, answer: &Response) -> Self {
        let cookie = answer.header("set-cookie").expect("a session begins");
        Self {
            api: api.clone(),
            id: answer.json()["agent"]["id"].as_i64().unwrap(),
            cookie: cookie.split(';').next().unwrap_or_default().to_owned(),
        }
    }

    /// A request of any method with this agent's session.
    pub fn request(&self, method: &str, target: &str) -> Request {
        self.api
            .request(method, target)
            .header("cookie", &self.cookie)
    }

    /// A request with this agent's session.
    pub fn get(&self, target: &str) -> Request {
        self.api.get(target).header("cookie", &self.cookie)
    }

    /// A request with this agent's session.
    pub fn post(&self, target: &str, body: &Value) -> Request {
        self.api.post(target, body).header("cookie", &self.cookie)
    }

    /// Posts a message, and gives its `seq`.
    #[track_caller]
    pub fn say(&self, conversation_id: i64, message: &str) -> i64 {
        let body = json!({ "conversation_id": conversation_id, "message": message });
        let answer = self.post("/api/chatbot/message", &body).send().expect(201);
        answer.json()["seq"].as_i64().unwrap()
    }

    /// Closes, reopens or assigns a conversation: `verb` is the last part of the path.
    #[track_caller]
    pub fn change(&self, conversation_id: i64, verb: &str, body: &Value) -> Value {
        self.post(
            &format!("/api/v1/conversations/{conversation_id}/{verb}"),
            body,
        )
        .send()
        .expect(200)
        .json()["conversation"]
            .clone()
    }

    /// A socket that listens on a channel; on a presence channel, as this agent.
    #[track_caller]
    pub fn listen(&self, channel: &str) -> PusherClient {
        self.join(channel).0
    }

    /// The same, with what the subscription was answered: on a presence channel, who is there.
    #[track_caller]
    pub fn join(&self, channel: &str) -> (PusherClient, Value) {
        let mut socket = self.api.connect();
        let body = json!({ "socket_id": socket.socket_id(), "channel_name": channel });
        let answer = self.post("/broadcasting/auth", &body).send();
        let mut data = answer.expect(200).json();
        data["channel"] = channel.into();
        socket.send(&json!({ "event": "pusher:subscribe", "data": data }));
        let succeeded = socket.next_event("pusher_internal:subscription_succeeded");
        (socket, succeeded)
    }
}
