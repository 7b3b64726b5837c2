//! Fuzzes the domain's parsers of tokens, names and addresses; what must hold is in `properties/tokens.rs`.

#![no_main]

#[path = "../properties/tokens.rs"]
mod tokens;

libfuzzer_sys::fuzz_target!(|data: &[u8]| tokens::check(data));
