//! What a browser's push service is sent: a message that only the browser can read (RFC 8291, in the encoding of RFC 8188), and the proof of
//! who sends it (VAPID, RFC 8292). Bytes in, values out: no request is made here, no clock is read and no random number drawn.
#![warn(missing_docs)]

mod encryption;
mod vapid;

pub use encryption::{AUTH_BYTES, EncryptionError, Ephemeral, MAX_TEXT, Recipient, encrypt};
pub use vapid::{Claims, VapidKey};

/// Bytes of a public key on the curve P-256: uncompressed, as browsers give theirs.
pub const PUBLIC_KEY_BYTES: usize = 65;
/// Bytes of a private key.
pub const PRIVATE_KEY_BYTES: usize = 32;
