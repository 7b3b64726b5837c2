//! Making an archive, beside a running server or without one.

use super::digest::Summed;
use super::manifest::Manifest;
use super::sums::Sums;
use super::work_folder::{WorkFolder, make_private};
use super::{DATABASE, FILES, MANIFEST, SECRETS, SUMS, TABLE, TABLES, tables};
use crate::clock::SystemClock;
use crate::{compose, database};
use antiphon_config::{Config, Database};
use antiphon_domain::{Clock as _, FileKey};
use antiphon_files::FileStore;
use antiphon_store::copy::{Source as _, copy};
use antiphon_store_postgres as postgres;
use antiphon_store_sqlite::{self as sqlite, OpenOptions, Snapshot};
use anyhow::Context as _;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
use std::path::Path;
use std::pin::Pin;
use tar::{Builder, EntryType, Header};
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::runtime::Runtime;

/// Keys of files that are read together.
const PAGE: u32 = 500;

/// What is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Everything, to be restored.
    Backup,
    /// What people and programs read elsewhere: tables as lines of JSON, without secrets, logins and jobs.
    Export,
}

/// What was made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Written {
    /// Bytes of the archive.
    pub(crate) bytes: u64,
    /// Files of messages in it.
    pub(crate) files: u64,
    /// Files that messages name and that are not there any more, or were removed meanwhile.
    pub(crate) missing: u64,
}

/// Writes an archive. Blocks. `progress` hears of each step.
pub(crate) fn write(
    config: &Config,
    kind: Kind,
    to: impl Write,
    progress: &mut dyn FnMut(&str),
) -> anyhow::Result<Written> {
    let folder = super::folder(config);
    make_private(&folder)?;
    let work = WorkFolder::make(&folder, "backup")?;
    let now = SystemClock.now();
    progress("copying the database");
    let copied = work.path(DATABASE);
    let snapshot = take_snapshot(config, &copied)?;

    let mut archive = Archive {
        tar: Builder::new(Summed::new(to)),
        sums: Sums::new(&work.path(SUMS))?,
        modified: u64::try_from(now.as_seconds()).unwrap_or_default(),
    };
    let mut tables = match kind {
        Kind::Backup => None,
        Kind::Export => Some(sqlite::CopySource::open(&OpenOptions::new(&copied))?),
    };
    let mut manifest = Manifest {
        schema: snapshot.schema(),
        created_at: antiphon_wire::rfc3339(now),
        highest_ids: BTreeMap::new(),
    };
    if let Some(source) = &mut tables {
        for table in tables::exported() {
            if let Some(id) = source.highest_id(table)? {
                manifest.highest_ids.insert(table.to_owned(), id);
            }
        }
    }
    archive.add_bytes(MANIFEST, manifest.to_json().as_bytes())?;
    match &mut tables {
        None => {
            archive.add_file(DATABASE, &copied)?;
            let secrets = config.app.data.join(SECRETS);
            if secrets.exists() {
                archive.add_file(SECRETS, &secrets)?;
            }
        }
        Some(source) => {
            let lines = work.path("table");
            for table in tables::exported() {
                let mut file = BufWriter::new(File::create(&lines)?);
                let n_rows = tables::write(source, table, &mut file)?;
                file.into_inner().map_err(io::IntoInnerError::into_error)?;
                archive.add_file(&format!("{TABLES}{table}{TABLE}"), &lines)?;
                progress(&format!("{table}: {n_rows} rows"));
            }
        }
    }

    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let files = compose::files(config)?;
    let mut written = Written::default();
    let mut after: Option<FileKey> = None;
    loop {
        let page = snapshot.files(after.as_ref(), PAGE)?;
        let Some(last) = page.last() else { break };
        after = Some(last.clone());
        for key in &page {
            match archive.add_stored(&runtime, &*files, key)? {
                true => written.files += 1,
                false => written.missing += 1,
            }
        }
        progress(&format!("{} files", written.files));
    }
    written.bytes = archive.finish()?;
    Ok(written)
}

/// A copy of the database as it is now, whichever that is.
fn take_snapshot(config: &Config, to: &Path) -> anyhow::Result<Snapshot> {
    match &config.database {
        Database::Sqlite { file } => {
            anyhow::ensure!(
                file.exists(),
                "there is no database at {}: nothing to back up",
                file.display()
            );
            Ok(Snapshot::take(&OpenOptions::new(file), to)?)
        }
        Database::Postgres(server) => {
            let mut source = postgres::CopySource::open(&database::postgres(server))?;
            let mut target = sqlite::CopyTarget::open(&OpenOptions::new(to))?;
            copy(&mut source, &mut target, &mut |_, _| {})?;
            // What is still in its write-ahead log goes into the file with the last connection.
            drop(target);
            Ok(Snapshot::open(to)?)
        }
        other => anyhow::bail!("the database {other:?} is not supported"),
    }
}

/// An archive that is being written.
struct Archive<W: Write> {
    tar: Builder<Summed<W>>,
    sums: Sums,
    modified: u64,
}

impl<W: Write> Archive<W> {
    fn add_bytes(&mut self, name: &str, bytes: &[u8]) -> anyhow::Result<()> {
        self.add(name, bytes.len() as u64, bytes)
    }

    fn add_file(&mut self, name: &str, path: &Path) -> anyhow::Result<()> {
        let file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
        let size = file.metadata()?.len();
        self.add(name, size, file.take(size))
    }

    /// Adds a file of a message; answers whether it is there.
    fn add_stored(
        &mut self,
        runtime: &Runtime,
        files: &dyn FileStore,
        key: &FileKey,
    ) -> anyhow::Result<bool> {
        let name = format!("{FILES}{}", key.as_str());
        let found = runtime.block_on(files.get(key, None));
        let Some(body) = found.with_context(|| format!("cannot read {name}"))? else {
            return Ok(false);
        };
        let reader = Blocking {
            runtime,
            reader: body.reader,
        };
        self.add(&name, body.size, reader)?;
        Ok(true)
    }

    fn add(&mut self, name: &str, size: u64, content: impl Read) -> anyhow::Result<()> {
        let sum = append(&mut self.tar, self.modified, name, size, content)?;
        self.sums.add(name, &sum)?;
        Ok(())
    }

    /// Ends it with the list of sums, and answers its size.
    fn finish(self) -> anyhow::Result<u64> {
        let Self {
            mut tar,
            sums,
            modified,
        } = self;
        let (list, length) = sums.finish()?;
        append(&mut tar, modified, SUMS, length, list)?;
        let mut written = tar.into_inner()?;
        written.flush()?;
        Ok(written.n_bytes())
    }
}

/// Adds an entry, and answers the sum of its content.
fn append<W: Write>(
    tar: &mut Builder<W>,
    modified: u64,
    name: &str,
    size: u64,
    content: impl Read,
) -> anyhow::Result<String> {
    let mut header = Header::new_gnu();
    header.set_entry_type(EntryType::Regular);
    header.set_size(size);
    header.set_mode(0o600);
    header.set_mtime(modified);
    let mut content = Summed::new(content);
    tar.append_data(&mut header, name, &mut content)
        .with_context(|| format!("cannot write {name} to the archive"))?;
    // A shorter one would have everything after it read as something else.
    anyhow::ensure!(
        content.n_bytes() == size,
        "{name} ended after {} of {size} bytes",
        content.n_bytes()
    );
    Ok(content.finish())
}

/// A file of the store, read where one waits for it.
struct Blocking<'a> {
    runtime: &'a Runtime,
    reader: Pin<Box<dyn AsyncRead + Send>>,
}

impl Read for Blocking<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.runtime.block_on(self.reader.read(buffer))
    }
}
