//! What concerns the whole process: its name to the world, its key, its folder, its size and its end.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use crate::parse;
use crate::reader::Reader;
use crate::secret::Secret;
use crate::url::AppUrl;

/// The process as a whole.
#[derive(Debug, Clone)]
pub struct App {
    /// `APP_URL`; `None` when nobody configured it. [`crate::Config::public_url`] always has an answer.
    pub url: Option<AppUrl>,
    /// `APP_KEY` as it was written: the input for deriving keys, not a key of one purpose.
    pub key: Secret,
    /// `ANTIPHON_DATA`: may be relative to the working directory, and may not exist yet.
    pub data: PathBuf,
    /// `ANTIPHON_SHARDS`; `None` means one for each processor core.
    pub shards: Option<NonZeroUsize>,
    /// `ANTIPHON_IO_URING`: whether io_uring is used for sending, where the kernel allows it.
    pub io_uring: bool,
    /// `ANTIPHON_EDIT_SECONDS`: for how long agents may edit and delete what they sent.
    pub edit: Duration,
    /// `ANTIPHON_SHUTDOWN_SECONDS`: how long a stop waits before it cuts what is left.
    pub shutdown: Duration,
}

impl App {
    pub(crate) fn read(reader: &mut Reader<'_>) -> Self {
        let url = reader.optional("APP_URL", AppUrl::parse);
        let key = reader.value("APP_KEY", |text| {
            parse::app_key(text).map(|_| text.to_owned())
        });
        Self {
            url,
            key: Secret::new(key),
            data: reader.value("ANTIPHON_DATA", |text| Some(PathBuf::from(text))),
            shards: shards(reader.integer("ANTIPHON_SHARDS")),
            io_uring: reader.value("ANTIPHON_IO_URING", |text| match text {
                "auto" => Some(true),
                "off" => Some(false),
                _ => None,
            }),
            edit: Duration::from_secs(reader.integer("ANTIPHON_EDIT_SECONDS")),
            shutdown: Duration::from_secs(reader.integer("ANTIPHON_SHUTDOWN_SECONDS")),
        }
    }
}

fn shards(count: u64) -> Option<NonZeroUsize> {
    NonZeroUsize::new(usize::try_from(count).expect("the table bounds the number of shards"))
}
