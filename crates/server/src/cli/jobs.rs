//! `antiphon jobs:list` and `jobs:retry`: what waits, what was given up, and another chance for it.

use crate::clock::SystemClock;
use crate::output::Format;
use antiphon_config::Options;
use antiphon_domain::{Clock as _, Timestamp};
use antiphon_jobs::{Job, JobId};
use antiphon_store::Store;
use serde_json::{Value, json};
use std::sync::Arc;

/// Rows that are printed unless more are asked for, and at most.
const ROWS: u32 = 50;

#[derive(Debug, clap::Args)]
pub(crate) struct ListArgs {
    /// Only those that were given up
    #[arg(long)]
    dead: bool,
    /// Only those behind the job with this id
    #[arg(long, value_name = "ID")]
    after: Option<i64>,
    /// How many, up to 200
    #[arg(long, value_name = "N", default_value_t = ROWS, value_parser = clap::value_parser!(u32).range(1..=200))]
    limit: u32,
    #[command(flatten)]
    format: Format,
}

#[derive(Debug, clap::Args)]
pub(crate) struct RetryArgs {
    /// The job's id
    #[arg(required_unless_present = "all")]
    id: Option<i64>,
    /// All that were given up
    #[arg(long, conflicts_with = "id")]
    all: bool,
    #[command(flatten)]
    format: Format,
}

pub(crate) fn list(args: &ListArgs, options: &Options) -> anyhow::Result<()> {
    let filter = match args.dead {
        true => antiphon_jobs::JobFilter::Dead,
        false => antiphon_jobs::JobFilter::All,
    };
    let now = SystemClock.now();
    let jobs = with_store(options, async |store| {
        store
            .list_jobs(filter, args.after.map(JobId), args.limit)
            .await
    })?;
    let rows: Vec<Value> = jobs.iter().map(|job| row_json(job, now)).collect();
    args.format.print(&json!({ "jobs": rows }), || {
        if jobs.is_empty() {
            return match args.dead {
                true => "No job was given up.".to_owned(),
                false => "There are no jobs.".to_owned(),
            };
        }
        let mut lines: Vec<String> = jobs.iter().map(|job| row(job, now)).collect();
        if let Some(last) = jobs.last()
            && jobs.len() == args.limit as usize
        {
            lines.push(format!("There may be more: --after {}", last.id));
        }
        lines.join("\n")
    });
    Ok(())
}

pub(crate) fn retry(args: &RetryArgs, options: &Options) -> anyhow::Result<()> {
    let which = match args.id {
        Some(id) => antiphon_jobs::Retry::One(JobId(id)),
        None => antiphon_jobs::Retry::All,
    };
    let retried = with_store(options, async |store| {
        store.retry_jobs(which, SystemClock.now()).await
    })?;
    if let Some(id) = args.id
        && retried == 0
    {
        anyhow::bail!("job {id} is none that was given up: see `antiphon jobs:list --dead`");
    }
    args.format
        .print(&json!({ "retried": retried }), || match retried {
            0 => "No job was given up.".to_owned(),
            1 => "1 job is due again.".to_owned(),
            n => format!("{n} jobs are due again."),
        });
    Ok(())
}

/// Beside a running server or without one.
fn with_store<T>(
    options: &Options,
    work: impl AsyncFnOnce(Arc<dyn Store>) -> Result<T, antiphon_jobs::StoreError>,
) -> anyhow::Result<T> {
    let config = super::load(options)?;
    let store = crate::database::open(&config)?.store();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    Ok(runtime.block_on(work(store))?)
}

fn state(job: &Job, now: Timestamp) -> &'static str {
    match (&job.died_at, &job.locked) {
        (Some(_), _) => "dead",
        (None, Some((_, until))) if *until > now => "running",
        (None, _) => "waiting",
    }
}

/// The payload stays out of it: it holds what people wrote.
fn row_json(job: &Job, now: Timestamp) -> Value {
    let seconds = Timestamp::as_seconds;
    json!({
        "id": job.id.0,
        "queue": job.queue,
        "kind": job.kind,
        "state": state(job, now),
        "attempts": job.attempts,
        "max_attempts": job.max_attempts,
        "run_at": seconds(job.run_at),
        "created_at": seconds(job.created_at),
        "died_at": job.died_at.map(seconds),
        "worker": job.locked.as_ref().map(|(worker, _)| worker),
        "last_error": job.last_error,
        "payload_bytes": job.payload.len(),
    })
}

fn row(job: &Job, now: Timestamp) -> String {
    let age_s = now.as_seconds() - job.created_at.as_seconds();
    let mut row = format!(
        "{}  {}  {}  {}  attempt {} of {}  made {age_s} s ago",
        job.id,
        state(job, now),
        job.queue,
        job.kind,
        job.attempts,
        job.max_attempts
    );
    if let Some(error) = &job.last_error {
        row.push_str("  ");
        row.push_str(&error.replace(char::is_control, " "));
    }
    row
}
