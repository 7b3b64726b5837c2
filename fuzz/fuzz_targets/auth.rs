//! Fuzzes auth texts, socket ids and channel names; what must hold is in `properties/auth.rs`.

#![no_main]

#[path = "../properties/auth.rs"]
mod auth;

libfuzzer_sys::fuzz_target!(|data: &[u8]| auth::check(data));
