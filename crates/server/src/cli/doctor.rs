//! `antiphon doctor`: looks at a deployment from outside in, and says what to do about each thing that is wrong.
//!
//! It leaves nothing behind, and works while the server runs. What it asks of the network ends within [`exchange::PATIENCE`] each.

mod broker;
mod bucket;
mod desk;
mod exchange;
mod finding;
mod machine;
mod outside;

use crate::output::Format;
use antiphon_config::{Config, ConfigErrors, Options, SecretsMode};
use finding::{Finding, State};
use serde_json::json;
use std::path::Path;
use std::time::Duration;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Also hold a WebSocket open for so many seconds: finds proxies that cut it
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=3600))]
    idle: Option<u64>,
    /// Look at this machine only, not at the public address
    #[arg(long)]
    offline: bool,
    #[command(flatten)]
    format: Format,
}

/// Something is wrong that keeps the installation from working.
#[derive(Debug, thiserror::Error)]
#[error("{0} of the checks found something that has to be mended")]
struct Ill(usize);

pub(crate) fn run(args: &Args, mut options: Options) -> anyhow::Result<()> {
    options.secrets = SecretsMode::Preview;
    let findings = match Config::of_process(&options) {
        Ok(config) => examine(args, &options, &config)?,
        Err(errors) => of_mistakes(&errors),
    };
    let count = |state| {
        findings
            .iter()
            .filter(|finding| finding.state == state)
            .count()
    };
    let (n_bad, n_warnings) = (count(State::Bad), count(State::Warning));
    let rows: Vec<_> = findings.iter().map(Finding::json).collect();
    let json = json!({ "ok": n_bad == 0, "bad": n_bad, "warnings": n_warnings, "findings": rows });
    args.format.print(&json, || {
        let lines: Vec<String> = findings.iter().map(ToString::to_string).collect();
        format!("{}\n\n{}", lines.join("\n"), verdict(n_bad, n_warnings))
    });
    match n_bad {
        0 => Ok(()),
        n => Err(Ill(n).into()),
    }
}

fn verdict(n_bad: usize, n_warnings: usize) -> String {
    match (n_bad, n_warnings) {
        (0, 0) => "All is well.".to_owned(),
        (0, n) => format!("It works. Warnings: {n}."),
        (bad, n) => format!("To be mended: {bad}. Warnings: {n}."),
    }
}

fn examine(args: &Args, options: &Options, config: &Config) -> anyhow::Result<Vec<Finding>> {
    let mut findings = of_configuration(config);
    let env_file = options.env_file.as_deref().unwrap_or(Path::new(".env"));
    findings.extend(machine::examine(config, env_file));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    findings.extend(runtime.block_on(desk::examine(config)));
    findings.extend(runtime.block_on(bucket::examine(config)));
    findings.extend(runtime.block_on(broker::examine(config)));
    if !args.offline {
        let idle = args.idle.map(Duration::from_secs);
        findings.extend(runtime.block_on(outside::examine(config, idle)));
    }
    Ok(findings)
}

/// Each mistake says itself where it is and what would be right.
fn of_mistakes(errors: &ConfigErrors) -> Vec<Finding> {
    let bad = |problem: &antiphon_config::Problem| {
        Finding::bad("configuration", &problem.message, "correct it")
    };
    errors.problems().iter().map(bad).collect()
}

fn of_configuration(config: &Config) -> Vec<Finding> {
    let note = |notice: &antiphon_config::Notice| Finding::note("configuration", &notice.message);
    let mut findings: Vec<_> = config.notices().iter().map(note).collect();
    if findings.is_empty() {
        findings.push(Finding::good(
            "configuration",
            "every key is known, and every value makes sense",
        ));
    }
    findings
}
