//! Somebody with a credential of the chat.

use super::{REQUEST_PATIENCE, json_of};
use antiphon_testkit::{Agent, Request, Visitor};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A visitor in a browser, or an agent in one.
#[derive(Debug, Clone)]
pub(crate) enum Person {
    /// With a conversation.
    Visitor(Visitor),
    /// With a session.
    Agent(Agent),
}

impl Person {
    /// A GET request, with the patience of a client.
    pub(crate) fn get(&self, target: &str) -> Request {
        let request = match self {
            Self::Visitor(visitor) => visitor.get(target),
            Self::Agent(agent) => agent.get(target),
        };
        request.within(REQUEST_PATIENCE)
    }

    /// A POST request, with the patience of a client.
    pub(crate) fn post(&self, target: &str, body: &Value) -> Request {
        let request = match self {
            Self::Visitor(visitor) => visitor.post(target, body),
            Self::Agent(agent) => agent.post(target, body),
        };
        request.within(REQUEST_PATIENCE)
    }

    /// The messages after one, and the conversation's state.
    pub(crate) fn page(&self, conversation_id: i64, query: &str) -> Option<Value> {
        let target = format!("/api/chatbot/conversation/{conversation_id}?{query}&limit=200");
        let answer = self.get(&target).try_send()?;
        (answer.status == 200).then(|| json_of(&answer))
    }

    /// The right to listen on channels, by channel.
    pub(crate) fn grants(
        &self,
        socket_id: &str,
        channels: &[String],
    ) -> Option<BTreeMap<String, String>> {
        let body = json!({ "socket_id": socket_id, "channel_name": channels });
        let answer = self.post("/broadcasting/auth", &body).try_send()?;
        let grants = json_of(&answer);
        channels
            .iter()
            .map(|channel| {
                Some((
                    channel.clone(),
                    grants[channel]["auth"].as_str()?.to_owned(),
                ))
            })
            .collect()
    }
}
