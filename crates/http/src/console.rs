//! `/console`: what a developer wants to know of the WebSocket server, live, and an event sent to try it out.
//!
//! Everything is asked of the hub when somebody looks, and nothing is kept for it: without a console that is open there is no cost.
//! Every answer is bounded, whatever the number of connections and channels. With `serve` the console opens to admins of the team,
//! with `reverb:start`, which has no accounts, to a password. Secrets of applications never come here.

pub(crate) mod channels;
pub(crate) mod connections;
pub(crate) mod events;
mod gate;
pub(crate) mod history;
mod operator;
pub(crate) mod overview;
pub(crate) mod session;
pub(crate) mod tail;
pub(crate) mod webhooks;

pub use gate::PasswordGate;
pub(crate) use operator::Operator;

use crate::error::ApiError;
use crate::state::ChatState;
use antiphon_realtime::{App, Hub};
use antiphon_webhooks::Webhooks;
use axum::http::StatusCode;
use std::sync::Arc;

/// The console's state.
#[derive(Debug, Clone)]
pub struct Console {
    place: Place,
    gate: Gate,
    webhooks: Option<Webhooks>,
}

/// Where the WebSocket server is that the console is about.
#[derive(Debug, Clone)]
enum Place {
    Here(Hub),
    /// In another process, whose console is at this address.
    Elsewhere(String),
}

/// Who may open it.
#[derive(Debug, Clone)]
enum Gate {
    /// Agents with the admin role.
    Team(ChatState),
    /// Whoever knows the password.
    Password(Arc<PasswordGate>),
}

impl Console {
    /// The console of this process's WebSocket server, for admins of the team.
    pub fn for_team(hub: Hub, chat: ChatState) -> Self {
        Self {
            place: Place::Here(hub),
            gate: Gate::Team(chat),
            webhooks: None,
        }
    }

    /// Tells admins that the console is at another address.
    pub fn elsewhere(address: String, chat: ChatState) -> Self {
        Self {
            place: Place::Elsewhere(address),
            gate: Gate::Team(chat),
            webhooks: None,
        }
    }

    /// The console of this process's WebSocket server, for whoever knows the password.
    pub fn for_password(hub: Hub, gate: PasswordGate) -> Self {
        Self {
            place: Place::Here(hub),
            gate: Gate::Password(Arc::new(gate)),
            webhooks: None,
        }
    }

    /// Shows the log of these webhooks too.
    #[must_use]
    pub fn with_webhooks(mut self, webhooks: Webhooks) -> Self {
        self.webhooks = Some(webhooks);
        self
    }

    fn hub(&self) -> Result<&Hub, ApiError> {
        match &self.place {
            Place::Here(hub) => Ok(hub),
            Place::Elsewhere(address) => Err(ApiError::new(
                StatusCode::CONFLICT,
                format!("The WebSocket server is another process, with its console at {address}"),
            )),
        }
    }
}

/// The application of a path.
fn app(hub: &Hub, id: &str) -> Result<Arc<App>, ApiError> {
    hub.app(id)
        .ok_or_else(|| ApiError::not_found("application"))
}

/// A refusal of the Pusher API, as the console shows it.
fn refused(error: crate::pusher::PusherError) -> ApiError {
    ApiError::new(error.status, error.text)
}
