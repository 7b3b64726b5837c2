//! The bucket for people's files: whether it can be used, by using it.

use super::finding::Finding;
use crate::compose;
use crate::random::SystemRandom;
use antiphon_chat::Random as _;
use antiphon_config::{Config, Disk};
use antiphon_domain::FileKey;
use antiphon_files_s3::{Fault, ProbeError};

const CHECK: &str = "bucket";

/// Nothing, if files are in the data folder.
pub(super) async fn examine(config: &Config) -> Option<Finding> {
    let Disk::S3(s3) = &config.disk else {
        return None;
    };
    let probed = async {
        let bucket = compose::bucket(s3)?;
        let mut random = [0; 16];
        SystemRandom.fill(&mut random)?;
        anyhow::Ok(bucket.probe(&FileKey::from_random(&random)).await)
    };
    Some(match probed.await {
        Ok(Ok(())) => Finding::good(
            CHECK,
            &format!("a file was put into {}, read and removed", s3.bucket),
        ),
        Ok(Err(error)) => Finding::bad(CHECK, &error.to_string(), &to_do(&error)),
        Err(error) => Finding::bad(CHECK, &format!("{error:#}"), "see the message"),
    })
}

fn to_do(error: &ProbeError) -> String {
    match &error.fault {
        Fault::Unreachable(_) => {
            "see whether the server of AWS_ENDPOINT runs and can be reached from here; messages without files go on meanwhile".to_owned()
        }
        Fault::Full(_) => "make room in the bucket, or raise its quota".to_owned(),
        Fault::NoBucket => "make the bucket, or correct AWS_BUCKET, AWS_ENDPOINT or AWS_USE_PATH_STYLE_ENDPOINT".to_owned(),
        Fault::UnknownKey(_) => "correct AWS_ACCESS_KEY_ID".to_owned(),
        Fault::BadSignature(_) => {
            "correct AWS_SECRET_ACCESS_KEY, or AWS_DEFAULT_REGION; a proxy on the way must not change requests".to_owned()
        }
        Fault::Clock(_) => "set this machine's clock: timedatectl set-ntp true".to_owned(),
        Fault::Denied(_) => format!(
            "correct AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or allow the key {} (docs/files.md has the whole policy)",
            error.step.permission()
        ),
        Fault::Elsewhere(_) => "correct AWS_DEFAULT_REGION or AWS_ENDPOINT".to_owned(),
        Fault::BeyondEnd | Fault::Refused(_) => {
            "see the message; docs/files.md says what is asked of a server".to_owned()
        }
    }
}
