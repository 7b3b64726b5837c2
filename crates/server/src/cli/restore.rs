//! `antiphon restore`.

use crate::backup;
use crate::output::{self, Format};
use antiphon_config::{Config, Options, SecretsMode};
use anyhow::Context as _;
use serde_json::json;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The archive that `antiphon backup` made, or `-` for the standard input
    #[arg(value_name = "FILE")]
    from: PathBuf,
    /// Put the database and the secrets that are there aside, in backups/ of the data folder
    #[arg(long)]
    replace: bool,
    #[command(flatten)]
    format: Format,
}

pub(crate) fn run(args: &Args, mut options: Options) -> anyhow::Result<()> {
    // Those of the archive are to come: none are made.
    options.secrets = SecretsMode::Preview;
    let config = Config::of_process(&options)?;
    let from: Box<dyn Read> = if args.from == Path::new("-") {
        Box::new(std::io::stdin().lock())
    } else {
        let file = File::open(&args.from);
        let file = file.with_context(|| format!("cannot read {}", args.from.display()))?;
        Box::new(BufReader::new(file))
    };
    let mut progress = |text: &str| output::progress(text);
    let restored = backup::restore(&config, from, args.replace, &mut progress)?;
    let aside = restored
        .aside
        .as_ref()
        .map(|path| path.display().to_string());
    let (from, to) = restored.schema;
    let json = json!({
        "created_at": restored.created_at,
        "schema_from": from,
        "schema_to": to,
        "files": restored.files,
        "aside": aside,
    });
    args.format.print(&json, || {
        let mut lines = vec![format!(
            "Restored the backup of {} with {} files.",
            restored.created_at, restored.files
        )];
        if from != to {
            lines.push(format!(
                "Its database was upgraded from schema {from} to {to}."
            ));
        }
        if let Some(aside) = &aside {
            lines.push(format!("What was there before is in {aside}."));
        }
        lines.push("Start the server to go on from there.".to_owned());
        lines.join("\n")
    });
    Ok(())
}
