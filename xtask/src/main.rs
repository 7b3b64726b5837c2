//! The tasks of this repository: `cargo xtask <command>`. Needs Rust, and Node for everything that touches `web/`.
//!
//! One command builds and serves, one checks everything. It starts other programs and reads files; it is no part of the product.
#![expect(
    clippy::print_stdout,
    reason = "a command-line tool talks to the person who started it"
)]

mod autobahn;
mod browser;
mod codegen;
mod postgres;
mod redis;
mod s3;
mod schemathesis;
mod suite;
mod tidy;
mod web;
mod workspace;

use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail};

use crate::autobahn::Extent;
use crate::workspace::Workspace;

const HELP: &str = "\
cargo xtask <command>

  serve [arguments]  build everything that is stale, then run `antiphon serve [arguments]`
  build              build the web parts and the release binary, target/release/antiphon
  test               everything that must be green: format, lints, docs, Rust and web tests, browsers
  web                install and build the web parts, if they are stale
  autobahn           check the WebSocket framing with Autobahn, all cases; needs a Python 2.7 (`quick`: fewer of compression)
  chaos [arguments]  build, and break running servers on purpose: --seconds N, --seed S, --layout one|three|nodes, --nodes N; counts what was lost or doubled
  schemathesis       build, and try every operation of the API that it describes, with good and bad input; needs a Python 3.10
  s3                 run the S3 server that the tests of buckets need, until it is interrupted; needs a Python 3
  codegen            write the files that are generated from code, such as docs/configuration.md
  tidy               check the rules of the house: directions, banned crates, file sizes, module docs
";

fn main() -> ExitCode {
    match run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<ExitCode> {
    let mut arguments = std::env::args_os().skip(1);
    let command = arguments.next().unwrap_or_default();
    let rest: Vec<OsString> = arguments.collect();
    let command = command.to_str().unwrap_or_default();
    if matches!(command, "" | "help" | "-h" | "--help") {
        print!("{HELP}");
        return Ok(ExitCode::SUCCESS);
    }
    let is_quick = command == "autobahn" && rest == ["quick"];
    if !matches!(command, "serve" | "chaos") && !is_quick && !rest.is_empty() {
        bail!("`cargo xtask {command}` takes no arguments");
    }

    let workspace = Workspace::find()?;
    match command {
        "serve" => serve(&workspace, &rest)?,
        "build" => build(&workspace)?,
        "test" => return Ok(suite::run(&workspace)),
        "web" => web::build(&workspace)?,
        "autobahn" if is_quick => return autobahn::run(&workspace, Extent::Quick),
        "autobahn" => return autobahn::run(&workspace, Extent::Full),
        "chaos" => return chaos(&workspace, &rest),
        "s3" => return s3::serve(&workspace),
        "schemathesis" => {
            web::build(&workspace)?;
            workspace::run(&mut workspace.test_build())?;
            return schemathesis::run(&workspace);
        }
        "codegen" => codegen::write(&workspace)?,
        "tidy" => return tidy_up(&workspace),
        other => bail!("there is no command {other:?}\n\n{HELP}"),
    }
    Ok(ExitCode::SUCCESS)
}

fn build(workspace: &Workspace) -> Result<()> {
    web::build(workspace)?;
    workspace::run(&mut workspace.release_build())
}

fn serve(workspace: &Workspace, arguments: &[OsString]) -> Result<()> {
    build(workspace)?;
    // Replacing this process lets signals and the exit code reach the person without a go-between.
    let binary = workspace.release_binary();
    let error = Command::new(&binary).arg("serve").args(arguments).exec();
    Err(error).with_context(|| format!("cannot start {}", binary.display()))
}

fn chaos(workspace: &Workspace, arguments: &[OsString]) -> Result<ExitCode> {
    build(workspace)?;
    workspace::run(&mut workspace.test_build())?;
    let mut command = workspace.chaos(&workspace.release_binary(), arguments);
    let status = command.status().context("cannot start the program")?;
    Ok(if status.success() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn tidy_up(workspace: &Workspace) -> Result<ExitCode> {
    let complaints = tidy::check(workspace)?;
    for complaint in &complaints {
        println!("{complaint}");
    }
    if complaints.is_empty() {
        println!("tidy");
        return Ok(ExitCode::SUCCESS);
    }
    println!("{} complaints", complaints.len());
    Ok(ExitCode::FAILURE)
}
