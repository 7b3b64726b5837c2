//! Signatures of HTTP API requests, both ways: checked by the server, made by a client of it.
//!
//! What is signed is `METHOD\nPATH\nQUERY`: the query without `auth_signature`, keys in lower case and sorted, values decoded.
//! The body takes part through its MD5 digest. A request is good for ten minutes around its timestamp; replays within them are not found out.

use crate::auth::Credentials;
use crate::mac;
use md5::{Digest as _, Md5};
use std::borrow::Cow;

mod query;

/// How far a request's timestamp may be from the server's clock, in seconds, either way.
pub const MAX_SKEW_S: u64 = 600;

/// What of an HTTP request is signed.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The method, in any case.
    pub method: &'a str,
    /// The path as the client signed it: without host, query, and whatever prefix a proxy or this server added.
    pub path: &'a str,
    /// The query as it is in the URL, encoded, without its `?`.
    pub query: &'a str,
    /// The whole body.
    pub body: &'a [u8],
}

/// Why a request's signature is not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// A parameter that a signed request needs is missing.
    #[error("{0} is missing in the query")]
    Missing(&'static str),
    /// A parameter of the signature is there twice, so that it is open which one counts.
    #[error("{0} is given more than once")]
    Repeated(&'static str),
    /// `auth_version` is not `1.0`.
    #[error("auth_version must be 1.0")]
    Version,
    /// `auth_key` is not the key of the application.
    #[error("auth_key is not the key of this application")]
    UnknownKey,
    /// `auth_timestamp` is no number.
    #[error("auth_timestamp must be a number of seconds")]
    BadTimestamp,
    /// `auth_timestamp` is too far from the server's clock.
    #[error(
        "auth_timestamp {timestamp} is not within {MAX_SKEW_S} seconds of the server's clock, which says {now}"
    )]
    Expired {
        /// What the request says.
        timestamp: u64,
        /// What the server's clock says.
        now: u64,
    },
    /// `body_md5` is not the digest of the body.
    #[error("body_md5 is not the MD5 digest of the body, which is {actual}")]
    BodyDigest {
        /// The digest of the body that arrived.
        actual: String,
    },
    /// The signature is not the one of the text that had to be signed.
    #[error(
        "Invalid signature: you should have sent the HMAC SHA256 hex digest of {signed:?} with your secret"
    )]
    WrongSignature {
        /// The text that had to be signed.
        signed: String,
    },
}

/// Checks a request in constant time. `now_s` is the server's clock, in seconds since 1970.
pub fn verify(
    credentials: Credentials<'_>,
    request: Request<'_>,
    now_s: u64,
) -> Result<(), SignatureError> {
    let parameters: Vec<_> = query::parse(request.query).collect();
    let key = one(&parameters, "auth_key")?;
    let timestamp = one(&parameters, "auth_timestamp")?;
    let version = one(&parameters, "auth_version")?;
    let signature = one(&parameters, "auth_signature")?;
    let digest = match one(&parameters, "body_md5") {
        Err(SignatureError::Missing(_)) if request.body.is_empty() => None,
        digest => Some(digest?),
    };
    if key != credentials.key {
        return Err(SignatureError::UnknownKey);
    }
    if version != "1.0" {
        return Err(SignatureError::Version);
    }
    let timestamp: u64 = timestamp
        .parse()
        .map_err(|_| SignatureError::BadTimestamp)?;
    let signed = text(request.method, request.path, &parameters);
    if !credentials.vouch_for(&[&signed], signature) {
        return Err(SignatureError::WrongSignature { signed });
    }
    if timestamp.abs_diff(now_s) > MAX_SKEW_S {
        return Err(SignatureError::Expired {
            timestamp,
            now: now_s,
        });
    }
    let actual = body_md5(request.body);
    match digest {
        Some(digest) if *digest != *actual => Err(SignatureError::BodyDigest { actual }),
        _ => Ok(()),
    }
}

/// The query of a request, signed and encoded for the URL. `parameters` are those of the request itself, not encoded.
pub fn sign(
    credentials: Credentials<'_>,
    method: &str,
    path: &str,
    parameters: &[(&str, &str)],
    body: &[u8],
    now_s: u64,
) -> String {
    let own = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
    let mut all: Vec<(String, String)> = parameters.iter().map(own).collect();
    all.push(("auth_key".to_owned(), credentials.key.to_owned()));
    all.push(("auth_timestamp".to_owned(), now_s.to_string()));
    all.push(("auth_version".to_owned(), "1.0".to_owned()));
    if !body.is_empty() {
        all.push(("body_md5".to_owned(), body_md5(body)));
    }
    let signature = mac::sign(credentials.secret, &[&text(method, path, &all)]);
    all.push(("auth_signature".to_owned(), signature));
    query::encode(&all)
}

/// The lower-case hexadecimal MD5 digest of a body.
pub fn body_md5(body: &[u8]) -> String {
    mac::hex(&Md5::digest(body))
}

/// The value of a parameter of a query, decoded: the first one with this name. Empty if there is none.
pub fn parameter(query: &str, name: &str) -> String {
    query::parse(query)
        .find(|(key, _)| key == name)
        .map_or_else(String::new, |(_, value)| value.into_owned())
}

/// The text that is signed.
fn text<T: AsRef<str>>(method: &str, path: &str, parameters: &[(T, T)]) -> String {
    let mut pairs: Vec<(Cow<'_, str>, &str)> = parameters
        .iter()
        .map(|(key, value)| (lower_case(key.as_ref()), value.as_ref()))
        .filter(|(key, _)| key != "auth_signature")
        .collect();
    pairs.sort_unstable();
    let lengths = pairs.iter().map(|(key, value)| key.len() + value.len() + 2);
    let mut text = String::with_capacity(method.len() + path.len() + 2 + lengths.sum::<usize>());
    text.push_str(method);
    text.make_ascii_uppercase();
    text.push('\n');
    text.push_str(path);
    let mut separator = '\n';
    for (key, value) in &pairs {
        text.extend([separator]);
        text.push_str(key);
        text.push('=');
        text.push_str(value);
        separator = '&';
    }
    text
}

/// Keys are in lower case already, as a rule.
fn lower_case(key: &str) -> Cow<'_, str> {
    match key.bytes().any(|byte| byte.is_ascii_uppercase()) {
        true => Cow::Owned(key.to_ascii_lowercase()),
        false => Cow::Borrowed(key),
    }
}

/// The value of a parameter that must be there once.
fn one<'a>(
    parameters: &'a [(Cow<'_, str>, Cow<'_, str>)],
    name: &'static str,
) -> Result<&'a str, SignatureError> {
    let mut values = parameters
        .iter()
        .filter(|(key, _)| key.eq_ignore_ascii_case(name));
    match (values.next(), values.next()) {
        (Some((_, value)), None) => Ok(value),
        (None, _) => Err(SignatureError::Missing(name)),
        (Some(_), Some(_)) => Err(SignatureError::Repeated(name)),
    }
}

#[cfg(test)]
mod tests;
