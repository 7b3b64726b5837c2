//! A database that fails: what was acknowledged is there, what was not says so, and nothing has to be restarted.

use crate::options;
use crate::world::{conversation, said, say};
use antiphon_domain::ConversationId;
use antiphon_postgres::Server;
use antiphon_store::{Conversations as _, Health as _, StoreError};
use antiphon_store_postgres::{Options, PostgresStore};
use antiphon_testkit::{Postgres, Proxy, eventually};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

fn open(options: &Options) -> Arc<PostgresStore> {
    Arc::new(PostgresStore::open_and_migrate(options).unwrap().0)
}

/// Runs it to its end, outside of any runtime that tests share.
fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
        .block_on(work)
}

/// Waits until the store can be written to.
fn recovered(store: &PostgresStore) {
    eventually("the store works again", || block_on(store.check()).is_ok());
}

/// Posts from several threads until it is over. Answers what was acknowledged: `seq` by text.
fn write_meanwhile(
    store: &Arc<PostgresStore>,
    ids: &[ConversationId],
    disturb: impl FnOnce(&AtomicUsize),
) -> Vec<(ConversationId, BTreeMap<String, i64>)> {
    let (n_acknowledged, over) = (AtomicUsize::new(0), AtomicBool::new(false));
    std::thread::scope(|scope| {
        let writers: Vec<_> = (0..8)
            .map(|writer| {
                let (id, n_acknowledged, over) = (ids[writer % ids.len()], &n_acknowledged, &over);
                scope.spawn(move || {
                    let mut acknowledged = BTreeMap::new();
                    for n in 0.. {
                        if over.load(Ordering::SeqCst) {
                            break;
                        }
                        let text = format!("{writer}/{n}");
                        match block_on(say(store, id, &text)) {
                            Ok(seq) => {
                                acknowledged.insert(text, seq);
                                n_acknowledged.fetch_add(1, Ordering::SeqCst);
                            }
                            Err(StoreError::Unavailable) => {}
                            Err(error) => panic!("{error:?}"),
                        }
                    }
                    (id, acknowledged)
                })
            })
            .collect();
        disturb(&n_acknowledged);
        over.store(true, Ordering::SeqCst);
        writers
            .into_iter()
            .map(|writer| writer.join().unwrap())
            .collect()
    })
}

fn more_are_acknowledged(n_acknowledged: &AtomicUsize, more: usize) {
    let before = n_acknowledged.load(Ordering::SeqCst);
    eventually("messages are acknowledged", || {
        n_acknowledged.load(Ordering::SeqCst) >= before + more
    });
}

#[test]
fn what_was_acknowledged_is_there_however_often_the_server_ends_its_sessions() {
    let place = Postgres::database();
    let store = open(&options(&place));
    let ids = [1, 2].map(|n| block_on(conversation(&store, n)));
    let acknowledged = write_meanwhile(&store, &ids, |n_acknowledged| {
        for _ in 0..3 {
            more_are_acknowledged(n_acknowledged, 30);
            place.end_sessions();
        }
        more_are_acknowledged(n_acknowledged, 30);
    });
    for id in ids {
        let stored = block_on(said(&store, id));
        let seqs: Vec<_> = stored.iter().map(|(seq, _)| *seq).collect();
        assert_eq!(seqs, (1..=seqs.len() as i64).collect::<Vec<_>>(), "gapless");
        let by_text: BTreeMap<_, _> = stored.into_iter().map(|(seq, text)| (text, seq)).collect();
        for (_, acknowledged) in acknowledged.iter().filter(|(of, _)| *of == id) {
            for (text, seq) in acknowledged {
                assert_eq!(by_text.get(text), Some(seq), "{text} was acknowledged");
            }
        }
    }
}

#[test]
fn a_read_does_not_notice_that_its_session_was_ended() {
    let place = Postgres::database();
    let store = open(&options(&place));
    let id = block_on(conversation(&store, 1));
    for _ in 0..3 {
        place.end_sessions();
        assert!(block_on(store.conversation(id)).unwrap().is_some());
    }
}

#[test]
fn a_read_only_database_can_be_read_and_is_written_to_when_it_is_no_longer() {
    let place = Postgres::database();
    let store = open(&options(&place));
    let id = block_on(conversation(&store, 1));
    block_on(say(&store, id, "before")).unwrap();
    let set = |how: &str| {
        place.run_outside(&format!("ALTER DATABASE {} {how}", place.name()));
        place.end_sessions();
    };
    set("SET default_transaction_read_only = on");
    for _ in 0..3 {
        let refused = block_on(say(&store, id, "meanwhile"));
        assert!(
            matches!(refused, Err(StoreError::Unavailable)),
            "{refused:?}"
        );
    }
    assert_eq!(block_on(said(&store, id)).len(), 1);
    set("RESET default_transaction_read_only");
    recovered(&store);
    assert_eq!(block_on(say(&store, id, "after")).unwrap(), 2);
}

#[test]
fn a_slow_database_is_not_waited_for() {
    let place = Postgres::schema();
    let mut options = options(&place);
    options.server.statement_timeout = Duration::from_millis(200);
    let store = open(&options);
    let id = block_on(conversation(&store, 1));
    let held = place.hold("LOCK TABLE messages IN ACCESS EXCLUSIVE MODE");
    let refused = block_on(say(&store, id, "meanwhile"));
    assert!(
        matches!(refused, Err(StoreError::Unavailable)),
        "{refused:?}"
    );
    let page = antiphon_store::MessagePage::Last { limit: 1 };
    let refused = block_on(store.conversation_page(id, page));
    assert!(
        matches!(refused, Err(StoreError::Unavailable)),
        "{refused:?}"
    );
    drop(held);
    recovered(&store);
    assert_eq!(block_on(say(&store, id, "after")).unwrap(), 1);
}

#[test]
fn another_process_that_holds_the_counter_is_not_waited_for_for_ever() {
    let place = Postgres::schema();
    let mut options = options(&place);
    options.server.statement_timeout = Duration::from_millis(200);
    let store = open(&options);
    let held = place.hold("SELECT value FROM counters FOR UPDATE");
    let refused = block_on(store.check());
    assert!(
        matches!(refused, Err(StoreError::Unavailable)),
        "{refused:?}"
    );
    drop(held);
    recovered(&store);
}

#[test]
fn a_network_that_is_cut_or_swallows_everything_is_an_outage_that_ends() {
    let place = Postgres::schema();
    let (host, port) = place.address();
    let proxy = Proxy::to(&host, port);
    let limit = Duration::from_millis(300);
    let options = options(&place);
    let store = open(&Options {
        server: Server {
            host: proxy.address().ip().to_string(),
            port: proxy.address().port(),
            statement_timeout: limit,
            connect_timeout: limit,
            ..options.server
        },
        ..options
    });
    let id = block_on(conversation(&store, 1));
    let mut last = block_on(say(&store, id, "before")).unwrap();
    for fail in [Proxy::cut, Proxy::swallow] {
        fail(&proxy);
        let refused = block_on(say(&store, id, "meanwhile"));
        assert!(
            matches!(refused, Err(StoreError::Unavailable)),
            "{refused:?}"
        );
        let refused = block_on(store.conversation(id));
        assert!(
            matches!(refused, Err(StoreError::Unavailable)),
            "{refused:?}"
        );
        proxy.mend();
        recovered(&store);
        let next = block_on(say(&store, id, "after")).unwrap();
        assert_eq!(next, last + 1, "what was refused here was not stored");
        last = next;
    }
}
