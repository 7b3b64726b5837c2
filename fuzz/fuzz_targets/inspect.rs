//! Fuzzes the judging of files; what must hold is in `properties/inspect.rs`.

#![no_main]

#[path = "../properties/inspect.rs"]
mod inspect;

libfuzzer_sys::fuzz_target!(|data: &[u8]| inspect::check(data));
