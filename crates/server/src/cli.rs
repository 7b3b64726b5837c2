//! The command line: one file per command, named as Laravel names them.

mod agent;
mod backup;
mod config;
mod db_copy;
mod demo_fill;
mod doctor;
mod files;
mod jobs;
mod migrate;
mod queue_work;
mod restore;
mod reverb_start;
mod serve;
mod widget;

use antiphon_config::{Config, Options, SecretsMode};
use clap::{Parser, Subcommand};
use std::path::PathBuf;

/// Live chat for a web site in one binary, with its own Pusher-protocol WebSocket server.
#[derive(Debug, Parser)]
#[command(name = "antiphon", version, arg_required_else_help = true)]
pub(crate) struct Cli {
    /// The .env file to read [default: .env in the working directory, if there is one]
    #[arg(long, global = true, value_name = "FILE")]
    env_file: Option<PathBuf>,
    /// The data folder, instead of ANTIPHON_DATA [default: ./data]
    #[arg(long, global = true, value_name = "FOLDER")]
    data: Option<String>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve everything: widget, inbox, API and WebSockets, in one process
    Serve(serve::Args),
    /// Serve WebSockets and the Pusher API only
    #[command(name = "reverb:start")]
    ReverbStart(reverb_start::Args),
    /// Do the work that follows from messages, beside the server: sending it on, and what takes long
    #[command(name = "queue:work")]
    QueueWork(queue_work::Args),
    /// The same as queue:work
    #[command(name = "queue:listen")]
    QueueListen(queue_work::Args),
    /// List the jobs that wait, run, or were given up
    #[command(name = "jobs:list")]
    JobsList(jobs::ListArgs),
    /// Give another chance to a job that was given up
    #[command(name = "jobs:retry")]
    JobsRetry(jobs::RetryArgs),
    /// Bring the database up to date, after a backup of it
    Migrate(migrate::Args),
    /// Copy everything from one database to another, and compare
    #[command(name = "db:copy")]
    DbCopy(db_copy::Args),
    /// Fill an installation with made-up conversations, to look at and to measure
    #[command(name = "demo:fill")]
    DemoFill(demo_fill::Args),
    /// Copy database, files and secrets into one archive, beside a running server or without one
    Backup(backup::Args),
    /// Put a backup in place, after comparing every sum in it
    Restore(restore::Args),
    /// Write everything but secrets, logins and jobs as lines of JSON, with the files, into one archive
    Export(backup::ExportArgs),
    /// Make an installation of an export
    Import(restore::Args),
    /// Make a widget, and print the token for its page
    #[command(name = "widget:create")]
    WidgetCreate(widget::CreateArgs),
    /// List the widgets
    #[command(name = "widget:list")]
    WidgetList(widget::ListArgs),
    /// Show a widget and its settings
    #[command(name = "widget:show")]
    WidgetShow(widget::ShowArgs),
    /// Change a widget's name, domains, welcome or settings
    #[command(name = "widget:update")]
    WidgetUpdate(widget::UpdateArgs),
    /// Add an agent to the team
    #[command(name = "agent:create")]
    AgentCreate(agent::CreateArgs),
    /// List the agents
    #[command(name = "agent:list")]
    AgentList(agent::ListArgs),
    /// Make an API token for an agent's programs, and print it once
    #[command(name = "agent:token")]
    AgentToken(agent::TokenArgs),
    /// Replace an agent's password, and end the agent's sessions
    #[command(name = "agent:password")]
    AgentPassword(agent::PasswordArgs),
    /// Take an agent's second factor away, so that the password alone logs in
    #[command(name = "agent:two-factor-reset")]
    AgentTwoFactorReset(agent::TwoFactorResetArgs),
    /// Remove files that no message names: what uploads left that were cut short
    #[command(name = "files:prune")]
    FilesPrune(files::PruneArgs),
    /// Check the configuration, and name every mistake
    #[command(name = "config:check")]
    ConfigCheck(config::CheckArgs),
    /// Show every key with its value and where that comes from; secrets stay hidden
    #[command(name = "config:show")]
    ConfigShow(config::ShowArgs),
    /// Check this installation from outside in, and say what to do about each fault
    Doctor(doctor::Args),
}

/// Runs the command.
pub(crate) fn run(cli: Cli) -> anyhow::Result<()> {
    let mut options = Options {
        env_file: cli.env_file,
        ..Options::default()
    };
    if let Some(data) = cli.data {
        options.overrides.push(("ANTIPHON_DATA", data));
    }
    match cli.command {
        Command::Serve(args) => serve::run(args, options),
        Command::ReverbStart(args) => reverb_start::run(args, options),
        Command::QueueWork(args) | Command::QueueListen(args) => queue_work::run(args, options),
        Command::JobsList(args) => jobs::list(&args, &options),
        Command::JobsRetry(args) => jobs::retry(&args, &options),
        Command::Migrate(args) => migrate::run(&args, &options),
        Command::DbCopy(args) => db_copy::run(&args, &options),
        Command::DemoFill(args) => demo_fill::run(&args, &options),
        Command::Backup(args) => backup::run(&args, &options),
        Command::Restore(args) | Command::Import(args) => restore::run(&args, options),
        Command::Export(args) => backup::export(&args, &options),
        Command::WidgetCreate(args) => widget::create(args, &options),
        Command::WidgetList(args) => widget::list(&args, &options),
        Command::WidgetShow(args) => widget::show(&args, &options),
        Command::WidgetUpdate(args) => widget::update(args, &options),
        Command::AgentCreate(args) => agent::create(args, &options),
        Command::AgentList(args) => agent::list(&args, &options),
        Command::AgentToken(args) => agent::token(args, &options),
        Command::AgentPassword(args) => agent::password(args, &options),
        Command::AgentTwoFactorReset(args) => agent::reset_two_factor(args, &options),
        Command::FilesPrune(args) => files::prune(&args, &options),
        Command::ConfigCheck(args) => config::check(&args, options),
        Command::ConfigShow(args) => config::show(&args, options),
        Command::Doctor(args) => doctor::run(&args, options),
    }
}

/// The configuration for a command that works.
fn load(options: &Options) -> anyhow::Result<Config> {
    debug_assert_eq!(options.secrets, SecretsMode::Keep);
    Ok(Config::of_process(options)?)
}

/// Runs one use case on the store, beside a running server or without one.
fn with_chat<T>(
    options: &Options,
    work: impl AsyncFnOnce(antiphon_chat::Chat) -> Result<T, antiphon_chat::ChatError>,
) -> anyhow::Result<T> {
    let config = load(options)?;
    let store = crate::database::open(&config)?.store();
    // Sessions may end, and the sockets of their agents are those of a running server.
    let remotes = crate::jobs::Remotes::new(&config)?;
    let links = crate::compose::links(&config);
    let broadcaster = crate::compose::broadcaster(&config, None, &remotes, &links);
    let chat = crate::compose::chat(
        &config,
        store,
        broadcaster,
        std::sync::Arc::new(antiphon_broadcast::Presences(Vec::new())),
    )?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(work(chat)).map_err(explain)
}

/// A refusal in the words of the command line.
fn explain(error: antiphon_chat::ChatError) -> anyhow::Error {
    use antiphon_chat::ChatError;
    match error {
        ChatError::Invalid(errors) => {
            let reasons: Vec<_> = errors
                .iter()
                .map(|(field, reason)| format!("{field} {reason}"))
                .collect();
            anyhow::anyhow!("{}", reasons.join("; "))
        }
        ChatError::Unavailable => anyhow::anyhow!("the database is busy: try again in a moment"),
        error => error.into(),
    }
}
