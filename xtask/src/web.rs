//! The web parts: npm packages and the bundles under `web/dist` and `web/resume/dist`, made only when something they come
//! from has changed.
//!
//! What counts is content, not time: a fresh clone, a copy and a branch switch all change times without changing anything.
//! The stamp holds a hash of the sources as they were before the build began, so a change during the build is not lost.

use std::fs;
use std::hash::{DefaultHasher, Hasher};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::workspace::{self, Workspace};

/// The oldest Node that the web parts are built and tested with.
const OLDEST_NODE: u32 = 20;

/// Folders inside `web/` that are made, not written.
const MADE: [&str; 3] = ["node_modules", "dist", ".build"];

/// Installs and builds what is stale. Does not need Node when nothing is.
pub(crate) fn build(workspace: &Workspace) -> Result<()> {
    let web = web_folder(workspace)?;
    let stamp = web.join("dist/.stamp");
    let sources = hash_of_sources(&web)?;
    // The package that the tests load is written beside its sources, where the stamp cannot vouch for it.
    let has_package = web.join("resume/dist/resume.mjs").is_file();
    if has_package && fs::read_to_string(&stamp).is_ok_and(|stamped| stamped == sources) {
        return Ok(());
    }
    install(workspace)?;
    println!("building the web parts");
    workspace::run(&mut npm(workspace, &["run", "--silent", "build"]))?;
    fs::write(&stamp, sources)
        .with_context(|| format!("`npm run build` left no folder for {}", stamp.display()))
}

/// Installs the npm packages unless they are the ones of the lock file.
pub(crate) fn install(workspace: &Workspace) -> Result<()> {
    require_node()?;
    let web = web_folder(workspace)?;
    let lock =
        fs::read(web.join("package-lock.json")).context("cannot read web/package-lock.json")?;
    let mut hasher = DefaultHasher::new();
    hasher.write(&lock);
    let wanted = format!("{:016x}\n", hasher.finish());
    let stamp = web.join("node_modules/.stamp");
    if fs::read_to_string(&stamp).is_ok_and(|stamped| stamped == wanted) {
        return Ok(());
    }
    println!("installing the npm packages of web/package-lock.json");
    workspace::run(&mut npm(workspace, &["ci", "--no-audit", "--no-fund"]))?;
    fs::write(&stamp, wanted).context("cannot write to web/node_modules")
}

/// An npm command in the web folder.
pub(crate) fn npm(workspace: &Workspace, arguments: &[&str]) -> Command {
    let mut command = Command::new("npm");
    command
        .args(arguments)
        .current_dir(workspace.root.join("web"));
    // The system's Chromium is used; the copies that some packages fetch when they are installed are not.
    command
        .env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")
        .env("PUPPETEER_SKIP_DOWNLOAD", "1");
    command
}

fn web_folder(workspace: &Workspace) -> Result<PathBuf> {
    let web = workspace.root.join("web");
    if !web.join("package.json").is_file() {
        bail!(
            "{} has no package.json: this checkout is incomplete",
            web.display()
        );
    }
    Ok(web)
}

fn require_node() -> Result<()> {
    let advice = format!(
        "install Node {OLDEST_NODE} or newer with npm, for example from https://nodejs.org"
    );
    for program in ["node", "npm"] {
        let output = Command::new(program)
            .arg("--version")
            .stderr(Stdio::null())
            .output();
        let Some(output) = output.ok().filter(|output| output.status.success()) else {
            bail!("building the web parts needs {program}, which is not here: {advice}");
        };
        let version = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        if program == "node" && major(&version).is_none_or(|major| major < OLDEST_NODE) {
            bail!("node is {version}, which is too old: {advice}");
        }
    }
    Ok(())
}

/// The 20 of `v20.1.2`.
fn major(version: &str) -> Option<u32> {
    version
        .strip_prefix('v')
        .unwrap_or(version)
        .split('.')
        .next()?
        .parse()
        .ok()
}

/// A hash over the names and contents of everything under `web/` that a person wrote.
fn hash_of_sources(web: &Path) -> Result<String> {
    let mut files = Vec::new();
    collect_files(web, &mut files)?;
    files.sort_unstable();
    let mut hasher = DefaultHasher::new();
    for file in files {
        let content = fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
        let name = file.strip_prefix(web).unwrap_or(&file);
        hasher.write(name.as_os_str().as_encoded_bytes());
        hasher.write_usize(content.len());
        hasher.write(&content);
    }
    Ok(format!("{:016x}\n", hasher.finish()))
}

fn collect_files(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    let entries =
        fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    for entry in entries {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_dir() && !MADE.iter().any(|made| entry.file_name() == *made) {
            collect_files(&entry.path(), files)?;
        } else if kind.is_file() {
            files.push(entry.path());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_read_with_and_without_its_letter() {
        assert_eq!(major("v20.20.2"), Some(20));
        assert_eq!(major("11.19.1"), Some(11));
        assert_eq!(major("nonsense"), None);
    }

    #[test]
    fn the_hash_follows_contents_and_names_and_nothing_that_is_made() {
        let root = tempfile::tempdir().unwrap();
        let web = root.path();
        fs::create_dir_all(web.join("dist")).unwrap();
        fs::create_dir_all(web.join("shared")).unwrap();
        fs::write(web.join("shared/a.ts"), "one").unwrap();
        let first = hash_of_sources(web).unwrap();
        fs::write(web.join("dist/a.js"), "made").unwrap();
        assert_eq!(hash_of_sources(web).unwrap(), first);
        fs::write(web.join("shared/a.ts"), "two").unwrap();
        let second = hash_of_sources(web).unwrap();
        assert_ne!(second, first);
        fs::rename(web.join("shared/a.ts"), web.join("shared/b.ts")).unwrap();
        assert_ne!(hash_of_sources(web).unwrap(), second);
    }
}
