//! Randomness from the operating system.

use antiphon_chat::{Random, RandomUnavailable};

/// `getrandom(2)`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), RandomUnavailable> {
        getrandom::fill(buffer).map_err(|_| RandomUnavailable)
    }
}

impl SystemRandom {
    /// Any number, where it matters little: 0 if the system has none to give.
    pub(crate) fn number() -> u32 {
        getrandom::u32().unwrap_or_default()
    }
}
