//! Fuzzes the parser of .env files; what must hold is in `properties/dotenv.rs`.

#![no_main]

#[path = "../properties/dotenv.rs"]
mod dotenv;

libfuzzer_sys::fuzz_target!(|data: &[u8]| dotenv::check(data));
