//! The real binary, met through its sockets and its command line only. Each test states a fact.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

mod contract;
mod events;

use antiphon_testkit::TestApp;

/// The binary under test.
const ANTIPHON: &str = env!("CARGO_BIN_EXE_antiphon");

/// A server without configuration, on free ports.
fn start() -> TestApp {
    TestApp::start(ANTIPHON)
}
