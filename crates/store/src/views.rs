//! Saved views: the filters of the inbox that somebody comes back to.

use crate::{FollowUp, StoreError};
use antiphon_domain::{AgentId, Timestamp, View, ViewId, ViewName};

/// The most views that one agent has made.
pub const MAX_VIEWS: i64 = 50;
/// The longest filter, in bytes of JSON.
pub const MAX_VIEW_FILTER: usize = 4_096;

/// A view to be made.
#[derive(Debug, Clone)]
pub struct NewView {
    /// Whose.
    pub agent_id: AgentId,
    /// Its name.
    pub name: ViewName,
    /// The query as a JSON object, at most [`MAX_VIEW_FILTER`].
    pub filter: String,
    /// Whether all agents have it.
    pub shared: bool,
    /// Now.
    pub at: Timestamp,
}

/// What is to be another about a view; what is absent stays.
#[derive(Debug, Clone)]
pub struct UpdateView {
    /// Which.
    pub id: ViewId,
    /// Its name.
    pub name: Option<ViewName>,
    /// The query as a JSON object.
    pub filter: Option<String>,
    /// Whether all agents have it.
    pub shared: Option<bool>,
}

/// What became of a view that was to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NewViewOutcome {
    /// It was.
    Created(View),
    /// The agent has made [`MAX_VIEWS`] already.
    TooMany,
}

/// Use cases on saved views.
#[async_trait::async_trait]
pub trait Views: Send + Sync {
    /// The agent's own views and those that are shared, in the order of their making.
    async fn list_views(&self, agent_id: AgentId) -> Result<Vec<View>, StoreError>;
    /// The view of this id, whoever's.
    async fn view(&self, id: ViewId) -> Result<Option<View>, StoreError>;
    /// Makes a view.
    async fn create_view(
        &self,
        new: NewView,
        follow_up: FollowUp<NewViewOutcome>,
    ) -> Result<NewViewOutcome, StoreError>;
    /// Changes a view, and answers it as it is then, if there is one.
    async fn update_view(
        &self,
        update: UpdateView,
        follow_up: FollowUp<Option<View>>,
    ) -> Result<Option<View>, StoreError>;
    /// Removes a view. Answers the one that was there.
    async fn delete_view(
        &self,
        id: ViewId,
        follow_up: FollowUp<Option<View>>,
    ) -> Result<Option<View>, StoreError>;
}
