//! Whether the configuration keys that the documentation names exist: a key that was renamed must not live on in a guide.

use std::fs;
use std::path::Path;

use antiphon_config::keys;
use anyhow::{Context, Result};

/// Names that begin so are ours, or Reverb's, and nobody else's.
const PREFIXES: [&str; 2] = ["ANTIPHON_", "REVERB_"];

/// Complaints about the pages of `docs` and the README.
pub(super) fn check(root: &Path) -> Result<Vec<String>> {
    let mut pages = vec![root.join("README.md")];
    let docs = root.join("docs");
    let entries = fs::read_dir(&docs).with_context(|| format!("cannot read {}", docs.display()))?;
    for entry in entries {
        pages.push(entry?.path());
    }
    pages.retain(|page| page.extension().is_some_and(|extension| extension == "md"));
    pages.sort_unstable();
    let mut complaints = Vec::new();
    for page in pages {
        let text =
            fs::read_to_string(&page).with_context(|| format!("cannot read {}", page.display()))?;
        let shown = page.strip_prefix(root).unwrap_or(&page).display();
        complaints.extend(
            unknown(&text)
                .into_iter()
                .map(|name| format!("{shown}: there is no configuration key {name}")),
        );
    }
    Ok(complaints)
}

/// Names in a text that look like keys and are none. `REVERB_SCALING_*` and `REVERB_SCALING_` stand for
/// every key that begins so.
fn unknown(text: &str) -> Vec<&str> {
    let is_part = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_' || c == '*';
    let mut names: Vec<&str> = text
        .split(|c| !is_part(c))
        .filter(|word| PREFIXES.iter().any(|prefix| word.starts_with(prefix)))
        .filter(|word| !is_known(word))
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}

fn is_known(name: &str) -> bool {
    let mut keys = keys::KEYS
        .iter()
        .map(|key| key.name)
        .chain(keys::UNUSED.iter().map(|key| key.name));
    match name.trim_end_matches('*') {
        stem if stem.ends_with('_') => keys.any(|key| key.starts_with(stem)),
        name => keys.any(|key| key == name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_is_not_there_is_named() {
        let text = "Set `REVERB_APP_KEY`, VITE_REVERB_X=1, `ANTIPHON_PROT=1`, REVERB_SCALING_* and ANTIPHON_NOTHING_*.";
        assert_eq!(unknown(text), ["ANTIPHON_NOTHING_*", "ANTIPHON_PROT"]);
    }
}
