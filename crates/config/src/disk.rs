//! Where people's files are kept: in the data folder, or in a bucket. The keys are those of Laravel's disks.

use crate::error::Problem;
use crate::parse;
use crate::reader::Reader;
use crate::secret::Secret;
use crate::url::AppUrl;

/// `FILESYSTEM_DISK`.
#[derive(Debug, Clone)]
pub enum Disk {
    /// A folder in the data folder.
    Local,
    /// A bucket.
    S3(Box<S3>),
}

/// The bucket of the `AWS_*` keys.
#[derive(Debug, Clone)]
pub struct S3 {
    /// `AWS_ACCESS_KEY_ID`.
    pub key_id: String,
    /// `AWS_SECRET_ACCESS_KEY`.
    pub secret: Secret,
    /// `AWS_DEFAULT_REGION`.
    pub region: String,
    /// `AWS_BUCKET`.
    pub bucket: String,
    /// `AWS_ENDPOINT`; `None` is Amazon's of the region.
    pub endpoint: Option<AppUrl>,
    /// `AWS_URL`: what browsers put before an object's name, if they do not do as this server does.
    pub url: Option<String>,
    /// `AWS_USE_PATH_STYLE_ENDPOINT`.
    pub path_style: bool,
    /// `ANTIPHON_FILES_PREFIX`: without a slash at either end; may be empty.
    pub prefix: String,
    /// `ANTIPHON_FILES_DIRECT`: whether browsers fetch files from the bucket.
    pub direct: bool,
}

impl Disk {
    /// Reads all keys whichever disk is chosen; only for the bucket have some to be there.
    pub(crate) fn read(reader: &mut Reader<'_>) -> Self {
        let is_s3 = reader.value("FILESYSTEM_DISK", |text| match text {
            "local" | "public" => Some(false),
            "s3" => Some(true),
            _ => None,
        });
        let key_id = reader.optional("AWS_ACCESS_KEY_ID", parse::secret);
        let secret = reader.optional("AWS_SECRET_ACCESS_KEY", parse::secret);
        let region = reader.value("AWS_DEFAULT_REGION", parse::identifier);
        let bucket = reader.optional("AWS_BUCKET", parse::identifier);
        let endpoint = reader.optional("AWS_ENDPOINT", AppUrl::parse);
        let url = reader.optional("AWS_URL", parse::webhook_url);
        let path_style = reader.value("AWS_USE_PATH_STYLE_ENDPOINT", parse::switch);
        let prefix = reader.value("ANTIPHON_FILES_PREFIX", parse::path_prefix);
        let direct = reader.value("ANTIPHON_FILES_DIRECT", parse::switch);
        if !is_s3 {
            return Self::Local;
        }
        let named = [
            ("AWS_ACCESS_KEY_ID", key_id.is_some()),
            ("AWS_SECRET_ACCESS_KEY", secret.is_some()),
            ("AWS_BUCKET", bucket.is_some()),
        ];
        for (name, is_set) in named {
            if !is_set && !reader.has_problem(name) {
                let message = format!("{name} is missing: FILESYSTEM_DISK=s3 needs it");
                reader.problem(Problem::of_key(name, message));
            }
        }
        // Where one is missing the problem above is what is told of it.
        let (Some(key_id), Some(secret), Some(bucket)) = (key_id, secret, bucket) else {
            return Self::Local;
        };
        Self::S3(Box::new(S3 {
            key_id,
            secret: Secret::new(secret),
            region,
            bucket,
            endpoint,
            url,
            path_style,
            prefix: prefix.trim_start_matches('/').to_owned(),
            direct,
        }))
    }
}
