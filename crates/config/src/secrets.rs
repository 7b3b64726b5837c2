//! The secrets that nobody configured: made at random once, kept in the data folder with mode 0600.
//!
//! All processes that share a data folder agree on them, also when they start at the same moment: the file is written under
//! another name, under a lock, and takes its own name only when it is complete and on disk. A file that lacks a value (an
//! older version made it) is completed in the same way; a value that is there is never changed.

mod random;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fs::{DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use crate::dotenv;
use crate::error::{ConfigErrors, Problem};
use crate::parse;
use crate::sources::file_errors;

/// The file's name inside the data folder.
pub const SECRETS_FILE: &str = "secrets.env";

/// The name under which a new file is written before it is complete.
const DRAFT_FILE: &str = "secrets.env.new";

const HEADER: &str = "\
# Made by Antiphon at its first start. Whoever can read this file can speak for this installation:
# keep it private, keep it with the data, and never put it under version control.
# A value that is set in .env or in the environment counts before the one here.
";

/// A key whose value is made here.
struct Generated {
    key: &'static str,
    make: fn() -> String,
    /// Guards against edits of the file by hand: the sections rely on these values.
    is_valid: fn(&str) -> bool,
}

const GENERATED: [Generated; 4] = [
    Generated {
        key: "APP_KEY",
        make: random::app_key,
        is_valid: |text| parse::app_key(text).is_some(),
    },
    Generated {
        key: "REVERB_APP_ID",
        make: || random::digits(6),
        is_valid: |text| parse::identifier(text).is_some(),
    },
    Generated {
        key: "REVERB_APP_KEY",
        make: || random::letters_and_digits(20),
        is_valid: |text| parse::identifier(text).is_some(),
    },
    Generated {
        key: "REVERB_APP_SECRET",
        make: || random::letters_and_digits(32),
        is_valid: |text| parse::secret(text).is_some(),
    },
];

/// A value for each generated key.
#[derive(Clone)]
pub struct Secrets {
    values: BTreeMap<String, String>,
    path: Option<PathBuf>,
    is_exposed: bool,
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Secrets")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

impl Secrets {
    /// Makes all values up; nothing is written.
    pub fn generate() -> Self {
        let values = GENERATED
            .iter()
            .map(|it| (it.key.to_owned(), (it.make)()))
            .collect();
        Self {
            values,
            path: None,
            is_exposed: false,
        }
    }

    /// Reads the kept values, and makes up what is missing among them; `None` when there is no file.
    ///
    /// # Errors
    /// The file is there and cannot be read or understood.
    pub fn read(folder: &Path) -> Result<Option<Self>, ConfigErrors> {
        let path = folder.join(SECRETS_FILE);
        Ok(Kept::load(&path)?.map(|kept| Self::completed(kept, path)))
    }

    /// Reads the kept values, after making the folder, the file, or the values that are missing. Blocks until they are on
    /// disk, and for the moment in which another process does the same.
    ///
    /// # Errors
    /// The folder cannot be made or written, or the file that is there cannot be read or understood.
    pub fn keep(folder: &Path) -> Result<Self, ConfigErrors> {
        let path = folder.join(SECRETS_FILE);
        if let Some(kept) = Kept::load(&path)?
            && kept.is_complete()
        {
            return Ok(Self::completed(kept, path));
        }
        let unwritable = |error: io::Error| {
            ConfigErrors::from(Problem::general(format!(
                "cannot write to the data folder {}: {error}; make it writable for this user, or set ANTIPHON_DATA to another folder",
                folder.display()
            )))
        };
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .map_err(unwritable)?;
        let draft_path = folder.join(DRAFT_FILE);
        let mut options = OpenOptions::new();
        let draft = options
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&draft_path);
        let mut draft = draft.map_err(unwritable)?;
        // Whoever held this lock before us may have renamed the very file we now hold, so the file is read again under it.
        draft.lock().map_err(unwritable)?;
        let mut kept = Kept::load(&path)?.unwrap_or_default();
        if kept.is_complete() {
            // Others may have removed it already; they only do so once the file is complete, so nobody loses work.
            let _ = std::fs::remove_file(&draft_path);
        } else {
            kept.complete();
            kept.write(&mut draft, &draft_path, folder)
                .map_err(unwritable)?;
        }
        Ok(Self::completed(kept, path))
    }

    /// The value of a generated key.
    pub(crate) fn get(&self, key: &str) -> &str {
        self.values
            .get(key)
            .expect("every generated key of the table has a value")
    }

    /// The file the values are kept in, if they are.
    pub(crate) fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// Whether other users of this machine may read the file the values came from.
    pub(crate) fn is_exposed(&self) -> bool {
        self.is_exposed
    }

    fn completed(kept: Kept, path: PathBuf) -> Self {
        let mut secrets = Self::generate();
        secrets.values.extend(kept.values);
        secrets.path = Some(path);
        secrets.is_exposed = kept.is_exposed;
        secrets
    }
}

/// The file as it is: its text, which somebody may have put notes into, and the values in it.
#[derive(Default)]
struct Kept {
    text: String,
    values: BTreeMap<String, String>,
    is_exposed: bool,
}

impl Kept {
    /// `None` when there is no file.
    fn load(path: &Path) -> Result<Option<Self>, ConfigErrors> {
        let shown = path.display();
        let bytes = match read_bounded(path, dotenv::MAX_FILE_BYTES) {
            Ok(bytes) => bytes,
            // A folder that is no folder is reported when something is written to it.
            Err(error)
                if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) =>
            {
                return Ok(None);
            }
            Err(error) => {
                return Err(Problem::general(format!("cannot read {shown}: {error}")).into());
            }
        };
        let text = String::from_utf8(bytes)
            .map_err(|_| Problem::general(format!("{shown}: the file is not UTF-8 text")))?;
        let values = parsed(path, &text)?;
        let is_exposed =
            std::fs::metadata(path).is_ok_and(|file| file.permissions().mode() & 0o077 != 0);
        Ok(Some(Self {
            text,
            values,
            is_exposed,
        }))
    }

    fn is_complete(&self) -> bool {
        GENERATED.iter().all(|it| self.values.contains_key(it.key))
    }

    /// Adds what is missing behind what is there.
    fn complete(&mut self) {
        if self.text.is_empty() {
            self.text.push_str(HEADER);
        } else if !self.text.ends_with('\n') {
            self.text.push('\n');
        }
        for it in &GENERATED {
            if !self.values.contains_key(it.key) {
                let value = (it.make)();
                self.text.push_str(&format!("{}={value}\n", it.key));
                self.values.insert(it.key.to_owned(), value);
            }
        }
        self.is_exposed = false;
    }

    fn write(&self, draft: &mut File, draft_path: &Path, folder: &Path) -> io::Result<()> {
        // A draft that a crash left behind, or that somebody else put there, has whatever mode and content it has.
        draft.set_permissions(Permissions::from_mode(0o600))?;
        draft.set_len(0)?;
        draft.write_all(self.text.as_bytes())?;
        draft.sync_all()?;
        std::fs::rename(draft_path, folder.join(SECRETS_FILE))?;
        File::open(folder)?.sync_all()
    }
}

/// The generated values in the text of the file; anything else in it is a mistake.
fn parsed(path: &Path, text: &str) -> Result<BTreeMap<String, String>, ConfigErrors> {
    let shown = path.display();
    let entries = dotenv::parse(text, |_| None).map_err(|errors| file_errors(path, &errors))?;
    let mut values = BTreeMap::new();
    let mut problems = Vec::new();
    for dotenv::Entry { name, value, line } in entries {
        let value = value.unwrap_or_default();
        let message = match GENERATED.iter().find(|it| it.key == name) {
            Some(_) if value.is_empty() => continue,
            Some(it) if (it.is_valid)(&value) => {
                values.insert(name, value);
                continue;
            }
            Some(_) => "it is damaged; restore it, or remove the line to get a new one",
            None => "this file holds generated values only; settings belong in .env",
        };
        let message = format!("{name} ({shown} line {line}): {message}");
        problems.push(Problem::of_key(&name, message));
    }
    ConfigErrors::check(problems)?;
    Ok(values)
}

/// Reads at most `limit` bytes and one more, which is enough for the parser to see that there are too many.
pub(crate) fn read_bounded(path: &Path, limit: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?
        .take(limit as u64 + 1)
        .read_to_end(&mut bytes)?;
    Ok(bytes)
}
