//! Every fact of the port's contract, each on a folder of its own.
#![cfg(test)]

mod corpus;

use antiphon_files::contract::Subject;
use antiphon_files::{FileStore, LocalFiles};
use std::sync::Arc;

fn make() -> Option<Subject> {
    let folder = tempfile::tempdir().unwrap();
    let files: Arc<dyn FileStore> =
        Arc::new(LocalFiles::open(folder.path().join("files"), 0).unwrap());
    Some(Subject {
        files,
        keep: Box::new(folder),
    })
}

antiphon_files::file_store_contract!(make);
