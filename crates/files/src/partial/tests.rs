use super::*;
use std::collections::VecDeque;

struct Parts(VecDeque<Result<&'static [u8], Stop>>);

impl Parts {
    fn new(parts: impl IntoIterator<Item = Result<&'static [u8], Stop>>) -> Self {
        Self(parts.into_iter().collect())
    }
}

#[async_trait::async_trait]
impl Source for Parts {
    async fn chunk(&mut self) -> Result<Option<Bytes>, Stop> {
        let part = self.0.pop_front().transpose()?;
        Ok(part.map(Bytes::from_static))
    }
}

/// Gives one part and then nothing, ever.
struct Stuck(Option<&'static [u8]>);

#[async_trait::async_trait]
impl Source for Stuck {
    async fn chunk(&mut self) -> Result<Option<Bytes>, Stop> {
        match self.0.take() {
            Some(part) => Ok(Some(Bytes::from_static(part))),
            None => std::future::pending().await,
        }
    }
}

fn key(n: u8) -> FileKey {
    FileKey::from_random(&[n; 16])
}

fn new(n: u8, size: u64) -> NewPartial {
    NewPartial {
        key: key(n),
        tag: format!("tag {n}"),
        name: FileName::parse("Año.txt").unwrap(),
        size,
        expires_at: Timestamp::from_micros(1000),
    }
}

fn subject() -> (tempfile::TempDir, Partials, Owner) {
    let folder = tempfile::tempdir().unwrap();
    let partials = Partials::open(folder.path().join("partial"), 0).unwrap();
    (folder, partials, Owner::new("visitor", 7))
}

async fn content(partials: &Partials, owner: &Owner, partial: &Partial) -> Vec<u8> {
    let key = &partial.announced.key;
    let mut source = partials.read(owner, key, partial.offset).await.unwrap();
    let mut all = Vec::new();
    while let Some(chunk) = source.chunk().await.unwrap() {
        all.extend_from_slice(&chunk);
    }
    all
}

#[tokio::test]
async fn a_file_arrives_in_parts_and_is_there_in_another_process() {
    let (folder, partials, owner) = subject();
    let begun = partials.begin(&owner, new(1, 11)).await.unwrap();
    assert_eq!((begun.offset, begun.is_complete()), (0, false));
    let turn = partials.take_over(&key(1)).await;
    let mut cut = Parts::new([Ok(&b"hello"[..]), Err(Stop)]);
    assert_eq!(
        partials
            .append(&turn, &owner, &begun, &mut cut)
            .await
            .unwrap(),
        5
    );
    drop(turn);

    let partials = Partials::open(folder.path().join("partial"), 0).unwrap();
    let found = partials.find(&owner, &key(1)).await.unwrap().unwrap();
    assert_eq!((&found.announced, found.offset), (&new(1, 11), 5));
    let turn = partials.take_over(&key(1)).await;
    let mut rest = Parts::new([Ok(&b" "[..]), Ok(b"world")]);
    assert_eq!(
        partials
            .append(&turn, &owner, &found, &mut rest)
            .await
            .unwrap(),
        11
    );
    let found = partials.list(&owner).await.unwrap().remove(0);
    assert!(found.is_complete());
    assert_eq!(content(&partials, &owner, &found).await, b"hello world");

    let stranger = Owner::new("visitor", 70);
    assert_eq!(partials.find(&stranger, &key(1)).await.unwrap(), None);
    assert!(partials.list(&stranger).await.unwrap().is_empty());
    partials.remove(&owner, &key(1)).await.unwrap();
    partials.remove(&owner, &key(1)).await.unwrap();
    assert_eq!(partials.find(&owner, &key(1)).await.unwrap(), None);
}

#[tokio::test]
async fn more_than_was_announced_is_not_written() {
    let (_folder, partials, owner) = subject();
    let begun = partials.begin(&owner, new(1, 4)).await.unwrap();
    let turn = partials.take_over(&key(1)).await;
    let mut parts = Parts::new([Ok(&b"abc"[..]), Ok(b"de")]);
    assert_eq!(
        partials
            .append(&turn, &owner, &begun, &mut parts)
            .await
            .unwrap(),
        3
    );
    assert_eq!(
        partials
            .find(&owner, &key(1))
            .await
            .unwrap()
            .unwrap()
            .offset,
        3
    );
}

#[tokio::test]
async fn who_comes_back_does_not_wait_for_a_connection_that_is_dead() {
    let (_folder, partials, owner) = subject();
    let begun = partials.begin(&owner, new(1, 9)).await.unwrap();
    let turn = partials.take_over(&key(1)).await;
    let mut stuck = Stuck(Some(b"abc"));
    let dead = async {
        let reached = partials.append(&turn, &owner, &begun, &mut stuck).await;
        assert!(turn.was_taken_over());
        drop(turn);
        reached
    };
    let back = async {
        // The first part is there before the second connection is.
        while partials
            .find(&owner, &key(1))
            .await
            .unwrap()
            .unwrap()
            .offset
            < 3
        {}
        let turn = partials.take_over(&key(1)).await;
        let found = partials.find(&owner, &key(1)).await.unwrap().unwrap();
        let mut rest = Parts::new([Ok(&b"defghi"[..])]);
        partials.append(&turn, &owner, &found, &mut rest).await
    };
    let (dead, back) = tokio::join!(dead, back);
    assert_eq!((dead.unwrap(), back.unwrap()), (3, 9));
}

#[tokio::test]
async fn a_disk_with_too_little_space_takes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let partials = Partials::open(folder.path().join("partial"), u64::MAX).unwrap();
    let owner = Owner::new("agent", 1);
    let refused = partials.begin(&owner, new(1, 9)).await;
    assert!(matches!(refused, Err(FileError::Full)), "{refused:?}");
    assert!(partials.list(&owner).await.unwrap().is_empty());
}

#[tokio::test]
async fn what_is_over_is_swept_and_nothing_else() {
    let (folder, partials, owner) = subject();
    let later = NewPartial {
        expires_at: Timestamp::from_micros(2000),
        ..new(2, 5)
    };
    partials.begin(&owner, new(1, 5)).await.unwrap();
    partials.begin(&owner, later).await.unwrap();
    let other = Owner::new("agent", 7);
    partials.begin(&other, new(3, 5)).await.unwrap();
    let lost = folder
        .path()
        .join("partial/visitor-7")
        .join(format!("{}.new", key(4).as_str()));
    std::fs::write(&lost, b"{").unwrap();
    assert_eq!(
        partials.sweep(Timestamp::from_micros(999)).await.unwrap(),
        0
    );
    assert_eq!(
        partials.sweep(Timestamp::from_micros(1000)).await.unwrap(),
        2
    );
    assert!(partials.find(&owner, &key(2)).await.unwrap().is_some());
    assert!(!folder.path().join("partial/agent-7").exists());
    let far = Timestamp::from_micros(i64::MAX / 2);
    assert_eq!(partials.sweep(far).await.unwrap(), 2);
    assert!(!folder.path().join("partial/visitor-7").exists());
    // What was swept away can begin anew.
    assert_eq!(partials.begin(&owner, new(1, 5)).await.unwrap().offset, 0);
}

#[tokio::test]
async fn what_is_no_description_is_no_file() {
    let (folder, partials, owner) = subject();
    partials.begin(&owner, new(1, 5)).await.unwrap();
    let path = folder
        .path()
        .join("partial/visitor-7")
        .join(format!("{}.json", key(1).as_str()));
    std::fs::write(path, b"{\"tag\":1}").unwrap();
    assert_eq!(partials.find(&owner, &key(1)).await.unwrap(), None);
    assert!(partials.list(&owner).await.unwrap().is_empty());
}
