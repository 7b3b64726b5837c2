//! Finding messages by their words, and people by what is known of them.
//!
//! A text is looked up by its *tokens*: runs of letters and digits without capitals and accents. In scripts that write no spaces between
//! words (Chinese, Japanese, Thai, …) every character is one, and a run of them in a query must be found as it stands. The drivers keep
//! their indexes up to date by themselves, whoever writes or removes a message or a visitor, and whatever for.

mod fold;

pub use fold::{FROM as FOLDED_FROM, TO as FOLDED_TO};

use crate::StoreError;
use antiphon_domain::{ConversationId, Message, MessageId, Status, Timestamp, Visitor};
use fold::fold;
use std::ops::Range;

/// The most tokens of a query; what is behind them is not looked for.
pub const MAX_QUERY_TOKENS: usize = 16;
/// The longest token of a query, in bytes; longer ones are cut.
const MAX_TOKEN: usize = 100;
/// How many of the newest visitors are looked at for a part of a word; of all others the words' beginnings are found.
pub const PEOPLE_LOOKED_AT: i64 = 10_000;

/// A piece of text that is looked up as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Without capitals and accents.
    pub text: String,
    /// Where it stands, in bytes.
    pub place: Range<usize>,
}

/// The tokens of a text, in order.
pub fn tokens(text: &str) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    let mut open = false;
    for (start, letter) in text.char_indices() {
        let end = start + letter.len_utf8();
        if is_accent(letter) {
            // Belongs to the letter before it, and does not count.
            if let Some(last) = tokens.last_mut().filter(|last| last.place.end == start) {
                last.place.end = end;
            }
        } else if is_word_by_itself(letter) {
            tokens.push(Token {
                text: letter.to_string(),
                place: start..end,
            });
            open = false;
        } else if letter.is_alphanumeric() {
            match tokens.last_mut().filter(|_| open) {
                Some(last) => {
                    last.text.push(fold(letter));
                    last.place.end = end;
                }
                None => tokens.push(Token {
                    text: fold(letter).to_string(),
                    place: start..end,
                }),
            }
            open = true;
        } else {
            open = false;
        }
    }
    tokens
}

/// The tokens of a text with spaces between them: what is put into an index.
pub fn searchable(text: &str) -> String {
    let mut searchable = String::with_capacity(text.len());
    for token in tokens(text) {
        if !searchable.is_empty() {
            searchable.push(' ');
        }
        searchable.push_str(&token.text);
    }
    searchable
}

/// Combining marks of Latin, Greek and Cyrillic.
fn is_accent(letter: char) -> bool {
    ('\u{300}'..='\u{36f}').contains(&letter)
}

/// Characters of scripts without spaces between words.
fn is_word_by_itself(letter: char) -> bool {
    matches!(letter,
        '\u{e01}'..='\u{e3a}' | '\u{e40}'..='\u{e4e}' // Thai
        | '\u{e81}'..='\u{ede}' // Lao
        | '\u{1000}'..='\u{109f}' // Burmese
        | '\u{1780}'..='\u{17d3}' // Khmer
        | '\u{3041}'..='\u{3096}' | '\u{30a1}'..='\u{30fa}' | '\u{30fc}' | '\u{31f0}'..='\u{31ff}' // Kana
        | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' // Han
        | '\u{20000}'..='\u{2fa1f}')
}

/// Tokens that stand one behind the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phrase {
    /// At least one.
    pub tokens: Vec<String>,
    /// Whether the last one may be the beginning of a longer one.
    pub is_prefix: bool,
}

impl Phrase {
    /// Where the phrase stands among these tokens: the first of them, and the one behind the last.
    pub fn find(&self, among: &[Token]) -> Vec<Range<usize>> {
        let n = self.tokens.len();
        let last = n - 1;
        among
            .windows(n)
            .enumerate()
            .filter(|(_, window)| {
                window
                    .iter()
                    .zip(&self.tokens)
                    .enumerate()
                    .all(
                        |(index, (token, wanted))| match self.is_prefix && index == last {
                            true => token.text.starts_with(wanted.as_str()),
                            false => token.text == *wanted,
                        },
                    )
            })
            .map(|(start, _)| start..start + n)
            .collect()
    }
}

/// What somebody looks for: texts that have all of these phrases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchQuery {
    phrases: Vec<Phrase>,
}

impl SearchQuery {
    /// Reads what was typed: words with spaces between them, the last of which may be unfinished. Nothing in it has a meaning of its own.
    /// `None` if there is no letter and no digit in it.
    pub fn parse(text: &str) -> Option<Self> {
        let mut phrases: Vec<Phrase> = Vec::new();
        let mut left = MAX_QUERY_TOKENS;
        for word in text.split_whitespace() {
            let tokens: Vec<String> = tokens(word)
                .into_iter()
                .take(left)
                .map(|token| cut(token.text))
                .collect();
            left -= tokens.len();
            if !tokens.is_empty() {
                phrases.push(Phrase {
                    tokens,
                    is_prefix: false,
                });
            }
        }
        let last = phrases.last_mut()?;
        // One letter begins too many words; of scripts without spaces, a character is a word.
        let unfinished = last.tokens.last().is_some_and(|token| token.len() > 1);
        last.is_prefix = unfinished && left > 0;
        Some(Self { phrases })
    }

    /// At least one.
    pub fn phrases(&self) -> &[Phrase] {
        &self.phrases
    }
}

fn cut(mut token: String) -> String {
    if token.len() > MAX_TOKEN {
        token.truncate(token.floor_char_boundary(MAX_TOKEN));
    }
    token
}

/// Which messages to find.
#[derive(Debug, Clone)]
pub struct MessageSearch {
    /// What they say.
    pub query: SearchQuery,
    /// Only older ones than this.
    pub before: Option<MessageId>,
    /// ≤ 200.
    pub limit: u32,
}

/// A message that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundMessage {
    /// The message.
    pub message: Message,
    /// As the visitor of its conversation gave it.
    pub visitor_name: Option<String>,
    /// Where the conversation stands.
    pub status: Status,
}

/// Which people to find.
#[derive(Debug, Clone)]
pub struct PeopleSearch {
    /// What is looked for as it was typed, for parts of words.
    pub text: String,
    /// The same, by its words.
    pub query: SearchQuery,
    /// ≤ 200.
    pub limit: u32,
}

/// A visitor who was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundPerson {
    /// Who.
    pub visitor: Visitor,
    /// The newest conversation in which something was said.
    pub last_conversation: Option<(ConversationId, Option<Timestamp>)>,
}

/// Finding.
#[async_trait::async_trait]
pub trait Search: Send + Sync {
    /// Messages with all phrases of the query, newest first.
    async fn search_messages(&self, search: MessageSearch)
    -> Result<Vec<FoundMessage>, StoreError>;
    /// People of whose name, address, number or external id all phrases of the query are a part, or among the newest
    /// [`PEOPLE_LOOKED_AT`], who have the text in one of them; the newest first.
    async fn search_people(&self, search: PeopleSearch) -> Result<Vec<FoundPerson>, StoreError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_its_words_without_capitals_and_accents() {
        assert_eq!(
            searchable("Crème brûlée: 2×, e-mail ANA@example.com!\n№5"),
            "creme brulee 2 e mail ana example com 5"
        );
        // As macOS writes it: a letter, and its accent behind it.
        assert_eq!(searchable("cafe\u{301} ok"), "cafe ok");
        assert_eq!(searchable("我要退款 please"), "我 要 退 款 please");
        assert_eq!(searchable("😀 — …"), "");
        let [creme, ..] = &tokens("«Crème» x")[..] else {
            panic!("no token")
        };
        assert_eq!(&"«Crème» x"[creme.place.clone()], "Crème");
    }

    #[test]
    fn a_query_is_words_of_which_the_last_is_unfinished() {
        let phrases = |text: &str| -> Vec<String> {
            let query = SearchQuery::parse(text);
            let phrases = query.map(|query| query.phrases).unwrap_or_default();
            let shown = phrases.iter().map(|phrase| {
                let star = if phrase.is_prefix { "*" } else { "" };
                format!("{}{star}", phrase.tokens.join("+"))
            });
            shown.collect()
        };
        assert_eq!(phrases("Refund my ORD"), ["refund", "my", "ord*"]);
        assert_eq!(phrases("e-mail"), ["e+mail*"]);
        assert_eq!(phrases("退款"), ["退+款*"]);
        assert_eq!(phrases("plan b"), ["plan", "b"]);
        assert_eq!(phrases("\" OR NEAR(a b) *"), ["or", "near+a", "b"]);
        assert_eq!(phrases(" -*\"() "), [] as [&str; 0]);
        assert_eq!(phrases(&"x ".repeat(99)).len(), MAX_QUERY_TOKENS);
    }

    #[test]
    fn a_phrase_is_found_where_its_tokens_stand_together() {
        let phrase = |text: &str| SearchQuery::parse(text).unwrap().phrases.remove(0);
        let text = tokens("an e mail, E-Mails, mail e");
        assert_eq!(phrase("e-mail").find(&text), [1..3, 3..5]);
        assert_eq!(phrase("mail").find(&text), [2..3, 4..5, 5..6]);
        assert_eq!(phrase("e-mail-x").find(&text), []);
    }
}
