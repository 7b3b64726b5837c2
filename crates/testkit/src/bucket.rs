//! A bucket of the test's own at a real S3 server, looked at without the code under test: requests are signed here once more.

use crate::clock::unix_seconds;
use crate::http::{Request, Response};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Says where the S3 server of tests listens, as `cargo xtask s3` prints it: an address and a port.
const VARIABLE: &str = "ANTIPHON_TEST_S3";
/// Who asks there, as `cargo xtask s3` makes it.
const KEY_ID: &str = "test:tester";
const SECRET: &str = "testing";
const REGION: &str = "us-east-1";

/// An empty bucket. It goes with its server, at the end of a test run.
#[derive(Debug)]
pub struct Bucket {
    server: SocketAddr,
    name: String,
}

impl Bucket {
    /// Makes one. `None`, and a line that says so, where there is no S3 server: not every machine has one, and `cargo xtask test` does.
    ///
    /// # Panics
    /// The server that was named does not make it.
    #[track_caller]
    #[expect(
        clippy::print_stdout,
        reason = "whoever reads the output of a test that passed must learn that it tested nothing"
    )]
    pub fn create() -> Option<Self> {
        let Some(server) = std::env::var_os(VARIABLE) else {
            println!("skipped: {VARIABLE} names no S3 server; `cargo xtask s3` runs one");
            return None;
        };
        let server = server.to_str().and_then(|text| text.parse().ok());
        let bucket = Self {
            server: server.unwrap_or_else(|| panic!("{VARIABLE} must be an address and a port")),
            name: unique(),
        };
        bucket.request("PUT", "", "", b"").expect(200);
        Some(bucket)
    }

    /// Where the server is.
    pub fn server(&self) -> SocketAddr {
        self.server
    }

    /// The bucket's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The id of the access key.
    pub fn key_id(&self) -> &'static str {
        KEY_ID
    }

    /// The secret of the access key.
    pub fn secret(&self) -> &'static str {
        SECRET
    }

    /// The keys that keep an installation's files there, reached at this address.
    pub fn env(&self, server: SocketAddr) -> Vec<(&'static str, String)> {
        vec![
            ("FILESYSTEM_DISK", "s3".to_owned()),
            ("AWS_ACCESS_KEY_ID", KEY_ID.to_owned()),
            ("AWS_SECRET_ACCESS_KEY", SECRET.to_owned()),
            ("AWS_DEFAULT_REGION", REGION.to_owned()),
            ("AWS_BUCKET", self.name.clone()),
            ("AWS_ENDPOINT", format!("http://{server}")),
            ("AWS_USE_PATH_STYLE_ENDPOINT", "true".to_owned()),
        ]
    }

    /// Puts an object.
    #[track_caller]
    pub fn put(&self, key: &str, content: &[u8]) {
        self.request("PUT", key, "", content).expect(200);
    }

    /// The names of all objects, in order.
    #[track_caller]
    pub fn keys(&self) -> Vec<String> {
        elements(
            &self
                .request("GET", "", "list-type=2", b"")
                .expect(200)
                .text(),
            "Key",
        )
    }

    /// The names of the uploads in parts that are not completed.
    #[track_caller]
    pub fn uploads(&self) -> Vec<String> {
        elements(
            &self.request("GET", "", "uploads=", b"").expect(200).text(),
            "Key",
        )
    }

    /// Sends a request with a signature of version 4. Paths and queries here need no escaping.
    #[track_caller]
    fn request(&self, method: &str, key: &str, query: &str, body: &[u8]) -> Response {
        let path = match key {
            "" => format!("/{}", self.name),
            key => format!("/{}/{key}", self.name),
        };
        let (host, digest, at) = (self.server.to_string(), hex(&Sha256::digest(body)), time());
        let headers = "host;x-amz-content-sha256;x-amz-date";
        let canonical = format!(
            "{method}\n{path}\n{query}\nhost:{host}\nx-amz-content-sha256:{digest}\nx-amz-date:{at}\n\n{headers}\n{digest}"
        );
        let scope = format!("{}/{REGION}/s3/aws4_request", &at[..8]);
        let canonical = hex(&Sha256::digest(canonical.as_bytes()));
        let signed = format!("AWS4-HMAC-SHA256\n{at}\n{scope}\n{canonical}");
        let key = [&at[..8], REGION, "s3", "aws4_request", &signed]
            .iter()
            .fold(format!("AWS4{SECRET}").into_bytes(), |key, part| {
                hmac(&key, part.as_bytes())
            });
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential={KEY_ID}/{scope}, SignedHeaders={headers}, Signature={}",
            hex(&key)
        );
        let target = match query {
            "" => path,
            query => format!("{path}?{query}"),
        };
        Request::new(self.server, method, &target)
            .header("x-amz-date", &at)
            .header("x-amz-content-sha256", &digest)
            .header("authorization", &authorization)
            .body(body)
            .send()
    }
}

fn unique() -> String {
    static MADE: AtomicUsize = AtomicUsize::new(0);
    format!(
        "antiphon-{}-{}-{}",
        unix_seconds(),
        std::process::id(),
        MADE.fetch_add(1, Ordering::Relaxed)
    )
}

/// The texts of all elements of this name.
fn elements(xml: &str, name: &str) -> Vec<String> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    xml.split(&*open)
        .skip(1)
        .filter_map(|rest| rest.split_once(&*close))
        .map(|(text, _)| text.to_owned())
        .collect()
}

fn hmac(key: &[u8], text: &[u8]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a key may have any length");
    mac.update(text);
    mac.finalize().into_bytes().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::new();
    for byte in bytes {
        write!(text, "{byte:02x}").expect("writing to a string cannot fail");
    }
    text
}

/// The time of now, as `20261127T083842Z`.
fn time() -> String {
    let now = unix_seconds();
    let (days, seconds) = (now / 86_400, now % 86_400);
    // From days since 1970 to a date of the Gregorian calendar, in years that begin in March.
    let shifted = days + 719_468;
    let (era, of_era) = (shifted / 146_097, shifted % 146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = era * 400 + year + u64::from(month <= 2);
    format!(
        "{year:04}{month:02}{day:02}T{:02}{:02}{:02}Z",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60
    )
}
