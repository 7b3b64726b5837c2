//! The developer's console, and what opens it where there are no accounts.

use crate::parse;
use crate::reader::Reader;
use crate::secret::Secret;

/// The console at `/console`.
#[derive(Debug, Clone)]
pub struct Console {
    /// `ANTIPHON_CONSOLE`.
    pub enabled: bool,
    /// `ANTIPHON_CONSOLE_PASSWORD`, for `reverb:start`; `None` makes one at each start.
    pub password: Option<Secret>,
}

impl Console {
    pub(crate) fn read(reader: &mut Reader<'_>) -> Self {
        Self {
            enabled: reader.value("ANTIPHON_CONSOLE", parse::switch),
            password: reader
                .optional("ANTIPHON_CONSOLE_PASSWORD", parse::password)
                .map(Secret::new),
        }
    }
}
