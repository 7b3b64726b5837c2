//! `antiphon migrate`.

use crate::database;
use crate::output::Format;
use crate::upgrade_backup::Backup;
use antiphon_config::Options;
use serde_json::json;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    format: Format,
}

pub(crate) fn run(args: &Args, options: &Options) -> anyhow::Result<()> {
    let config = super::load(options)?;
    let (opened, migrated) = database::open_and_migrate(&config)?;
    opened.close();
    let (backup, why_not) = match &migrated.backup {
        Some(Backup::Made(path)) => (Some(path.display().to_string()), None),
        Some(Backup::None(why)) => (None, Some(why.clone())),
        None => (None, None),
    };
    let json =
        json!({ "from": migrated.from, "to": migrated.to, "backup": backup, "no_backup": why_not });
    args.format.print(&json, || {
        match (migrated.from == migrated.to, migrated.from, &backup) {
            (true, _, _) => format!("The database is up to date: schema {}.", migrated.to),
            (false, 0, _) => format!("The database was made: schema {}.", migrated.to),
            (false, _, Some(backup)) => {
                format!("The database was upgraded from schema {} to {}; the copy from before is {backup}.", migrated.from, migrated.to)
            }
            (false, from, None) => format!(
                "The database was upgraded from schema {from} to {}, without a backup: {}.",
                migrated.to,
                why_not.as_deref().unwrap_or("it is not known why")
            ),
        }
    });
    Ok(())
}
