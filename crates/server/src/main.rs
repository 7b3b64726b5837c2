//! The `antiphon` binary: reads the command line, runs one command, and turns its end into an exit code.
//!
//! The only crate that names every implementation, and the only place from which the process exits.

mod backup;
mod broker;
mod cli;
mod clock;
mod compose;
mod console;
mod database;
mod debug_stream;
mod demo;
mod jobs;
mod lifecycle;
mod metrics;
mod output;
mod push;
mod random;
mod reload;
mod telemetry;
mod upgrade_backup;
mod webhooks;

use antiphon_config::ConfigErrors;
use clap::Parser as _;
use std::process::ExitCode;

/// `EX_USAGE` of sysexits.h: the command line or the configuration is wrong; starting again will not help.
const EXIT_USAGE: u8 = 64;

fn main() -> ExitCode {
    match cli::run(cli::Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output::error(&format!("{error:#}"));
            match error.is::<ConfigErrors>() {
                true => ExitCode::from(EXIT_USAGE),
                false => ExitCode::FAILURE,
            }
        }
    }
}
