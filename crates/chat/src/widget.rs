//! Widgets as their visitors need them: found by their public token, and whether somebody is there. How they are made and changed is
//! in `administer`, where they were seen in `sightings`.

mod administer;
mod sightings;

pub use administer::{Administrator, NewWidgetRequest, WidgetChanges};
pub(crate) use sightings::Sightings;
pub use sightings::{SeenHost, SeenWidget};

use crate::{Chat, ChatError};
use antiphon_domain::{Availability, Widget, WidgetId, WidgetToken};

impl Chat {
    /// A widget, active or not.
    pub async fn widget(&self, id: WidgetId) -> Result<Widget, ChatError> {
        let widget = self.ports.store.widget(id).await?;
        widget.ok_or(ChatError::NotFound("widget"))
    }

    /// Whether somebody is there to answer a widget's visitors, and how long that lasts from now on, in seconds.
    pub fn availability(&self, widget: &Widget) -> (Availability, Option<i64>) {
        let now = self.ports.clock.now();
        let availability = widget.settings.availability(now);
        let changes_at = availability.closes_at.or(availability.opens_at);
        let lasts_seconds = changes_at.map(|at| at.as_seconds() - now.as_seconds());
        (availability, lasts_seconds)
    }

    /// Every widget, oldest first.
    pub async fn widgets(&self) -> Result<Vec<Widget>, ChatError> {
        Ok(self.ports.store.list_widgets().await?)
    }

    /// The active widget with this public token, or with this one before it that has not ended.
    pub async fn widget_by_token(&self, token: &str) -> Result<Option<Widget>, ChatError> {
        let Ok(token) = WidgetToken::parse(token) else {
            return Ok(None);
        };
        let now = self.ports.clock.now();
        let widget = self.ports.store.widget_by_token(&token, now).await?;
        Ok(widget.filter(|widget| widget.active))
    }

    /// The site a visitor was met on.
    pub async fn widget_of(
        &self,
        visitor: &antiphon_domain::Visitor,
    ) -> Result<Option<Widget>, ChatError> {
        Ok(self
            .ports
            .store
            .widget(visitor.widget_id)
            .await?
            .filter(|widget| widget.active))
    }
}
