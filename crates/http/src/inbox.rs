//! `/api/v1/*`: what the inbox, and programs with an agent API token, can do.

pub(crate) mod account;
pub(crate) mod agents;
pub(crate) mod audit;
pub(crate) mod blocks;
pub(crate) mod canned_replies;
pub(crate) mod conversations;
pub(crate) mod counts;
pub(crate) mod delivered;
pub(crate) mod invitations;
pub(crate) mod labels;
mod list_query;
pub(crate) mod me;
pub(crate) mod mentions;
pub(crate) mod messages;
pub(crate) mod notes;
pub(crate) mod password_reset;
pub(crate) mod push_subscriptions;
pub(crate) mod reports;
pub(crate) mod retention;
pub(crate) mod routing;
pub(crate) mod search;
pub(crate) mod security;
pub(crate) mod session;
pub(crate) mod setup;
pub(crate) mod teams;
pub(crate) mod tokens;
pub(crate) mod transcript;
pub(crate) mod views;
pub(crate) mod visitor_export;
pub(crate) mod visitors;
pub(crate) mod webhooks;
pub(crate) mod widgets;

use crate::openapi::shape;
use antiphon_domain::{Agent, Capacity, Visitor};
use antiphon_wire::rfc3339;
use serde_json::{Value, json};

shape! {
    /// An agent.
    #[schema(as = Agent)]
    AgentJson {
        id: i64,
        /// Shown to visitors.
        name: String,
        email: String,
        /// `admin`, `agent` or `viewer`.
        #[schema(example = "agent")]
        role: String,
        /// Whether the agent is in the team.
        active: bool,
        /// Whether logging in needs a second factor: of oneself, and for administrators.
        two_factor: Option<bool>,
        /// The agent's own switch: while it is away, it is given no conversation by itself.
        available: bool,
        /// How many open conversations it is given by itself at most; `null` is what holds for everybody.
        #[schema(minimum = 0, maximum = 1000)]
        capacity: Option<i64>,
    }
}

shape! {
    /// The agent who is logged in.
    AgentAnswer { agent: AgentJson }
}

/// An agent as itself and administrators see it.
fn agent_json(agent: &Agent) -> Value {
    let mut json = colleague_json(agent);
    json["two_factor"] = agent.two_factor.into();
    json
}

/// An agent as everybody in the team sees it. Whose login is the easier one to guess is not among it.
fn colleague_json(agent: &Agent) -> Value {
    json!({
        "id": agent.id.0,
        "name": agent.name.as_str(),
        "email": agent.email.as_str(),
        "role": agent.role.as_str(),
        "active": agent.deactivated_at.is_none(),
        "available": agent.available,
        "capacity": agent.capacity.map(Capacity::get),
    })
}

shape! {
    /// A visitor, as agents see it.
    #[schema(as = ConversationVisitor)]
    VisitorJson {
        id: i64,
        name: Option<String>,
        email: Option<String>,
        phone: Option<String>,
        external_id: Option<String>,
        /// What the site told of it: a JSON object.
        #[schema(value_type = Option<Object>)]
        metadata: Option<Value>,
        /// Whether the site's backend vouches for who it is.
        verified: bool,
        created_at: String,
    }
}

/// A visitor, as agents see it.
fn visitor_json(visitor: &Visitor) -> Value {
    let contact = &visitor.contact;
    let metadata = contact.metadata.as_deref();
    json!({
        "id": visitor.id.0,
        "name": contact.name,
        "email": contact.email,
        "phone": contact.phone,
        "external_id": contact.external_id,
        "metadata": metadata.and_then(|json| serde_json::from_str::<Value>(json).ok()),
        "verified": visitor.verified,
        "created_at": rfc3339(visitor.created_at),
    })
}
