//! An S3 server for the tests of files in a bucket: `cargo xtask s3`, and one in every test run.
//!
//! It is OpenStack Swift with its S3 API, which providers run as a product: it checks signatures, keeps uploads in parts apart until
//! they are completed, and answers errors as S3 does, so that it is a fair peer and no mock-up that agrees with everything. It is Python,
//! and is installed once into a folder under `target/`, from PyPI; nothing else on the machine is touched.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};

use anyhow::{Context, Result, bail, ensure};

use crate::workspace::{Workspace, find_program, run};

/// The release of Swift.
const VERSION: &str = "2.38.3";

/// How tests are told of it; `antiphon-testkit` reads it.
pub(crate) const VARIABLE: &str = "ANTIPHON_TEST_S3";

/// A running server, which ends with this.
#[derive(Debug)]
pub(crate) struct S3 {
    process: Child,
    /// Address and port.
    pub(crate) address: String,
}

impl S3 {
    /// Installs it, if it is not here, and starts it on a free port, empty.
    ///
    /// # Errors
    /// There is no Python 3.9 or newer with `venv`, it cannot be installed, or it does not start.
    pub(crate) fn start(workspace: &Workspace) -> Result<Self> {
        let python = install(workspace)?;
        let folder = workspace.target().join("s3");
        let log = fs::File::create(folder.join("log")).context("cannot write Swift's log")?;
        let mut process = Command::new(python)
            .arg(workspace.root.join("xtask/s3/serve.py"))
            .arg(folder.join(format!("data-{}", std::process::id())))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .context("cannot start Swift")?;
        let output = process.stdout.take().context("its output is a pipe")?;
        let mut this = Self {
            process,
            address: String::new(),
        };
        BufReader::new(output).read_line(&mut this.address)?;
        this.address.truncate(this.address.trim_end().len());
        ensure!(
            !this.address.is_empty(),
            "Swift ended before it listened, see {}",
            folder.join("log").display()
        );
        Ok(this)
    }
}

impl Drop for S3 {
    fn drop(&mut self) {
        // It has ended by itself if this fails.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Runs it until it is interrupted, and says how tests find it.
pub(crate) fn serve(workspace: &Workspace) -> Result<ExitCode> {
    let mut s3 = S3::start(workspace)?;
    println!("{VARIABLE}={}", s3.address);
    // Waiting would close it, and Swift ends with it.
    let _input = s3.process.stdin.take();
    let status = s3.process.wait()?;
    bail!("Swift ended: {status}");
}

/// The Python that has Swift.
fn install(workspace: &Workspace) -> Result<PathBuf> {
    let folder = workspace.target().join("s3").join(VERSION);
    let python = folder.join("bin/python");
    // Written last: what was left half done must not pass for the whole.
    let mark = folder.join("installed");
    if mark.exists() {
        return Ok(python);
    }
    let system = find_program(&["python3"])
        .filter(|python| is_new_enough(python))
        .context("it needs a `python3` on the search path, 3.9 or newer, with `venv`")?;
    println!("installing Swift {VERSION}, which takes a minute");
    if folder.exists() {
        fs::remove_dir_all(&folder).context("cannot remove an unfinished installation")?;
    }
    run(Command::new(system).args(["-m", "venv"]).arg(&folder))?;
    run(Command::new(&python)
        .args(["-m", "pip", "--disable-pip-version-check", "--quiet"])
        .args(["install", "--timeout", "20", "--retries", "2"])
        .args(["--only-binary", ":all:"])
        .arg(format!("swift=={VERSION}")))?;
    fs::write(&mark, VERSION).context("cannot mark the installation")?;
    Ok(python)
}

fn is_new_enough(python: &Path) -> bool {
    let check = "import ensurepip, venv, sys; sys.exit(sys.version_info < (3, 9))";
    Command::new(python)
        .args(["-c", check])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}
