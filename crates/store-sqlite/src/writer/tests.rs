//! What the writer promises when things go wrong, driven through jobs of the tests' own.

use super::*;
use crate::connection::open_for_writing;
use rusqlite::{ErrorCode, ffi};
use std::sync::mpsc;

struct Fixture {
    writer: Arc<Writer>,
    path: std::path::PathBuf,
    _folder: tempfile::TempDir,
}

fn fixture(queue: usize) -> Fixture {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("test.sqlite");
    let connection = open_for_writing(&path).unwrap();
    connection
        .execute_batch("CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT")
        .unwrap();
    Fixture {
        writer: Arc::new(Writer::start(connection, queue).unwrap()),
        path,
        _folder: folder,
    }
}

impl Fixture {
    fn n_notes(&self) -> i64 {
        Connection::open(&self.path)
            .unwrap()
            .query_row("SELECT count(*) FROM notes", [], |row| row.get(0))
            .unwrap()
    }

    /// Occupies the writer until the returned sender is used or dropped.
    async fn occupy(&self) -> mpsc::Sender<()> {
        let (release, wait) = mpsc::channel::<()>();
        let (started, has_started) = oneshot::channel();
        let writer = Arc::clone(&self.writer);
        let mut tasks = tokio::task::JoinSet::new();
        tasks.spawn(async move {
            writer
                .run(move |_connection| {
                    started.send(()).unwrap();
                    // Ends when the sender is used or dropped.
                    let _ended = wait.recv();
                    Ok(())
                })
                .await
        });
        has_started.await.unwrap();
        tasks.detach_all();
        release
    }
}

fn note(
    text: impl Into<String>,
) -> impl FnOnce(&Connection) -> rusqlite::Result<()> + Send + 'static {
    let text = text.into();
    move |connection| {
        connection
            .execute("INSERT INTO notes (text) VALUES (?1)", [text])
            .map(drop)
    }
}

#[tokio::test]
async fn a_job_that_errs_or_panics_undoes_only_itself() {
    let fixture = fixture(100);
    let release = fixture.occupy().await;
    let jobs = async {
        tokio::join!(
            fixture.writer.run(note("one")),
            fixture.writer.run(|connection| {
                note("two")(connection)?;
                Err::<(), _>(rusqlite::Error::QueryReturnedNoRows)
            }),
            fixture.writer.run(|connection| -> rusqlite::Result<()> {
                note("three")(connection)?;
                panic!("on purpose")
            }),
            fixture.writer.run(note("four")),
            // Polled last: all four wait by now, and make one batch.
            async { drop(release) },
        )
    };
    let (one, two, three, four, ()) = jobs.await;
    one.unwrap();
    two.unwrap_err();
    three.unwrap_err();
    four.unwrap();
    assert_eq!(fixture.n_notes(), 2);
}

#[tokio::test]
async fn a_full_queue_refuses_at_once_and_keeps_what_it_took() {
    let fixture = fixture(3);
    let release = fixture.occupy().await;
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..10 {
        let writer = Arc::clone(&fixture.writer);
        tasks.spawn(async move { writer.run(note(n.to_string())).await });
    }
    for _ in 0..7 {
        let refused = tasks.join_next().await.unwrap().unwrap();
        assert!(matches!(refused, Err(StoreError::Unavailable)));
    }
    drop(release);
    while let Some(taken) = tasks.join_next().await {
        taken.unwrap().unwrap();
    }
    assert_eq!(fixture.n_notes(), 3);
}

#[tokio::test]
async fn a_full_disk_is_answered_and_writing_goes_on_when_there_is_space() {
    let fixture = fixture(100);
    let limit = |pages: i64| {
        move |connection: &Connection| {
            connection
                .pragma_update_and_check(None, "max_page_count", pages, |row| row.get::<_, i64>(0))
        }
    };
    fixture.writer.run(limit(1)).await.unwrap();
    let release = fixture.occupy().await;
    let (small, large, after, ()) = tokio::join!(
        fixture.writer.run(note("small")),
        fixture.writer.run(note("x".repeat(100_000))),
        fixture.writer.run(note("after")),
        async { drop(release) },
    );
    assert!(matches!(large, Err(StoreError::Full)), "{large:?}");
    // Whatever SQLite made of the transaction, what was answered is what is there.
    let n_stored = [&small, &after]
        .into_iter()
        .filter(|outcome| outcome.is_ok())
        .count();
    assert_eq!(usize::try_from(fixture.n_notes()).unwrap(), n_stored);

    fixture.writer.run(limit(1_000_000)).await.unwrap();
    fixture.writer.run(note("x".repeat(100_000))).await.unwrap();
    assert_eq!(usize::try_from(fixture.n_notes()).unwrap(), n_stored + 1);
}

#[tokio::test]
async fn a_transaction_that_sqlite_gave_up_is_answered_to_everybody_in_it() {
    let fixture = fixture(100);
    let release = fixture.occupy().await;
    let (before, given_up, after, ()) = tokio::join!(
        fixture.writer.run(note("before")),
        fixture.writer.run(|connection| {
            // What SQLite does by itself on some errors.
            connection.execute_batch("ROLLBACK")?;
            Err::<(), _>(sqlite_error(ffi::SQLITE_FULL))
        }),
        fixture.writer.run(note("after")),
        async { drop(release) },
    );
    assert!(matches!(before, Err(StoreError::Full)), "{before:?}");
    assert!(matches!(given_up, Err(StoreError::Full)), "{given_up:?}");
    after.unwrap();
    assert_eq!(fixture.n_notes(), 1);
}

#[tokio::test]
async fn an_io_error_ends_the_store_and_says_so() {
    let fixture = fixture(100);
    let release = fixture.occupy().await;
    let (before, failing, after, ()) = tokio::join!(
        fixture.writer.run(note("before")),
        fixture
            .writer
            .run(|_connection| Err::<(), _>(sqlite_error(ffi::SQLITE_IOERR_FSYNC))),
        fixture.writer.run(note("after")),
        async { drop(release) },
    );
    assert!(matches!(before, Err(StoreError::Internal(_))), "{before:?}");
    assert!(
        matches!(failing, Err(StoreError::Internal(_))),
        "{failing:?}"
    );
    assert!(matches!(after, Err(StoreError::Unavailable)), "{after:?}");
    assert!(!fixture.writer.failed().await.is_empty());
    assert!(matches!(
        fixture.writer.run(note("later")).await,
        Err(StoreError::Unavailable)
    ));
    assert_eq!(fixture.n_notes(), 0);
}

#[tokio::test]
async fn closing_finishes_what_waits_and_empties_the_log() {
    let fixture = fixture(100);
    let release = fixture.occupy().await;
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..10 {
        let writer = Arc::clone(&fixture.writer);
        tasks.spawn(async move { writer.run(note(n.to_string())).await });
    }
    tokio::task::yield_now().await;
    drop(release);
    fixture.writer.close();
    while let Some(outcome) = tasks.join_next().await {
        outcome.unwrap().unwrap();
    }
    assert!(!fixture.path.with_file_name("test.sqlite-wal").exists());
    assert!(matches!(
        fixture.writer.run(note("later")).await,
        Err(StoreError::Unavailable)
    ));
    assert_eq!(fixture.n_notes(), 10);
}

#[tokio::test]
async fn a_writer_of_another_process_is_waited_for() {
    let fixture = fixture(100);
    let other = Connection::open(&fixture.path).unwrap();
    other
        .execute_batch("BEGIN IMMEDIATE; INSERT INTO notes (text) VALUES ('other')")
        .unwrap();
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..20 {
        let writer = Arc::clone(&fixture.writer);
        tasks.spawn(async move { writer.run(note(n.to_string())).await });
    }
    tokio::task::yield_now().await;
    other.execute_batch("COMMIT").unwrap();
    while let Some(outcome) = tasks.join_next().await {
        outcome.unwrap().unwrap();
    }
    assert_eq!(fixture.n_notes(), 21);
}

#[tokio::test]
async fn a_writer_of_another_process_that_takes_too_long_costs_only_the_writes_of_its_time() {
    let fixture = fixture(100);
    let impatient = |connection: &Connection| connection.busy_timeout(Duration::ZERO);
    fixture.writer.run(impatient).await.unwrap();
    let other = Connection::open(&fixture.path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let refused = fixture.writer.run(note("one")).await;
    assert!(
        matches!(refused, Err(StoreError::Unavailable)),
        "{refused:?}"
    );
    other.execute_batch("ROLLBACK").unwrap();
    fixture.writer.run(note("two")).await.unwrap();
    assert_eq!(fixture.n_notes(), 1);
}

fn sqlite_error(code: std::ffi::c_int) -> rusqlite::Error {
    let error = ffi::Error::new(code);
    assert_ne!(error.code, ErrorCode::Unknown);
    rusqlite::Error::SqliteFailure(error, None)
}
