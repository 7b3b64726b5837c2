//! The few parts of a URL that configuration needs: scheme, host and port of a site.
//!
//! A path, query or user name is refused rather than ignored: the application answers at the root of its origin.

use std::fmt;

/// How a browser reaches a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// Plain text: `http`, and `ws` for a socket.
    Http,
    /// TLS: `https`, and `wss` for a socket.
    Https,
}

impl Scheme {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        match text {
            "http" => Some(Self::Http),
            "https" => Some(Self::Https),
            _ => None,
        }
    }

    /// `http` or `https`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    /// The port that a URL of this scheme may leave out.
    pub fn default_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

/// An origin: `https://chat.example.com` or `http://localhost:8000`. Displays without a default port and without a final slash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppUrl {
    scheme: Scheme,
    host: String,
    port: u16,
}

impl AppUrl {
    /// Parses `http(s)://host[:port][/]`; `None` for anything else.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (scheme, rest) = text.split_once("://")?;
        let scheme = Scheme::parse(&scheme.to_ascii_lowercase())?;
        let authority = rest.strip_suffix('/').unwrap_or(rest);
        // A colon inside the brackets of an IPv6 address does not start a port.
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => {
                let digits = port.bytes().all(|byte| byte.is_ascii_digit());
                (host, port.parse().ok().filter(|&port| digits && port != 0)?)
            }
            _ => (authority, scheme.default_port()),
        };
        is_host(host).then(|| Self {
            scheme,
            host: host.to_ascii_lowercase(),
            port,
        })
    }

    /// The address of a server on this machine, for when nobody configured a public one.
    pub(crate) fn local(port: u16) -> Self {
        Self {
            scheme: Scheme::Http,
            host: "localhost".to_owned(),
            port,
        }
    }

    /// `http` or `https`.
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The host in lower case; an IPv6 address keeps its brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port, also when the URL left it out.
    pub fn port(&self) -> u16 {
        self.port
    }
}

impl fmt::Display for AppUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme.as_str(), self.host)?;
        if self.port == self.scheme.default_port() {
            Ok(())
        } else {
            write!(f, ":{}", self.port)
        }
    }
}

/// Whether the text can stand as the host of a URL: a name, an IPv4 address, or an IPv6 address in brackets.
pub(crate) fn is_host(text: &str) -> bool {
    if let Some(address) = text
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
    {
        return address.parse::<std::net::Ipv6Addr>().is_ok();
    }
    let is_label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    text.len() <= 253 && text.split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_shown_without_what_a_browser_leaves_out() {
        for (text, shown) in [
            ("https://chat.example.com", "https://chat.example.com"),
            ("https://Chat.Example.com:443/", "https://chat.example.com"),
            ("http://localhost:8000", "http://localhost:8000"),
            ("HTTP://127.0.0.1:80", "http://127.0.0.1"),
            ("http://[::1]:8000", "http://[::1]:8000"),
            ("http://[::1]", "http://[::1]"),
        ] {
            assert_eq!(
                AppUrl::parse(text).map(|url| url.to_string()).as_deref(),
                Some(shown),
                "{text}"
            );
        }
    }

    #[test]
    fn whatever_is_not_an_origin_is_refused() {
        for text in [
            "",
            "example.com",
            "ftp://example.com",
            "https://",
            "https:///",
            "https://example.com/chat",
            "https://example.com?x=1",
            "https://user@example.com",
            "https://example.com:0",
            "https://example.com:+80",
            "https://example.com:65536",
            "https://example.com:",
            "https://exa mple.com",
            "https://-example.com",
            "http://[::1",
            "http://[zz]",
        ] {
            assert_eq!(AppUrl::parse(text), None, "{text}");
        }
    }
}
