//! `antiphon backup` and `antiphon export`.

use crate::backup::{self, Kind, WorkFolder, Written};
use crate::clock::SystemClock;
use crate::output::{self, Format};
use antiphon_config::{Config, Options};
use antiphon_domain::Clock as _;
use anyhow::Context as _;
use serde_json::json;
use std::fs::File;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// What the names of backups and exports begin and end with, where the command chooses them.
const PREFIX: &str = "antiphon-";
const EXPORT_PREFIX: &str = "export-";
const SUFFIX: &str = ".tar";

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    to: To,
    /// Afterwards, keep only so many of the newest backups in backups/
    #[arg(long, value_name = "NUMBER", conflicts_with = "to", value_parser = clap::value_parser!(u32).range(1..))]
    keep: Option<u32>,
    #[command(flatten)]
    format: Format,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ExportArgs {
    #[command(flatten)]
    to: To,
    #[command(flatten)]
    format: Format,
}

#[derive(Debug, clap::Args)]
struct To {
    /// The archive to write, or `-` for the standard output [default: a new file in backups/ of the data folder]
    #[arg(long, value_name = "FILE")]
    to: Option<PathBuf>,
}

pub(crate) fn run(args: &Args, options: &Options) -> anyhow::Result<()> {
    write(Kind::Backup, &args.to, args.keep, args.format, options)
}

pub(crate) fn export(args: &ExportArgs, options: &Options) -> anyhow::Result<()> {
    write(Kind::Export, &args.to, None, args.format, options)
}

fn write(
    kind: Kind,
    to: &To,
    keep: Option<u32>,
    format: Format,
    options: &Options,
) -> anyhow::Result<()> {
    let config = super::load(options)?;
    let mut progress = |text: &str| output::progress(text);
    if to.to.as_deref() == Some(Path::new("-")) {
        let written = backup::write(&config, kind, std::io::stdout().lock(), &mut progress)?;
        output::progress(&summary(kind, &written, "the standard output"));
        return Ok(());
    }
    let path = match &to.to {
        Some(path) => path.clone(),
        None => default_path(&config, kind)?,
    };
    let written = write_file(&config, kind, &path, &mut progress)?;
    let removed = match keep {
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
    format.print(&json, || {
        summary(kind, &written, &path.display().to_string())
    });
    Ok(())
}

fn summary(kind: Kind, written: &Written, place: &str) -> String {
    let what = match kind {
        Kind::Backup => "Backed up the database, the secrets",
        Kind::Export => "Exported the tables",
    };
    let mut text = format!(
        "{what} and {} files to {place} ({} bytes).",
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
fn default_path(config: &Config, kind: Kind) -> anyhow::Result<PathBuf> {
    let folder = backup::folder(config);
    backup::make_private(&folder)?;
    let now = antiphon_wire::rfc3339(SystemClock.now());
    let time: String = now
        .chars()
        .take("2026-01-01T00:00:00".len())
        .filter(char::is_ascii_alphanumeric)
        .collect();
    let prefix = match kind {
        Kind::Backup => PREFIX,
        Kind::Export => EXPORT_PREFIX,
    };
    Ok(folder.join(format!("{prefix}{time}Z{SUFFIX}")))
}

/// Writes it beside its place until it is complete and on disk.
fn write_file(
    config: &Config,
    kind: Kind,
    path: &Path,
    progress: &mut dyn FnMut(&str),
) -> anyhow::Result<Written> {
    anyhow::ensure!(!path.exists(), "{} is there already", path.display());
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let explain = || format!("cannot write {}", path.display());
    let work = WorkFolder::make(folder, "unfinished").with_context(explain)?;
    let draft = work.path("archive.tar");
    let mut options = File::options();
    let file = options
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&draft);
    let file = file.with_context(explain)?;
    let written = backup::write(config, kind, std::io::BufWriter::new(&file), progress)?;
    file.sync_all().with_context(explain)?;
    std::fs::rename(&draft, path).with_context(explain)?;
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
