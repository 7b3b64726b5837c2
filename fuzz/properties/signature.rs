//! A signed HTTP API request is accepted however its query is ordered and encoded, and no longer when anything else changes.
//!
//! Input: lines with a method, a path and a query, then the body in the rest. The query is checked as it is, and also taken
//! apart into the parameters of a request that is signed here.

use antiphon_protocol::auth::Credentials;
use antiphon_protocol::signature::{self, MAX_SKEW_S, Request, SignatureError};

const CREDENTIALS: Credentials<'_> = Credentials::new("app-key", "app-secret");

const NOW_S: u64 = 1_700_000_000;

/// The parameters that signing adds itself.
const OWN: [&str; 5] = [
    "auth_key",
    "auth_timestamp",
    "auth_version",
    "auth_signature",
    "body_md5",
];

/// Checks one input.
pub(crate) fn check(data: &[u8]) {
    let mut lines = data.splitn(4, |&byte| byte == b'\n');
    let mut line = || std::str::from_utf8(lines.next().unwrap_or_default());
    let (Ok(method), Ok(path), Ok(query)) = (line(), line(), line()) else {
        return;
    };
    let body = lines.next().unwrap_or_default();
    let request = Request {
        method,
        path,
        query,
        body,
    };
    for now_s in [0, NOW_S, u64::MAX] {
        if let Err(error) = signature::verify(CREDENTIALS, request, now_s) {
            assert!(!error.to_string().is_empty());
        }
    }

    let parameters: Vec<(&str, &str)> = query
        .split('&')
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .filter(|(key, _)| !OWN.iter().any(|own| own.eq_ignore_ascii_case(key)))
        .collect();
    let query = signature::sign(CREDENTIALS, method, path, &parameters, body, NOW_S);
    signed(Request {
        query: &query,
        ..request
    });
}

/// A request that is signed, unchanged and changed.
fn signed(request: Request<'_>) {
    let verify = |request: Request<'_>| signature::verify(CREDENTIALS, request, NOW_S);
    assert_eq!(verify(request), Ok(()));
    let mut pairs: Vec<&str> = request.query.split('&').collect();
    pairs.reverse();
    for query in [
        pairs.join("&"),
        escaped(request.query),
        format!("&{}&&", request.query),
    ] {
        assert_eq!(
            verify(Request {
                query: &query,
                ..request
            }),
            Ok(())
        );
    }

    let refused = |request: Request<'_>| verify(request).expect_err("the request was changed");
    let method = format!("{}X", request.method);
    refused(Request {
        method: &method,
        ..request
    });
    let path = format!("{}/", request.path);
    refused(Request {
        path: &path,
        ..request
    });
    let query = format!("{}&more=1", request.query);
    refused(Request {
        query: &query,
        ..request
    });
    let query = format!("{}&AUTH_KEY=app-key", request.query);
    let error = refused(Request {
        query: &query,
        ..request
    });
    assert_eq!(error, SignatureError::Repeated("auth_key"));
    let body = [request.body, b"x"].concat();
    refused(Request {
        body: &body,
        ..request
    });
    for now_s in [NOW_S - MAX_SKEW_S - 1, NOW_S + MAX_SKEW_S + 1] {
        assert!(matches!(
            signature::verify(CREDENTIALS, request, now_s),
            Err(SignatureError::Expired { .. })
        ));
    }
}

/// The same query with every byte of its values encoded that is not yet.
fn escaped(query: &str) -> String {
    let pair = |pair: &str| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        let mut out = format!("{key}=");
        let mut bytes = value.bytes();
        while let Some(byte) = bytes.next() {
            match byte {
                b'%' => {
                    out.push('%');
                    out.extend(bytes.by_ref().take(2).map(char::from));
                }
                _ => out.push_str(&format!("%{byte:02x}")),
            }
        }
        out
    };
    query.split('&').map(pair).collect::<Vec<_>>().join("&")
}
