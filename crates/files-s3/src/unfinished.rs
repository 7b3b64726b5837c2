//! Uploads in parts that were begun and never completed: those of a process that was killed. Nobody sees them, and they are paid for.

use crate::failure::failed;
use crate::store::S3Files;
use antiphon_domain::{FileKey, Timestamp};
use antiphon_files::FileError;
use http::Method;
use object_store::client::{HttpRequestBody, HttpService as _};
use object_store::multipart::MultipartStore as _;
use object_store::path::Path;
use object_store::signer::{SignedUrlOptions, Signer as _};
use serde::Deserialize;
use std::io;
use std::time::Duration;

/// How long the signature of a question is good.
const SIGNATURE: Duration = Duration::from_secs(60);
/// The largest answer that is read; a thousand uploads are about 500 kB.
const MAX_ANSWER_BYTES: usize = 8 << 20;

/// An answer of `ListMultipartUploads`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Listing {
    #[serde(rename = "Upload")]
    uploads: Vec<Upload>,
    is_truncated: bool,
    next_key_marker: String,
    next_upload_id_marker: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Upload {
    key: String,
    upload_id: String,
    initiated: String,
}

/// Aborts those under the prefix that were begun before this, and answers how many.
pub(crate) async fn remove(files: &S3Files, begun_before: Timestamp) -> Result<u64, FileError> {
    let mut n_removed = 0;
    let (mut key_marker, mut id_marker) = (String::new(), String::new());
    loop {
        let listing = list(files, &key_marker, &id_marker).await?;
        for upload in &listing.uploads {
            let begun: jiff::Timestamp = upload.initiated.parse().map_err(invalid)?;
            let path = Path::parse(&upload.key).map_err(invalid)?;
            let is_ours = path
                .filename()
                .and_then(|name| FileKey::parse(name).ok())
                .is_some_and(|key| files.path(&key) == path);
            if !is_ours || begun.as_microsecond() >= begun_before.as_micros() {
                continue;
            }
            let aborting = files.bucket.abort_multipart(&path, &upload.upload_id);
            match aborting.await {
                Ok(()) => n_removed += 1,
                // Completed or aborted meanwhile.
                Err(object_store::Error::NotFound { .. }) => {}
                Err(error) => return Err(failed(error)),
            }
        }
        if !listing.is_truncated || listing.next_key_marker <= key_marker {
            return Ok(n_removed);
        }
        (key_marker, id_marker) = (listing.next_key_marker, listing.next_upload_id_marker);
    }
}

/// `object_store` has no such question; it signs the address of one.
async fn list(files: &S3Files, key_marker: &str, id_marker: &str) -> Result<Listing, FileError> {
    let prefix = files.name_prefix();
    let mut query = vec![("uploads", ""), ("prefix", &*prefix)];
    if !key_marker.is_empty() {
        query.extend([("key-marker", key_marker), ("upload-id-marker", id_marker)]);
    }
    let options = SignedUrlOptions::default().with_query(query);
    let bucket = Path::default();
    let signing = files
        .bucket
        .signed_url_opts(Method::GET, &bucket, SIGNATURE, &options);
    let url = signing.await.map_err(failed)?;
    let request = http::Request::get(url.as_str())
        .body(HttpRequestBody::empty())
        .map_err(invalid)?;
    let of_request = |error| {
        failed(object_store::Error::Generic {
            store: "S3",
            source: Box::new(error),
        })
    };
    let answer = files.network.call(request).await.map_err(of_request)?;
    if !answer.status().is_success() {
        return Err(invalid(format!(
            "{} to a listing of uploads",
            answer.status()
        )));
    }
    let body = answer.into_body().bytes().await.map_err(of_request)?;
    if body.len() > MAX_ANSWER_BYTES {
        return Err(invalid("the listing of uploads is too long"));
    }
    let text = std::str::from_utf8(&body).map_err(invalid)?;
    quick_xml::de::from_str(text).map_err(invalid)
}

fn invalid(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> FileError {
    FileError::Failed(io::Error::new(io::ErrorKind::InvalidData, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listing_is_read_as_s3_writes_it() {
        let xml = r#"<?xml version="1.0" encoding="UTF-8"?>
            <ListMultipartUploadsResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
              <Bucket>b</Bucket><KeyMarker/><UploadIdMarker/><NextKeyMarker>k2</NextKeyMarker>
              <NextUploadIdMarker>u2</NextUploadIdMarker><MaxUploads>2</MaxUploads><IsTruncated>true</IsTruncated>
              <Upload><Key>k1</Key><UploadId>u1</UploadId><Initiator><ID>x</ID></Initiator><Initiated>2026-11-10T20:48:33.000Z</Initiated></Upload>
              <Upload><Key>k2</Key><UploadId>u2</UploadId><StorageClass>STANDARD</StorageClass><Initiated>2026-11-10T20:48:34.000Z</Initiated></Upload>
            </ListMultipartUploadsResult>"#;
        let listing: Listing = quick_xml::de::from_str(xml).unwrap();
        assert_eq!(listing.uploads.len(), 2);
        assert_eq!(listing.uploads[1].upload_id, "u2");
        assert!(listing.is_truncated);
        assert_eq!(
            (&*listing.next_key_marker, &*listing.next_upload_id_marker),
            ("k2", "u2")
        );
        let none: Listing = quick_xml::de::from_str("<ListMultipartUploadsResult/>").unwrap();
        assert!(none.uploads.is_empty() && !none.is_truncated);
    }
}
