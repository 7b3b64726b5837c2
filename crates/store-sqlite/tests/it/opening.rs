//! Opening what is there, or is not: each trouble is one line that says what to do, and damages nothing.

use antiphon_store::Health as _;
use antiphon_store_sqlite::{OpenError, OpenOptions, SqliteStore, migrate};
use std::path::PathBuf;
use tempfile::TempDir;

struct Place {
    folder: TempDir,
    options: OpenOptions,
}

fn place() -> Place {
    let folder = tempfile::tempdir().unwrap();
    let options = OpenOptions {
        readers: 1,
        ..OpenOptions::new(folder.path().join("test.sqlite"))
    };
    Place { folder, options }
}

fn refused(options: &OpenOptions) -> OpenError {
    let error = SqliteStore::open_and_migrate(options).unwrap_err();
    assert!(!error.to_string().contains('\n'), "{error}");
    error
}

/// The files of a folder with their contents.
fn contents(place: &Place) -> Vec<(PathBuf, Vec<u8>)> {
    let entries = std::fs::read_dir(place.folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = entries
        .map(|path| (path.clone(), std::fs::read(path).unwrap()))
        .collect();
    files.sort();
    files
}

#[tokio::test]
async fn a_new_database_is_made_once_and_only_its_owner_reads_it() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = place();
    let (store, migrated) = SqliteStore::open_and_migrate(&place.options).unwrap();
    assert_eq!(migrated.from, 0);
    store.check().await.unwrap();
    for (path, _) in contents(&place) {
        assert_eq!(
            path.metadata().unwrap().permissions().mode() & 0o777,
            0o600,
            "{}",
            path.display()
        );
    }
    drop(store);
    let (_store, again) = SqliteStore::open_and_migrate(&place.options).unwrap();
    assert_eq!((again.from, again.backup), (migrated.to, None));
}

#[tokio::test]
async fn two_processes_may_have_it_open() {
    let place = place();
    let (server, _) = SqliteStore::open_and_migrate(&place.options).unwrap();
    let (command, _) = SqliteStore::open_and_migrate(&place.options).unwrap();
    server.check().await.unwrap();
    command.check().await.unwrap();
    drop(command);
    server.check().await.unwrap();
}

#[test]
fn a_database_of_a_newer_version_is_refused_untouched() {
    let place = place();
    let known = migrate(&place.options).unwrap().to;
    rusqlite::Connection::open(&place.options.path)
        .unwrap()
        .pragma_update(None, "user_version", 99)
        .unwrap();
    let before = contents(&place);
    let error = refused(&place.options);
    assert!(
        matches!(error, OpenError::NewerSchema { found: 99, known: k } if k == known),
        "{error}"
    );
    assert_eq!(contents(&place), before);
}

#[test]
fn a_database_that_is_not_migrated_is_not_opened_for_use() {
    let place = place();
    let error = SqliteStore::open(&place.options).unwrap_err();
    assert!(
        matches!(error, OpenError::OlderSchema { found: 0, .. }),
        "{error}"
    );
}

#[test]
fn a_file_of_something_else_is_refused_untouched() {
    let place = place();
    std::fs::write(
        &place.options.path,
        "a shopping list, and long enough to have a header: milk, bread, and so on".repeat(9),
    )
    .unwrap();
    let before = contents(&place);
    let error = refused(&place.options);
    assert!(matches!(error, OpenError::NotADatabase { .. }), "{error}");
    assert_eq!(contents(&place), before);
}

#[test]
fn a_database_of_another_program_is_refused_untouched() {
    let place = place();
    rusqlite::Connection::open(&place.options.path)
        .unwrap()
        .execute_batch("CREATE TABLE bookmarks (url TEXT)")
        .unwrap();
    let before = contents(&place);
    let error = refused(&place.options);
    assert!(matches!(error, OpenError::NotADatabase { .. }), "{error}");
    assert_eq!(contents(&place), before);
}

#[test]
fn a_damaged_database_is_named_so() {
    let place = place();
    migrate(&place.options).unwrap();
    let mut bytes = std::fs::read(&place.options.path).unwrap();
    // The pages stay, the schema's does not.
    bytes[100..4096].fill(0xA5);
    std::fs::write(&place.options.path, &bytes).unwrap();
    let error = refused(&place.options);
    assert!(matches!(error, OpenError::Damaged { .. }), "{error}");
    assert_eq!(std::fs::read(&place.options.path).unwrap(), bytes);
}

#[test]
fn a_folder_that_cannot_be_written_to_is_named() {
    let place = place();
    let missing = place.folder.path().join("missing").join("test.sqlite");
    let error = refused(&OpenOptions::new(missing));
    assert!(matches!(error, OpenError::NotWritable { .. }), "{error}");
    assert!(error.to_string().contains("missing"), "{error}");

    let file = place.folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let error = refused(&OpenOptions::new(file.join("test.sqlite")));
    assert!(matches!(error, OpenError::NotWritable { .. }), "{error}");

    let error = refused(&OpenOptions::new(place.folder.path()));
    assert!(matches!(error, OpenError::NotWritable { .. }), "{error}");
}
