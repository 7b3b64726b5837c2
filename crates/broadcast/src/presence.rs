//! Who of the team is there: the members of its presence channel, wherever the sockets are.
//!
//! The channel is what the inbox shows colleagues by, so "present" means the same to people and to what is given to them by itself. An
//! answer is of one moment: somebody may leave while it is on its way.

use crate::api::{Api, ApiEndpoint, ApiError};
use crate::breaker::Breaker;
use antiphon_domain::{AgentId, Clock};
use antiphon_protocol::ChannelName;
use antiphon_realtime::{App, Hub};
use antiphon_wire::AGENTS_CHANNEL;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Who is there cannot be found out now: nobody may be taken for present, or for absent.
#[derive(Debug, thiserror::Error)]
pub enum PresenceError {
    /// The server does not answer, or not as it should.
    #[error("the server that has the agents' sockets was asked who is there: {0}")]
    Failed(#[from] ApiError),
    /// It did not answer before, and is left alone for a while.
    #[error("the server that has the agents' sockets does not answer and is left alone")]
    LeftAlone,
    /// It answers what is no list of members.
    #[error("the server that has the agents' sockets answered no list of members")]
    Garbled,
}

/// Where it is known which agents are there. Drivers: [`LocalPresence`] (this process's own sockets, and those of the other nodes),
/// [`RemotePresence`] (a server of the Pusher protocol), [`Presences`] (several of them).
#[async_trait::async_trait]
pub trait Presence: Send + Sync {
    /// The agents who are there, ascending. Answers within seconds, or fails.
    async fn agents(&self) -> Result<Vec<AgentId>, PresenceError>;
}

/// The sockets of this process's hub; in a cluster, of all nodes.
pub struct LocalPresence {
    hub: Hub,
    app: Arc<App>,
}

impl LocalPresence {
    /// Looks under the installation's own app.
    pub fn new(hub: Hub, app: Arc<App>) -> Self {
        Self { hub, app }
    }
}

#[async_trait::async_trait]
impl Presence for LocalPresence {
    async fn agents(&self) -> Result<Vec<AgentId>, PresenceError> {
        let channel = ChannelName::parse(AGENTS_CHANNEL).expect("our channels are named by words");
        let members = self.hub.members(&self.app.id, &channel);
        Ok(agents(members.iter().map(|id| &**id)))
    }
}

impl std::fmt::Debug for LocalPresence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LocalPresence").finish_non_exhaustive()
    }
}

/// A server of the Pusher protocol in another process or another place, asked by its HTTP API. One that does not answer is left alone
/// by a circuit breaker, so that what waits for its answer does not keep everything else waiting.
pub struct RemotePresence {
    api: Api,
    breaker: Breaker,
    clock: Arc<dyn Clock>,
}

impl RemotePresence {
    /// The server at this endpoint.
    pub fn new(endpoint: ApiEndpoint, clock: Arc<dyn Clock>) -> Result<Self, ApiError> {
        Ok(Self {
            api: Api::new(endpoint)?,
            breaker: Breaker::default(),
            clock,
        })
    }
}

#[async_trait::async_trait]
impl Presence for RemotePresence {
    async fn agents(&self) -> Result<Vec<AgentId>, PresenceError> {
        if self.breaker.admit(self.clock.now()).is_err() {
            return Err(PresenceError::LeftAlone);
        }
        let now = u64::try_from(self.clock.now().as_seconds()).unwrap_or_default();
        let resource = format!("channels/{AGENTS_CHANNEL}/users");
        let answer = match self.api.get(&resource, now).await {
            Ok(answer) => answer,
            Err(error) => {
                if self.breaker.failed(self.clock.now()) {
                    tracing::warn!(url = self.api.endpoint.base_url, %error, "cannot ask the server which agents are there: conversations wait to be given to somebody");
                }
                return Err(error.into());
            }
        };
        if self.breaker.succeeded() {
            tracing::info!(
                url = self.api.endpoint.base_url,
                "the server says again which agents are there"
            );
        }
        members(&answer).ok_or(PresenceError::Garbled)
    }
}

impl std::fmt::Debug for RemotePresence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RemotePresence")
            .field("api", &self.api)
            .finish_non_exhaustive()
    }
}

/// Several servers: browsers that cannot reach one of them are at another. Whoever is at one that answers is there; if none does, it
/// is not known.
pub struct Presences(pub Vec<Arc<dyn Presence>>);

#[async_trait::async_trait]
impl Presence for Presences {
    async fn agents(&self) -> Result<Vec<AgentId>, PresenceError> {
        let mut all = BTreeSet::new();
        let (mut n_answers, mut failed) = (0, None);
        for presence in &self.0 {
            match presence.agents().await {
                Ok(agents) => {
                    n_answers += 1;
                    all.extend(agents);
                }
                Err(error) => failed = Some(error),
            }
        }
        match failed {
            Some(error) if n_answers == 0 => Err(error),
            _ => Ok(all.into_iter().collect()),
        }
    }
}

impl std::fmt::Debug for Presences {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Presences").field(&self.0.len()).finish()
    }
}

/// The members that an answer lists.
fn members(answer: &[u8]) -> Option<Vec<AgentId>> {
    #[derive(serde::Deserialize)]
    struct Answer {
        users: Vec<User>,
    }
    #[derive(serde::Deserialize)]
    struct User {
        id: String,
    }
    let answer: Answer = serde_json::from_slice(answer).ok()?;
    Some(agents(answer.users.iter().map(|user| user.id.as_str())))
}

/// Those whose ids are agents' ids: only the server's own signature makes members, but the app may be shared.
fn agents<'a>(ids: impl Iterator<Item = &'a str>) -> Vec<AgentId> {
    let ids: BTreeSet<AgentId> = ids.filter_map(|id| id.parse().ok().map(AgentId)).collect();
    ids.into_iter().collect()
}

#[cfg(test)]
mod tests;
