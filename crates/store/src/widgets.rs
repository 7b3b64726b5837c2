//! Widgets: the installations on sites.

use crate::StoreError;
use antiphon_domain::{
    AllowedDomains, Timestamp, Widget, WidgetId, WidgetName, WidgetSettings, WidgetToken,
};

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
}

/// Use cases on widgets.
#[async_trait::async_trait]
pub trait Widgets: Send + Sync {
    /// Makes an active widget.
    async fn create_widget(&self, new: NewWidget) -> Result<Widget, StoreError>;
    /// Makes the widget only if there is none at all: two processes that start at once make one. Answers the one it made.
    async fn create_first_widget(&self, new: NewWidget) -> Result<Option<Widget>, StoreError>;
    /// Changes a widget, and answers it as it is then; none has this id.
    async fn update_widget(
        &self,
        id: WidgetId,
        update: UpdateWidget,
    ) -> Result<Option<Widget>, StoreError>;
    /// Every widget, oldest first.
    async fn list_widgets(&self) -> Result<Vec<Widget>, StoreError>;
    /// The widget with this public token, active or not.
    async fn widget_by_token(&self, token: &WidgetToken) -> Result<Option<Widget>, StoreError>;
    /// The widget with this id, active or not.
    async fn widget(&self, id: WidgetId) -> Result<Option<Widget>, StoreError>;
}
