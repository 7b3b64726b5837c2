//! Fuzzes the settings of a widget and what visitors and browsers fill in; what must hold is in `properties/settings.rs`.

#![no_main]

#[path = "../properties/settings.rs"]
mod settings;

libfuzzer_sys::fuzz_target!(|data: &[u8]| settings::check(data));
