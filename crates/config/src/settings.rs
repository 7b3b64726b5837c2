//! The whole configuration, typed, and how it is put together.
//!
//! [`Config::load`] is pure: the same sources give the same result, and nothing is read or written. [`Config::of_process`]
//! adds the outside world around it: environment, `.env` file, and the generated secrets.

#[cfg(test)]
mod tests;

use std::fmt;
use std::path::{Path, PathBuf};

use crate::app::App;
use crate::broadcast::BroadcastConnection;
use crate::console::Console;
use crate::database::Database;
use crate::disk::Disk;
use crate::dotenv;
use crate::error::{ConfigErrors, Problem};
use crate::files::Files;
use crate::http::Http;
use crate::keys::{self, Accepted, Fallback, Key};
use crate::literal::Literal;
use crate::log::Log;
use crate::metrics::Metrics;
use crate::pusher::Pusher;
use crate::queue::Queue;
use crate::reader::Reader;
use crate::reverb::Reverb;
use crate::scaling::Scaling;
use crate::secrets::{SECRETS_FILE, Secrets};
use crate::sources::{Source, Sources};
use crate::url::AppUrl;

/// The file that is read when nobody names another one, and that may be missing.
const DEFAULT_FILE: &str = ".env";

/// Everything the program was told, checked.
#[derive(Debug, Clone)]
pub struct Config {
    /// The process as a whole.
    pub app: App,
    /// The application's own port.
    pub http: Http,
    /// Files that people send.
    pub files: Files,
    /// Where they are kept.
    pub disk: Disk,
    /// Logging.
    pub log: Log,
    /// Metrics.
    pub metrics: Metrics,
    /// The console.
    pub console: Console,
    /// Where conversations are kept.
    pub database: Database,
    /// The jobs.
    pub queue: Queue,
    /// Who is told of what happens.
    pub broadcast: BroadcastConnection,
    /// The built-in WebSocket server.
    pub reverb: Reverb,
    /// The other nodes, if there may be any.
    pub scaling: Option<Scaling>,
    /// The hosted Pusher, if it is configured.
    pub pusher: Option<Pusher>,
    notices: Vec<Notice>,
    settings: Vec<Setting>,
}

/// Something the operator should know that is no mistake; a log line at start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// The key or the file it is about.
    pub key: String,
    /// One sentence or two.
    pub message: String,
}

/// One key with the value that counts.
#[derive(Clone)]
pub struct Setting {
    pub(crate) key: &'static Key,
    pub(crate) value: Option<String>,
    pub(crate) source: Source,
}

impl Setting {
    /// The key's row of the table.
    pub fn key(&self) -> &'static Key {
        self.key
    }

    /// The value as it was written, `[redacted]` for a secret, `None` when unset.
    pub fn shown(&self) -> Option<&str> {
        let value = self.value.as_deref()?;
        Some(if self.key.secret { "[redacted]" } else { value })
    }

    /// Where the value comes from.
    pub fn source(&self) -> &Source {
        &self.source
    }
}

impl fmt::Debug for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={:?} ({})", self.key.name, self.shown(), self.source)
    }
}

/// What a command adds to the environment.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The `.env` file. Unlike the default one, a file that was named must exist.
    pub env_file: Option<PathBuf>,
    /// Values from flags, by key; they count before everything else.
    pub overrides: Vec<(&'static str, String)>,
    /// Whether missing secrets are made and kept.
    pub secrets: SecretsMode,
}

/// What to do about secrets that nobody configured.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SecretsMode {
    /// Make them and keep them in the data folder, which is made too. For commands that work.
    #[default]
    Keep,
    /// Read those that are kept, and make up the rest without writing. For commands that only look.
    Preview,
}

impl Options {
    /// What somebody wrote for a key, before it is checked. For a command that has to know which keys concern it.
    ///
    /// # Errors
    /// The environment or the `.env` file cannot be read.
    pub fn written(&self, key: &str) -> Result<Option<String>, ConfigErrors> {
        let sources = self.sources()?;
        let text = sources.lookup(key).map(|(raw, _)| Literal::read(raw));
        Ok(match text {
            Some(Literal::Text(text)) => Some(text),
            _ => None,
        })
    }

    fn sources(&self) -> Result<Sources, ConfigErrors> {
        let mut sources = Sources::of_process()?;
        let path = self.env_file.as_deref().unwrap_or(Path::new(DEFAULT_FILE));
        if let Some(text) = dotenv_text(path, self.env_file.is_some())? {
            sources = sources.with_file(path, &text)?;
        }
        for (key, value) in &self.overrides {
            sources = sources.with_override(key, value);
        }
        Ok(sources)
    }
}

impl Config {
    /// Gives the text its meaning.
    ///
    /// # Errors
    /// Every mistake in it.
    pub fn load(sources: &Sources) -> Result<Self, ConfigErrors> {
        let mut reader = Reader::new(sources);
        let app = App::read(&mut reader);
        let http = Http::read(&mut reader);
        let files = Files::read(&mut reader);
        let disk = Disk::read(&mut reader);
        let log = Log::read(&mut reader);
        let metrics = Metrics::read(&mut reader);
        let console = Console::read(&mut reader);
        let database = Database::read(&mut reader, &app.data);
        let queue = Queue::read(&mut reader);
        let reverb = Reverb::read(&mut reader);
        let scaling = Scaling::read(&mut reader, &database);
        let pusher = Pusher::read(&mut reader);
        let broadcast = BroadcastConnection::read(&mut reader, pusher.as_ref());
        let (mut settings, mut problems) = reader.finish();
        let position = |name| keys::KEYS.iter().position(|key| key.name == name);
        settings.sort_by_key(|setting| position(setting.key.name));

        problems.extend(
            sources
                .names()
                .filter(|name| keys::is_unknown(name))
                .map(|name| unknown(sources, name)),
        );
        let mut notices = Vec::new();
        if queue.taken_for_database {
            notices.push(Notice {
                key: "QUEUE_CONNECTION".to_owned(),
                message: "QUEUE_CONNECTION is taken for database: Antiphon keeps its jobs beside its messages. The queue of a Laravel application is not touched.".to_owned(),
            });
        }
        check_unused(sources, &mut problems, &mut notices);
        check_client_events(&settings, &mut notices);
        check_exposure(sources, &mut notices);
        ConfigErrors::check(problems)?;
        Ok(Self {
            app,
            http,
            files,
            disk,
            log,
            metrics,
            console,
            database,
            queue,
            broadcast,
            reverb,
            scaling,
            pusher,
            notices,
            settings,
        })
    }

    /// Loads the configuration of this process. Blocks on the file system.
    ///
    /// Nothing is written before everything was checked.
    ///
    /// # Errors
    /// Every mistake in the values; or what keeps the `.env` file or the secrets from being read, or the data folder from
    /// being written, with what to do about it.
    pub fn of_process(options: &Options) -> Result<Self, ConfigErrors> {
        let sources = options.sources()?;
        let draft = Self::load(&sources)?.with_apps()?;
        if !draft.needs_secrets() {
            return Ok(draft);
        }
        let secrets = match options.secrets {
            SecretsMode::Keep => Secrets::keep(&draft.app.data)?,
            SecretsMode::Preview => match Secrets::read(&draft.app.data)? {
                Some(secrets) => secrets,
                None => return Ok(draft),
            },
        };
        Self::load(&sources.with_secrets(secrets))?.with_apps()
    }

    fn with_apps(mut self) -> Result<Self, ConfigErrors> {
        self.reverb.apps = self.reverb.read_apps()?;
        Ok(self)
    }

    /// The address of the site: `APP_URL`, or this machine when nobody configured one.
    pub fn public_url(&self) -> AppUrl {
        self.app
            .url
            .clone()
            .unwrap_or_else(|| AppUrl::local(self.http.port))
    }

    /// What the operator should know, for the log at start.
    pub fn notices(&self) -> &[Notice] {
        &self.notices
    }

    /// Every key with its value and where that comes from, in the order of the table; secrets cannot be read from it.
    pub fn show(&self) -> &[Setting] {
        &self.settings
    }

    fn needs_secrets(&self) -> bool {
        self.settings.iter().any(|setting| {
            setting.key.fallback == Fallback::Generated
                && matches!(setting.source, Source::Generated(_))
        })
    }
}

fn unknown(sources: &Sources, name: &str) -> Problem {
    let source = sources
        .lookup(name)
        .map_or(Source::Default, |(_, source)| source);
    let advice = match keys::nearest(name) {
        Some(nearest) => format!("did you mean {nearest}?"),
        None => "remove it; docs/configuration.md lists the keys there are".to_owned(),
    };
    Problem::of_key(
        name,
        format!("{name} ({source}): there is no such key; {advice}"),
    )
}

fn check_unused(sources: &Sources, problems: &mut Vec<Problem>, notices: &mut Vec<Notice>) {
    for key in keys::UNUSED {
        let Some((raw, source)) = sources.lookup(key.name) else {
            continue;
        };
        let Literal::Text(text) = Literal::read(raw) else {
            continue;
        };
        let is_among =
            |values: &[&str]| values.iter().any(|value| value.eq_ignore_ascii_case(&text));
        let (name, note) = (key.name, key.note);
        match key.accepted {
            Accepted::Notice(values) if !is_among(values) => {
                notices.push(Notice {
                    key: name.to_owned(),
                    message: format!("{name} has no effect. {note}"),
                });
            }
            Accepted::Only(values) if !is_among(values) => {
                let message = format!("{name} ({source}): this value is not supported. {note}");
                problems.push(Problem::of_key(name, message));
            }
            Accepted::Anything | Accepted::Notice(_) | Accepted::Only(_) => {}
        }
    }
}

fn check_client_events(settings: &[Setting], notices: &mut Vec<Notice>) {
    let name = "REVERB_APP_ACCEPT_CLIENT_EVENTS_FROM";
    let is_all = |setting: &Setting| setting.value.as_deref() == Some("all");
    if settings
        .iter()
        .any(|setting| setting.key.name == name && is_all(setting))
    {
        notices.push(Notice {
            key: name.to_owned(),
            message: format!(
                "{name}=all works as members: a client event of somebody who is not in the channel is never relayed"
            ),
        });
    }
}

fn check_exposure(sources: &Sources, notices: &mut Vec<Notice>) {
    if let Some(path) = sources.secrets.path()
        && sources.secrets.is_exposed()
    {
        let shown = path.display();
        let message =
            format!("{shown} can be read by other users of this machine: run `chmod 600 {shown}`");
        notices.push(Notice {
            key: SECRETS_FILE.to_owned(),
            message,
        });
    }
}

/// The text of the `.env` file, or `None` when there is none and there need not be one.
fn dotenv_text(path: &Path, must_exist: bool) -> Result<Option<String>, ConfigErrors> {
    let shown = path.display();
    match crate::secrets::read_bounded(path, dotenv::MAX_FILE_BYTES) {
        Ok(bytes) => String::from_utf8(bytes)
            .map(Some)
            .map_err(|_| Problem::general(format!("{shown}: the file is not UTF-8 text")).into()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && !must_exist => Ok(None),
        Err(error) => {
            Err(Problem::general(format!("{shown}: cannot read the file: {error}")).into())
        }
    }
}
