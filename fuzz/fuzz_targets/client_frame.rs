//! Fuzzes the JSON that Pusher clients send; what must hold is in `properties/client_frame.rs`.

#![no_main]

#[path = "../properties/client_frame.rs"]
mod client_frame;

libfuzzer_sys::fuzz_target!(|data: &[u8]| client_frame::check(data));
