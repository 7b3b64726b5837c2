//! Widgets: made, changed, listed, and found by their public token.

use crate::{Chat, ChatError, FieldErrors};
use antiphon_domain::widget::parse_welcome_message;
use antiphon_domain::{
    AllowedDomains, Availability, Widget, WidgetId, WidgetName, WidgetSettings, WidgetToken,
};
use antiphon_store::{NewWidget, UpdateWidget};

/// What visitors read first unless the widget says otherwise.
const WELCOME: &str = "Hi! How can we help you?";

/// A widget as asked for.
#[derive(Debug)]
pub struct NewWidgetRequest {
    /// Its name.
    pub name: String,
    /// The hosts on whose pages it may run.
    pub domains: Vec<String>,
    /// The first line a visitor reads; the default one if none is given.
    pub welcome_message: Option<String>,
}

/// What is to be another about a widget; what is absent stays.
#[derive(Debug, Default)]
pub struct WidgetChanges {
    /// Its name.
    pub name: Option<String>,
    /// The hosts on whose pages it may run, all of them.
    pub domains: Option<Vec<String>>,
    /// The first line a visitor reads.
    pub welcome_message: Option<String>,
    /// Its settings, as a whole.
    pub settings: Option<serde_json::Value>,
}

impl Chat {
    /// Makes a widget.
    pub async fn create_widget(&self, request: &NewWidgetRequest) -> Result<Widget, ChatError> {
        let new = self.new_widget(request)?;
        Ok(self.ports.store.create_widget(new).await?)
    }

    /// Makes the demonstration widget of a first start, if there is no widget at all.
    pub async fn create_first_widget(
        &self,
        request: &NewWidgetRequest,
    ) -> Result<Option<Widget>, ChatError> {
        let new = self.new_widget(request)?;
        Ok(self.ports.store.create_first_widget(new).await?)
    }

    fn new_widget(&self, request: &NewWidgetRequest) -> Result<NewWidget, ChatError> {
        let mut errors = FieldErrors::default();
        let name = errors.check("name", WidgetName::parse(&request.name));
        let domains = errors.check(
            "domain",
            AllowedDomains::parse(request.domains.iter().map(String::as_str)),
        );
        let welcome = errors.check(
            "welcome_message",
            parse_welcome_message(request.welcome_message.as_deref().unwrap_or(WELCOME)),
        );
        errors.finish()?;
        let (Some(name), Some(allowed_domains), Some(welcome_message)) = (name, domains, welcome)
        else {
            return Err(ChatError::Internal(
                "a field without an error has no value".into(),
            ));
        };
        let secret: String = self
            .ports
            .random
            .bytes::<32>()?
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        Ok(NewWidget {
            name,
            token: WidgetToken::from_random(&self.ports.random.bytes()?),
            allowed_domains,
            welcome_message,
            identity_secret: secret,
            at: self.ports.clock.now(),
        })
    }

    /// Changes a widget; every mistake is named, those of the settings by their paths.
    pub async fn update_widget(
        &self,
        id: WidgetId,
        changes: WidgetChanges,
    ) -> Result<Widget, ChatError> {
        let mut errors = FieldErrors::default();
        let name = changes.name.as_deref().map(WidgetName::parse);
        let domains = changes
            .domains
            .as_ref()
            .map(|domains| AllowedDomains::parse(domains.iter().map(String::as_str)));
        let welcome = changes
            .welcome_message
            .as_deref()
            .map(parse_welcome_message);
        let mut update = UpdateWidget {
            name: name.and_then(|name| errors.check("name", name)),
            allowed_domains: domains.and_then(|domains| errors.check("domain", domains)),
            welcome_message: welcome.and_then(|text| errors.check("welcome_message", text)),
            settings: None,
        };
        match changes.settings.map(WidgetSettings::parse) {
            None => {}
            Some(Ok(settings)) => update.settings = Some(settings),
            Some(Err(mistakes)) => {
                for mistake in mistakes {
                    let path = match mistake.path.as_str() {
                        "" => "settings".to_owned(),
                        path => format!("settings.{path}"),
                    };
                    errors.add(path, mistake.reason.0);
                }
            }
        }
        errors.finish()?;
        let updated = self.ports.store.update_widget(id, update).await?;
        updated.ok_or(ChatError::NotFound("widget"))
    }

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

    /// The active widget with this public token.
    pub async fn widget_by_token(&self, token: &str) -> Result<Option<Widget>, ChatError> {
        let Ok(token) = WidgetToken::parse(token) else {
            return Ok(None);
        };
        Ok(self
            .ports
            .store
            .widget_by_token(&token)
            .await?
            .filter(|widget| widget.active))
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
