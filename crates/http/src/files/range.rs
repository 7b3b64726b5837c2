//! Which part of a file is asked for (RFC 9110, 14).

use axum::http::{HeaderMap, header};
use std::ops::Range;

/// What to send.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// All of it: no range was asked for, or none that is understood, or of another version of it.
    Whole,
    /// These bytes; never empty.
    Part(Range<u64>),
    /// Nothing: the range begins behind the end.
    Beyond,
}

/// One range is honored, as players ask; of several, the whole is sent, which every client must take.
pub(super) fn asked_range(headers: &HeaderMap, size: u64, etag: &str) -> Asked {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let Some(range) = text(header::RANGE) else {
        return Asked::Whole;
    };
    if text(header::IF_RANGE).is_some_and(|known| known.trim() != etag) {
        return Asked::Whole;
    }
    parse(range, size).unwrap_or(Asked::Whole)
}

fn parse(range: &str, size: u64) -> Option<Asked> {
    let (unit, range) = range.split_once('=')?;
    if !unit.trim().eq_ignore_ascii_case("bytes") {
        return None;
    }
    let (first, last) = range.trim().split_once('-')?;
    let number = |text: &str| -> Option<u64> {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        // More digits than a file can have bytes are as good as the end.
        digits.then(|| text.parse().unwrap_or(u64::MAX))
    };
    let (start, end) = match (first.trim(), last.trim()) {
        ("", suffix) => (size.saturating_sub(number(suffix)?), size),
        (first, "") => (number(first)?, size),
        (first, last) => {
            let (first, last) = (number(first)?, number(last)?);
            if last < first {
                return None;
            }
            (first, last.saturating_add(1).min(size))
        }
    };
    Some(if start >= end {
        Asked::Beyond
    } else {
        Asked::Part(start..end)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(range: &str, if_range: Option<&str>) -> Asked {
        let mut headers = HeaderMap::new();
        headers.insert(header::RANGE, range.parse().unwrap());
        if let Some(if_range) = if_range {
            headers.insert(header::IF_RANGE, if_range.parse().unwrap());
        }
        asked_range(&headers, 1000, "\"etag\"")
    }

    #[test]
    fn one_range_is_read_as_the_rfc_has_it() {
        for (range, expected) in [
            ("bytes=0-0", Asked::Part(0..1)),
            ("bytes=0-", Asked::Part(0..1000)),
            ("Bytes = 10-19", Asked::Part(10..20)),
            ("bytes=990-5000", Asked::Part(990..1000)),
            ("bytes=-1", Asked::Part(999..1000)),
            ("bytes=-5000", Asked::Part(0..1000)),
            ("bytes=999-99999999999999999999999", Asked::Part(999..1000)),
            ("bytes=1000-", Asked::Beyond),
            ("bytes=-0", Asked::Beyond),
            ("bytes=99999999999999999999999-", Asked::Beyond),
        ] {
            assert_eq!(asked(range, None), expected, "{range}");
        }
    }

    #[test]
    fn what_is_not_understood_is_the_whole() {
        for range in [
            "",
            "bytes",
            "bytes=",
            "bytes=-",
            "bytes=a-b",
            "bytes=2-1",
            "bytes=0-1,5-6",
            "lines=0-1",
            "bytes=+1-2",
            "bytes=1-2-3",
        ] {
            assert_eq!(asked(range, None), Asked::Whole, "{range}");
        }
    }

    #[test]
    fn a_part_of_another_version_is_not_sent() {
        assert_eq!(asked("bytes=0-0", Some("\"etag\"")), Asked::Part(0..1));
        assert_eq!(asked("bytes=0-0", Some("\"other\"")), Asked::Whole);
        let date = "Wed, 21 Oct 2015 07:28:00 GMT";
        assert_eq!(asked("bytes=0-0", Some(date)), Asked::Whole);
    }
}
