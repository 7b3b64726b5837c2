//! Widgets are made and changed: by an administrator, or by a command on the server's own machine. Both are audited.

use crate::access::require;
use crate::{Chat, ChatError, FieldErrors, Principal};
use antiphon_domain::widget::parse_welcome_message;
use antiphon_domain::{
    AllowedDomains, DomainEvent, Permission, TeamSetting, Timestamp, Widget, WidgetId, WidgetName,
    WidgetSettings, WidgetToken,
};
use antiphon_store::{
    FollowUp, MAX_WIDGETS, NewAuditEntry, NewWidget, Rotation, Subject, UpdateWidget,
};
use serde_json::{Value, json};

/// What visitors read first unless the widget says otherwise.
const WELCOME: &str = "Hi! How can we help you?";
/// The longest time for which what was replaced is still taken: 30 days.
const MAX_GRACE_HOURS: i64 = 720;

/// Who administers a widget.
#[derive(Debug, Clone, Copy)]
pub enum Administrator<'a> {
    /// The caller, who has to be an administrator.
    Caller(&'a Principal),
    /// A command on the server's own machine.
    CommandLine,
}

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
    pub settings: Option<Value>,
}

impl Chat {
    /// Makes a widget.
    pub async fn create_widget(
        &self,
        by: Administrator<'_>,
        request: &NewWidgetRequest,
    ) -> Result<Widget, ChatError> {
        let entry = self.widget_entry(by, "widget.created", Subject::new("widget"))?;
        let new = self.new_widget(request)?;
        let details =
            json!({ "name": new.name.as_str(), "domains": new.allowed_domains.as_slice() });
        let told = self.told_of_widget(entry.with(details));
        let made = self.ports.store.create_widget(new, told).await?;
        made.ok_or_else(|| {
            let reason =
                format!("cannot be added: there are {MAX_WIDGETS} widgets, which is the most");
            FieldErrors::one("name", reason).into()
        })
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
            "domains",
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
        Ok(NewWidget {
            name,
            token: self.new_token()?,
            allowed_domains,
            welcome_message,
            identity_secret: self.new_identity_secret()?,
            at: self.ports.clock.now(),
        })
    }

    /// Changes a widget; every mistake is named, those of the settings by their paths.
    pub async fn update_widget(
        &self,
        by: Administrator<'_>,
        id: WidgetId,
        changes: WidgetChanges,
    ) -> Result<Widget, ChatError> {
        let entry = self.widget_entry(by, "widget.changed", Subject::of("widget", id.0))?;
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
            allowed_domains: domains.and_then(|domains| errors.check("domains", domains)),
            welcome_message: welcome.and_then(|text| errors.check("welcome_message", text)),
            ..UpdateWidget::default()
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
        let before = self.widget(id).await?;
        let entry = entry.with(json!({ "changed": changed(&before, &update) }));
        self.change_widget(id, update, entry).await
    }

    /// Has a widget answer again, or answer nobody from now on.
    pub async fn set_widget_active(
        &self,
        by: Administrator<'_>,
        id: WidgetId,
        active: bool,
    ) -> Result<Widget, ChatError> {
        let action = match active {
            true => "widget.activated",
            false => "widget.deactivated",
        };
        let entry = self.widget_entry(by, action, Subject::of("widget", id.0))?;
        let update = UpdateWidget {
            active: Some(active),
            ..UpdateWidget::default()
        };
        self.change_widget(id, update, entry).await
    }

    /// Gives a widget another public token. The one before it is taken for so many hours more (0 to 720).
    pub async fn rotate_widget_token(
        &self,
        by: Administrator<'_>,
        id: WidgetId,
        grace_hours: i64,
    ) -> Result<Widget, ChatError> {
        let subject = Subject::of("widget", id.0);
        let entry = self.widget_entry(by, "widget.token_rotated", subject)?;
        let previous_ends_at = self.end_of_grace(grace_hours)?;
        let update = UpdateWidget {
            token: Some(Rotation {
                new: self.new_token()?,
                previous_ends_at,
            }),
            ..UpdateWidget::default()
        };
        let entry = entry.with(json!({ "grace_hours": grace_hours }));
        self.change_widget(id, update, entry).await
    }

    /// Gives a widget another key for its visitors' identities. What is signed with the one before it is taken for so many hours more
    /// (0 to 720).
    pub async fn rotate_identity_secret(
        &self,
        by: Administrator<'_>,
        id: WidgetId,
        grace_hours: i64,
    ) -> Result<Widget, ChatError> {
        let subject = Subject::of("widget", id.0);
        let entry = self.widget_entry(by, "widget.identity_secret_rotated", subject)?;
        let previous_ends_at = self.end_of_grace(grace_hours)?;
        let update = UpdateWidget {
            identity_secret: Some(Rotation {
                new: self.new_identity_secret()?,
                previous_ends_at,
            }),
            ..UpdateWidget::default()
        };
        let entry = entry.with(json!({ "grace_hours": grace_hours }));
        self.change_widget(id, update, entry).await
    }

    async fn change_widget(
        &self,
        id: WidgetId,
        update: UpdateWidget,
        entry: NewAuditEntry,
    ) -> Result<Widget, ChatError> {
        let told = self.told_of_widget(entry);
        let changed = self.ports.store.update_widget(id, update, told).await?;
        changed.ok_or(ChatError::NotFound("widget"))
    }

    /// The entry of the act, if it may be done.
    fn widget_entry(
        &self,
        by: Administrator<'_>,
        action: &'static str,
        subject: Subject,
    ) -> Result<NewAuditEntry, ChatError> {
        match by {
            Administrator::Caller(principal) => {
                require(principal, Permission::Administer)?;
                Ok(self.audit(principal, action, subject))
            }
            Administrator::CommandLine => Ok(self.audit_command(action, subject)),
        }
    }

    fn told_of_widget(&self, entry: NewAuditEntry) -> FollowUp<Option<Widget>> {
        let told = self.announce(None, |widget: &Option<Widget>| {
            widget.is_some().then_some(DomainEvent::SettingsChanged {
                what: TeamSetting::Widgets,
                agent_id: None,
            })
        });
        told.and_audit(move |widget| Some(entry.about(widget.as_ref()?.id.0)))
    }

    /// None: what is replaced ends at once.
    fn end_of_grace(&self, grace_hours: i64) -> Result<Option<Timestamp>, ChatError> {
        if !(0..=MAX_GRACE_HOURS).contains(&grace_hours) {
            let reason = format!("must be an integer from 0 to {MAX_GRACE_HOURS}");
            return Err(FieldErrors::one("grace_hours", reason).into());
        }
        let ends_at = self.ports.clock.now().plus_seconds(grace_hours * 3600);
        Ok((grace_hours > 0).then_some(ends_at))
    }

    fn new_token(&self) -> Result<WidgetToken, ChatError> {
        Ok(WidgetToken::from_random(&self.ports.random.bytes()?))
    }

    fn new_identity_secret(&self) -> Result<String, ChatError> {
        let random = self.ports.random.bytes::<32>()?;
        Ok(random.iter().map(|byte| format!("{byte:02x}")).collect())
    }
}

/// The names of what an update changes, as the API has them.
fn changed(before: &Widget, update: &UpdateWidget) -> Vec<String> {
    let mut names = Vec::new();
    let mut note = |name: &str, is_changed: bool| {
        if is_changed {
            names.push(name.to_owned());
        }
    };
    let UpdateWidget {
        name,
        allowed_domains,
        welcome_message,
        settings,
        ..
    } = update;
    note(
        "name",
        name.as_ref().is_some_and(|name| *name != before.name),
    );
    note(
        "domains",
        allowed_domains
            .as_ref()
            .is_some_and(|domains| *domains != before.allowed_domains),
    );
    note(
        "welcome_message",
        welcome_message
            .as_ref()
            .is_some_and(|text| *text != before.welcome_message),
    );
    if let Some(settings) = settings {
        let (old, new) = (before.settings.document(), settings.document());
        for (name, value) in new.as_object().into_iter().flatten() {
            note(&format!("settings.{name}"), old.get(name) != Some(value));
        }
    }
    names
}
