//! What a value of each kind looks like: text in, typed value out, `None` for anything that is not allowed.
//!
//! The sentence that tells a person what is allowed belongs to the kind ([`crate::keys::Kind`]), not to these functions.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use base64::Engine;
use ipnet::IpNet;

/// On or off, in the spellings people use.
pub(crate) fn switch(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "on" | "true" | "1" | "yes" => Some(true),
        "off" | "false" | "0" | "no" => Some(false),
        _ => None,
    }
}

/// A whole number: digits only, so that `+1` and ` 1` are not quietly accepted.
pub(crate) fn integer(text: &str) -> Option<u64> {
    text.bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| text.parse().ok())?
}

/// A port to listen on; 0 lets the system choose.
pub(crate) fn bind_port(text: &str) -> Option<u16> {
    integer(text)?.try_into().ok()
}

/// A port to connect to.
pub(crate) fn port(text: &str) -> Option<u16> {
    bind_port(text).filter(|&port| port != 0)
}

/// An address of this machine to listen on.
pub(crate) fn bind_host(text: &str) -> Option<IpAddr> {
    if text.eq_ignore_ascii_case("localhost") {
        return Some(Ipv4Addr::LOCALHOST.into());
    }
    text.strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or(text)
        .parse()
        .ok()
}

/// An address of this machine with a port to listen on; port 0 lets the system choose.
pub(crate) fn bind_address(text: &str) -> Option<SocketAddr> {
    let (host, port) = text.rsplit_once(':')?;
    // Without brackets nobody can tell where an IPv6 address ends.
    let is_clear = !host.contains(':') || host.starts_with('[');
    is_clear.then_some(())?;
    Some(SocketAddr::new(bind_host(host)?, bind_port(port)?))
}

/// A host as it stands in a URL.
pub(crate) fn host(text: &str) -> Option<String> {
    crate::url::is_host(text).then(|| text.to_ascii_lowercase())
}

/// Addresses and networks, separated by commas.
pub(crate) fn networks(text: &str) -> Option<Vec<IpNet>> {
    list(text)
        .map(|item| {
            item.parse::<IpNet>()
                .ok()
                .or_else(|| Some(item.parse::<IpAddr>().ok()?.into()))
        })
        .collect()
}

/// Patterns for the origins of pages, separated by commas, at least one: a host, in which `*` stands for any characters, with
/// `scheme://` before it or `:port` behind it where only those may connect.
pub(crate) fn origin_patterns(text: &str) -> Option<Vec<String>> {
    let is_pattern = |item: &str| {
        let host = item.split_once("://").map_or(item, |(_, rest)| rest);
        !host.is_empty()
            && item.len() <= 253
            && host
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b".-_*:[]".contains(&byte))
    };
    let patterns: Option<Vec<String>> = list(text)
        .map(|item| is_pattern(item).then(|| item.to_ascii_lowercase()))
        .collect();
    patterns.filter(|patterns| !patterns.is_empty())
}

/// The beginnings of channel names, separated by commas: `*` for every channel, which becomes the empty one, `off` for none.
pub(crate) fn channel_prefixes(text: &str) -> Option<Vec<String>> {
    let is_prefix = |item: &str| {
        item.len() <= 200
            && item
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"_-=@,.;#".contains(&byte))
    };
    match text {
        "off" => Some(Vec::new()),
        "*" => Some(vec![String::new()]),
        _ => {
            let prefixes = list(text).map(|item| is_prefix(item).then(|| item.to_owned()));
            let prefixes: Option<Vec<String>> = prefixes.collect();
            prefixes.filter(|prefixes| !prefixes.is_empty())
        }
    }
}

/// Content types separated by commas, at least one: whole, or a kind with `*` for all of it.
pub(crate) fn content_types(text: &str) -> Option<String> {
    let is_token = |part: &str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-+._".contains(&byte))
    };
    let types = list(text).map(|item| {
        let (kind, subtype) = item.split_once('/')?;
        (is_token(kind) && (subtype == "*" || is_token(subtype))).then(|| item.to_ascii_lowercase())
    });
    let types: Option<Vec<String>> = types.collect();
    types
        .filter(|types| !types.is_empty())
        .map(|types| types.join(","))
}

/// A path in front of every route: empty, or `/segments` without a final slash.
pub(crate) fn path_prefix(text: &str) -> Option<String> {
    let trimmed = text.trim_matches('/');
    if trimmed.is_empty() {
        return Some(String::new());
    }
    let is_segment = |segment: &str| {
        !matches!(segment, "" | "." | "..")
            && segment.bytes().all(|byte| {
                byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~')
            })
    };
    trimmed
        .split('/')
        .all(is_segment)
        .then(|| format!("/{trimmed}"))
}

/// The name of an app, key or cluster: it becomes a part of URLs and of signatures.
pub(crate) fn identifier(text: &str) -> Option<String> {
    let is_plain = text.len() <= 128
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
    is_plain.then(|| text.to_owned())
}

/// A shared secret: any text without control characters.
pub(crate) fn secret(text: &str) -> Option<String> {
    (text.len() <= 1024 && !text.chars().any(char::is_control)).then(|| text.to_owned())
}

/// A name that somebody else understands, such as another server.
pub(crate) fn text(text: &str) -> Option<String> {
    secret(text).filter(|text| !text.is_empty())
}

/// A password: long enough that nobody guesses it within the rate of attempts that is allowed.
pub(crate) fn password(text: &str) -> Option<String> {
    secret(text).filter(|text| text.len() >= 12)
}

/// Laravel's application key: `base64:` and 16 or 32 bytes, or that many bytes as plain text.
pub(crate) fn app_key(text: &str) -> Option<Vec<u8>> {
    let bytes = match text.strip_prefix("base64:") {
        Some(encoded) => base64::engine::general_purpose::STANDARD
            .decode(encoded)
            .ok()?,
        None => text.as_bytes().to_vec(),
    };
    matches!(bytes.len(), 16 | 32).then_some(bytes)
}

/// A log filter: levels, for everything or for one target, separated by commas.
pub(crate) fn log_filter(text: &str) -> Option<String> {
    let is_level = |level: &str| {
        ["off", "error", "warn", "info", "debug", "trace"]
            .iter()
            .any(|known| known.eq_ignore_ascii_case(level))
    };
    let is_target = |target: &str| {
        !target.is_empty()
            && target
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b':'))
    };
    // A lone target would switch on everything of that target, so a misspelled level must not pass for one.
    let is_directive = |directive: &str| match directive.split_once('=') {
        Some((target, level)) => is_target(target) && is_level(level),
        None => is_level(directive),
    };
    (!text.is_empty() && list(text).all(is_directive)).then(|| text.to_owned())
}

/// Where requests go to: `http(s)://host[:port][/path][?query]`, without a user name, which would be a secret in an odd place.
pub(crate) fn webhook_url(text: &str) -> Option<String> {
    let rest = text
        .strip_prefix("http://")
        .or_else(|| text.strip_prefix("https://"))?;
    let authority = rest.split(['/', '?']).next()?;
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (authority, None),
    };
    let is_url = text.len() <= 2_048
        && text.bytes().all(|byte| byte.is_ascii_graphic())
        && !text.contains(['#', '"', '<', '>', '\\', '^', '`', '{', '|', '}'])
        && crate::url::is_host(host)
        && port.is_none_or(|text| self::port(text).is_some());
    is_url.then(|| text.to_owned())
}

/// Where a person is reached: what stands behind `mailto:` or `https://` is for people to use.
pub(crate) fn contact(text: &str) -> Option<String> {
    let rest = text
        .strip_prefix("mailto:")
        .filter(|address| address.contains('@'))
        .or_else(|| text.strip_prefix("https://"))?;
    let is_contact =
        !rest.is_empty() && text.len() <= 254 && text.bytes().all(|byte| byte.is_ascii_graphic());
    is_contact.then(|| text.to_owned())
}

/// Some of these words, each once, at least one.
pub(crate) fn words(text: &str, allowed: &[&str]) -> Option<Vec<String>> {
    let mut found: Vec<String> = Vec::new();
    for word in list(text) {
        allowed.contains(&word).then_some(())?;
        if !found.iter().any(|known| known == word) {
            found.push(word.to_owned());
        }
    }
    (!found.is_empty()).then_some(found)
}

/// The beginning or the end of a channel's name.
pub(crate) fn channel_part(text: &str) -> Option<String> {
    let is_part = text.len() <= 200
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_=@,.;".contains(&byte));
    is_part.then(|| text.to_owned())
}

/// The items between commas, without white space and without empty ones.
fn list(text: &str) -> impl Iterator<Item = &str> {
    text.split(',')
        .map(str::trim)
        .filter(|item| !item.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_types_are_whole_or_of_a_kind() {
        let parsed = content_types(" image/PNG, audio/* ,");
        assert_eq!(parsed.as_deref(), Some("image/png,audio/*"));
        for text in ["", ",", "png", "*/*", "image/png;q=1", "a/b/c"] {
            assert_eq!(content_types(text), None, "{text}");
        }
    }

    #[test]
    fn numbers_are_digits_only() {
        assert_eq!(integer("8000"), Some(8000));
        for text in [
            "",
            "-1",
            "+1",
            " 1",
            "1.5",
            "10_000",
            "0x10",
            "99999999999999999999",
        ] {
            assert_eq!(integer(text), None, "{text:?}");
        }
        assert_eq!(bind_port("0"), Some(0));
        assert_eq!(port("0"), None);
        assert_eq!(port("65536"), None);
    }

    #[test]
    fn an_address_has_a_port() {
        for (text, expected) in [
            ("127.0.0.1:9601", Some("127.0.0.1:9601")),
            ("localhost:0", Some("127.0.0.1:0")),
            ("[::1]:9601", Some("[::1]:9601")),
            ("::1:9601", None),
            ("9601", None),
            (":9601", None),
            ("127.0.0.1", None),
            ("127.0.0.1:x", None),
        ] {
            let found = bind_address(text).map(|address| address.to_string());
            assert_eq!(found.as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn a_single_address_is_a_network_of_one() {
        let networks = networks("127.0.0.1, 10.0.0.0/8,::1").expect("all three are valid");
        assert_eq!(networks.len(), 3);
        assert_eq!(networks[0].to_string(), "127.0.0.1/32");
        assert_eq!(super::networks("10.0.0.0/33"), None);
        assert_eq!(super::networks("*"), None);
        assert_eq!(super::networks(""), Some(Vec::new()));
    }

    #[test]
    fn origins_are_hosts_with_what_narrows_them() {
        let patterns = origin_patterns("*.Example.com, https://example.com ,localhost:5173");
        let expected = ["*.example.com", "https://example.com", "localhost:5173"];
        assert_eq!(patterns, Some(expected.map(str::to_owned).to_vec()));
        for text in ["", ",", "https://", "example.com/chat", "exa mple.com"] {
            assert_eq!(origin_patterns(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_webhook_url_has_a_host_and_no_user() {
        for text in [
            "http://a",
            "https://a.example:8443/hook?token=x",
            "http://[::1]:1/",
            "http://127.0.0.1?x",
        ] {
            assert_eq!(webhook_url(text).as_deref(), Some(text));
        }
        for text in [
            "",
            "a.example/hook",
            "ftp://a",
            "HTTP://a",
            "http://",
            "http://:80/",
            "http://a:0/",
            "http://a:99999/",
            "http://user@a/",
            "http://user:password@a/",
            "http://a/#x",
            "http://a b/",
            "http://a/\u{e4}",
        ] {
            assert_eq!(webhook_url(text), None, "{text}");
        }
    }

    #[test]
    fn words_are_taken_once() {
        let some = |text: &str| words(text, &["one", "two"]);
        assert_eq!(
            some("two, one,two"),
            Some(vec!["two".to_owned(), "one".to_owned()])
        );
        for text in ["", ",", "three", "one,three"] {
            assert_eq!(some(text), None, "{text:?}");
        }
    }

    #[test]
    fn channel_prefixes_are_names_or_all_or_none() {
        let owned = |items: &[&str]| Some(items.iter().map(|&item| item.to_owned()).collect());
        for (text, expected) in [
            ("*", owned(&[""])),
            ("off", owned(&[])),
            (
                "private-, presence-chat.",
                owned(&["private-", "presence-chat."]),
            ),
            ("#server-to-user-", owned(&["#server-to-user-"])),
            ("", None),
            ("private-*", None),
            ("a b", None),
        ] {
            assert_eq!(channel_prefixes(text), expected, "{text:?}");
        }
    }

    #[test]
    fn a_path_prefix_is_normalized() {
        for (text, expected) in [
            ("", Some("")),
            ("/", Some("")),
            ("ws/", Some("/ws")),
            ("/a/b", Some("/a/b")),
        ] {
            assert_eq!(path_prefix(text).as_deref(), expected, "{text:?}");
        }
        for text in ["/a//b", "/..", "/a b", "/a?b", "/{key}"] {
            assert_eq!(path_prefix(text), None, "{text:?}");
        }
    }

    #[test]
    fn an_application_key_has_16_or_32_bytes() {
        let encoded = format!("base64:{}=", "A".repeat(43));
        assert_eq!(app_key(&encoded), Some(vec![0; 32]));
        assert_eq!(app_key(&"k".repeat(32)).map(|key| key.len()), Some(32));
        for text in ["base64:", "base64:AAAA", "short", "base64:not base64"] {
            assert_eq!(app_key(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_misspelled_level_is_not_taken_for_a_target() {
        for text in [
            "info",
            "warn,antiphon_http=debug",
            "INFO, antiphon_realtime::hub=trace",
        ] {
            assert!(log_filter(text).is_some(), "{text}");
        }
        for text in ["inof", "", ",antiphon_http", "antiphon_http=loud", "=info"] {
            assert!(log_filter(text).is_none(), "{text}");
        }
    }
}
