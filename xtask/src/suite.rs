//! `cargo xtask test`: every check there is, in an order that finds cheap mistakes first.
//!
//! A step that fails does not stop the ones that do not depend on it, and makes the whole run fail. The last line is always
//! `N passed, N failed`. A format check or a lint run counts as one; a step that runs tests counts each of them.

mod count;
mod step;

use std::ffi::OsString;
use std::num::NonZeroUsize;
use std::process::{Command, ExitCode};
use std::time::Duration;

use self::step::{Counting, Runner};
use crate::postgres::Postgres;
use crate::s3::{self, S3};
use crate::workspace::{Workspace, find_program};
use crate::{autobahn, browser, redis, schemathesis, web};

/// Long enough for a cold build on two slow cores, short enough that a hang ends the same day.
const LIMIT: Duration = Duration::from_mins(25);

/// Faults for so long that most kinds come once, of all layouts side by side; with start and settling, half a minute.
const CHAOS: [&str; 4] = ["--seconds", "15", "--seed", "1"];

/// Runs all steps and prints the closing line.
pub(crate) fn run(workspace: &Workspace) -> ExitCode {
    let mut runner = Runner::default();
    rust_checks(workspace, &mut runner);
    let has_web = web_checks(workspace, &mut runner);
    let s3 = bucket_server(workspace, &mut runner);
    let postgres = rust_tests(workspace, &mut runner, s3.as_ref());
    drop(s3);
    framing_tests(workspace, &mut runner);
    let has_binary = test_build(workspace, &mut runner, has_web);
    chaos(workspace, &mut runner, has_binary, postgres.as_ref());
    drop(postgres);
    api_tests(workspace, &mut runner, has_binary);
    browser_tests(workspace, &mut runner, has_binary);
    runner.finish()
}

fn rust_checks(workspace: &Workspace, runner: &mut Runner) {
    let mut format = workspace.cargo();
    format.args(["fmt", "--all", "--check"]);
    runner.command("format", format, Counting::Check, LIMIT);

    let mut clippy = workspace.cargo();
    clippy.args([
        "clippy",
        "--workspace",
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ]);
    runner.command("lints", clippy, Counting::Check, LIMIT);
}

/// Whether the web parts could be built; the binary and the browser tests need them.
fn web_checks(workspace: &Workspace, runner: &mut Runner) -> bool {
    if !runner.task("npm packages", || web::install(workspace)) {
        return false;
    }
    let npm = |script| web::npm(workspace, &["run", "--silent", script]);
    runner.command("web types", npm("check"), Counting::Check, LIMIT);
    let is_built = runner.task("web build", || web::build(workspace));
    runner.command("web unit tests", npm("test:unit"), Counting::Tests, LIMIT);
    is_built
}

/// The server for the tests of buckets, where it can be had; without it they say that they are skipped.
fn bucket_server(workspace: &Workspace, runner: &mut Runner) -> Option<S3> {
    S3::start(workspace)
        .inspect_err(|error| runner.leave_out("files in a bucket (S3)", &format!("{error:#}")))
        .ok()
}

/// Gives the PostgreSQL server, for what else needs one.
fn rust_tests(workspace: &Workspace, runner: &mut Runner, s3: Option<&S3>) -> Option<Postgres> {
    let mut tests = workspace.cargo();
    if find_program(&["cargo-nextest"]).is_some() {
        // Most tests wait for something most of their time: for a process, a socket, a deadline.
        let at_once = 2 * std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        tests.args(["nextest", "run", "--workspace", "--no-fail-fast"]);
        tests.arg(format!("--test-threads={at_once}"));
    } else {
        tests.args(["test", "--workspace", "--all-targets", "--no-fail-fast"]);
    }
    if let Some(s3) = s3 {
        tests.env(s3::VARIABLE, &s3.address);
    }
    runner.task("Redis", redis::provide);
    let mut server = None;
    runner.task("PostgreSQL", || {
        server = Some(Postgres::find()?);
        Ok(())
    });
    if let Some(server) = &server {
        server.tell(&mut tests);
    }
    runner.command("Rust tests", tests, Counting::Tests, LIMIT);

    let mut examples = workspace.cargo();
    examples.args(["test", "--workspace", "--doc", "--no-fail-fast"]);
    runner.command("Rust examples", examples, Counting::PerhapsTests, LIMIT);

    let mut docs = workspace.cargo();
    docs.args([
        "doc",
        "--workspace",
        "--no-deps",
        "--document-private-items",
    ]);
    docs.env("RUSTDOCFLAGS", "-D warnings");
    runner.command("Rust documentation", docs, Counting::Check, LIMIT);
    server
}

/// Autobahn, where there is a Python that runs it.
fn framing_tests(workspace: &Workspace, runner: &mut Runner) {
    if let Err(error) = autobahn::prepare(workspace) {
        runner.leave_out("WebSocket framing (Autobahn)", &format!("{error:#}"));
        return;
    }
    // A process of its own, which can be killed with all that it starts.
    let mut command = Command::new(&workspace.program);
    command.args(["autobahn", "quick"]);
    runner.command(
        "WebSocket framing (Autobahn)",
        command,
        Counting::Tests,
        LIMIT,
    );
}

/// The programs, for everything that meets them from outside. What is delivered is the same, optimized; to build that on two
/// cores takes longer than all of this.
fn test_build(workspace: &Workspace, runner: &mut Runner, has_web: bool) -> bool {
    if !has_web {
        runner.skip("programs", "the web parts could not be built");
        return false;
    }
    runner.command("programs", workspace.test_build(), Counting::Check, LIMIT)
}

/// A short run with a fixed schedule of faults.
fn chaos(
    workspace: &Workspace,
    runner: &mut Runner,
    has_binary: bool,
    postgres: Option<&Postgres>,
) {
    if !has_binary {
        runner.skip("broken on purpose", "there is no program");
        return;
    }
    let arguments = CHAOS.map(OsString::from);
    let mut run = workspace.chaos(&workspace.test_binary(), &arguments);
    if let Some(postgres) = postgres {
        postgres.tell(&mut run);
    }
    runner.command("broken on purpose", run, Counting::Check, LIMIT);
}

/// Schemathesis, where there is a Python that runs it.
fn api_tests(workspace: &Workspace, runner: &mut Runner, has_binary: bool) {
    const NAME: &str = "API as described (Schemathesis)";
    if !has_binary {
        runner.skip(NAME, "there is no program");
        return;
    }
    if let Err(error) = schemathesis::prepare(workspace) {
        runner.leave_out(NAME, &format!("{error:#}"));
        return;
    }
    // A process of its own, which can be killed with all that it starts.
    let mut command = Command::new(&workspace.program);
    command.arg("schemathesis");
    runner.command(NAME, command, Counting::Tests, LIMIT);
}

fn browser_tests(workspace: &Workspace, runner: &mut Runner, has_binary: bool) {
    if !has_binary {
        runner.skip("stock clients and browsers", "there is no program");
        return;
    }
    let tests = |script| -> Command {
        let mut command = web::npm(workspace, &["run", "--silent", script]);
        command.env("ANTIPHON_BIN", workspace.test_binary());
        command
    };
    runner.command("stock clients", tests("test:peers"), Counting::Tests, LIMIT);

    if browser::find().is_none() && !runner.task("Chromium", browser::install) {
        return;
    }
    if let Some(chromium) = browser::find() {
        let mut scenes = tests("test:e2e");
        scenes.env("CHROMIUM", &chromium);
        if let Some(shell) = browser::shell() {
            scenes.env("CHROMIUM_HEADLESS_SHELL", shell);
        }
        runner.command("browsers", scenes, Counting::Tests, LIMIT);
        // What counts milliseconds has the machine to itself, and the browser that people have.
        let mut timing = tests("test:timing");
        timing.env("CHROMIUM", &chromium);
        runner.command("what browsers may take", timing, Counting::Tests, LIMIT);
    }
}
