//! Which web pages may connect: patterns of origins.

/// Whether a page of this origin may connect. Without an origin only the pattern `*` admits.
pub(crate) fn admits(patterns: &[String], origin: Option<&str>) -> bool {
    patterns
        .iter()
        .any(|pattern| pattern == "*" || origin.is_some_and(|origin| matches(pattern, origin)))
}

fn matches(pattern: &str, origin: &str) -> bool {
    let (pattern, origin) = (pattern.to_ascii_lowercase(), origin.to_ascii_lowercase());
    if pattern.contains("://") {
        return glob(pattern.as_bytes(), origin.as_bytes());
    }
    let Some((_, authority)) = origin.split_once("://") else {
        return false;
    };
    glob(pattern.as_bytes(), host(authority).as_bytes())
        || glob(pattern.as_bytes(), authority.as_bytes())
}

/// The authority without its port.
fn host(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => host,
        _ => authority,
    }
}

/// Whether the text fits the pattern, in which `*` stands for anything.
/// Linear in both: the last `*` alone is tried again with more.
fn glob(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut retry = None;
    while t < text.len() {
        if pattern.get(p) == Some(&b'*') {
            p += 1;
            retry = Some((p, t));
        } else if pattern.get(p) == Some(&text[t]) {
            (p, t) = (p + 1, t + 1);
        } else if let Some((after_star, from)) = retry {
            (p, t) = (after_star, from + 1);
            retry = Some((after_star, from + 1));
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|&byte| byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &str, origin: &str, expected: bool) {
        assert_eq!(
            admits(&[pattern.to_owned()], Some(origin)),
            expected,
            "{pattern} {origin}"
        );
    }

    #[test]
    fn hosts_are_compared_whole() {
        check("example.com", "https://example.com", true);
        check("Example.com", "https://EXAMPLE.com:8443", true);
        check("example.com", "https://www.example.com", false);
        check("example.com", "https://example.com.evil.net", false);
        check("example.com", "https://evil.net/example.com", false);
        check("example.com", "example.com", false);
        check("example.com", "null", false);
        check("[::1]", "http://[::1]:3000", true);
    }

    #[test]
    fn a_star_stands_for_anything() {
        check("*.example.com", "https://a.b.example.com", true);
        check("*.example.com", "https://example.com", false);
        check("*.example.com", "https://a.example.com.evil.net", false);
        check("app-*.example.*", "https://app-1.example.org", true);
        check("*a*a*a*b", &format!("https://{}", "a".repeat(5000)), false);
    }

    #[test]
    fn port_and_scheme_count_when_they_are_in_the_pattern() {
        check("localhost:3000", "http://localhost:3000", true);
        check("localhost:3000", "http://localhost:3001", false);
        check("https://example.com", "https://example.com", true);
        check("https://example.com", "http://example.com", false);
    }

    #[test]
    fn without_an_origin_only_the_open_pattern_admits() {
        assert!(admits(&["a.com".to_owned(), "*".to_owned()], None));
        assert!(!admits(&["a.com".to_owned()], None));
        assert!(!admits(&[], Some("https://a.com")));
    }
}
