//! The store itself: its threads, and how it is opened and closed.

use crate::audit::write_down;
use crate::jobs::{Wakers, enqueue};
use crate::migrate::{Migrated, migrate, require_current};
use crate::readers::Readers;
use crate::writer::Writer;
use crate::{OpenError, connection};
use antiphon_store::{FollowUp, Health, StoreError};
use rusqlite::Connection;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// Where the database is and how much may wait for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenOptions {
    /// The database file. Its folder must be there, and on a local disk.
    pub path: PathBuf,
    /// Where the copy goes that is made before an upgrade; made when it is needed.
    pub backup_dir: PathBuf,
    /// The most writes, and as many reads, that may wait. One more answers [`StoreError::Unavailable`] at once.
    pub queue: usize,
    /// Connections, and threads, that read. At least one is made.
    pub readers: usize,
}

impl OpenOptions {
    /// Room for about a third of a second of writes on a common disk: whoever waits longer is better told to come back.
    pub const DEFAULT_QUEUE: usize = 4096;

    /// The usual settings: 4,096 waiting, a reader for each core, copies in the folder `backups` beside the file.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        let readers = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            backup_dir: path.with_file_name("backups"),
            path,
            queue: Self::DEFAULT_QUEUE,
            readers,
        }
    }
}

/// The store on one SQLite file.
///
/// A write that was answered is on disk: it survives `kill -9` and a power cut. Writes that wait together are committed
/// together. A read sees every write that was answered before it was asked for.
#[derive(Debug)]
pub struct SqliteStore {
    // Readers close first: the last connection to close moves the log into the file, and only the writer can.
    readers: Readers,
    writer: Writer,
    wakers: Arc<Wakers>,
}

impl SqliteStore {
    /// Opens a database of this program's schema. Blocks.
    pub fn open(options: &OpenOptions) -> Result<Self, OpenError> {
        let io = |error: std::io::Error| OpenError::Io {
            path: options.path.clone(),
            source: error.into(),
        };
        let writing = connection::open_for_writing(&options.path)?;
        require_current(&writing, &options.path)?;
        let reading = (0..options.readers.max(1))
            .map(|_| connection::open_for_reading(&options.path))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Self {
            readers: Readers::start(reading, options.queue).map_err(io)?,
            writer: Writer::start(writing, options.queue).map_err(io)?,
            wakers: Arc::default(),
        })
    }

    /// Migrates a database, or makes it, and opens it. Blocks.
    pub fn open_and_migrate(options: &OpenOptions) -> Result<(Self, Migrated), OpenError> {
        let migrated = migrate(options)?;
        Ok((Self::open(options)?, migrated))
    }

    /// Waits until the disk has failed the store, and says how. From then on every write answers [`StoreError::Unavailable`],
    /// and the process should end with an error: what a failed fsync left on disk is known only after opening anew. Never
    /// returns otherwise. Cancellation-safe.
    pub async fn failed(&self) -> Arc<str> {
        self.writer.failed().await
    }

    /// Refuses new work, finishes what waits, and closes the file. Blocks until it is done; dropping the store does the same.
    pub fn close(&self) {
        self.readers.close();
        self.writer.close();
    }

    /// Runs a job on the writer.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.writer.run(job).await
    }

    /// Runs a job on the writer, with what follows from it: its jobs and audit entry in the same savepoint, and who hears of it before the answer.
    pub(crate) async fn write_then<T: Send + 'static>(
        &self,
        follow_up: FollowUp<T>,
        job: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let FollowUp {
            jobs,
            audit,
            after_commit,
        } = follow_up;
        let wakers = Arc::clone(&self.wakers);
        let told = Box::new(move |(value, enqueued): &(T, bool)| {
            if *enqueued {
                wakers.wake();
            }
            after_commit(value);
        });
        let followed = move |connection: &Connection| {
            let value = job(connection)?;
            let mut enqueued = false;
            for new in jobs(&value) {
                enqueued |= enqueue(connection, &new)?.is_some();
            }
            if let Some(entry) = audit(&value) {
                write_down(connection, &entry)?;
            }
            Ok((value, enqueued))
        };
        let (value, _enqueued) = self.writer.run_then(told, followed).await?;
        Ok(value)
    }

    /// Who is woken when there are jobs.
    pub(crate) fn wakers(&self) -> &Arc<Wakers> {
        &self.wakers
    }

    /// What a job sets that erases something; see [`Writer::empty_log`].
    pub(crate) fn empty_log(&self) -> Arc<AtomicBool> {
        self.writer.empty_log()
    }

    /// Runs a job on a reader.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.readers.run(job).await
    }
}

#[async_trait::async_trait]
impl Health for SqliteStore {
    async fn check(&self) -> Result<(), StoreError> {
        self.write(|_connection| Ok(())).await
    }
}
