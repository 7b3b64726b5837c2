//! Autobahn's fuzzing client against the framing of `antiphon-protocol`: `cargo xtask autobahn`, and a part of it in every test run.
//!
//! Autobahn is a Python 2.7 program. Where there is such a Python, Autobahn is installed once into a folder under `target/`, and
//! nothing else on the machine is touched. It speaks with an example of the protocol crate that echoes: the product itself answers in
//! the Pusher protocol only.

mod report;

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};

use anyhow::{Context, Result, bail, ensure};
use serde_json::json;

use self::report::Verdict;
use crate::workspace::{Workspace, find_program, run as run_command};

/// The release of `autobahntestsuite`; its cases are what counts, and they change with it.
const VERSION: &str = "25.10.1";

/// The name our server has in the report.
const AGENT: &str = "antiphon";

/// Framing, pings, fragments, UTF-8, closing, limits, and one large message in many small pieces.
const FRAMING: [&str; 9] = [
    "1.*", "2.*", "3.*", "4.*", "5.*", "6.*", "7.*", "9.*", "10.*",
];

/// Compression, all of it: minutes.
const COMPRESSION: [&str; 2] = ["12.*", "13.*"];

/// Of compression what a test run has time for: each kind of data, small and large messages, some in fragments, and every offer.
const SOME_COMPRESSION: [&str; 14] = [
    "12.1.1", "12.1.4", "12.1.11", "12.2.5", "12.3.1", "12.4.4", "12.5.2", "13.1.1", "13.2.2",
    "13.3.1", "13.4.2", "13.5.1", "13.6.4", "13.7.1",
];

/// How much is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// What a test run has time for.
    Quick,
    /// Every case there is.
    Full,
}

/// Autobahn, installed.
#[derive(Debug)]
struct Autobahn {
    python: PathBuf,
    packages: PathBuf,
}

/// Runs the cases and prints how many passed, in the form that the suite counts.
///
/// # Errors
/// There is no Python 2.7, Autobahn cannot be installed or does not run to its end, or the echo server cannot be built.
pub(crate) fn run(workspace: &Workspace, extent: Extent) -> Result<ExitCode> {
    let autobahn = Autobahn::install(workspace)?;
    let echo = Echo::start(workspace)?;
    let folder = folder(workspace).join("run");
    let report = folder.join("report");
    // The report of an earlier run must not pass for this one's.
    if folder.exists() {
        fs::remove_dir_all(&folder).context("cannot remove the last report")?;
    }
    fs::create_dir_all(&folder).context("cannot make a folder for the report")?;
    let (cases, n_cases) = match extent {
        Extent::Quick => ([&FRAMING[..], &SOME_COMPRESSION].concat(), 315),
        Extent::Full => ([&FRAMING[..], &COMPRESSION].concat(), 517),
    };
    let spec = json!({
        "outdir": report,
        "servers": [{"agent": AGENT, "url": format!("ws://{}", echo.address)}],
        "cases": cases,
        "exclude-cases": [],
        "exclude-agent-cases": {},
    });
    let spec_path = folder.join("spec.json");
    fs::write(&spec_path, spec.to_string()).context("cannot write what Autobahn is to do")?;
    let log = fs::File::create(folder.join("log")).context("cannot write Autobahn's log")?;
    let status = autobahn
        .wstest()
        .args(["--mode", "fuzzingclient", "--spec"])
        .arg(&spec_path)
        .current_dir(&folder)
        .stdout(log.try_clone()?)
        .stderr(log)
        .status()
        .context("cannot start Autobahn")?;
    ensure!(
        status.success(),
        "Autobahn failed: {status}, see {}",
        folder.join("log").display()
    );
    drop(echo);
    let index =
        fs::read_to_string(report.join("index.json")).context("Autobahn wrote no report")?;
    let verdict = Verdict::read(&index, AGENT)?;
    // A pattern that no longer matches, or a case that was given up, must not go unnoticed.
    ensure!(
        verdict.n_cases() == n_cases,
        "Autobahn ran {} of {n_cases} cases",
        verdict.n_cases()
    );
    verdict.print(&report);
    Ok(match verdict.failed.is_empty() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

/// Makes sure that Autobahn can run here. An error says why it cannot, for the person who reads the output of a test run.
pub(crate) fn prepare(workspace: &Workspace) -> Result<()> {
    Autobahn::install(workspace).map(|_| ())
}

/// Where everything of Autobahn's is kept.
fn folder(workspace: &Workspace) -> PathBuf {
    workspace.target().join("autobahn")
}

impl Autobahn {
    /// Finds a Python and installs Autobahn, unless it is installed already.
    fn install(workspace: &Workspace) -> Result<Self> {
        let python = find_python().context(
            "it needs a Python 2.7: `python2.7` on the search path, one that pyenv has built, or PYTHON27 set to the program",
        )?;
        let packages = folder(workspace).join(VERSION);
        let installed = Self {
            python,
            packages: packages.clone(),
        };
        if packages.exists() {
            return Ok(installed);
        }
        println!("installing Autobahn {VERSION}, which takes a minute or two");
        // What was left half done must not pass for the whole.
        let partial = packages.with_extension("partial");
        if partial.exists() {
            fs::remove_dir_all(&partial).context("cannot remove an unfinished installation")?;
        }
        let mut pip = Command::new(&installed.python);
        pip.args([
            "-m",
            "pip",
            "--disable-pip-version-check",
            "--quiet",
            "install",
        ])
        .args(["--timeout", "20", "--retries", "2", "--target"])
        .arg(&partial)
        .arg(format!("autobahntestsuite=={VERSION}"))
        .env("PYTHONNOUSERSITE", "1");
        run_command(&mut pip)?;
        fs::rename(&partial, &packages).context("cannot name the installation")?;
        Ok(installed)
    }

    fn wstest(&self) -> Command {
        // A folder of packages becomes one that namespace packages work in only by `addsitedir`.
        let program = "import site, sys; site.addsitedir(sys.argv.pop(1)); \
                       from autobahntestsuite.wstest import run; run()";
        let mut command = Command::new(&self.python);
        command
            .args(["-c", program])
            .arg(&self.packages)
            .env("PYTHONNOUSERSITE", "1");
        command
    }
}

/// A Python 2.7 with pip: the named one, one on the search path, or one of pyenv's. A candidate may be pyenv's stand-in for none,
/// so that each is tried.
fn find_python() -> Option<PathBuf> {
    let named = std::env::var_os("PYTHON27").map(PathBuf::from);
    let on_path = find_program(&["python2.7"]);
    let pyenv = std::env::var_os("PYENV_ROOT")
        .map(PathBuf::from)
        .or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".pyenv")));
    let versions = pyenv.and_then(|root| fs::read_dir(root.join("versions")).ok());
    let built = versions
        .into_iter()
        .flatten()
        .flatten()
        .map(|version| version.path().join("bin/python2.7"))
        .filter(|program| program.is_file());
    named
        .into_iter()
        .chain(on_path)
        .chain(built)
        .find(|python| is_python_27(python))
}

fn is_python_27(program: &Path) -> bool {
    let check = "import pip, ssl, sys; sys.exit(sys.version_info[:2] != (2, 7))";
    Command::new(program)
        .args(["-c", check])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// The echo server, which ends with this.
#[derive(Debug)]
struct Echo {
    process: Child,
    address: String,
}

impl Echo {
    fn start(workspace: &Workspace) -> Result<Self> {
        let mut build = workspace.cargo();
        build.args([
            "build",
            "--quiet",
            "--release",
            "--package",
            "antiphon-protocol",
        ]);
        build.args(["--example", "autobahn_echo"]);
        run_command(&mut build)?;
        let program = workspace.target().join("release/examples/autobahn_echo");
        let mut process = Command::new(&program)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {}", program.display()))?;
        let output = process.stdout.take().context("its output is a pipe")?;
        let mut this = Self {
            process,
            address: String::new(),
        };
        BufReader::new(output).read_line(&mut this.address)?;
        this.address.truncate(this.address.trim_end().len());
        if this.address.is_empty() {
            bail!("the echo server ended before it listened");
        }
        Ok(this)
    }
}

impl Drop for Echo {
    fn drop(&mut self) {
        // It has ended by itself if this fails.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
