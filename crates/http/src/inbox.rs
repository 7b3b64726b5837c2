//! `/api/v1/*`: what the inbox, and programs with an agent API token, can do.

pub(crate) mod agents;
pub(crate) mod audit;
pub(crate) mod blocks;
pub(crate) mod canned_replies;
pub(crate) mod conversations;
pub(crate) mod delivered;
pub(crate) mod me;
pub(crate) mod mentions;
pub(crate) mod messages;
pub(crate) mod notes;
pub(crate) mod session;
pub(crate) mod setup;
pub(crate) mod transcript;
pub(crate) mod visitors;

use crate::openapi::shape;
use antiphon_domain::Agent;
use serde_json::{Value, json};

shape! {
    /// An agent.
    #[schema(as = Agent)]
    AgentJson {
        id: i64,
        /// Shown to visitors.
        name: String,
        email: String,
        #[schema(example = "agent")]
        role: String,
    }
}

shape! {
    /// The agent who is logged in.
    AgentAnswer { agent: AgentJson }
}

/// An agent, as the inbox shows it.
fn agent_json(agent: &Agent) -> Value {
    json!({ "id": agent.id.0, "name": agent.name.as_str(), "email": agent.email.as_str(), "role": agent.role.as_str() })
}
