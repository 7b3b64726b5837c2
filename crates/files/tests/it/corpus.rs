//! The inputs that fuzzing starts from, as tests. `fuzz/` owns the properties, so that its targets and these tests check the same.

#[path = "../../../../fuzz/properties/inspect.rs"]
mod inspect;
#[path = "../../../../fuzz/properties/corpus.rs"]
mod replay;

use replay::replay;

#[test]
fn inspect_corpus_holds() {
    replay("inspect", inspect::check);
}
