//! Every fact of the port's contract, each on a database of its own.

use antiphon_store::contract::Subject;
use antiphon_store_sqlite::{OpenOptions, SqliteStore};
use std::sync::Arc;

async fn make() -> Subject {
    let folder = tempfile::tempdir().unwrap();
    let options = OpenOptions {
        readers: 2,
        ..OpenOptions::new(folder.path().join("test.sqlite"))
    };
    let (store, _migrated) = SqliteStore::open_and_migrate(&options).unwrap();
    Subject {
        store: Arc::new(store),
        keep: Box::new(folder),
    }
}

antiphon_store::store_contract!(make);
