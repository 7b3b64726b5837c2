//! What a client offers in `Sec-WebSocket-Extensions`, and what is agreed to.
//!
//! A client may make several offers, the best first. The first one that can be met is; one with a parameter that is unknown, given
//! twice, or has a wrong value, is passed over, as RFC 7692 asks for.

/// An offer of permessage-deflate that is agreed to. Its text is the value of the header in the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Agreement {
    /// Whether the client spoke about the server's window, which then must be answered.
    names_server_window: bool,
}

impl Agreement {
    /// Looks for an offer that can be met in the values of all `Sec-WebSocket-Extensions` headers, in their order.
    pub fn find<'a>(headers: impl Iterator<Item = &'a [u8]>) -> Option<Self> {
        headers
            .flat_map(|header| split(header, b','))
            .find_map(Self::meet)
    }

    /// The value of `Sec-WebSocket-Extensions` in the answer.
    pub fn answer(self) -> &'static str {
        match self.names_server_window {
            false => "permessage-deflate; server_no_context_takeover; client_no_context_takeover",
            true => {
                "permessage-deflate; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=15"
            }
        }
    }

    /// Looks at one offer.
    fn meet(offer: &[u8]) -> Option<Self> {
        let mut parts = split(offer, b';');
        if !parts.next()?.eq_ignore_ascii_case(b"permessage-deflate") {
            return None;
        }
        let mut seen = [false; 4];
        for part in parts {
            let (name, value) = match part.iter().position(|&byte| byte == b'=') {
                Some(at) => (
                    part[..at].trim_ascii(),
                    Some(unquoted(part[at + 1..].trim_ascii())?),
                ),
                None => (part, None),
            };
            let parameter = match (name, value) {
                (b"server_no_context_takeover", None) => 0,
                (b"client_no_context_takeover", None) => 1,
                // The one compressor that serves everybody has the largest window, so that a smaller one cannot be promised.
                (b"server_max_window_bits", Some(b"15")) => 2,
                // What the client could do without. It need not.
                (b"client_max_window_bits", None) => 3,
                (b"client_max_window_bits", Some(bits)) if is_window(bits) => 3,
                _ => return None,
            };
            if std::mem::replace(&mut seen[parameter], true) {
                return None;
            }
        }
        Some(Self {
            names_server_window: seen[2],
        })
    }
}

/// The size of a window as RFC 7692 allows it.
fn is_window(bits: &[u8]) -> bool {
    matches!(
        bits,
        b"8" | b"9" | b"10" | b"11" | b"12" | b"13" | b"14" | b"15"
    )
}

/// A value without its quotes. `None` if they are not closed, or the value is empty or uses escapes, which none that is known here needs.
fn unquoted(value: &[u8]) -> Option<&[u8]> {
    let plain = match value {
        [b'"', inner @ .., b'"'] => inner,
        other => other,
    };
    let is_plain = !plain.is_empty() && !plain.iter().any(|byte| b"\"\\".contains(byte));
    is_plain.then_some(plain)
}

/// The parts between separators, those in quotes aside, without the white space around them.
fn split(text: &[u8], separator: u8) -> impl Iterator<Item = &[u8]> {
    let (mut is_quoted, mut is_escaped) = (false, false);
    text.split(move |&byte| {
        let separates = byte == separator && !is_quoted;
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = is_quoted,
            b'"' => is_quoted = !is_quoted,
            _ => {}
        }
        separates
    })
    .map(<[u8]>::trim_ascii)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Option<&str> =
        Some("permessage-deflate; server_no_context_takeover; client_no_context_takeover");
    const WINDOW: Option<&str> = Some(
        "permessage-deflate; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=15",
    );

    #[track_caller]
    fn check(headers: &[&str], expected: Option<&str>) {
        let agreement = Agreement::find(headers.iter().map(|header| header.as_bytes()));
        assert_eq!(agreement.map(Agreement::answer), expected, "{headers:?}");
    }

    #[test]
    fn what_browsers_and_libraries_offer_is_agreed_to() {
        check(&["permessage-deflate; client_max_window_bits"], PLAIN);
        check(&["permessage-deflate"], PLAIN);
        check(
            &["permessage-deflate;client_no_context_takeover ;server_no_context_takeover"],
            PLAIN,
        );
        check(&["PerMessage-Deflate"], PLAIN);
        check(&["permessage-deflate; client_max_window_bits=8"], PLAIN);
        check(
            &["permessage-deflate; server_max_window_bits = \"15\""],
            WINDOW,
        );
        check(&["x-webkit-deflate-frame, permessage-deflate"], PLAIN);
    }

    #[test]
    fn the_first_offer_that_can_be_met_is() {
        check(
            &["permessage-deflate; server_max_window_bits=10, permessage-deflate"],
            PLAIN,
        );
        check(
            &[
                "permessage-deflate; new, other",
                "permessage-deflate; server_max_window_bits=15, permessage-deflate",
            ],
            WINDOW,
        );
        check(
            &["other; a=\"x, permessage-deflate\", permessage-deflate; b"],
            None,
        );
        check(
            &["other; a=\"\\\", permessage-deflate\", permessage-deflate"],
            PLAIN,
        );
    }

    #[test]
    fn an_offer_with_anything_unknown_or_wrong_is_passed_over() {
        for parameters in [
            "new",
            "",
            "server_max_window_bits",
            "server_max_window_bits=",
            "server_max_window_bits=7",
            "server_max_window_bits=14",
            "server_max_window_bits=16",
            "server_max_window_bits=015",
            "server_max_window_bits=\"15",
            "server_max_window_bits=15; server_max_window_bits=15",
            "server_no_context_takeover=1",
            "server_no_context_takeover; server_no_context_takeover",
            "client_no_context_takeover=",
            "client_max_window_bits=7",
            "client_max_window_bits=16",
            "client_max_window_bits=\"\"",
            "client_max_window_bits=1\\5",
            "client_max_window_bits; client_max_window_bits=15",
            "=15",
        ] {
            check(&[&format!("permessage-deflate; {parameters}")], None);
        }
        check(&[], None);
        check(
            &[
                "",
                ",",
                ";",
                "\"",
                "\\",
                "permessage-deflat",
                "x-permessage-deflate",
            ],
            None,
        );
    }
}
