//! Schemathesis against the server's own description of its API: `cargo xtask schemathesis`, and a part of every test run.
//!
//! It is a Python program from PyPI, installed once into a folder under `target/`; nothing else on the machine is touched. What it
//! does is in `xtask/schemathesis/run.py`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context, Result};

use crate::workspace::{Workspace, find_program, run as run_command};

/// The release of Schemathesis; what it tries changes with it.
const VERSION: &str = "4.32.5";

/// Tries every operation of a running server.
///
/// # Errors
/// It cannot be installed or started.
pub(crate) fn run(workspace: &Workspace) -> Result<ExitCode> {
    let python = install(workspace)?;
    let status = Command::new(python)
        .arg(workspace.root.join("xtask/schemathesis/run.py"))
        .arg(workspace.test_binary())
        .arg(folder(workspace).join("run"))
        .status()
        .context("cannot start Schemathesis")?;
    Ok(match status.success() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

/// Makes sure that it can run here. An error says why it cannot, for the person who reads the output of a test run.
pub(crate) fn prepare(workspace: &Workspace) -> Result<()> {
    install(workspace).map(|_| ())
}

fn folder(workspace: &Workspace) -> PathBuf {
    workspace.target().join("schemathesis")
}

/// The Python that has Schemathesis.
fn install(workspace: &Workspace) -> Result<PathBuf> {
    let folder = folder(workspace).join(VERSION);
    let python = folder.join("bin/python");
    // Written last: what was left half done must not pass for the whole.
    let mark = folder.join("installed");
    if mark.exists() {
        return Ok(python);
    }
    let system = find_program(&["python3"])
        .filter(|python| is_new_enough(python))
        .context("it needs a `python3` on the search path, 3.10 or newer, with `venv`")?;
    println!("installing Schemathesis {VERSION}, which takes a minute");
    if folder.exists() {
        fs::remove_dir_all(&folder).context("cannot remove an unfinished installation")?;
    }
    run_command(Command::new(system).args(["-m", "venv"]).arg(&folder))?;
    run_command(
        Command::new(&python)
            .args(["-m", "pip", "--disable-pip-version-check", "--quiet"])
            .args(["install", "--timeout", "20", "--retries", "2"])
            .arg(format!("schemathesis=={VERSION}")),
    )?;
    fs::write(&mark, VERSION).context("cannot mark the installation")?;
    Ok(python)
}

fn is_new_enough(python: &Path) -> bool {
    let check = "import ensurepip, venv, sys; sys.exit(sys.version_info < (3, 10))";
    Command::new(python)
        .args(["-c", check])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}
