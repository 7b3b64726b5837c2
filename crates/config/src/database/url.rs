//! `postgres://user:password@host:5432/database?sslmode=require`: what hosters hand out.
//!
//! What stands in it and would not be heeded is refused: a parameter that was meant to protect must not be dropped in silence.

use super::SslMode;
use crate::parse;
use std::path::PathBuf;

/// The parts of the URL that are there.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct DatabaseUrl {
    pub(super) host: Option<String>,
    pub(super) port: Option<u16>,
    pub(super) database: Option<String>,
    pub(super) username: Option<String>,
    pub(super) password: Option<String>,
    pub(super) ssl_mode: Option<SslMode>,
    pub(super) ssl_root_cert: Option<PathBuf>,
    pub(super) search_path: Option<String>,
}

impl DatabaseUrl {
    /// `None` for anything but a URL of PostgreSQL with known parameters.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = parse::secret(text)?;
        let (scheme, rest) = text.split_once("://")?;
        if !["postgres", "postgresql", "pgsql"].contains(&scheme) {
            return None;
        }
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, database) = rest.split_once('/').unwrap_or((rest, ""));
        let (user, address) = authority.rsplit_once('@').unwrap_or(("", authority));
        let (username, password) = match user.split_once(':') {
            Some((username, password)) => (username, Some(decoded(password)?)),
            None => (user, None),
        };
        let (host, port) = match address.rsplit_once(':') {
            // A colon inside the brackets of an IPv6 address does not start a port.
            Some((host, port)) if !port.ends_with(']') => (host, Some(parse::port(port)?)),
            _ => (address, None),
        };
        let unbracketed = host
            .strip_prefix('[')
            .and_then(|host| host.strip_suffix(']'))
            .unwrap_or(host);
        let mut url = Self {
            host: some(decoded(unbracketed)?),
            port,
            database: some(decoded(database)?),
            username: some(decoded(username)?),
            password,
            ssl_mode: None,
            ssl_root_cert: None,
            search_path: None,
        };
        for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
            let (name, value) = parameter.split_once('=')?;
            let value = decoded(value)?;
            match name {
                "sslmode" => url.ssl_mode = Some(SslMode::parse(&value)?),
                "sslrootcert" => url.ssl_root_cert = Some(PathBuf::from(value)),
                "search_path" => url.search_path = some(value),
                // A socket's folder cannot stand in the place of a host.
                "host" => url.host = some(value),
                _ => return None,
            }
        }
        Some(url)
    }
}

fn some(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

/// Reads `%41` as `A`.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        if *first != b'%' {
            bytes.push(*first);
            continue;
        }
        let [high, low, after @ ..] = rest else {
            return None;
        };
        let digit = |byte: u8| char::from(byte).to_digit(16);
        bytes.push(u8::try_from(digit(*high)? * 16 + digit(*low)?).ok()?);
        rest = after;
    }
    String::from_utf8(bytes)
        .ok()
        .filter(|text| !text.contains('\0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_is_read_and_any_may_be_absent() {
        let url = DatabaseUrl::parse(
            "postgres://ana%40x:p%3Ass:w@db.example.com:6432/chat%20desk?sslmode=verify-full&sslrootcert=%2Fca.pem&search_path=desk",
        )
        .unwrap();
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(url.host, text("db.example.com"));
        assert_eq!((url.port, url.database), (Some(6432), text("chat desk")));
        assert_eq!(
            (url.username, url.password),
            (text("ana@x"), text("p:ss:w"))
        );
        assert_eq!(url.ssl_mode, Some(SslMode::VerifyFull));
        assert_eq!(url.ssl_root_cert, Some(PathBuf::from("/ca.pem")));
        assert_eq!(url.search_path, text("desk"));

        let bare = DatabaseUrl::parse("postgresql:///chat?host=/run/postgresql").unwrap();
        assert_eq!((bare.host, bare.port), (text("/run/postgresql"), None));
        assert_eq!(
            (bare.username, bare.database, bare.password),
            (None, text("chat"), None)
        );
        let address = DatabaseUrl::parse("postgres://[::1]:5433/x").unwrap();
        assert_eq!((address.host, address.port), (text("::1"), Some(5433)));
        assert_eq!(
            DatabaseUrl::parse("postgres://[::1]").unwrap().host,
            text("::1")
        );
    }

    #[test]
    fn what_would_not_be_heeded_is_refused() {
        for text in [
            "",
            "mysql://db/chat",
            "db.example.com/chat",
            "postgres://db:0/chat",
            "postgres://db:port/chat",
            "postgres://db/chat?channel_binding=require",
            "postgres://db/chat?sslmode=allow",
            "postgres://db/chat?sslmode",
            "postgres://a%4@db/chat",
            "postgres://a%00@db/chat",
            "postgres://a%ff@db/chat",
        ] {
            assert!(DatabaseUrl::parse(text).is_none(), "{text}");
        }
    }
}
