//! `antiphon backup`.

use crate::backup::{self, Written};
use crate::clock::SystemClock;
use crate::output::{self, Format};
use antiphon_config::{Config, Options};
use antiphon_domain::Clock as _;
use anyhow::Context as _;
use serde_json::json;
use std::fs::File;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// What the names of backups begin and end with, where the command chooses them.
const PREFIX: &str = "antiphon-";
const SUFFIX: &str = ".tar";
/// What the name of one ends with that is not complete.
const UNFINISHED: &str = ".unfinished";

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The archive to write, or `-` for the standard output [default: a new file in backups/ of the data folder]
    #[arg(long, value_name = "FILE")]
    to: Option<PathBuf>,
    /// Afterwards, keep only so many of the newest backups in backups/
    #[arg(long, value_name = "NUMBER", conflicts_with = "to", value_parser = clap::value_parser!(u32).range(1..))]
    keep: Option<u32>,
    #[command(flatten)]
    format: Format,
}

pub(crate) fn run(args: &Args, options: &Options) -> anyhow::Result<()> {
    let config = super::load(options)?;
    let mut progress = |text: &str| output::progress(text);
    if args.to.as_deref() == Some(Path::new("-")) {
        let written = backup::write(&config, std::io::stdout().lock(), &mut progress)?;
        output::progress(&summary(&written, "the standard output"));
        return Ok(());
    }
    let path = match &args.to {
        Some(path) => path.clone(),
        None => default_path(&config)?,
    };
    let written = write_file(&config, &path, &mut progress)?;
    let removed = match args.keep {
        Some(keep) => remove_older(&backup::folder(&config), keep as usize)?,
        None => 0,
    };
    let json = json!({
        "path": path.display().to_string(),
        "bytes": written.bytes,
        "files": written.files,
        "missing_files": written.missing,
        "removed_backups": removed,
    });
    args.format
        .print(&json, || summary(&written, &path.display().to_string()));
    Ok(())
}

fn summary(written: &Written, place: &str) -> String {
    let mut text = format!(
        "Backed up the database, the secrets and {} files to {place} ({} bytes).",
        written.files, written.bytes
    );
    if written.missing > 0 {
        text += &format!(
            "\n{} files that messages name were not in the store of files.",
            written.missing
        );
    }
    text
}

/// A new name by the time of day, in UTC.
fn default_path(config: &Config) -> anyhow::Result<PathBuf> {
    let folder = backup::folder(config);
    std::fs::create_dir_all(&folder)
        .with_context(|| format!("cannot make the folder {}", folder.display()))?;
    let now = antiphon_wire::rfc3339(SystemClock.now());
    let time: String = now
        .chars()
        .take("2026-01-01T00:00:00".len())
        .filter(char::is_ascii_alphanumeric)
        .collect();
    Ok(folder.join(format!("{PREFIX}{time}Z{SUFFIX}")))
}

/// Writes it under another name until it is complete and on disk.
fn write_file(
    config: &Config,
    path: &Path,
    progress: &mut dyn FnMut(&str),
) -> anyhow::Result<Written> {
    anyhow::ensure!(!path.exists(), "{} is there already", path.display());
    let mut draft = path.as_os_str().to_owned();
    draft.push(UNFINISHED);
    let draft = PathBuf::from(draft);
    let explain = || format!("cannot write {}", path.display());
    let mut options = File::options();
    options.write(true).create(true).truncate(true).mode(0o600);
    let file = options.open(&draft).with_context(explain)?;
    let written = backup::write(config, std::io::BufWriter::new(&file), progress)
        .and_then(|written| {
            file.sync_all().with_context(explain)?;
            std::fs::rename(&draft, path).with_context(explain)?;
            Ok(written)
        })
        .inspect_err(|_| drop(std::fs::remove_file(&draft)))?;
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .with_context(explain)?;
    Ok(written)
}

/// Removes all but the newest of those that this command named, and answers how many. Their names sort by age.
fn remove_older(folder: &Path, keep: usize) -> anyhow::Result<usize> {
    let mut backups = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str());
        if name.is_some_and(|name| name.starts_with(PREFIX) && name.ends_with(SUFFIX)) {
            backups.push(path);
        }
    }
    backups.sort();
    let older = backups.len().saturating_sub(keep);
    for path in &backups[..older] {
        std::fs::remove_file(path).with_context(|| format!("cannot remove {}", path.display()))?;
    }
    Ok(older)
}
