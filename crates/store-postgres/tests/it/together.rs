//! Several processes on one database, as far as a store can tell.

use crate::options;
use crate::world::{at, changed_since, conversation, said, say};
use antiphon_store::{
    ChangeWaker, ChangedElsewhere, Claim, Conversations as _, JobWaker, Jobs as _, NewJob,
    Widgets as _,
};
use antiphon_store_postgres::PostgresStore;
use antiphon_testkit::{PATIENCE, Postgres};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};

fn open(place: &Postgres) -> Arc<PostgresStore> {
    let (store, _migrated) = PostgresStore::open_and_migrate(&options(place)).unwrap();
    Arc::new(store)
}

/// What a store hears of the others, with what keeps it listening.
fn changes(store: &PostgresStore) -> (ChangeWaker, Receiver<ChangedElsewhere>) {
    let (tell, told) = channel();
    let waker: ChangeWaker = Arc::new(move |changed| {
        let _gone = tell.send(changed);
    });
    store.wake_on_changes(&waker);
    (waker, told)
}

fn wakes(store: &PostgresStore) -> (JobWaker, Receiver<()>) {
    let (tell, told) = channel();
    let waker: JobWaker = Arc::new(move || {
        let _gone = tell.send(());
    });
    store.wake_on_jobs(&waker);
    (waker, told)
}

#[tokio::test]
async fn a_change_and_a_job_are_heard_of_elsewhere() {
    let place = Postgres::schema();
    let (here, there) = (open(&place), open(&place));
    let id = conversation(&here, 1).await;
    let (_own, heard_here) = changes(&here);
    let (_changes, heard) = changes(&there);
    let (_jobs, woken) = wakes(&there);
    // There is no sign of when it listens; until then there is nothing to hear.
    let mut n = 0;
    let first = loop {
        n += 1;
        say(&here, id, &n.to_string()).await.unwrap();
        if let Ok(first) = heard.recv_timeout(std::time::Duration::from_millis(50)) {
            break first;
        }
    };
    assert_eq!(first, ChangedElsewhere::Conversation(id));
    let job = NewJob::new("kind", "1", at(0));
    here.enqueue(job).await.unwrap().unwrap();
    woken.recv_timeout(PATIENCE).unwrap();
    assert_eq!(heard_here.try_recv().ok(), None, "not of itself");

    // What is freed there is heard of here, too.
    let (_jobs_here, woken_here) = wakes(&here);
    let claim = Claim {
        worker: "one".into(),
        kinds: Arc::from(["kind".to_owned()]),
        queues: None,
        limit: 1,
        whole_lanes: false,
        at: at(1),
        until: at(10),
        horizon: None,
    };
    let claimed = there.claim(claim).await.unwrap().jobs.remove(0);
    let lease = antiphon_store::Lease {
        id: claimed.id,
        attempt: 1,
        worker: "one".into(),
    };
    there.release(vec![lease]).await.unwrap();
    woken_here.recv_timeout(PATIENCE).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_listens_anew_looks_at_everything() {
    let place = Postgres::database();
    let (here, there) = (open(&place), open(&place));
    let id = conversation(&here, 1).await;
    let (_changes, heard) = changes(&there);
    loop {
        say(&here, id, "x").await.unwrap();
        if heard
            .recv_timeout(std::time::Duration::from_millis(50))
            .is_ok()
        {
            break;
        }
    }
    place.end_sessions();
    let perhaps = || heard.recv_timeout(PATIENCE).unwrap() == ChangedElsewhere::Perhaps;
    while !perhaps() {}
}

/// Writers of two processes, and a reader that asks for what is new again and again: it misses nothing, and sees seqs and revisions
/// grow without a gap.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_since_a_revision_is_complete_whoever_writes() {
    const N_EACH: usize = 40;
    let place = Postgres::schema();
    let stores = [open(&place), open(&place)];
    let mut ids = Vec::new();
    for n in 1..=4 {
        ids.push(conversation(&stores[0], n).await);
    }
    // Empty conversations have revisions, and are not in the inbox.
    let begun_at = stores[0].newest_revision().await.unwrap();
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..8 {
        let (store, id) = (Arc::clone(&stores[writer % 2]), ids[writer / 2]);
        writers.spawn(async move {
            for n in 0..N_EACH {
                say(&store, id, &format!("{writer}/{n}")).await.unwrap();
            }
        });
    }
    let reader = open(&place);
    let (mut revision, mut seen) = (begun_at, std::collections::BTreeMap::new());
    loop {
        // Asked before, so that what is read after it is everything.
        let is_over = writers.is_empty();
        let newest = reader.newest_revision().await.unwrap();
        for row in reader.changed_since(revision, 200).await.unwrap() {
            let conversation = row.conversation;
            assert!(conversation.revision > revision, "in order");
            revision = conversation.revision;
            let before = seen.insert(conversation.id, conversation.last_seq);
            assert!(before.is_none_or(|seq| seq < conversation.last_seq));
        }
        assert!(revision >= newest, "everything up to {newest} is there");
        while let Some(ended) = writers.try_join_next() {
            ended.unwrap();
        }
        if is_over && revision == newest {
            break;
        }
    }
    for id in ids {
        let stored = said(&reader, id).await;
        let seqs: Vec<_> = stored.iter().map(|(seq, _)| *seq).collect();
        assert_eq!(seqs, (1..=2 * N_EACH as i64).collect::<Vec<_>>());
        for writer in ["0", "1", "2", "3", "4", "5", "6", "7"] {
            let own: Vec<_> = stored
                .iter()
                .filter_map(|(_, text)| text.strip_prefix(writer)?.strip_prefix('/'))
                .map(|n| n.parse::<usize>().unwrap())
                .collect();
            assert!(own.is_sorted(), "each writer's in their order");
        }
    }
    let newest = reader.newest_revision().await.unwrap();
    assert!(changed_since(&reader, newest).await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_processes_that_start_at_once_one_migrates_and_one_makes_the_first_widget() {
    let place = Arc::new(Postgres::schema());
    let opening: Vec<_> = (0..4)
        .map(|_| {
            let place = Arc::clone(&place);
            tokio::task::spawn_blocking(move || {
                PostgresStore::open_and_migrate(&options(&place)).unwrap()
            })
        })
        .collect();
    let mut n_migrated = 0;
    let mut stores = Vec::new();
    for opened in opening {
        let (store, migrated) = opened.await.unwrap();
        n_migrated += usize::from(migrated.from < migrated.to);
        stores.push(store);
    }
    assert_eq!(n_migrated, 1);
    let first = |n: usize| antiphon_store::NewWidget {
        name: antiphon_domain::WidgetName::parse("Demo").unwrap(),
        token: antiphon_domain::WidgetToken::parse(&crate::world::token(n)).unwrap(),
        allowed_domains: antiphon_domain::AllowedDomains::parse(["localhost"]).unwrap(),
        welcome_message: String::new(),
        identity_secret: String::new(),
        at: at(0),
    };
    let (a, b) = tokio::join!(
        stores[0].create_first_widget(first(0)),
        stores[1].create_first_widget(first(1)),
    );
    let n_made = usize::from(a.unwrap().is_some()) + usize::from(b.unwrap().is_some());
    assert_eq!(n_made, 1);
    assert_eq!(stores[2].list_widgets().await.unwrap().len(), 1);
}
