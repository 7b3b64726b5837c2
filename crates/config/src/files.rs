//! Files that people send: how large, of which types, and how they are given out again.

use std::time::Duration;

use crate::parse;
use crate::reader::Reader;

/// What is taken of people's files.
#[derive(Debug, Clone)]
pub struct Files {
    /// `ANTIPHON_FILES_MAX_BYTES`: of one file.
    pub max_bytes: u64,
    /// `ANTIPHON_FILES_TYPES`: content types separated by commas.
    pub types: String,
    /// `ANTIPHON_FILES_VISITOR_BYTES_PER_DAY`; `None` is no limit.
    pub visitor_bytes_per_day: Option<u64>,
    /// `ANTIPHON_FILES_MIN_FREE_BYTES`: what stays free on the disk.
    pub min_free_bytes: u64,
    /// `ANTIPHON_FILES_UPLOADS`: at once.
    pub uploads: usize,
    /// `ANTIPHON_FILES_UPLOAD_SECONDS`: for one request.
    pub upload: Duration,
    /// `ANTIPHON_FILES_RESUME_SECONDS`: for a file in several requests.
    pub resume: Duration,
    /// `ANTIPHON_FILES_URL_SECONDS`: how long an address is good at least.
    pub url: Duration,
}

impl Files {
    pub(crate) fn read(reader: &mut Reader<'_>) -> Self {
        let seconds = |seconds| Duration::from_secs(seconds);
        Self {
            max_bytes: reader.integer("ANTIPHON_FILES_MAX_BYTES"),
            types: reader.value("ANTIPHON_FILES_TYPES", parse::content_types),
            visitor_bytes_per_day: Some(reader.integer("ANTIPHON_FILES_VISITOR_BYTES_PER_DAY"))
                .filter(|&bytes| bytes > 0),
            min_free_bytes: reader.integer("ANTIPHON_FILES_MIN_FREE_BYTES"),
            uploads: usize::try_from(reader.integer("ANTIPHON_FILES_UPLOADS"))
                .expect("the table bounds the number of uploads"),
            upload: seconds(reader.integer("ANTIPHON_FILES_UPLOAD_SECONDS")),
            resume: seconds(reader.integer("ANTIPHON_FILES_RESUME_SECONDS")),
            url: seconds(reader.integer("ANTIPHON_FILES_URL_SECONDS")),
        }
    }
}
