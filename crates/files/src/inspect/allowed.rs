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

    /// Those that are allowed by both lists. There may be none: then nothing is allowed.
    #[must_use]
    pub fn among(&self, others: &[String]) -> Self {
        let mut common: Vec<String> = Vec::new();
        for (entry, other) in self
            .0
            .iter()
            .flat_map(|entry| others.iter().map(move |other| (entry, other)))
        {
            let within = |narrow: &str, wide: &str| {
                narrow == wide
                    || wide
                        .strip_suffix('*')
                        .is_some_and(|kind| narrow.starts_with(kind))
            };
            let narrower = if within(entry, other) {
                entry
            } else if within(other, entry) {
                other
            } else {
                continue;
            };
            if !common.contains(narrower) {
                common.push(narrower.clone());
            }
        }
        Self(common)
    }

    /// Those that are in one of the lists.
    #[must_use]
    pub fn or(mut self, others: &Self) -> Self {
        let more = others.0.iter().filter(|entry| !self.0.contains(entry));
        let more: Vec<String> = more.cloned().collect();
        self.0.extend(more);
        self
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
    fn what_two_lists_have_in_common_is_the_narrower_of_each_pair() {
        let of = |text: &str| AllowedTypes::parse(text).unwrap();
        let installation = of("image/png,image/webp,audio/*,application/pdf");
        let common = |other: &str| installation.among(of(other).entries());
        assert_eq!(common("image/*").entries(), ["image/png", "image/webp"]);
        assert_eq!(common("audio/ogg,image/gif").entries(), ["audio/ogg"]);
        assert_eq!(common("audio/*,application/pdf").entries().len(), 2);
        let none = common("video/*");
        assert!(none.entries().is_empty());
        assert!(!none.allow(&ContentType::parse("image/png").unwrap()));
        assert_eq!(none.or(&of("audio/*")).entries(), ["audio/*"]);
    }

    #[test]
    fn a_list_that_says_nothing_is_refused() {
        for text in ["", " , ", "*", "*/*", "png", "image/png; q=1"] {
            assert!(AllowedTypes::parse(text).is_err(), "{text}");
        }
    }
}
