//! The suite that every driver of [`FileStore`](crate::FileStore) runs: each rule of the port is a fact, and each fact a test.
//!
//! A driver calls [`file_store_contract!`](crate::file_store_contract) in its tests with a function that makes an empty store.

#![expect(
    clippy::unwrap_used,
    reason = "a suite of tests, though it is no `cfg(test)` because drivers use it"
)]

use crate::{FileError, FileStore, Source, Stop};
use antiphon_domain::{FileKey, Timestamp};
use bytes::Bytes;
use std::any::Any;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncReadExt as _;

/// Bytes that come at once.
const CHUNK: usize = 1000;
/// How long may be soon.
const SOON: Duration = Duration::from_secs(20);
/// Bytes of a large file: two whole parts of S3's smallest size, and some.
const LARGE: u32 = 12 * 1024 * 1024 + 7;

/// An empty store under test.
#[derive(Debug)]
pub struct Subject {
    /// The store.
    pub files: Arc<dyn FileStore>,
    /// What must live as long, such as a temporary folder.
    pub keep: Box<dyn Any>,
}

/// Writes one test for each fact of the contract. `$make` names a `fn() -> Option<Subject>`, with nothing where there is no store to
/// test; the driver's tests need `tokio` with its macros.
#[macro_export]
macro_rules! file_store_contract {
    ($make:ident) => {
        $crate::file_store_contract! { $make;
            what_was_put_is_read_back
            a_part_is_read
            an_unknown_key_has_no_file
            a_stopped_source_leaves_nothing
            a_deleted_file_is_gone
            a_discarded_file_is_gone
            an_empty_file_is_a_file
            a_listing_is_complete_and_in_order
            what_is_complete_is_not_unfinished
            many_are_put_at_once
            a_large_file_is_read_back
            a_large_file_that_stops_leaves_nothing
        }
    };
    ($make:ident; $($fact:ident)*) => {$(
        #[::tokio::test]
        async fn $fact() {
            if let Some(subject) = $make() {
                $crate::contract::$fact(::std::sync::Arc::clone(&subject.files)).await;
            }
        }
    )*};
}

/// Gives parts, and then ends or stops.
struct Parts {
    parts: std::vec::IntoIter<Bytes>,
    stops: bool,
}

#[async_trait::async_trait]
impl Source for Parts {
    async fn chunk(&mut self) -> Result<Option<Bytes>, Stop> {
        match self.parts.next() {
            None if self.stops => Err(Stop),
            part => Ok(part),
        }
    }
}

fn parts(bytes: &[u8], stops: bool) -> Parts {
    let parts: Vec<Bytes> = bytes.chunks(CHUNK).map(Bytes::copy_from_slice).collect();
    Parts {
        parts: parts.into_iter(),
        stops,
    }
}

fn key(n: u8) -> FileKey {
    FileKey::from_random(&[n; 16])
}

async fn put(files: &Arc<dyn FileStore>, key: &FileKey, bytes: &[u8]) {
    let size = files.put(key, &mut parts(bytes, false)).await.unwrap();
    assert_eq!(size, bytes.len() as u64);
}

async fn read(
    files: &Arc<dyn FileStore>,
    key: &FileKey,
    range: Option<Range<u64>>,
) -> Option<(u64, Vec<u8>)> {
    let mut body = files.get(key, range).await.unwrap()?;
    let mut bytes = Vec::new();
    body.reader.read_to_end(&mut bytes).await.unwrap();
    Some((body.size, bytes))
}

/// So many bytes, no two thousand of them alike: more than a driver that sends parts has in one or two.
fn large_content() -> Vec<u8> {
    (0..LARGE).map(|n| (n ^ (n >> 10)) as u8).collect()
}

fn content() -> Vec<u8> {
    (0..10_007_u32).map(|n| (n % 251) as u8).collect()
}

/// Byte for byte, in as many parts as it came.
pub async fn what_was_put_is_read_back(files: Arc<dyn FileStore>) {
    put(&files, &key(1), &content()).await;
    assert_eq!(read(&files, &key(1), None).await, Some((10_007, content())));
    assert_eq!(files.size(&key(1)).await.unwrap(), Some(10_007));
}

/// A range gives its bytes and no others, cut at the end; the size is the whole file's.
pub async fn a_part_is_read(files: Arc<dyn FileStore>) {
    put(&files, &key(1), &content()).await;
    for (range, expected) in [
        (0..1, &content()[..1]),
        (5000..5003, &content()[5000..5003]),
        (10_000..99_999, &content()[10_000..]),
        (20_000..20_001, &[]),
    ] {
        let found = read(&files, &key(1), Some(range.clone())).await;
        assert_eq!(found, Some((10_007, expected.to_vec())), "{range:?}");
    }
}

/// None is no failure.
pub async fn an_unknown_key_has_no_file(files: Arc<dyn FileStore>) {
    assert_eq!(read(&files, &key(9), None).await, None);
    assert_eq!(files.size(&key(9)).await.unwrap(), None);
    files.delete(&key(9)).await.unwrap();
    files.discard(&key(9));
}

/// An upload that is aborted is nowhere.
pub async fn a_stopped_source_leaves_nothing(files: Arc<dyn FileStore>) {
    let put = files.put(&key(1), &mut parts(&content(), true)).await;
    assert!(matches!(put, Err(FileError::Stopped)), "{put:?}");
    assert_eq!(read(&files, &key(1), None).await, None);
    assert!(files.list(None, 10).await.unwrap().is_empty());
    let far = Timestamp::from_micros(i64::MAX);
    assert_eq!(files.remove_unfinished(far).await.unwrap(), 0);
}

/// Once is enough, twice is no failure.
pub async fn a_deleted_file_is_gone(files: Arc<dyn FileStore>) {
    put(&files, &key(1), b"x").await;
    files.delete(&key(1)).await.unwrap();
    files.delete(&key(1)).await.unwrap();
    assert_eq!(read(&files, &key(1), None).await, None);
}

/// At once where that is possible, and soon elsewhere.
pub async fn a_discarded_file_is_gone(files: Arc<dyn FileStore>) {
    put(&files, &key(1), b"x").await;
    files.discard(&key(1));
    let gone = async { while read(&files, &key(1), None).await.is_some() {} };
    tokio::time::timeout(SOON, gone).await.unwrap();
}

/// Nothing is something.
pub async fn an_empty_file_is_a_file(files: Arc<dyn FileStore>) {
    put(&files, &key(1), b"").await;
    assert_eq!(read(&files, &key(1), None).await, Some((0, Vec::new())));
}

/// Page after page, every file once, in the order of the keys.
pub async fn a_listing_is_complete_and_in_order(files: Arc<dyn FileStore>) {
    let mut keys: Vec<FileKey> = (0..23_u8)
        .map(|n| {
            let mut bytes = [n / 3; 16];
            bytes[15] = 255 - n;
            FileKey::from_random(&bytes)
        })
        .collect();
    for key in &keys {
        put(&files, key, b"four").await;
    }
    keys.sort();
    let mut listed = Vec::new();
    loop {
        let page = files.list(listed.last(), 5).await.unwrap();
        assert!(page.len() <= 5);
        assert!(page.iter().all(|file| file.size == 4));
        if page.is_empty() {
            break;
        }
        listed.extend(page.into_iter().map(|file| file.key));
    }
    assert_eq!(listed, keys);
}

/// Only what is left of uploads is removed as such.
pub async fn what_is_complete_is_not_unfinished(files: Arc<dyn FileStore>) {
    put(&files, &key(1), b"x").await;
    let far = Timestamp::from_micros(i64::MAX);
    assert_eq!(files.remove_unfinished(far).await.unwrap(), 0);
    assert!(read(&files, &key(1), None).await.is_some());
}

/// None is mixed up with another.
pub async fn many_are_put_at_once(files: Arc<dyn FileStore>) {
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..20_u8 {
        let files = Arc::clone(&files);
        tasks.spawn(async move { put(&files, &key(n), &vec![n; 5000]).await });
    }
    tasks.join_all().await;
    for n in 0..20_u8 {
        let found = read(&files, &key(n), None).await;
        assert_eq!(found, Some((5000, vec![n; 5000])));
    }
}

/// Whatever a store does with it on the way; a range may begin in one part and end in another.
pub async fn a_large_file_is_read_back(files: Arc<dyn FileStore>) {
    let content = large_content();
    put(&files, &key(1), &content).await;
    let size = u64::from(LARGE);
    let whole = read(&files, &key(1), None).await.unwrap();
    assert!(whole == (size, content.clone()));
    let (start, end) = (5 * 1024 * 1024 - 10, 5 * 1024 * 1024 + 10);
    let part = read(&files, &key(1), Some(start as u64..end as u64)).await;
    assert_eq!(part, Some((size, content[start..end].to_vec())));
    let listed = files.list(None, 10).await.unwrap();
    assert_eq!((listed.len(), listed[0].size), (1, size));
}

/// However much of it has arrived.
pub async fn a_large_file_that_stops_leaves_nothing(files: Arc<dyn FileStore>) {
    let put = files.put(&key(1), &mut parts(&large_content(), true)).await;
    assert!(matches!(put, Err(FileError::Stopped)), "{put:?}");
    assert_eq!(files.size(&key(1)).await.unwrap(), None);
    let far = Timestamp::from_micros(i64::MAX);
    assert_eq!(files.remove_unfinished(far).await.unwrap(), 0);
}
