//! A handshake is recognized at its last byte and not before, whatever follows it, and its answer cannot be steered by it.
//!
//! Input: the bytes of a new connection.

use antiphon_protocol::ws::handshake::{self, Head};

/// Heads above this are not tried at every length, which would take the square of their size.
const MAX_CUT_BYTES: usize = 2048;

/// Checks one input.
pub(crate) fn check(data: &[u8]) {
    let upgrade = match Head::parse(data) {
        Head::Upgrade(upgrade) => upgrade,
        // More bytes cannot mend what is no request.
        Head::Other => return assert_eq!(Head::parse(&[data, b"\r\n\r\n"].concat()), Head::Other),
        Head::Partial => return,
    };
    let head = &data[..upgrade.len];
    for end in 0..head.len().min(MAX_CUT_BYTES) {
        assert_eq!(Head::parse(&head[..end]), Head::Partial, "{end} bytes");
    }
    let mut written = Vec::new();
    match &upgrade.accept {
        Ok(key) => {
            assert!(key.len() == 28 && key.is_ascii());
            handshake::write_accepted(&mut written, key, upgrade.deflate);
        }
        Err(error) => handshake::write_refused(&mut written, *error),
    }
    let end = written.windows(4).position(|four| four == b"\r\n\r\n");
    let body_len = end.map(|end| written.len() - end - 4);
    assert_eq!(body_len == Some(0), upgrade.accept.is_ok());
    assert!(!upgrade.path.contains('?'));
    for text in [Some(upgrade.path), Some(upgrade.query), upgrade.origin] {
        assert!(!text.unwrap_or_default().contains(['\r', '\n', '\0']));
    }
    assert!(upgrade.forwarded_for.len() <= handshake::MAX_HEADERS);
    assert_eq!(Head::parse(head), Head::Upgrade(upgrade));
}
