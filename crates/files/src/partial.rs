//! Files that arrive in several requests: what came of each so far, and what was announced of it.
//!
//! They are in a folder of this machine, wherever complete files are kept: each owner has a folder, and each file two in it, its bytes
//! and a description in JSON, which is written last, so that a file that has one was begun. The length of the bytes is the offset
//! that was reached; nothing else remembers it, so nothing else can be wrong after a crash. One writer at a time has the [`Turn`].
//!
//! Nothing here is judged or posted: whoever takes a complete file away puts it into a [`FileStore`](crate::FileStore).

mod turns;

pub use turns::Turn;

use crate::disk::sync_folder;
use crate::disk::{LOOK_EVERY, blocking, check_space, found, modified, names, private_folder};
use crate::store::{FileError, Source, Stop};
use antiphon_domain::{FileKey, FileName, Timestamp};
use bytes::{Bytes, BytesMut};
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use turns::Turns;

/// The ends of the names of a file's description, of one that is being written, and of the bytes.
const DESCRIPTION: &str = ".json";
const UNFINISHED: &str = ".new";
const BYTES: &str = ".part";
/// Bytes that are read at once.
const CHUNK: usize = 128 * 1024;
/// After so many seconds what has no description will get none: it is written within the request that begins a file.
const GRACE_SECONDS: i64 = 7200;

/// Whose files: the name of a folder.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Owner(String);

impl Owner {
    /// The owner of this kind and number, such as `visitor-12`. The kind is a word of small letters.
    pub fn new(kind: &'static str, id: i64) -> Self {
        debug_assert!(kind.bytes().all(|byte| byte.is_ascii_lowercase()));
        Self(format!("{kind}-{id}"))
    }
}

/// A file that is announced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPartial {
    /// Under which it will be found.
    pub key: FileKey,
    /// What its owner calls it, to find it without the key. Nothing here looks at it.
    pub tag: String,
    /// Its name.
    pub name: FileName,
    /// Bytes, when it is complete.
    pub size: u64,
    /// From then on it is as if it had never been.
    pub expires_at: Timestamp,
}

/// A file of which some has arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partial {
    /// As it was announced.
    pub announced: NewPartial,
    /// Bytes that are here.
    pub offset: u64,
    /// When some last came.
    pub touched: Timestamp,
}

impl Partial {
    /// Whether all of it is here.
    pub fn is_complete(&self) -> bool {
        self.offset == self.announced.size
    }
}

/// The description on disk.
#[derive(Debug, Serialize, Deserialize)]
struct Description {
    tag: String,
    name: String,
    size: u64,
    expires_at: i64,
}

/// The files of everybody. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Partials {
    folder: PathBuf,
    min_free_bytes: u64,
    turns: Turns,
}

impl Partials {
    /// Keeps files in this folder, which is made if it is missing, and takes nothing once less than `min_free_bytes` of its disk would
    /// be left. Blocks. One process at a time may write; others may [sweep](Self::sweep).
    pub fn open(folder: impl Into<PathBuf>, min_free_bytes: u64) -> io::Result<Self> {
        let folder = folder.into();
        private_folder(&folder)?;
        Ok(Self {
            folder,
            min_free_bytes,
            turns: Turns::default(),
        })
    }

    /// Waits until nobody else writes to this file. A writer is told to end, so that who lost its connection need not wait for it.
    pub async fn take_over(&self, key: &FileKey) -> Turn {
        self.turns.take(key.as_str(), true).await
    }

    /// Waits until nobody else writes to this file, and lets a writer go on to its end.
    pub async fn turn(&self, key: &FileKey) -> Turn {
        self.turns.take(key.as_str(), false).await
    }

    /// Waits until nobody else has the turn of all this owner's files: for who looks at them to begin another.
    pub async fn turn_of_owner(&self, owner: &Owner) -> Turn {
        self.turns.take(&owner.0, false).await
    }

    /// The owner's files, those that were not written to for longest first; also those that are over. The caller bounds how many there are.
    pub async fn list(&self, owner: &Owner) -> Result<Vec<Partial>, FileError> {
        let folder = self.folder(owner);
        let mut all = blocking(move || {
            let keys = keys(&folder)?;
            keys.iter()
                .filter_map(|key| read(&folder, key).transpose())
                .collect::<io::Result<Vec<_>>>()
        })
        .await?;
        all.sort_by_key(|partial| partial.touched);
        Ok(all)
    }

    /// One of the owner's files, also one that is over.
    pub async fn find(&self, owner: &Owner, key: &FileKey) -> Result<Option<Partial>, FileError> {
        let (folder, key) = (self.folder(owner), key.clone());
        Ok(blocking(move || read(&folder, &key)).await?)
    }

    /// Makes room for a file's name. Survives a power cut when it returns.
    pub async fn begin(&self, owner: &Owner, new: NewPartial) -> Result<Partial, FileError> {
        check_space(&self.folder, self.min_free_bytes).await?;
        let (all, folder) = (self.folder.clone(), self.folder(owner));
        Ok(blocking(move || {
            // A sweep may remove the folder, since it is empty, before there is something in it.
            match write_description(&all, &folder, &new) {
                Err(error) if error.kind() == ErrorKind::NotFound => {
                    write_description(&all, &folder, &new)?;
                }
                other => other?,
            }
            read(&folder, &new.key)?.ok_or_else(|| ErrorKind::NotFound.into())
        })
        .await?)
    }

    /// Writes what the source gives behind what is here, until it ends, stops, gives more than was announced, or somebody takes over.
    /// Answers the offset that was reached; up to there everything survives a power cut. On an error what was written before stays.
    pub async fn append(
        &self,
        turn: &Turn,
        owner: &Owner,
        partial: &Partial,
        source: &mut dyn Source,
    ) -> Result<u64, FileError> {
        check_space(&self.folder, self.min_free_bytes).await?;
        let path = path(&self.folder(owner), &partial.announced.key, BYTES);
        let mut file = blocking(move || File::options().write(true).open(path)).await?;
        let (mut at, mut unlooked) = (partial.offset, 0_u64);
        loop {
            let chunk = tokio::select! {
                biased;
                () = turn.is_taken_over() => break,
                chunk = source.chunk() => chunk,
            };
            let Ok(Some(chunk)) = chunk else {
                break;
            };
            let length = chunk.len() as u64;
            if partial.announced.size - at < length {
                break;
            }
            // The turn goes with the write: who drops this future half-way does not let the next writer in before it is done.
            let (holds, start) = (turn.clone(), at);
            file = blocking(move || {
                file.write_all_at(&chunk, start)?;
                drop(holds);
                Ok(file)
            })
            .await?;
            at += length;
            unlooked += length;
            if unlooked > LOOK_EVERY {
                check_space(&self.folder, self.min_free_bytes).await?;
                unlooked = 0;
            }
        }
        let holds = turn.clone();
        blocking(move || {
            file.sync_all()?;
            drop(holds);
            Ok(())
        })
        .await?;
        Ok(at)
    }

    /// The bytes that are here, from the first to this one.
    pub async fn read(
        &self,
        owner: &Owner,
        key: &FileKey,
        length: u64,
    ) -> Result<PartialSource, FileError> {
        let path = path(&self.folder(owner), key, BYTES);
        Ok(PartialSource {
            file: Some(blocking(move || File::open(path)).await?),
            left: length,
        })
    }

    /// Forgets a file; one that is not there is forgotten already.
    pub async fn remove(&self, owner: &Owner, key: &FileKey) -> Result<(), FileError> {
        let (folder, key) = (self.folder(owner), key.clone());
        Ok(blocking(move || remove(&folder, &key)).await?)
    }

    /// Forgets all of an owner's files, wherever their writers are.
    pub async fn remove_all(&self, owner: &Owner) -> Result<(), FileError> {
        let _turn = self.turn_of_owner(owner).await;
        let folder = self.folder(owner);
        Ok(blocking(move || {
            for name in names(&folder)? {
                found(std::fs::remove_file(folder.join(name)))?;
            }
            // Not, if something has been begun in it meanwhile.
            drop(std::fs::remove_dir(&folder));
            Ok(())
        })
        .await?)
    }

    /// Removes what is over, and what was never begun to its end. Answers how many files. Safe beside a process that writes.
    pub async fn sweep(&self, now: Timestamp) -> Result<u64, FileError> {
        let all = self.folder.clone();
        Ok(blocking(move || sweep(&all, now)).await?)
    }

    fn folder(&self, owner: &Owner) -> PathBuf {
        self.folder.join(&owner.0)
    }
}

/// The bytes of a file that is here in part or as a whole. One that is gone meanwhile has an early end.
#[derive(Debug)]
pub struct PartialSource {
    /// Away while it is read.
    file: Option<File>,
    left: u64,
}

#[async_trait::async_trait]
impl Source for PartialSource {
    async fn chunk(&mut self) -> Result<Option<Bytes>, Stop> {
        if self.left == 0 {
            return Ok(None);
        }
        let mut file = self.file.take().ok_or(Stop)?;
        let wanted = CHUNK.min(usize::try_from(self.left).unwrap_or(CHUNK));
        let (file, chunk) = blocking(move || {
            let mut chunk = BytesMut::zeroed(wanted);
            file.read_exact(&mut chunk)?;
            Ok((file, chunk.freeze()))
        })
        .await
        .map_err(|error| {
            tracing::warn!(%error, "an upload could not be read");
            Stop
        })?;
        self.file = Some(file);
        self.left -= chunk.len() as u64;
        Ok(Some(chunk))
    }
}

fn path(folder: &Path, key: &FileKey, end: &str) -> PathBuf {
    folder.join(format!("{}{end}", key.as_str()))
}

fn keys(folder: &Path) -> io::Result<Vec<FileKey>> {
    let names = names(folder)?.into_iter();
    Ok(names
        .filter_map(|name| FileKey::parse(name.strip_suffix(DESCRIPTION)?).ok())
        .collect())
}

/// A file as it stands. `None`: there is none, or what is there is none of ours.
fn read(folder: &Path, key: &FileKey) -> io::Result<Option<Partial>> {
    let Some(json) = found(std::fs::read(path(folder, key, DESCRIPTION)))? else {
        return Ok(None);
    };
    let Some(bytes) = found(std::fs::metadata(path(folder, key, BYTES)))? else {
        return Ok(None);
    };
    let Ok(known) = serde_json::from_slice::<Description>(&json) else {
        return Ok(None);
    };
    let Ok(name) = FileName::parse(&known.name) else {
        return Ok(None);
    };
    Ok(Some(Partial {
        announced: NewPartial {
            key: key.clone(),
            tag: known.tag,
            name,
            size: known.size,
            expires_at: Timestamp::from_micros(known.expires_at),
        },
        offset: bytes.len(),
        touched: modified(&bytes)?,
    }))
}

fn write_description(all: &Path, folder: &Path, new: &NewPartial) -> io::Result<()> {
    if private_folder(folder)? {
        sync_folder(all)?;
    }
    let mut options = File::options();
    options.write(true).create(true).truncate(true).mode(0o600);
    options.open(path(folder, &new.key, BYTES))?;
    let description = Description {
        tag: new.tag.clone(),
        name: new.name.as_str().to_owned(),
        size: new.size,
        expires_at: new.expires_at.as_micros(),
    };
    let unfinished = path(folder, &new.key, UNFINISHED);
    let mut file = options.open(&unfinished)?;
    file.write_all(&serde_json::to_vec(&description)?)?;
    file.sync_all()?;
    std::fs::rename(unfinished, path(folder, &new.key, DESCRIPTION))?;
    sync_folder(folder)
}

fn remove(folder: &Path, key: &FileKey) -> io::Result<()> {
    // The description first: bytes without one are nobody's.
    for end in [DESCRIPTION, BYTES] {
        found(std::fs::remove_file(path(folder, key, end)))?;
    }
    Ok(())
}

fn sweep(all: &Path, now: Timestamp) -> io::Result<u64> {
    let mut n_removed = 0;
    for owner in names(all)? {
        let folder = all.join(owner);
        for key in keys(&folder)? {
            if read(&folder, &key)?.is_some_and(|partial| partial.announced.expires_at <= now) {
                remove(&folder, &key)?;
                n_removed += 1;
            }
        }
        let before = now.plus_seconds(-GRACE_SECONDS);
        for name in names(&folder)? {
            let described = name
                .strip_suffix(BYTES)
                .map(|key| format!("{key}{DESCRIPTION}"));
            let is_whole = name.ends_with(DESCRIPTION)
                || described.is_some_and(|described| folder.join(described).exists());
            let lost = folder.join(name);
            let Some(metadata) = found(std::fs::metadata(&lost))? else {
                continue;
            };
            if !is_whole && modified(&metadata)? < before {
                found(std::fs::remove_file(lost))?;
                n_removed += 1;
            }
        }
        // Not, if there is something in it.
        drop(std::fs::remove_dir(&folder));
    }
    Ok(n_removed)
}

#[cfg(test)]
mod tests;
