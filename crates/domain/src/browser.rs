//! What a browser says of itself, in a few words for an agent: `Firefox 128 on Windows`.
//!
//! A `User-Agent` claims to be half a dozen browsers at once, so the most particular name that is known counts. What is not known is
//! left out; nothing is refused, and nothing is decided by it.

/// The longest header that is looked at, in bytes; browsers send some 200.
const MAX_HEADER: usize = 1024;

/// Names in a header, from the most particular to the most common, and what they are called.
const BROWSERS: [(&str, &str); 11] = [
    ("Edg/", "Edge"),
    ("EdgA/", "Edge"),
    ("EdgiOS/", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Version/", "Safari"),
    ("curl/", "curl"),
];

/// Systems, in the order in which they count: Android says Linux, and an iPhone says Mac OS X, too.
const SYSTEMS: [(&str, &str); 7] = [
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
];

/// The browser and its system, as far as they are known, such as `Safari 17 on iPhone`. `None`: neither is.
pub fn browser_of(user_agent: &str) -> Option<String> {
    let text = user_agent;
    if text.len() > MAX_HEADER {
        return None;
    }
    let browser = BROWSERS.iter().find_map(|(mark, name)| {
        let (_, rest) = text.split_once(mark)?;
        // Only Safari says its version so, but old Androids do as well.
        if *mark == "Version/" && !text.contains("Safari/") {
            return None;
        }
        let version: String = rest
            .chars()
            .take_while(char::is_ascii_digit)
            .take(4)
            .collect();
        Some(match version.as_str() {
            "" => (*name).to_owned(),
            version => format!("{name} {version}"),
        })
    });
    let system = SYSTEMS.iter().find(|(mark, _)| text.contains(mark));
    match (browser, system) {
        (Some(browser), Some((_, system))) => Some(format!("{browser} on {system}")),
        (Some(browser), None) => Some(browser),
        (None, Some((_, system))) => Some((*system).to_owned()),
        (None, None) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_particular_name_counts() {
        for (header, browser) in [
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
                "Chrome 131 on Windows",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36 Edg/131.0.2903.51",
                "Edge 131 on Windows",
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15",
                "Safari 17 on macOS",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
                "Safari 17 on iPhone",
            ),
            (
                "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/25.0 Chrome/121.0.0.0 Mobile Safari/537.36",
                "Samsung Internet 25 on Android",
            ),
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
                "Firefox 128 on Linux",
            ),
            ("curl/8.5.0", "curl 8"),
            ("Something (Linux)", "Linux"),
        ] {
            assert_eq!(browser_of(header).as_deref(), Some(browser), "{header}");
        }
        for header in ["", "Something else", &"Firefox/1 ".repeat(500)] {
            assert_eq!(browser_of(header), None);
        }
        assert_eq!(browser_of("Firefox/").as_deref(), Some("Firefox"));
    }
}
