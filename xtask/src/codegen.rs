//! The files that are written from code, and whether they are up to date.

use std::fs;

use anyhow::{Context, Result};

use crate::workspace::Workspace;

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
