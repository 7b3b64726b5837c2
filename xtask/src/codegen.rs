//! The files that are written from code, and whether they are up to date.

use std::fs;
use std::process::Stdio;

use anyhow::{Context, Result, ensure};

use crate::workspace::Workspace;

/// The description of the API. It is printed by an example, so that this tool need not be built with the server; a test of
/// `antiphon-http` compares it.
const API: &str = "docs/openapi.json";

/// A generated file: its path in the repository, and what makes its text.
struct Generated {
    path: &'static str,
    text: fn() -> String,
}

const FILES: [Generated; 1] = [Generated {
    path: "docs/configuration.md",
    text: antiphon_config::docs,
}];

/// Writes what differs, and says which files those were.
pub(crate) fn write(workspace: &Workspace) -> Result<()> {
    for file in stale(workspace) {
        let path = workspace.root.join(file.path);
        fs::write(&path, (file.text)())
            .with_context(|| format!("cannot write {}", path.display()))?;
        println!("wrote {}", file.path);
    }
    write_api(workspace)
}

fn write_api(workspace: &Workspace) -> Result<()> {
    let mut print = workspace.cargo();
    print.args([
        "run",
        "--quiet",
        "--package",
        "antiphon-http",
        "--example",
        "openapi",
    ]);
    let printed = print
        .stderr(Stdio::inherit())
        .output()
        .context("cannot start cargo")?;
    ensure!(printed.status.success(), "the API cannot be described");
    let path = workspace.root.join(API);
    if fs::read(&path).ok().as_ref() != Some(&printed.stdout) {
        fs::write(&path, printed.stdout)
            .with_context(|| format!("cannot write {}", path.display()))?;
        println!("wrote {API}");
    }
    Ok(())
}

/// The generated files that do not hold what they should.
pub(crate) fn stale_paths(workspace: &Workspace) -> Vec<&'static str> {
    stale(workspace).map(|file| file.path).collect()
}

fn stale(workspace: &Workspace) -> impl Iterator<Item = &'static Generated> {
    FILES.iter().filter(|file| {
        fs::read_to_string(workspace.root.join(file.path))
            .ok()
            .as_deref()
            != Some(&(file.text)())
    })
}
