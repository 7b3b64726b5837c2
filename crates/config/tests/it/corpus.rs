//! The inputs that fuzzing starts from, as tests. `fuzz/` owns the properties, so that its targets and these tests check the same.

#[path = "../../../../fuzz/properties/dotenv.rs"]
mod dotenv;
#[path = "../../../../fuzz/properties/corpus.rs"]
mod replay;

use replay::replay;

#[test]
fn dotenv_corpus_holds() {
    replay("dotenv", dotenv::check);
}
