//! Which database holds the conversations.

use std::path::{Path, PathBuf};

use crate::reader::Reader;

/// The file of the SQLite database inside the data folder.
const SQLITE_FILE: &str = "antiphon.sqlite";

/// The database.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Database {
    /// One file, with its journal beside it.
    Sqlite {
        /// Inside the data folder.
        file: PathBuf,
    },
}

impl Database {
    pub(crate) fn read(reader: &mut Reader<'_>, data: &Path) -> Self {
        reader.value("DB_CONNECTION", |text| {
            (text == "sqlite").then(|| Self::Sqlite {
                file: data.join(SQLITE_FILE),
            })
        })
    }
}
