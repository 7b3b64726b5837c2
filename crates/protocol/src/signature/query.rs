//! The encoding of URL queries, as HTML forms and every HTTP library write them.

use std::borrow::Cow;

/// The decoded pairs in their order; what was not encoded is not copied.
/// Never fails: what is not validly encoded stays as it is, and then no signature will fit.
pub(super) fn parse(query: &str) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(key), decode(value))
        })
}

/// The encoded pairs, joined.
pub(super) fn encode(pairs: &[(String, String)]) -> String {
    let pairs: Vec<String> = pairs
        .iter()
        .map(|(key, value)| format!("{}={}", escape(key), escape(value)))
        .collect();
    pairs.join("&")
}

fn decode(text: &str) -> Cow<'_, str> {
    if !text.bytes().any(|byte| matches!(byte, b'+' | b'%')) {
        return Cow::Borrowed(text);
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let escaped = || {
            let digits = tail
                .get(..2)
                .filter(|digits| digits.iter().all(u8::is_ascii_hexdigit))?;
            u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
        };
        rest = tail;
        match first {
            b'+' => bytes.push(b' '),
            b'%' => match escaped() {
                Some(byte) => {
                    bytes.push(byte);
                    rest = &tail[2..];
                }
                None => bytes.push(b'%'),
            },
            &byte => bytes.push(byte),
        }
    }
    Cow::Owned(String::from_utf8_lossy(&bytes).into_owned())
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                out.push(byte.into())
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn values_are_decoded_once() {
        let pairs: Vec<_> = parse("a=1&b=x%20y+z&&c&d=%zz%4&e=%C3%A9%2526").collect();
        let expected = [
            ("a", "1"),
            ("b", "x y z"),
            ("c", ""),
            ("d", "%zz%4"),
            ("e", "é%26"),
        ];
        assert_eq!(
            pairs,
            expected.map(|(key, value)| (key.into(), value.into()))
        );
    }

    proptest! {
        #[test]
        fn pairs_survive_encoding(pairs in proptest::collection::vec(("[^=&]{1,8}", ".{0,8}"), 0..5)) {
            let encoded = encode(&pairs);
            let decoded = parse(&encoded).map(|(key, value)| (key.into_owned(), value.into_owned()));
            prop_assert_eq!(decoded.collect::<Vec<_>>(), pairs);
        }
    }
}
