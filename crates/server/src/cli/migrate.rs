//! `antiphon migrate`.

use crate::compose;
use crate::output::Format;
use antiphon_config::Options;
use antiphon_store_sqlite::migrate;
use serde_json::json;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    format: Format,
}

pub(crate) fn run(args: &Args, options: &Options) -> anyhow::Result<()> {
    let config = super::load(options)?;
    let migrated = migrate(&compose::open_options(&config)?)?;
    let backup = migrated
        .backup
        .as_ref()
        .map(|path| path.display().to_string());
    args.format.print(&json!({ "from": migrated.from, "to": migrated.to, "backup": backup }), || {
        match (migrated.from == migrated.to, &backup) {
            (true, _) => format!("The database is up to date: schema {}.", migrated.to),
            (false, None) => format!("The database was made: schema {}.", migrated.to),
            (false, Some(backup)) => {
                format!("The database was upgraded from schema {} to {}; the copy from before is {backup}.", migrated.from, migrated.to)
            }
        }
    });
    Ok(())
}
