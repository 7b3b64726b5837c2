//! Worker processes on one database: killed in the midst of a job, and side by side. The time is what the test says.

use crate::world::{Does, no_chance};
use antiphon_domain::{Clock, Timestamp};
use antiphon_jobs::{Job, Jobs, NewJob, Options, Registry, Runner, Work};
use antiphon_store::JobFilter;
use antiphon_store_sqlite::{OpenOptions, SqliteStore};
use std::fs::OpenOptions as FileOptions;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

/// Tells a process of this test that it is a worker: the folder, and what its handler does.
const FOLDER: &str = "ANTIPHON_TEST_JOBS_FOLDER";
const ROLE: &str = "ANTIPHON_TEST_JOBS_ROLE";
const LEASE_S: i64 = 60;

/// The time is this, and does not go on.
#[derive(Debug, Clone, Copy)]
struct Fixed(i64);

impl Clock for Fixed {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(0).plus_seconds(self.0)
    }
}

fn open(folder: &Path) -> Arc<SqliteStore> {
    let options = OpenOptions::new(folder.join("test.sqlite"));
    Arc::new(SqliteStore::open_and_migrate(&options).unwrap().0)
}

/// A worker that ends when nothing is due.
fn worker(
    store: Arc<SqliteStore>,
    name: &str,
    now: i64,
    handler: impl antiphon_jobs::Handler + 'static,
) -> Runner {
    let options = Options {
        stop_when_empty: true,
        ..Options::new(name)
    };
    let work = Work::Each(Registry::default().with("test", Arc::new(handler)));
    Runner::new(
        store,
        work,
        options,
        Arc::new(Fixed(now)),
        no_chance(),
        Arc::new(()),
    )
}

/// The worker process: does nothing unless a test below started it.
#[tokio::test]
async fn work_until_killed() {
    let (Some(folder), Ok(role)) = (
        std::env::var_os(FOLDER),
        std::env::var_os(ROLE)
            .map(|role| role.into_string().unwrap())
            .ok_or(()),
    ) else {
        return;
    };
    let folder = PathBuf::from(folder);
    let store = open(&folder);
    let name = format!("{role} {}", std::process::id());
    let say = |line: String| std::io::stdout().lock().write_all(line.as_bytes()).unwrap();
    if role == "hangs" {
        let hangs = Does(move |job: Job| {
            say(format!("\nruns {}\n", job.id));
            std::future::pending()
        });
        worker(store, &name, 0, hangs)
            .run(std::future::pending())
            .await;
    } else {
        let alone = Does(move |job: Job| {
            let mark = folder.join(format!("running-{}", job.id));
            async move {
                FileOptions::new()
                    .write(true)
                    .create_new(true)
                    .open(&mark)
                    .unwrap();
                tokio::task::yield_now().await;
                say(format!("\ndid {}\n", job.id));
                std::fs::remove_file(&mark).unwrap();
                Ok(())
            }
        });
        worker(store, &name, 0, alone)
            .run(std::future::pending())
            .await;
    }
}

fn spawn(folder: &Path, role: &str) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "crash::work_until_killed", "--nocapture"])
        .env(FOLDER, folder)
        .env(ROLE, role)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// What a worker said, each line without its first word.
fn said(child: &mut Child, word: &str) -> impl Iterator<Item = i64> {
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let word = format!("{word} ");
    lines
        .map_while(Result::ok)
        .filter_map(move |line| line.strip_prefix(&word)?.parse().ok())
}

#[tokio::test]
async fn a_job_whose_worker_is_killed_runs_again_after_its_lease_and_not_before() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let new = NewJob::new("test", "{}", Timestamp::from_micros(0));
    let id = store.enqueue(new).await.unwrap().unwrap();
    let mut child = spawn(folder.path(), "hangs");
    assert_eq!(said(&mut child, "runs").next(), Some(id.0));
    child.kill().unwrap();
    child.wait().unwrap();

    let (tell, mut told) = tokio::sync::mpsc::channel(10);
    let tells = |tell: &tokio::sync::mpsc::Sender<Job>| {
        let tell = tell.clone();
        Does(move |job| {
            let tell = tell.clone();
            async move {
                tell.send(job).await.unwrap();
                Ok(())
            }
        })
    };
    let early = worker(Arc::clone(&store), "two", LEASE_S - 1, tells(&tell));
    early.run(std::future::pending()).await;
    assert!(told.try_recv().is_err(), "the dead worker's lease holds");
    let late = worker(Arc::clone(&store), "two", LEASE_S, tells(&tell));
    late.run(std::future::pending()).await;
    let job = told.try_recv().unwrap();
    assert_eq!((job.id, job.attempts), (id, 2));
    assert_eq!(store.list_jobs(JobFilter::All, None, 9).await.unwrap(), []);
}

#[tokio::test]
async fn two_worker_processes_do_each_job_once_and_never_together() {
    const JOBS: usize = 200;
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    for _ in 0..JOBS {
        let new = NewJob::new("test", "{}", Timestamp::from_micros(0));
        store.enqueue(new).await.unwrap().unwrap();
    }
    let mut children: Vec<Child> = (0..2).map(|_| spawn(folder.path(), "alone")).collect();
    let did: Vec<Vec<i64>> = std::thread::scope(|scope| {
        let reading: Vec<_> = children
            .iter_mut()
            .map(|child| scope.spawn(|| said(child, "did").collect()))
            .collect();
        reading
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    });
    for child in &mut children {
        assert!(child.wait().unwrap().success());
    }
    let mut ids: Vec<i64> = did.into_iter().flatten().collect();
    ids.sort_unstable();
    assert_eq!(ids, (1..=JOBS as i64).collect::<Vec<_>>());
    assert_eq!(store.list_jobs(JobFilter::All, None, 9).await.unwrap(), []);
}
