//! Fuzzes WebSocket frames and messages; what must hold is in `properties/ws_frame.rs`.

#![no_main]

#[path = "../properties/ws_frame.rs"]
mod ws_frame;

libfuzzer_sys::fuzz_target!(|data: &[u8]| ws_frame::check(data));
