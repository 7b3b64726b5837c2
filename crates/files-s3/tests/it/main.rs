//! Every fact of the port's contract, each on a bucket of its own at a real S3 server, and what is this driver's own.
#![cfg(test)]

mod own;

use antiphon_files::FileStore;
use antiphon_files::contract::Subject;
use antiphon_files_s3::{S3Files, S3Settings};
use antiphon_testkit::Bucket;
use std::net::SocketAddr;
use std::sync::Arc;

fn settings(bucket: &Bucket, server: SocketAddr) -> S3Settings {
    S3Settings {
        bucket: bucket.name().to_owned(),
        region: "us-east-1".to_owned(),
        key_id: bucket.key_id().to_owned(),
        secret: bucket.secret().to_owned(),
        endpoint: Some(format!("http://{server}")),
        path_style: true,
        public_url: None,
        direct: false,
        prefix: "antiphon".to_owned(),
    }
}

fn make() -> Option<Subject> {
    let bucket = Bucket::create()?;
    let files: Arc<dyn FileStore> =
        Arc::new(S3Files::open(&settings(&bucket, bucket.server())).unwrap());
    Some(Subject {
        files,
        keep: Box::new(bucket),
    })
}

antiphon_files::file_store_contract!(make);
