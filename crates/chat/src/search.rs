//! Search: messages by their words, with what is around them, and people by what is known of them.

use crate::access::require;
use crate::{Chat, ChatError, FieldErrors, Principal};
use antiphon_domain::{MessageId, Permission};
use antiphon_store::search::{SearchQuery, tokens};
use antiphon_store::{FoundMessage, FoundPerson, MessageSearch, PeopleSearch};
use std::ops::Range;

/// The longest query, in characters.
const MAX_QUERY: usize = 200;
/// How much of a message is shown, in characters: two lines of a list.
const SNIPPET: usize = 180;
/// How much of that stands before what was found.
const LEAD: usize = 50;

/// What to look for.
#[derive(Debug, Clone)]
pub struct SearchRequest {
    /// As it was typed.
    pub text: String,
    /// Look among messages: those before this one, or all.
    pub messages: Option<Option<MessageId>>,
    /// Look among people.
    pub people: bool,
    /// At most so many of each, ≤ 200.
    pub limit: u32,
}

/// What was found, newest first.
#[derive(Debug, Default)]
pub struct SearchResult {
    /// Messages.
    pub messages: Vec<MessageHit>,
    /// Where further messages may be, if there may be some.
    pub next: Option<MessageId>,
    /// People.
    pub people: Vec<FoundPerson>,
}

/// A message that was found.
#[derive(Debug)]
pub struct MessageHit {
    /// The message.
    pub found: FoundMessage,
    /// What of it is shown.
    pub snippet: Snippet,
}

/// A part of a text, on one line, around what was looked for.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Snippet {
    /// The part, with … where it was cut.
    pub text: String,
    /// Where the words are in it that were looked for, ascending and apart, in UTF-16 code units, as browsers count.
    pub highlights: Vec<Range<usize>>,
}

impl Chat {
    /// Searches. Agents only.
    pub async fn search(
        &self,
        principal: &Principal,
        request: SearchRequest,
    ) -> Result<SearchResult, ChatError> {
        require(principal, Permission::Read)?;
        if request.text.chars().count() > MAX_QUERY {
            let reason = format!("must not be longer than {MAX_QUERY} characters");
            return Err(FieldErrors::one("q", reason).into());
        }
        // Nobody looks for a line break, and a NUL no database takes.
        let spaced = |letter: char| if letter.is_control() { ' ' } else { letter };
        let text: String = request.text.trim().chars().map(spaced).collect();
        let Some(query) = SearchQuery::parse(&text) else {
            return Ok(SearchResult::default());
        };
        let (store, limit) = (&self.ports.store, request.limit);
        let mut result = SearchResult::default();
        if let Some(before) = request.messages {
            let search = MessageSearch {
                query: query.clone(),
                before,
                limit,
            };
            let found = store.search_messages(search).await?;
            let last = found.last().filter(|_| found.len() >= limit as usize);
            result.next = last.map(|found| found.message.id);
            let hits = found.into_iter().map(|found| MessageHit {
                snippet: snippet(&found.message.body, &query),
                found,
            });
            result.messages = hits.collect();
        }
        if request.people {
            let search = PeopleSearch { text, query, limit };
            result.people = store.search_people(search).await?;
        }
        Ok(result)
    }
}

/// The part of a text around the first place of what was looked for, which is highlighted wherever it stands in that part.
fn snippet(text: &str, query: &SearchQuery) -> Snippet {
    let tokens = tokens(text);
    let mut places: Vec<Range<usize>> = query
        .phrases()
        .iter()
        .flat_map(|phrase| phrase.find(&tokens))
        .map(|found| tokens[found.start].place.start..tokens[found.end - 1].place.end)
        .collect();
    places.sort_by_key(|place| place.start);
    let first = places.first().map_or(0, |place| place.start);
    let before = text[..first].char_indices().rev();
    let mut start = before.take(LEAD).last().map_or(first, |(at, _)| at);
    // Not in the middle of a word, if there is a gap near.
    if start > 0 {
        let gap = text[start..first].find(char::is_whitespace);
        start += gap.map_or(0, |gap| gap);
    }
    let end = text[start..]
        .char_indices()
        .nth(SNIPPET)
        .map_or(text.len(), |(at, _)| start + at);

    let mut snippet = Snippet::default();
    let mut units = 0;
    let mut open = None;
    let mut push = |snippet: &mut Snippet, letter: char| {
        snippet.text.push(letter);
        units += letter.len_utf16();
        units
    };
    if start > 0 {
        push(&mut snippet, '…');
    }
    let mut at_unit = usize::from(start > 0);
    for (offset, letter) in text[start..end].char_indices() {
        let at = start + offset;
        let is_found = places.iter().any(|place| place.contains(&at));
        match (is_found, open) {
            (true, None) => open = Some(at_unit),
            (false, Some(from)) => {
                snippet.highlights.push(from..at_unit);
                open = None;
            }
            _ => {}
        }
        let shown = if letter.is_control() { ' ' } else { letter };
        at_unit = push(&mut snippet, shown);
    }
    if let Some(from) = open {
        snippet.highlights.push(from..at_unit);
    }
    if end < text.len() {
        push(&mut snippet, '…');
    }
    snippet
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The snippet with brackets around what is highlighted, as a browser would cut it.
    fn shown(text: &str, query: &str) -> String {
        let snippet = snippet(text, &SearchQuery::parse(query).unwrap());
        let units: Vec<u16> = snippet.text.encode_utf16().collect();
        let mut shown = String::new();
        let mut at = 0;
        for place in &snippet.highlights {
            shown += &String::from_utf16(&units[at..place.start]).unwrap();
            shown += &format!("[{}]", String::from_utf16(&units[place.clone()]).unwrap());
            at = place.end;
        }
        shown + &String::from_utf16(&units[at..]).unwrap()
    }

    #[test]
    fn what_was_looked_for_is_highlighted() {
        for (text, query, expected) in [
            ("Where is my refund?", "ref", "Where is my [refund]?"),
            (
                "Crème brûlée, crème fraîche",
                "creme",
                "[Crème] brûlée, [crème] fraîche",
            ),
            ("😀 my e-mail", "e-mail", "😀 my [e-mail]"),
            ("two\nlines", "lines two", "[two] [lines]"),
            ("我要退款，谢谢", "退款", "我要[退款]，谢谢"),
            ("cafe\u{301}s", "cafes", "[cafe\u{301}s]"),
        ] {
            assert_eq!(shown(text, query), expected, "{query}");
        }
    }

    #[test]
    fn a_long_text_is_cut_around_it() {
        let text = format!("{}needle {}", "word ".repeat(100), "tail ".repeat(100));
        let shown = shown(&text, "needle");
        assert!(
            shown.starts_with("… word") && shown.ends_with('…'),
            "{shown}"
        );
        assert!(shown.contains("word [needle] tail"), "{shown}");
        assert!(shown.chars().count() <= SNIPPET + 4, "{shown}");
    }
}
