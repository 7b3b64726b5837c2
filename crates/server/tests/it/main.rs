//! The real binary, met through its sockets and its command line only. Each test states a fact.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

mod account_webhooks;
mod apps;
mod backup;
mod broadcasters;
mod cluster;
mod collision;
mod commands;
mod console;
mod console_of_team;
mod contract;
mod cross_site;
mod debug;
mod doctor;
mod durability;
mod editing;
mod events;
mod files;
mod floods;
mod hostile;
mod jobs;
mod laravel;
mod metrics;
mod notes;
mod pages;
mod people;
mod postgres;
mod privacy;
mod pusher_api;
mod rate_limits;
mod reports;
mod routing;
mod search;
mod shut_out;
mod sorting;
mod split;
mod start;
mod strangers;
mod team;
mod visitors;
mod web_push;
mod webhooks;
mod widgets;

use antiphon_testkit::{TestApp, Workspace};

/// The binary under test.
const ANTIPHON: &str = env!("CARGO_BIN_EXE_antiphon");

/// A server without configuration, on free ports.
fn start() -> TestApp {
    TestApp::start(ANTIPHON)
}

/// A folder for a server that is started otherwise.
fn workspace() -> Workspace {
    Workspace::new(ANTIPHON)
}
