//! Close frames: which codes may be on the wire, and how a close is answered.

use super::frame::{self, MAX_CONTROL_PAYLOAD, Opcode};

/// The number in a close frame.
pub type CloseCode = u16;

/// The connection has done what it was for.
pub const NORMAL: CloseCode = 1000;
/// The page, or the server, is about to be gone.
pub const GOING_AWAY: CloseCode = 1001;
/// The peer broke the rules of framing.
pub const PROTOCOL_ERROR: CloseCode = 1002;
/// A message of text is not UTF-8.
pub const INVALID_DATA: CloseCode = 1007;
/// A message is larger than what is taken here.
pub const TOO_BIG: CloseCode = 1009;

/// The most bytes of reason that fit beside the code.
pub const MAX_REASON: usize = MAX_CONTROL_PAYLOAD - 2;

/// Appends a close frame to `out`. A reason of more than [`MAX_REASON`] bytes is cut, between two characters.
pub fn write(out: &mut Vec<u8>, code: CloseCode, reason: &str) {
    let reason = &reason[..reason.floor_char_boundary(MAX_REASON)];
    let mut payload = Vec::with_capacity(2 + reason.len());
    payload.extend_from_slice(&code.to_be_bytes());
    payload.extend_from_slice(reason.as_bytes());
    frame::write(out, Opcode::Close, &payload);
}

/// The code and reason of a close frame's payload, `None` if it is empty. An error is the code to answer such a frame with.
pub fn parse(payload: &[u8]) -> Result<Option<(CloseCode, &str)>, CloseCode> {
    match payload {
        [] => Ok(None),
        [_] => Err(PROTOCOL_ERROR),
        [high, low, reason @ ..] => {
            let code = u16::from_be_bytes([*high, *low]);
            let reason = std::str::from_utf8(reason).map_err(|_| INVALID_DATA)?;
            // What RFC 6455 defines for the wire, what is registered since, and what applications may use.
            match code {
                1000..=1003 | 1007..=1014 | 3000..=4999 => Ok(Some((code, reason))),
                _ => Err(PROTOCOL_ERROR),
            }
        }
    }
}

/// The code to answer a close frame with: its own, or the error that it is.
pub fn answer(payload: &[u8]) -> CloseCode {
    match parse(payload) {
        Ok(Some((code, _))) => code,
        Ok(None) => NORMAL,
        Err(code) => code,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closes_are_answered_with_their_own_code_or_their_error() {
        assert_eq!(answer(b""), NORMAL);
        assert_eq!(answer(b"\x03"), PROTOCOL_ERROR);
        assert_eq!(answer(b"\x03\xe8bye"), 1000);
        assert_eq!(answer(b"\x03\xe8\xff"), INVALID_DATA);
        for bad in [
            0u16,
            999,
            1004,
            1005,
            1006,
            1015,
            1016,
            2999,
            5000,
            u16::MAX,
        ] {
            assert_eq!(answer(&bad.to_be_bytes()), PROTOCOL_ERROR, "{bad}");
        }
        for good in [1001u16, 1011, 3000, 4001, 4999] {
            assert_eq!(answer(&good.to_be_bytes()), good);
        }
    }

    #[test]
    fn a_long_reason_is_cut_between_characters() {
        let mut out = Vec::new();
        write(&mut out, 4001, &"é".repeat(100));
        assert_eq!(out[1], 2 + 122);
        assert_eq!(parse(&out[2..]), Ok(Some((4001, &*"é".repeat(61)))));
    }
}
