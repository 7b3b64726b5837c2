//! RFC 6455, server side, without I/O: [`handshake`] first, then [`frame`]s, which [`message`]s are made of, and [`close`] at the end.
//!
//! Server frames are never masked, so the same bytes serve every receiver: encode once, share.
//! The one extension is permessage-deflate, [`deflate`]. [`client`] is the other side's half of framing, for programs that test a server.

pub mod client;
pub mod close;
pub mod deflate;
pub mod frame;
pub mod handshake;
pub mod message;

pub use frame::{Frame, Opcode};
pub use message::{Assembler, Message};
