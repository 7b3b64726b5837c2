//! Which types are accepted: an allow-list, since nobody can list what is dangerous.

use antiphon_domain::{ContentType, Invalid};

/// The most entries of a list.
const MAX_ENTRIES: usize = 100;

/// A list of content types, each whole (`image/png`) or a whole kind (`audio/*`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AllowedTypes(Vec<String>);

impl AllowedTypes {
    /// Reads a list that is separated by commas; at least one entry.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let entries: Vec<String> = text
            .split(',')
            .map(|entry| entry.trim().to_ascii_lowercase())
            .filter(|entry| !entry.is_empty())
            .collect();
        let is_entry = |entry: &String| {
            let whole = entry.strip_suffix("/*").map(|kind| format!("{kind}/x"));
            ContentType::parse(whole.as_deref().unwrap_or(entry)).is_ok()
        };
        if entries.is_empty() || entries.len() > MAX_ENTRIES || !entries.iter().all(is_entry) {
            return Err(Invalid::new(
                "must be content types such as image/png or audio/*, separated by commas",
            ));
        }
        Ok(Self(entries))
    }

    /// Whether this type is among them.
    pub fn allow(&self, content_type: &ContentType) -> bool {
        let text = content_type.as_str();
        self.0.iter().any(|entry| match entry.strip_suffix('*') {
            Some(kind) => text.starts_with(kind),
            None => text == entry,
        })
    }

    /// Those that are sounds: what a voice message may be.
    pub fn audio(&self) -> Self {
        let audio = |entry: &&String| entry.starts_with("audio/");
        Self(self.0.iter().filter(audio).cloned().collect())
    }

    /// The entries, for people and programs that choose a file.
    pub fn entries(&self) -> &[String] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_allows_its_types_and_no_others() {
        let allowed = AllowedTypes::parse("image/png, Audio/*").unwrap();
        let allows = |text: &str| allowed.allow(&ContentType::parse(text).unwrap());
        assert!(allows("image/png") && allows("audio/ogg"));
        assert!(!allows("image/svg+xml") && !allows("audiobook/x") && !allows("video/mp4"));
        assert_eq!(allowed.audio().entries(), ["audio/*"]);
    }

    #[test]
    fn a_list_that_says_nothing_is_refused() {
        for text in ["", " , ", "*", "*/*", "png", "image/png; q=1"] {
            assert!(AllowedTypes::parse(text).is_err(), "{text}");
        }
    }
}
