//! Runs a property over a committed corpus, so that what fuzzing once found is checked by every ordinary test run.
//!
//! Included by the tests of the crates that own the code, with the folder of this repository's `fuzz/corpus`. Each input also
//! runs cut off at every byte and with every single byte changed: hostile input is rarely a whole file.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

/// Inputs above this run as they are only; their variants would take seconds.
const MAX_VARIED_BYTES: usize = 256;

/// Runs `check` over every input of the target's corpus, and over its variants.
///
/// # Panics
/// When the corpus is missing, or with the name of the input and the bytes that break the property.
pub(crate) fn replay(target: &str, check: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fuzz/corpus")
        .join(target);
    let mut inputs: Vec<_> = fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("cannot read {}: {error}", folder.display()))
        .map(|entry| entry.expect("the folder can be read").path())
        .collect();
    inputs.sort_unstable();
    assert!(!inputs.is_empty(), "{} is empty", folder.display());
    for path in inputs {
        let input = fs::read(&path).expect("an input can be read");
        for variant in variants(&input) {
            if catch_unwind(AssertUnwindSafe(|| check(&variant))).is_err() {
                panic!("{} fails as \"{}\"", path.display(), variant.escape_ascii());
            }
        }
    }
}

fn variants(input: &[u8]) -> Vec<Vec<u8>> {
    let mut all = vec![input.to_vec()];
    if input.len() <= MAX_VARIED_BYTES {
        for at in 0..input.len() {
            all.push(input[..at].to_vec());
            let mut changed = input.to_vec();
            changed[at] ^= 1 << (at % 8);
            all.push(changed);
        }
    }
    all
}
