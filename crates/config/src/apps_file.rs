//! `REVERB_APPS_FILE`: more applications, as TOML.
//!
//! What an application does not say is as the keys have it for the first one. All mistakes are reported at once; a text of the
//! file is never repeated in one, since it may be a secret.

#[cfg(test)]
mod tests;
mod webhooks;

use std::collections::HashSet;
use std::path::Path;
use std::time::Duration;

use serde::Deserialize;

use crate::error::{ConfigErrors, Problem};
use crate::keys::{self, Kind};
use crate::parse;
use crate::reverb::{ReverbApp, ReverbHistory};
use crate::secret::Secret;
use crate::secrets::read_bounded;

/// The largest file, in bytes: some ten thousand applications.
const MAX_FILE_BYTES: usize = 4 << 20;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    apps: Vec<Written>,
}

/// An application as it is written. Times are in seconds, sizes in bytes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    id: String,
    key: String,
    secret: String,
    previous_secret: Option<String>,
    enabled: Option<bool>,
    tls_only: Option<bool>,
    client_events: Option<bool>,
    allowed_origins: Option<Vec<String>>,
    activity_timeout: Option<u64>,
    max_connections: Option<u64>,
    subscription_counts: Option<bool>,
    compression: Option<bool>,
    authorization_timeout: Option<u64>,
    presence_grace: Option<u64>,
    max_message_size: Option<u64>,
    #[serde(default)]
    webhooks: Vec<webhooks::Written>,
    history_channels: Option<Vec<String>>,
    history_events: Option<u64>,
    history_bytes: Option<u64>,
    history_seconds: Option<u64>,
}

/// Reads the file. `first` is the application of the keys: it stays the first one, and has the rules that others go by.
pub(crate) fn read(path: &Path, first: &ReverbApp) -> Result<Vec<ReverbApp>, ConfigErrors> {
    let shown = path.display();
    let general = |message: String| ConfigErrors::from(Problem::general(message));
    let bytes = read_bounded(path, MAX_FILE_BYTES)
        .map_err(|error| general(format!("REVERB_APPS_FILE: cannot read {shown}: {error}")))?;
    if bytes.len() > MAX_FILE_BYTES {
        return Err(general(format!(
            "{shown}: the file has more than {MAX_FILE_BYTES} bytes"
        )));
    }
    let text = String::from_utf8(bytes)
        .map_err(|_| general(format!("{shown}: the file is not UTF-8 text")))?;
    parse_apps(&text, first).map_err(|messages| {
        let problem = |message| Problem::general(format!("{shown}{message}"));
        ConfigErrors::of(messages.into_iter().map(problem).collect())
    })
}

/// The applications of a text, or what is wrong with it: how each sentence about it goes on after the name of the file.
fn parse_apps(text: &str, first: &ReverbApp) -> Result<Vec<ReverbApp>, Vec<String>> {
    let file: File = toml::from_str(text).map_err(|error| {
        let before = error.span().and_then(|span| text.get(..span.start));
        let line = before.map_or(String::new(), |before| {
            format!(":{}", before.matches('\n').count() + 1)
        });
        // The message alone: the whole error would quote the line, with whatever secret is in it.
        vec![format!("{line}: {}", error.message())]
    })?;
    let mut checker = Checker::default();
    let mut apps = vec![first.clone()];
    for (index, written) in file.apps.into_iter().enumerate() {
        checker.app = format!("app {} ({:?})", index + 1, shortened(&written.id));
        apps.push(checker.app(written, first));
    }
    let (mut ids, mut keys) = (HashSet::new(), HashSet::new());
    for app in &apps {
        if !ids.insert(&app.id) {
            let problem = format!(": two applications have the id {:?}", app.id);
            checker.problems.push(problem);
        }
        if !keys.insert(&app.key) {
            let problem = format!(": two applications have the key of {:?}", app.id);
            checker.problems.push(problem);
        }
    }
    match checker.problems.is_empty() {
        true => Ok(apps),
        false => Err(checker.problems),
    }
}

/// An id that is wrong may be anything.
fn shortened(id: &str) -> String {
    id.chars().take(40).collect()
}

/// Checks values as those of the keys are checked, and collects what is wrong.
#[derive(Default)]
struct Checker {
    /// Which application it is about.
    app: String,
    problems: Vec<String>,
}

impl Checker {
    fn app(&mut self, written: Written, first: &ReverbApp) -> ReverbApp {
        let seconds = Duration::from_secs;
        let size = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        ReverbApp {
            id: self.text("id", "REVERB_APP_ID", &written.id, parse::identifier),
            key: self.text("key", "REVERB_APP_KEY", &written.key, parse::identifier),
            secret: self.secret("secret", &written.secret),
            previous_secret: written
                .previous_secret
                .map(|secret| self.secret("previous_secret", &secret)),
            enabled: written.enabled.unwrap_or(true),
            tls_only: written.tls_only.unwrap_or(first.tls_only),
            client_events: written.client_events.unwrap_or(first.client_events),
            message_quota: first.message_quota,
            allowed_origins: match written.allowed_origins {
                Some(patterns) => self.text(
                    "allowed_origins",
                    "REVERB_ALLOWED_ORIGINS",
                    &patterns.join(","),
                    parse::origin_patterns,
                ),
                None => first.allowed_origins.clone(),
            },
            activity_timeout: self
                .number(
                    "activity_timeout",
                    "REVERB_APP_ACTIVITY_TIMEOUT",
                    written.activity_timeout,
                )
                .map_or(first.activity_timeout, seconds),
            max_connections: self
                .number(
                    "max_connections",
                    "REVERB_APP_MAX_CONNECTIONS",
                    written.max_connections,
                )
                .map_or(first.max_connections, |number| Some(size(number))),
            subscription_counts: written
                .subscription_counts
                .unwrap_or(first.subscription_counts),
            compression: written.compression.unwrap_or(first.compression),
            authorization_timeout: self
                .number(
                    "authorization_timeout",
                    "ANTIPHON_AUTHORIZATION_TIMEOUT",
                    written.authorization_timeout,
                )
                .map_or(first.authorization_timeout, |number| Some(seconds(number))),
            presence_grace: self
                .number(
                    "presence_grace",
                    "ANTIPHON_PRESENCE_GRACE_SECONDS",
                    written.presence_grace,
                )
                .map_or(first.presence_grace, seconds),
            max_message_bytes: self
                .number(
                    "max_message_size",
                    "REVERB_APP_MAX_MESSAGE_SIZE",
                    written.max_message_size,
                )
                .map_or(first.max_message_bytes, size),
            webhooks: self.webhooks(written.webhooks),
            history: ReverbHistory {
                prefixes: match written.history_channels {
                    Some(prefixes) if prefixes.is_empty() => Vec::new(),
                    Some(prefixes) => self.text(
                        "history_channels",
                        "ANTIPHON_HISTORY_CHANNELS",
                        &prefixes.join(","),
                        parse::channel_prefixes,
                    ),
                    None => first.history.prefixes.clone(),
                },
                events: self
                    .number(
                        "history_events",
                        "ANTIPHON_HISTORY_EVENTS",
                        written.history_events,
                    )
                    .map_or(first.history.events, size),
                bytes: self
                    .number(
                        "history_bytes",
                        "ANTIPHON_HISTORY_BYTES",
                        written.history_bytes,
                    )
                    .map_or(first.history.bytes, size),
                age: self
                    .number(
                        "history_seconds",
                        "ANTIPHON_HISTORY_SECONDS",
                        written.history_seconds,
                    )
                    .map_or(first.history.age, seconds),
            },
        }
    }

    /// A text as the key of the table checks it.
    fn text<T: Default>(
        &mut self,
        field: &str,
        key: &str,
        text: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> T {
        match parse(text).filter(|_| !text.is_empty()) {
            Some(value) => value,
            None => {
                self.refuse(field, &allowed(key).allowed());
                T::default()
            }
        }
    }

    fn secret(&mut self, field: &str, text: &str) -> Secret {
        Secret::new(self.text(field, "REVERB_APP_SECRET", text, parse::secret))
    }

    /// A number within the bounds of the key of the table.
    fn number(&mut self, field: &str, key: &str, number: Option<u64>) -> Option<u64> {
        let kind = allowed(key);
        let number = number?;
        match kind {
            Kind::Integer { min, max } if !(min..=max).contains(&number) => {
                self.refuse(field, &kind.allowed());
                None
            }
            _ => Some(number),
        }
    }

    fn refuse(&mut self, field: &str, allowed: &str) {
        let problem = format!(": {}: {field} must be {allowed}", self.app);
        self.problems.push(problem);
    }
}

fn allowed(key: &str) -> Kind {
    let key = keys::find(key).expect("the rules of the file are those of keys of the table");
    key.kind
}
