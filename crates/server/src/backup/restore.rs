//! Putting an archive in the place of nothing, or of what is put aside.

use super::digest::Summed;
use super::manifest::{self, Manifest};
use super::sums::Sums;
use super::work_folder::{WorkFolder, make_private};
use super::{DATABASE, FILES, MANIFEST, SECRETS, SUMS, TABLE, TABLES, tables};
use crate::clock::SystemClock;
use crate::{compose, database};
use antiphon_config::{Config, Database};
use antiphon_domain::{Clock as _, FileKey};
use antiphon_files::{FileStore, Source, Stop};
use antiphon_store::copy::{Target as _, copy};
use antiphon_store_postgres as postgres;
use antiphon_store_sqlite::{self as sqlite, OpenOptions, ServerLock};
use anyhow::Context as _;
use bytes::Bytes;
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufReader, Read};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use tokio::runtime::Runtime;
use tokio::sync::mpsc;

/// Bytes of a file that are handed on at once, and how many of such parts wait.
const PART: usize = 256 * 1024;
const PARTS: usize = 4;

/// What was restored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Restored {
    /// When the archive was begun, RFC 3339.
    pub(crate) created_at: String,
    /// The schema that it had, and that it has now.
    pub(crate) schema: (i64, i64),
    /// Files of messages.
    pub(crate) files: u64,
    /// Where is what was there before.
    pub(crate) aside: Option<PathBuf>,
}

/// Reads an archive to its end, compares every sum, and only then puts database and secrets in their places. Files of messages go
/// into their store as they come: under their random keys they replace nothing, and if the archive turns out to be damaged,
/// `files:prune` finds them. Blocks.
pub(crate) fn restore(
    config: &Config,
    from: impl Read,
    replace: bool,
    progress: &mut dyn FnMut(&str),
) -> anyhow::Result<Restored> {
    database::make_data_folder(config)?;
    let data = &config.app.data;
    let _not_served = ServerLock::acquire(data)
        .with_context(|| format!("stop the server on {} first", data.display()))?;
    let place = Place::of(config);
    place.check(replace)?;

    make_private(&place.backups)?;
    let work = WorkFolder::make(&place.backups, "restore")?;
    let unpacked = unpack(config, from, &work, progress).context("nothing was restored")?;
    if !unpacked.tables.is_empty() {
        progress("filling a database");
        fill(&unpacked, &work).context("nothing was restored")?;
    }
    let secrets = Secrets::compare(&data.join(SECRETS), unpacked.secrets.as_deref(), replace)?;

    progress("opening the database");
    let draft = OpenOptions {
        backup_dir: work.path("before-upgrade"),
        ..OpenOptions::new(work.path(DATABASE))
    };
    let schema = sqlite::migrate(&draft)?.to;
    let mut aside = Aside::new(&place.backups);
    match &config.database {
        Database::Sqlite { file } => {
            // Before the database: once that is in its place, all is restored.
            secrets.put(&mut aside)?;
            for suffix in ["", "-wal", "-shm"] {
                aside.put(&with_suffix(file, suffix))?;
            }
            std::fs::rename(&draft.path, file)
                .with_context(|| format!("cannot write {}", file.display()))?;
            sync_folder_of(file)?;
        }
        Database::Postgres(server) => {
            let mut source = sqlite::CopySource::open(&draft)?;
            let mut target = postgres::CopyTarget::open(&database::postgres(server))?;
            copy(&mut source, &mut target, &mut |table, rows| {
                progress(&format!("{table}: {rows} rows"));
            })?;
            // After it: a database that is in use is found out by the copying.
            secrets.put(&mut aside)?;
        }
        other => anyhow::bail!("the database {other:?} is not supported"),
    }
    Ok(Restored {
        created_at: unpacked.manifest.created_at,
        schema: (unpacked.manifest.schema, schema),
        files: unpacked.files,
        aside: aside.made,
    })
}

/// Where the database goes.
struct Place {
    /// The file, where it is one.
    file: Option<PathBuf>,
    /// The folder of backups on the same disk.
    backups: PathBuf,
}

impl Place {
    fn of(config: &Config) -> Self {
        match &config.database {
            Database::Sqlite { file } => Self {
                file: Some(file.clone()),
                backups: OpenOptions::new(file).backup_dir,
            },
            _ => Self {
                file: None,
                backups: super::folder(config),
            },
        }
    }

    fn check(&self, replace: bool) -> anyhow::Result<()> {
        match &self.file {
            Some(file) if file.exists() && !replace => anyhow::bail!(
                "there is a database at {} already: --replace puts it aside, or choose another folder with --data",
                file.display()
            ),
            None if replace => anyhow::bail!(
                "--replace cannot put a PostgreSQL database aside: name a new one in DB_DATABASE or DB_SEARCH_PATH"
            ),
            _ => Ok(()),
        }
    }
}

/// What came out of an archive.
struct Unpacked {
    manifest: Manifest,
    secrets: Option<PathBuf>,
    /// Those of an export.
    tables: BTreeSet<&'static str>,
    files: u64,
}

fn unpack(
    config: &Config,
    from: impl Read,
    work: &WorkFolder,
    progress: &mut dyn FnMut(&str),
) -> anyhow::Result<Unpacked> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let files = compose::files(config)?;
    let mut sums = Sums::new(&work.path(SUMS))?;
    let (mut manifest, mut has_database, mut secrets, mut n_files) = (None, false, None, 0_u64);
    let mut tables = BTreeSet::new();
    let mut archive = tar::Archive::new(from);
    for entry in archive.entries().context("this is no archive")? {
        let mut entry = entry.context("the archive is cut short, or this is none")?;
        let name = String::from_utf8(entry.path_bytes().into_owned())
            .context("a name in the archive is not text")?;
        if name == SUMS {
            sums.compare(&mut entry).context("the archive is damaged")?;
            let manifest = manifest.context("the archive has no manifest")?;
            anyhow::ensure!(
                has_database == tables.is_empty(),
                "the archive has no database"
            );
            return Ok(Unpacked {
                manifest,
                secrets,
                tables,
                files: n_files,
            });
        }
        anyhow::ensure!(
            manifest.is_some() || name == MANIFEST,
            "this is no backup of Antiphon: it begins with {name}"
        );
        let size = entry.size();
        let mut content = Summed::new(&mut entry);
        match name.as_str() {
            MANIFEST => {
                let mut json = Vec::new();
                (&mut content)
                    .take(manifest::MAX_BYTES)
                    .read_to_end(&mut json)?;
                manifest = Some(Manifest::parse(&json)?);
            }
            DATABASE => {
                write_private(&work.path(DATABASE), &mut content)?;
                has_database = true;
            }
            SECRETS => {
                let path = work.path(SECRETS);
                write_private(&path, &mut content)?;
                secrets = Some(path);
            }
            table if table.starts_with(TABLES) => {
                let known = tables::imported()
                    .find(|known| table.strip_prefix(TABLES) == Some(&format!("{known}{TABLE}")));
                let Some(known) = known else {
                    anyhow::bail!("the archive holds {table}, which this version knows nothing of");
                };
                write_private(&work.path(known), &mut content)?;
                tables.insert(known);
            }
            file => {
                let key = file.strip_prefix(FILES).map(FileKey::parse);
                let Some(Ok(key)) = key else {
                    anyhow::bail!("the archive holds {file}, which is nothing of a backup's");
                };
                put(&runtime, &*files, &key, &mut content)?;
                n_files += 1;
                if n_files.is_multiple_of(500) {
                    progress(&format!("{n_files} files"));
                }
            }
        }
        anyhow::ensure!(
            content.n_bytes() == size,
            "the archive is cut short in {name}"
        );
        sums.add(&name, &content.finish())?;
    }
    anyhow::bail!("the archive is cut short: its list of sums is missing")
}

/// Makes the database of an export: as the version had it that wrote it, so that the migrations since then find what they expect.
fn fill(unpacked: &Unpacked, work: &WorkFolder) -> anyhow::Result<()> {
    let manifest = &unpacked.manifest;
    let draft = OpenOptions::new(work.path(DATABASE));
    let mut target = sqlite::CopyTarget::open_at(&draft, manifest.schema)?;
    for table in tables::imported().filter(|table| unpacked.tables.contains(table)) {
        let mut lines = BufReader::new(File::open(work.path(table))?);
        tables::read(&mut target, table, &mut lines)?;
        if let Some(id) = manifest.highest_ids.get(table) {
            target.set_highest_id(table, *id)?;
        }
    }
    target.commit()?;
    Ok(())
}

fn write_private(path: &Path, content: &mut impl Read) -> anyhow::Result<()> {
    let explain = || format!("cannot write {}", path.display());
    let mut options = File::options();
    let file = options.write(true).create_new(true).mode(0o600).open(path);
    let mut file = file.with_context(explain)?;
    std::io::copy(content, &mut file).with_context(explain)?;
    file.sync_all().with_context(explain)
}

/// Keeps a file of a message, unless it is there: what is under a key never changes.
fn put(
    runtime: &Runtime,
    files: &dyn FileStore,
    key: &FileKey,
    content: &mut impl Read,
) -> anyhow::Result<()> {
    let explain = || format!("cannot keep the file {}", key.as_str());
    runtime.block_on(async {
        if files.size(key).await.with_context(explain)?.is_some() {
            std::io::copy(content, &mut std::io::sink())?;
            return Ok(());
        }
        let (parts, received) = mpsc::channel(PARTS);
        let mut source = Parts(received);
        let feed = async move {
            loop {
                let mut part = vec![0; PART];
                let read = content.read(&mut part).map(|n_read| {
                    part.truncate(n_read);
                    Bytes::from(part)
                });
                let is_last = read.as_ref().map_or(true, Bytes::is_empty);
                if parts.send(read.map_err(|_| Stop)).await.is_err() || is_last {
                    return;
                }
            }
        };
        let (kept, ()) = tokio::join!(files.put(key, &mut source), feed);
        kept.map(drop).with_context(explain)
    })
}

/// The parts of a file, the last of which is empty.
struct Parts(mpsc::Receiver<Result<Bytes, Stop>>);

#[async_trait::async_trait]
impl Source for Parts {
    async fn chunk(&mut self) -> Result<Option<Bytes>, Stop> {
        match self.0.recv().await {
            Some(Ok(part)) => Ok(Some(part).filter(|part| !part.is_empty())),
            Some(Err(Stop)) | None => Err(Stop),
        }
    }
}

/// What becomes of the secrets.
enum Secrets {
    /// Those that are there are right, or there are none in the archive.
    Stay,
    /// Those of the archive take their place.
    Come { from: PathBuf, to: PathBuf },
}

impl Secrets {
    fn compare(there: &Path, archived: Option<&Path>, replace: bool) -> anyhow::Result<Self> {
        let Some(archived) = archived else {
            return Ok(Self::Stay);
        };
        if there.exists() {
            if std::fs::read(there)? == std::fs::read(archived)? {
                return Ok(Self::Stay);
            }
            anyhow::ensure!(
                replace,
                "{} holds other secrets than the archive: --replace puts them aside",
                there.display()
            );
        }
        Ok(Self::Come {
            from: archived.to_owned(),
            to: there.to_owned(),
        })
    }

    fn put(self, aside: &mut Aside) -> anyhow::Result<()> {
        let Self::Come { from, to } = self else {
            return Ok(());
        };
        aside.put(&to)?;
        let draft = with_suffix(&to, ".restored");
        drop(std::fs::remove_file(&draft));
        write_private(&draft, &mut File::open(from)?)?;
        std::fs::rename(&draft, &to).with_context(|| format!("cannot write {}", to.display()))?;
        sync_folder_of(&to)
    }
}

/// A folder for what something else takes the place of; made when there is something.
struct Aside {
    path: PathBuf,
    made: Option<PathBuf>,
}

impl Aside {
    fn new(backups: &Path) -> Self {
        let now = SystemClock.now().as_micros();
        Self {
            path: backups.join(format!("replaced-{now}")),
            made: None,
        }
    }

    /// Moves a file there, if it is there.
    fn put(&mut self, file: &Path) -> anyhow::Result<()> {
        let Some(name) = file.file_name().filter(|_| file.exists()) else {
            return Ok(());
        };
        let explain = || {
            format!(
                "cannot put {} aside in {}",
                file.display(),
                self.path.display()
            )
        };
        if self.made.is_none() {
            std::fs::create_dir(&self.path).with_context(explain)?;
            self.made = Some(self.path.clone());
        }
        let target = self.path.join(name);
        // The secrets may be on another disk than the database.
        if std::fs::rename(file, &target).is_err() {
            write_private(&target, &mut File::open(file)?)?;
            std::fs::remove_file(file).with_context(explain)?;
        }
        Ok(())
    }
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

fn sync_folder_of(path: &Path) -> anyhow::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .with_context(|| format!("cannot sync {}", folder.display()))
}
