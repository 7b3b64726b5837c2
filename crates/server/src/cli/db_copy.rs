//! `antiphon db:copy`: a whole store moves from one database to another.

use crate::database;
use crate::output::{self, Format};
use antiphon_config::{Options, Postgres};
use antiphon_store::copy::{Source, Target, copy};
use antiphon_store_postgres as postgres;
use antiphon_store_sqlite::{self as sqlite, OpenOptions, ServerLock};
use anyhow::Context as _;
use serde_json::{Map, json};
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// Says how far a table is, every so many rows.
const TELL_EVERY: u64 = 10_000;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The database to copy: sqlite:FILE, or postgres://USER:PASSWORD@HOST:PORT/DATABASE
    #[arg(long, value_name = "DATABASE")]
    from: Place,
    /// The database to fill: it may hold nothing
    #[arg(long, value_name = "DATABASE")]
    to: Place,
    #[command(flatten)]
    format: Format,
}

/// Where a database is.
#[derive(Debug, Clone)]
enum Place {
    Sqlite(PathBuf),
    Postgres(Box<Postgres>),
}

impl FromStr for Place {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.strip_prefix("sqlite:") {
            Some(path) if !path.is_empty() => Ok(Self::Sqlite(PathBuf::from(path))),
            _ => match Postgres::of_url(text) {
                Some(server) => Ok(Self::Postgres(Box::new(server))),
                // The text may hold a password.
                None => Err(
                    "it must be sqlite:FILE or postgres://USER:PASSWORD@HOST:PORT/DATABASE"
                        .to_owned(),
                ),
            },
        }
    }
}

pub(crate) fn run(args: &Args, _options: &Options) -> anyhow::Result<()> {
    let _not_served = (not_served(&args.from)?, not_served(&args.to)?);
    let mut source: Box<dyn Source> = match &args.from {
        Place::Sqlite(path) => {
            Box::new(sqlite::CopySource::open(&OpenOptions::new(path)).context("the source")?)
        }
        Place::Postgres(server) => {
            Box::new(postgres::CopySource::open(&database::postgres(server)).context("the source")?)
        }
    };
    let mut target: Box<dyn Target> = match &args.to {
        Place::Sqlite(path) => {
            Box::new(sqlite::CopyTarget::open(&OpenOptions::new(path)).context("the target")?)
        }
        Place::Postgres(server) => {
            Box::new(postgres::CopyTarget::open(&database::postgres(server)).context("the target")?)
        }
    };
    let mut told = ("", 0);
    let copied = copy(&mut *source, &mut *target, &mut |table, rows| {
        if told.0 == table && rows < told.1 + TELL_EVERY {
            return;
        }
        told = (table, rows);
        output::progress(&format!("{table}: {rows} rows"));
    })?;
    let tables: Map<_, _> = copied
        .iter()
        .map(|(table, sum)| {
            let checksum = format!("{:032x}", sum.hash);
            let row = json!({ "rows": sum.rows, "checksum": checksum });
            ((*table).to_owned(), row)
        })
        .collect();
    args.format.print(&json!({ "tables": tables }), || {
        let mut lines: Vec<String> = copied
            .iter()
            .map(|(table, sum)| format!("{table}: {sum}"))
            .collect();
        lines.push(
            "Everything was copied, read back and compared. People's files stay in the data folder."
                .to_owned(),
        );
        lines.join("\n")
    });
    Ok(())
}

/// Keeps a server from running on a file's folder meanwhile: what it wrote would be left behind.
fn not_served(place: &Place) -> anyhow::Result<Option<ServerLock>> {
    let Place::Sqlite(path) = place else {
        return Ok(None);
    };
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let lock = ServerLock::acquire(folder)
        .with_context(|| format!("stop the server on {} first", folder.display()))?;
    Ok(Some(lock))
}
