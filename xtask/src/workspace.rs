//! Where things are, and how cargo is called. The answers come from cargo itself, so `CARGO_TARGET_DIR` and the like are respected.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use serde_json::Value;

/// The repository this tool was built from.
#[derive(Debug)]
pub(crate) struct Workspace {
    /// The folder of the root manifest.
    pub(crate) root: PathBuf,
    /// `cargo metadata` for the workspace's own packages.
    pub(crate) metadata: Value,
    /// Where this tool was started from. A build that it runs may put another in its place, and the system then names none any more.
    pub(crate) program: PathBuf,
}

impl Workspace {
    /// Asks cargo about the workspace that holds this crate.
    ///
    /// # Errors
    /// A manifest is broken, or cargo cannot be started.
    pub(crate) fn find() -> Result<Self> {
        let program = std::env::current_exe().context("this program has a path")?;
        let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
        let root = crate_folder
            .parent()
            .context("xtask lies in the workspace's folder")?;
        let mut command = cargo(root);
        command
            .args(["metadata", "--no-deps", "--format-version", "1"])
            .stderr(Stdio::inherit());
        let output = command.output().context("cannot start cargo")?;
        if !output.status.success() {
            bail!("cargo metadata failed: {}", output.status);
        }
        let metadata =
            serde_json::from_slice(&output.stdout).context("cargo metadata is not JSON")?;
        Ok(Self {
            root: root.to_owned(),
            metadata,
            program,
        })
    }

    /// Cargo, in the root of the workspace.
    pub(crate) fn cargo(&self) -> Command {
        cargo(&self.root)
    }

    /// The command that builds the program as it is delivered.
    pub(crate) fn release_build(&self) -> Command {
        let mut command = self.cargo();
        command.args(["build", "--release", "--package", "antiphon-server"]);
        command
    }

    /// Where [`Workspace::release_build`] leaves the program.
    pub(crate) fn release_binary(&self) -> PathBuf {
        self.target().join("release/antiphon")
    }

    /// The command that builds the programs for the tests: together with the Rust tests, so that all of it is there after them. Alone,
    /// the programs would ask less of their dependencies and have them all compiled once more.
    pub(crate) fn test_build(&self) -> Command {
        let mut command = self.cargo();
        command.args(["build", "--workspace", "--bins", "--tests"]);
        command
    }

    /// Where [`Workspace::test_build`] leaves the program.
    pub(crate) fn test_binary(&self) -> PathBuf {
        self.target().join("debug/antiphon")
    }

    /// The command that breaks a program on purpose, after [`Workspace::test_build`].
    pub(crate) fn chaos(&self, binary: &Path, arguments: &[OsString]) -> Command {
        let mut command = Command::new(self.target().join("debug/antiphon-chaos"));
        command
            .current_dir(&self.root)
            .arg("--binary")
            .arg(binary)
            .args(arguments);
        command
    }

    /// Where cargo leaves what it builds.
    pub(crate) fn target(&self) -> PathBuf {
        let target = self.metadata["target_directory"].as_str();
        self.root.join(target.unwrap_or("target"))
    }
}

fn cargo(root: &Path) -> Command {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    let mut command = Command::new(program);
    command.current_dir(root);
    command
}

/// Runs a command to its end with this process's own input and output.
///
/// # Errors
/// It cannot be started, or does not succeed.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let shown = describe(command);
    let status = command
        .status()
        .with_context(|| format!("cannot start `{shown}`"))?;
    if !status.success() {
        bail!("`{shown}` failed: {status}");
    }
    Ok(())
}

/// Finds a program on the search path.
pub(crate) fn find_program(names: &[&str]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    names
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)))
        .find(|candidate| candidate.is_file())
}

fn describe(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let mut words = vec![program.file_name().unwrap_or_default().to_string_lossy()];
    words.extend(
        command
            .get_args()
            .map(|argument| argument.to_string_lossy()),
    );
    words.join(" ")
}
