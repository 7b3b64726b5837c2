//! From which page a request comes: our own, one of the widget's domains, or a stranger's.

use crate::error::ApiError;
use crate::settings::Settings;
use antiphon_domain::Widget;
use axum::http::{HeaderMap, header};

/// The request's `Origin`, unless it is none or our own. Programs send none; every browser does, cross-origin.
pub(super) fn foreign<'a>(headers: &'a HeaderMap, settings: &Settings) -> Option<&'a str> {
    let origin = headers.get(header::ORIGIN)?.to_str().unwrap_or("null");
    // A page cannot choose the Host that its browser sends, so an origin on the same host is our own page.
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    let same_host = host.is_some_and(|host| authority(origin) == Some(host));
    let own = same_host || origin == settings.app_url.trim_end_matches('/');
    (!own).then_some(origin)
}

/// The host of an origin, without scheme and port; `null` for one that has none.
pub(super) fn host(origin: &str) -> &str {
    authority(origin).map_or("null", host_of)
}

/// Refuses a foreign origin that the widget does not list.
pub(super) fn check_widget(origin: &str, widget: &Widget) -> Result<(), ApiError> {
    if widget.allowed_domains.allows(host(origin)) {
        Ok(())
    } else {
        Err(ApiError::origin_refused(origin))
    }
}

/// Refuses a cookie's request that another site's page has made (cross-site request forgery).
pub(super) fn check_same_site(headers: &HeaderMap, settings: &Settings) -> Result<(), ApiError> {
    let site = headers
        .get("sec-fetch-site")
        .and_then(|value| value.to_str().ok());
    let forged = match site {
        Some(site) => !matches!(site, "same-origin" | "none"),
        None => foreign(headers, settings).is_some(),
    };
    if forged {
        Err(ApiError::forbidden(
            "this request comes from another site's page",
        ))
    } else {
        Ok(())
    }
}

/// The same where it is not known how people reach this server: the page must be of the host that the request was sent to.
pub(crate) fn check_same_origin(headers: &HeaderMap) -> Result<(), ApiError> {
    let text = |name: header::HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let site = text(header::HeaderName::from_static("sec-fetch-site"));
    let is_ours = match (site, text(header::ORIGIN)) {
        (Some(site), _) => matches!(site, "same-origin" | "none"),
        (None, Some(origin)) => {
            text(header::HOST).is_some_and(|host| authority(origin) == Some(host))
        }
        (None, None) => true,
    };
    match is_ours {
        true => Ok(()),
        false => Err(ApiError::forbidden(
            "this request comes from another site's page",
        )),
    }
}

fn authority(origin: &str) -> Option<&str> {
    origin
        .strip_prefix("https://")
        .or_else(|| origin.strip_prefix("http://"))
}

fn host_of(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        // Not the colons inside of an IPv6 address.
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{Browser, ReverbSettings, UploadSettings};
    use std::time::Duration;

    fn settings() -> Settings {
        Settings {
            app_url: "https://chat.example.com".to_owned(),
            trusted_proxies: Vec::new(),
            location_header: None,
            rate_limits: true,
            test_page: true,
            files_origin: None,
            uploads: UploadSettings {
                at_once: 1,
                time: Duration::from_secs(1),
            },
            browser: Browser {
                reverb: ReverbSettings {
                    enabled: true,
                    key: "key".to_owned(),
                    host: None,
                    port: None,
                    scheme: None,
                },
                pusher: None,
            },
        }
    }

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| {
                (
                    header::HeaderName::from_static(name),
                    value.parse().unwrap(),
                )
            })
            .collect()
    }

    #[test]
    fn our_own_pages_are_not_foreign() {
        for (origin, host, is_foreign) in [
            ("https://chat.example.com", "10.0.0.5:8000", false),
            ("http://localhost:8000", "localhost:8000", false),
            ("http://localhost:3000", "localhost:8000", true),
            ("https://evil.example", "chat.example.com", true),
            ("null", "chat.example.com", true),
        ] {
            let headers = headers(&[("origin", origin), ("host", host)]);
            assert_eq!(
                foreign(&headers, &settings()).is_some(),
                is_foreign,
                "{origin} to {host}"
            );
        }
        assert!(foreign(&headers(&[("host", "chat.example.com")]), &settings()).is_none());
    }

    #[test]
    fn another_sites_page_cannot_use_the_cookie() {
        let check =
            |pairs: &[(&'static str, &str)]| check_same_site(&headers(pairs), &settings()).is_ok();
        assert!(check(&[
            ("sec-fetch-site", "same-origin"),
            ("origin", "https://chat.example.com")
        ]));
        assert!(!check(&[
            ("sec-fetch-site", "cross-site"),
            ("origin", "https://chat.example.com")
        ]));
        assert!(!check(&[("sec-fetch-site", "same-site")]));
        assert!(!check(&[
            ("origin", "https://evil.example"),
            ("host", "chat.example.com")
        ]));
        assert!(check(&[("host", "chat.example.com")]));
    }

    #[test]
    fn a_port_is_no_part_of_the_host() {
        assert_eq!(host_of("example.com:8080"), "example.com");
        assert_eq!(host_of("[::1]:80"), "[::1]");
        assert_eq!(host_of("[::1]"), "[::1]");
    }
}
