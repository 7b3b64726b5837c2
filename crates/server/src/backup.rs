//! A backup: all that an installation keeps, in one tar archive. And an export, the same for other programs.
//!
//! Whatever database and whatever store of files there is, the archive is the same: a copy of the database as an SQLite file, the files
//! that its messages name, and the secrets that the first start made. So a backup of one installation can be restored into another
//! that keeps its things elsewhere. What `.env` and the environment say is not in it.
//!
//! In the archive, in this order:
//!
//! | name | |
//! |---|---|
//! | `manifest.json` | `format`, `antiphon` (the version), `schema`, `created_at` |
//! | `antiphon.sqlite` | the database as it was at one moment |
//! | `secrets.env` | if the data folder has it |
//! | `files/KEY` | people's files: they are complete before a message names them, and never change |
//! | `SHA256SUMS` | of everything before, as `sha256sum --check` reads it; what lacks it is half an archive |
//!
//! An export has `tables/NAME.jsonl` in the place of the database, and no secrets.

mod digest;
mod manifest;
mod restore;
mod sums;
mod tables;
mod work_folder;
mod write;

pub(crate) use restore::restore;
pub(crate) use work_folder::{WorkFolder, make_private};
pub(crate) use write::{Kind, Written, write};

const MANIFEST: &str = "manifest.json";
const DATABASE: &str = "antiphon.sqlite";
const SECRETS: &str = antiphon_config::SECRETS_FILE;
const TABLES: &str = "tables/";
const TABLE: &str = ".jsonl";
const FILES: &str = "files/";
const SUMS: &str = "SHA256SUMS";

/// In the data folder: where backups are put unless told otherwise, and what a restore took the place of.
const BACKUPS_FOLDER: &str = "backups";

/// Where backups of this installation are.
pub(crate) fn folder(config: &antiphon_config::Config) -> std::path::PathBuf {
    config.app.data.join(BACKUPS_FOLDER)
}
