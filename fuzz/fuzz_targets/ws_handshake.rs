//! Fuzzes the WebSocket opening handshake; what must hold is in `properties/ws_handshake.rs`.

#![no_main]

#[path = "../properties/ws_handshake.rs"]
mod ws_handshake;

libfuzzer_sys::fuzz_target!(|data: &[u8]| ws_handshake::check(data));
