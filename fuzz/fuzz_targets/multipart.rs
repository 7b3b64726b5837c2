//! Fuzzes bodies of `multipart/form-data`; what must hold is in `properties/multipart.rs`.

#![no_main]

#[path = "../properties/multipart.rs"]
mod multipart;

libfuzzer_sys::fuzz_target!(|data: &[u8]| multipart::check(data));
