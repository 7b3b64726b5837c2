//! Configuration: every key Antiphon reads, where its value came from, and what it means.
//!
//! What is typed is kept apart from what it means. [`Sources`] is the text as people wrote it (command line, environment,
//! `.env`, the generated `secrets.env`, in that order of precedence); [`Config`] is the typed result that the rest of the
//! program receives. All mistakes are reported at once, each naming the key, the value (never a secret) and what is allowed.
//!
//! This crate alone reads the process environment ([`Sources::of_process`]) and never changes it. It reads no clock, opens no
//! socket, and knows nothing of what its values are used for.

mod app;
mod apps_file;
mod broadcast;
mod console;
mod database;
mod disk;
mod document;
pub mod dotenv;
mod error;
mod files;
mod http;
pub mod keys;
mod literal;
mod log;
mod metrics;
mod parse;
mod pusher;
mod queue;
mod reader;
mod reverb;
mod scaling;
mod secret;
mod secrets;
mod settings;
mod sources;
mod url;
mod webhook;

pub use app::App;
pub use broadcast::BroadcastConnection;
pub use console::Console;
pub use database::{Database, DatabaseBackup, Postgres, SslMode};
pub use disk::{Disk, S3};
pub use document::docs;
pub use error::{ConfigErrors, Problem};
pub use files::Files;
pub use http::Http;
pub use log::{Log, LogFormat};
pub use metrics::Metrics;
pub use pusher::Pusher;
pub use queue::{Queue, QueueConnection};
pub use reverb::{MessageQuota, Reverb, ReverbApp, ReverbHistory, ReverbPublic};
pub use scaling::{Broker, Scaling};
pub use secret::Secret;
pub use secrets::{SECRETS_FILE, Secrets};
pub use settings::{Config, Notice, Options, SecretsMode, Setting};
pub use sources::{Source, Sources, no_color};
pub use url::{AppUrl, Scheme};
pub use webhook::Webhook;
