//! Widgets: the installations on sites, and where they were seen.

use crate::{FollowUp, StoreError};
use antiphon_domain::{
    AllowedDomains, SiteHost, Timestamp, Widget, WidgetId, WidgetName, WidgetSettings, WidgetToken,
};

/// The most widgets: all of them are listed at once.
pub const MAX_WIDGETS: i64 = 200;
/// The most hosts that are kept of a widget: of those where it had an answer, and as many again of those that were refused, so that a
/// stranger who makes hosts up displaces none that counts.
pub const MAX_SIGHTINGS: u32 = 20;
/// How exactly it is known when a widget was last seen on a host, in seconds: a write for each page view would cost too much.
pub const SIGHTING_SECONDS: i64 = 300;

/// A widget to be made.
#[derive(Debug, Clone)]
pub struct NewWidget {
    /// Its name.
    pub name: WidgetName,
    /// Its public token, drawn at random; two are never the same.
    pub token: WidgetToken,
    /// Where it may run.
    pub allowed_domains: AllowedDomains,
    /// The first line a visitor reads.
    pub welcome_message: String,
    /// The key that signs visitors' identities.
    pub identity_secret: String,
    /// Now.
    pub at: Timestamp,
}

/// What is to be another about a widget; what is absent stays.
#[derive(Debug, Clone, Default)]
pub struct UpdateWidget {
    /// Its name.
    pub name: Option<WidgetName>,
    /// Where it may run.
    pub allowed_domains: Option<AllowedDomains>,
    /// The first line a visitor reads.
    pub welcome_message: Option<String>,
    /// Everything else, as a whole.
    pub settings: Option<WidgetSettings>,
    /// Whether it answers anybody.
    pub active: Option<bool>,
    /// Its public token.
    pub token: Option<Rotation<WidgetToken>>,
    /// The key that signs visitors' identities.
    pub identity_secret: Option<Rotation<String>>,
}

/// Something in the place of what was there. What was replaced earlier and still held ends with it.
#[derive(Debug, Clone)]
pub struct Rotation<T> {
    /// What counts from now on.
    pub new: T,
    /// Until when what it replaces is taken as well; none is not at all.
    pub previous_ends_at: Option<Timestamp>,
}

/// A page asked for a widget.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSighting {
    /// For which.
    pub widget_id: WidgetId,
    /// On which host.
    pub host: SiteHost,
    /// Whether it had its answer, or was refused because the host is not allowed.
    pub answered: bool,
    /// When.
    pub at: Timestamp,
}

/// A host on whose pages a widget was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sighting {
    /// The host.
    pub host: SiteHost,
    /// Whether it had its answer the last time.
    pub answered: bool,
    /// The first time, as long as the host is kept.
    pub first_seen_at: Timestamp,
    /// The last time, give or take [`SIGHTING_SECONDS`].
    pub last_seen_at: Timestamp,
}

/// Use cases on widgets.
#[async_trait::async_trait]
pub trait Widgets: Send + Sync {
    /// Makes an active widget; none if there are [`MAX_WIDGETS`].
    async fn create_widget(
        &self,
        new: NewWidget,
        follow_up: FollowUp<Option<Widget>>,
    ) -> Result<Option<Widget>, StoreError>;
    /// Makes the widget only if there is none at all: two processes that start at once make one. Answers the one it made.
    async fn create_first_widget(&self, new: NewWidget) -> Result<Option<Widget>, StoreError>;
    /// Changes a widget, and answers it as it is then; none has this id.
    async fn update_widget(
        &self,
        id: WidgetId,
        update: UpdateWidget,
        follow_up: FollowUp<Option<Widget>>,
    ) -> Result<Option<Widget>, StoreError>;
    /// Every widget, oldest first.
    async fn list_widgets(&self) -> Result<Vec<Widget>, StoreError>;
    /// The widget with this public token, or with this one before that if it has not ended by now; active or not.
    async fn widget_by_token(
        &self,
        token: &WidgetToken,
        now: Timestamp,
    ) -> Result<Option<Widget>, StoreError>;
    /// The widget with this id, active or not.
    async fn widget(&self, id: WidgetId) -> Result<Option<Widget>, StoreError>;
    /// Notes on which hosts widgets were asked for, and answers of which widgets something was noted, each once. A host that was noted
    /// less than [`SIGHTING_SECONDS`] ago, with the same outcome, is not noted again. Of each widget the [`MAX_SIGHTINGS`] that were
    /// seen last are kept of either outcome. Widgets that are unknown are passed over.
    async fn note_sightings(
        &self,
        sightings: Vec<NewSighting>,
        follow_up: FollowUp<Vec<WidgetId>>,
    ) -> Result<Vec<WidgetId>, StoreError>;
    /// The hosts on which a widget was asked for, the latest first.
    async fn sightings(&self, id: WidgetId) -> Result<Vec<Sighting>, StoreError>;
    /// When each widget last had an answer for a site, of those that ever had one.
    async fn last_sightings(&self) -> Result<Vec<(WidgetId, Timestamp)>, StoreError>;
}
