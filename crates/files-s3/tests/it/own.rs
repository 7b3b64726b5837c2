//! What other drivers have no word for: parts, a line that is cut or stands still, addresses of the bucket's own, and the probe.

use super::settings;
use antiphon_domain::{FileKey, Timestamp};
use antiphon_files::{FileError, FileStore as _, Handout, Source, Stop};
use antiphon_files_s3::{Fault, S3Files, Step};
use antiphon_testkit::{Bucket, Relay, Request, eventually};
use bytes::Bytes;
use std::net::TcpListener;
use std::sync::Arc;
use tokio::sync::Notify;

/// Gives so many chunks of a megabyte, and then ends, or says that it gave all and waits for ever.
struct Megabytes {
    left: u32,
    gave_all: Option<Arc<Notify>>,
}

#[async_trait::async_trait]
impl Source for Megabytes {
    async fn chunk(&mut self) -> Result<Option<Bytes>, Stop> {
        if self.left == 0 {
            if let Some(gave_all) = &self.gave_all {
                gave_all.notify_one();
                std::future::pending::<()>().await;
            }
            return Ok(None);
        }
        self.left -= 1;
        Ok(Some(vec![self.left as u8; 1 << 20].into()))
    }
}

fn megabytes(left: u32) -> Megabytes {
    Megabytes {
        left,
        gave_all: None,
    }
}

fn key(n: u8) -> FileKey {
    FileKey::from_random(&[n; 16])
}

fn open(bucket: &Bucket) -> S3Files {
    S3Files::open(&settings(bucket, bucket.server())).unwrap()
}

#[tokio::test]
async fn an_upload_that_is_dropped_is_aborted() {
    let Some(bucket) = Bucket::create() else {
        return;
    };
    let files = open(&bucket);
    let gave_all = Arc::new(Notify::new());
    let mut source = Megabytes {
        left: 7,
        gave_all: Some(Arc::clone(&gave_all)),
    };
    let key = key(1);
    let begun = async {
        gave_all.notified().await;
        assert_eq!(bucket.uploads().len(), 1);
    };
    tokio::select! {
        put = files.put(&key, &mut source) => panic!("{put:?}"),
        () = begun => {}
    }
    eventually("the upload is aborted", || bucket.uploads().is_empty());
    assert!(bucket.keys().is_empty());
}

#[tokio::test]
async fn what_a_killed_process_left_is_removed_when_it_is_old() {
    let Some(bucket) = Bucket::create() else {
        return;
    };
    let relay = Relay::start(bucket.server());
    let files = S3Files::open(&settings(&bucket, relay.address())).unwrap();
    let gave_all = Arc::new(Notify::new());
    let mut source = Megabytes {
        left: 7,
        gave_all: Some(Arc::clone(&gave_all)),
    };
    let key = key(1);
    // Before the upload is dropped, which would abort it.
    let begun = async {
        gave_all.notified().await;
        relay.cut();
    };
    tokio::select! {
        put = files.put(&key, &mut source) => panic!("{put:?}"),
        () = begun => {}
    }
    let again = open(&bucket);
    let long_ago = Timestamp::from_micros(0);
    assert_eq!(again.remove_unfinished(long_ago).await.unwrap(), 0);
    assert_eq!(bucket.uploads().len(), 1);
    let far = Timestamp::from_micros(i64::MAX);
    assert_eq!(again.remove_unfinished(far).await.unwrap(), 1);
    assert!(bucket.uploads().is_empty());
}

#[tokio::test]
async fn a_bucket_that_is_away_is_told_and_is_used_again_when_it_is_back() {
    let Some(bucket) = Bucket::create() else {
        return;
    };
    let relay = Relay::start(bucket.server());
    let files = S3Files::open(&settings(&bucket, relay.address())).unwrap();
    files.put(&key(1), &mut megabytes(1)).await.unwrap();
    relay.cut();
    let put = files.put(&key(2), &mut megabytes(1)).await;
    assert!(matches!(put, Err(FileError::Unreachable(_))), "{put:?}");
    let get = files.get(&key(1), None).await;
    assert!(matches!(get, Err(FileError::Unreachable(_))), "{get:?}");
    let size = files.size(&key(1)).await;
    assert!(matches!(size, Err(FileError::Unreachable(_))), "{size:?}");
    relay.open();
    assert_eq!(files.size(&key(1)).await.unwrap(), Some(1 << 20));
    // A key is used once: what failed is removed under it in the background.
    files.put(&key(3), &mut megabytes(6)).await.unwrap();
    assert_eq!(files.size(&key(3)).await.unwrap(), Some(6 << 20));
}

#[tokio::test]
async fn an_address_of_the_buckets_own_says_how_a_file_is_shown() {
    let Some(bucket) = Bucket::create() else {
        return;
    };
    let handout = Handout {
        content_type: "text/plain; charset=utf-8".to_owned(),
        disposition:
            "attachment; filename=\"a_o _1_.txt\"; filename*=UTF-8''a%C3%B1o%20%221%22.txt"
                .to_owned(),
        seconds: 60,
    };
    let files = open(&bucket);
    files.put(&key(1), &mut megabytes(1)).await.unwrap();
    assert_eq!(files.address(&key(1), &handout).await.unwrap(), None);

    let mut direct = settings(&bucket, bucket.server());
    direct.direct = true;
    let same = S3Files::open(&direct).unwrap();
    // As browsers know it: another name of the host is another signature.
    let public = format!("http://localhost:{}", bucket.server().port());
    direct.public_url = Some(format!("{public}/{}/", bucket.name()));
    let elsewhere = S3Files::open(&direct).unwrap();
    for (files, host) in [
        (&same, bucket.server().to_string()),
        (&elsewhere, public["http://".len()..].to_owned()),
    ] {
        let address = files.address(&key(1), &handout).await.unwrap().unwrap();
        let path = address
            .strip_prefix(&format!("http://{host}"))
            .unwrap_or_else(|| panic!("{address}"));
        let fetch = |path: &str| {
            Request::new(bucket.server(), "GET", path)
                .header("host", &host)
                .send()
        };
        let fetched = fetch(path).expect(200);
        assert_eq!(fetched.header("content-type"), Some(&*handout.content_type));
        assert_eq!(
            fetched.header("content-disposition"),
            Some(&*handout.disposition)
        );
        assert_eq!(fetched.body.len(), 1 << 20);
        // What it says cannot be made to say something else.
        fetch(&path.replace("attachment", "inline")).expect(403);
        assert_ne!(fetch(path.split('?').next().unwrap()).status, 200);
    }
}

#[tokio::test]
async fn the_probe_says_what_is_wrong() {
    let Some(bucket) = Bucket::create() else {
        return;
    };
    open(&bucket).probe(&key(1)).await.unwrap();
    assert!(bucket.keys().is_empty() && bucket.uploads().is_empty());

    let right = settings(&bucket, bucket.server());
    let closed = TcpListener::bind("127.0.0.1:0").unwrap();
    let nobody = closed.local_addr().unwrap();
    drop(closed);
    let (mut secret, mut name, mut away) = (right.clone(), right.clone(), right);
    secret.secret = "wrong".to_owned();
    name.bucket = "antiphon-no-such-bucket".to_owned();
    away.endpoint = Some(format!("http://{nobody}"));
    for (settings, expected) in [
        (
            secret,
            (|fault| matches!(fault, Fault::BadSignature(_))) as fn(&Fault) -> bool,
        ),
        (name, |fault| matches!(fault, Fault::NoBucket)),
        (away, |fault| matches!(fault, Fault::Unreachable(_))),
    ] {
        let files = S3Files::open(&settings).unwrap();
        let error = files.probe(&key(1)).await.unwrap_err();
        assert_eq!(error.step, Step::Put);
        assert!(expected(&error.fault), "{error}");
    }
}
