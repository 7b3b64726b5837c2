//! Fuzzes signed HTTP API requests; what must hold is in `properties/signature.rs`.

#![no_main]

#[path = "../properties/signature.rs"]
mod signature;

libfuzzer_sys::fuzz_target!(|data: &[u8]| signature::check(data));
