//! The inputs that fuzzing starts from, as tests. `fuzz/` owns the properties, so that its targets and these tests check the same.

#[path = "../../../../fuzz/properties/corpus.rs"]
mod replay;
#[path = "../../../../fuzz/properties/settings.rs"]
mod settings;
#[path = "../../../../fuzz/properties/tokens.rs"]
mod tokens;

use replay::replay;

#[test]
fn settings_corpus_holds() {
    replay("settings", settings::check);
}

#[test]
fn tokens_corpus_holds() {
    replay("tokens", tokens::check);
}
