//! What is logged and in which form; where it goes is standard error, always.

use crate::parse;
use crate::reader::Reader;

/// Logging.
#[derive(Debug, Clone)]
pub struct Log {
    /// `ANTIPHON_LOG`: comma-separated levels, each for everything or for `target=level`; already checked.
    pub filter: String,
    /// `ANTIPHON_LOG_FORMAT`.
    pub format: LogFormat,
}

/// The form of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One object on each line.
    Json,
}

impl Log {
    pub(crate) fn read(reader: &mut Reader<'_>) -> Self {
        Self {
            filter: reader.value("ANTIPHON_LOG", parse::log_filter),
            format: reader.value("ANTIPHON_LOG_FORMAT", |text| match text {
                "text" => Some(LogFormat::Text),
                "json" => Some(LogFormat::Json),
                _ => None,
            }),
        }
    }
}
