//! `antiphon files:prune`.

use crate::output::Format;
use antiphon_config::Options;
use serde_json::json;

#[derive(Debug, clap::Args)]
pub(crate) struct PruneArgs {
    #[command(flatten)]
    format: Format,
}

pub(crate) fn prune(args: &PruneArgs, options: &Options) -> anyhow::Result<()> {
    let pruned = super::with_chat(options, async |chat| chat.prune_files().await)?;
    let json = json!({
        "removed": pruned.files,
        "removed_bytes": pruned.bytes,
        "unfinished": pruned.unfinished,
        "kept": pruned.kept,
    });
    args.format.print(&json, || {
        format!(
            "Removed {} files that no message names ({} bytes) and {} unfinished uploads; kept {} files.",
            pruned.files, pruned.bytes, pruned.unfinished, pruned.kept
        )
    });
    Ok(())
}
