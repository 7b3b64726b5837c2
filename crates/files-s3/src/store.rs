//! The driver.

use crate::cleaner::{Cleaner, Removal};
use crate::failure::{Fault, failed};
use crate::network::Network;
use crate::{unfinished, upload};
use antiphon_domain::{FileKey, Timestamp};
use antiphon_files::{FileBody, FileError, FileStore, Handout, Source, StoredFile};
use futures_util::TryStreamExt as _;
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::list::{PaginatedListOptions, PaginatedListStore as _};
use object_store::path::Path;
use object_store::signer::{SignedUrlOptions, Signer as _};
use object_store::{
    BackoffConfig, ClientOptions, GetOptions, GetRange, ObjectMeta, ObjectStore as _,
    ObjectStoreExt as _, RetryConfig,
};
use std::io;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::io::StreamReader;

/// How often a request is made again that failed for the moment, and until when: then whoever sends a file is told to come back.
const MAX_RETRIES: usize = 3;
const RETRY_FOR: Duration = Duration::from_secs(10);
/// Between two attempts, doubling, by chance a bit more or less.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// Where a bucket is, and who asks.
#[derive(Clone)]
pub struct S3Settings {
    /// The bucket's name.
    pub bucket: String,
    /// Its region; servers that have none take any.
    pub region: String,
    /// The id of the access key.
    pub key_id: String,
    /// The access key's secret.
    pub secret: String,
    /// A server's address, without a path; `None` is Amazon's of the region.
    pub endpoint: Option<String>,
    /// Whether the bucket's name stands in the path of a URL, and not in its host.
    pub path_style: bool,
    /// What browsers put before the name of an object, if they reach the bucket at another address.
    pub public_url: Option<String>,
    /// Whether the bucket gives out files itself.
    pub direct: bool,
    /// What the names of all objects begin with, without a slash at either end; may be empty.
    pub prefix: String,
}

impl S3Settings {
    /// The origin that browsers fetch files from, such as `https://bucket.s3.eu-central-1.amazonaws.com`. `None`: they do not.
    pub fn public_origin(&self) -> Option<String> {
        let url = match (&self.public_url, &self.endpoint, self.path_style) {
            _ if !self.direct => return None,
            (Some(url), _, _) => url.clone(),
            (None, Some(endpoint), true) => endpoint.clone(),
            (None, Some(endpoint), false) => self.in_host(endpoint),
            (None, None, true) => format!("https://s3.{}.amazonaws.com", self.region),
            (None, None, false) => {
                format!("https://{}.s3.{}.amazonaws.com", self.bucket, self.region)
            }
        };
        let (scheme, rest) = url.split_once("://")?;
        Some(format!("{scheme}://{}", rest.split('/').next()?))
    }

    /// A server's address with the bucket in its host.
    fn in_host(&self, endpoint: &str) -> String {
        endpoint.replacen("://", &format!("://{}.", self.bucket), 1)
    }
}

impl std::fmt::Debug for S3Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("S3Settings")
            .field("bucket", &self.bucket)
            .field("endpoint", &self.endpoint)
            .field("prefix", &self.prefix)
            .finish_non_exhaustive()
    }
}

/// Keeps files in a bucket. Cheap to clone.
#[derive(Debug, Clone)]
pub struct S3Files {
    pub(crate) bucket: Arc<AmazonS3>,
    /// The same at the address that browsers know, if they may go there; never asked for anything, only for its signature.
    public: Option<Arc<AmazonS3>>,
    pub(crate) network: Network,
    cleaner: Cleaner,
    pub(crate) prefix: String,
}

impl S3Files {
    /// Keeps files in this bucket, which must exist. Nothing is asked of it yet: it may be away. Starts a thread.
    ///
    /// # Errors
    /// The settings cannot be put together into addresses, or there is no thread.
    pub fn open(settings: &S3Settings) -> io::Result<Self> {
        let (network, cleaner) = Network::start()?;
        let build = |builder: AmazonS3Builder| {
            let built = builder
                .with_bucket_name(&settings.bucket)
                .with_region(&settings.region)
                .with_access_key_id(&settings.key_id)
                .with_secret_access_key(&settings.secret)
                .with_http_connector(network.clone())
                .with_client_options(ClientOptions::new().with_allow_http(true))
                .with_retry(RetryConfig {
                    backoff: BackoffConfig {
                        init_backoff: FIRST_PAUSE,
                        max_backoff: LONGEST_PAUSE,
                        base: 2.0,
                    },
                    max_retries: MAX_RETRIES,
                    retry_timeout: RETRY_FOR,
                })
                .build();
            built.map(Arc::new).map_err(io::Error::other)
        };
        let bucket = build(at(settings))?;
        let public = match &settings.public_url {
            _ if !settings.direct => None,
            // The bucket is in it already, in the host or in the path.
            Some(url) => Some(build(
                AmazonS3Builder::new()
                    .with_endpoint(url.trim_end_matches('/'))
                    .with_virtual_hosted_style_request(true),
            )?),
            None => Some(Arc::clone(&bucket)),
        };
        Ok(Self {
            bucket,
            public,
            network,
            cleaner,
            prefix: settings.prefix.clone(),
        })
    }

    /// The names are those of the driver of folders, so that copying a folder into a bucket, or back, moves all files.
    pub(crate) fn path(&self, key: &FileKey) -> Path {
        let key = key.as_str();
        let parts = [&*self.prefix, &key[..2], key];
        Path::from_iter(parts.into_iter().filter(|part| !part.is_empty()))
    }

    /// What all names begin with.
    pub(crate) fn name_prefix(&self) -> String {
        match &*self.prefix {
            "" => String::new(),
            prefix => format!("{prefix}/"),
        }
    }

    /// A file that is listed; `None` for what is none of ours.
    fn stored(&self, object: &ObjectMeta) -> Option<StoredFile> {
        let key = FileKey::parse(object.location.filename()?).ok()?;
        (self.path(&key) == object.location).then(|| StoredFile {
            key,
            size: object.size,
            modified: Timestamp::from_micros(object.last_modified.timestamp_micros()),
        })
    }

    async fn head(&self, path: &Path) -> Result<Option<u64>, FileError> {
        match self.bucket.head(path).await {
            Ok(object) => Ok(Some(object.size)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(failed(error)),
        }
    }
}

fn at(settings: &S3Settings) -> AmazonS3Builder {
    let builder = AmazonS3Builder::new().with_virtual_hosted_style_request(!settings.path_style);
    match (&settings.endpoint, settings.path_style) {
        (None, _) => builder,
        (Some(endpoint), true) => builder.with_endpoint(endpoint),
        (Some(endpoint), false) => builder.with_endpoint(settings.in_host(endpoint)),
    }
}

#[async_trait::async_trait]
impl FileStore for S3Files {
    async fn put(&self, key: &FileKey, source: &mut dyn Source) -> Result<u64, FileError> {
        upload::put(&self.bucket, &self.cleaner, &self.path(key), source).await
    }

    async fn get(
        &self,
        key: &FileKey,
        range: Option<Range<u64>>,
    ) -> Result<Option<FileBody>, FileError> {
        let path = self.path(key);
        let nothing_of = |size: Option<u64>| {
            size.map(|size| FileBody {
                size,
                reader: Box::pin(tokio::io::empty()),
            })
        };
        // S3 has no word for a range without a byte.
        if range.as_ref().is_some_and(|range| range.is_empty()) {
            return Ok(nothing_of(self.head(&path).await?));
        }
        let options = GetOptions {
            range: range.map(GetRange::Bounded),
            ..GetOptions::default()
        };
        match self.bucket.get_opts(&path, options).await {
            Ok(found) => Ok(Some(FileBody {
                size: found.meta.size,
                reader: Box::pin(StreamReader::new(
                    found.into_stream().map_err(io::Error::other),
                )),
            })),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) if Fault::of(&error) == Some(&Fault::BeyondEnd) => {
                Ok(nothing_of(self.head(&path).await?))
            }
            Err(error) => Err(failed(error)),
        }
    }

    async fn size(&self, key: &FileKey) -> Result<Option<u64>, FileError> {
        self.head(&self.path(key)).await
    }

    async fn delete(&self, key: &FileKey) -> Result<(), FileError> {
        match self.bucket.delete(&self.path(key)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(failed(error)),
        }
    }

    fn discard(&self, key: &FileKey) {
        let object = Removal::Object(self.path(key));
        self.cleaner.remove(&self.bucket, object);
    }

    async fn list(
        &self,
        after: Option<&FileKey>,
        limit: usize,
    ) -> Result<Vec<StoredFile>, FileError> {
        let prefix = self.name_prefix();
        let mut page = Vec::new();
        let mut page_token = None;
        // A page may be shorter than asked for, and have none of ours in it.
        while page.len() < limit {
            let options = PaginatedListOptions {
                offset: after.map(|key| self.path(key).to_string()),
                max_keys: Some(limit - page.len()),
                page_token,
                ..PaginatedListOptions::default()
            };
            let prefix = Some(&*prefix).filter(|prefix| !prefix.is_empty());
            let listed = self.bucket.list_paginated(prefix, options);
            let listed = listed.await.map_err(failed)?;
            let objects = listed.result.objects.iter();
            page.extend(objects.filter_map(|object| self.stored(object)));
            page_token = listed.page_token;
            if page_token.is_none() {
                break;
            }
        }
        Ok(page)
    }

    async fn remove_unfinished(&self, begun_before: Timestamp) -> Result<u64, FileError> {
        unfinished::remove(self, begun_before).await
    }

    async fn address(&self, key: &FileKey, handout: &Handout) -> Result<Option<String>, FileError> {
        let Some(public) = &self.public else {
            return Ok(None);
        };
        let options = SignedUrlOptions::default().with_query([
            ("response-content-type", handout.content_type.as_str()),
            ("response-content-disposition", handout.disposition.as_str()),
            ("response-cache-control", "private, immutable"),
        ]);
        let (path, lifetime) = (self.path(key), Duration::from_secs(handout.seconds));
        let signing = public.signed_url_opts(http::Method::GET, &path, lifetime, &options);
        Ok(Some(signing.await.map_err(failed)?.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_are_let_go_where_they_are_sent() {
        let amazon = S3Settings {
            bucket: "b".to_owned(),
            region: "eu-central-1".to_owned(),
            key_id: "k".to_owned(),
            secret: "s".to_owned(),
            endpoint: None,
            path_style: false,
            public_url: None,
            direct: true,
            prefix: "p".to_owned(),
        };
        let mut of_paths = amazon.clone();
        of_paths.endpoint = Some("http://minio:9000".to_owned());
        of_paths.path_style = true;
        let mut of_hosts = of_paths.clone();
        of_hosts.path_style = false;
        let mut public = of_paths.clone();
        public.public_url = Some("https://files.example.com/b/".to_owned());
        let mut off = public.clone();
        off.direct = false;
        for (settings, origin) in [
            (amazon, Some("https://b.s3.eu-central-1.amazonaws.com")),
            (of_paths, Some("http://minio:9000")),
            (of_hosts, Some("http://b.minio:9000")),
            (public, Some("https://files.example.com")),
            (off, None),
        ] {
            assert_eq!(settings.public_origin().as_deref(), origin);
        }
    }
}
