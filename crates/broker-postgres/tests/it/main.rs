//! The driver against the port's contract, on a real server, and what only this driver can do wrong.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

use antiphon_broker_postgres::PostgresBroker;
use antiphon_postgres::{Server, TlsMode};
use antiphon_realtime::broker::{Broker as _, Kept, Reading};
use antiphon_testkit::Postgres;
use std::time::Duration;

fn broker(place: &Postgres, log: &str) -> PostgresBroker {
    let (host, port) = place.address();
    let server = Server {
        port,
        tls: TlsMode::Disable,
        schema: Some(place.schema_name().to_owned()),
        ..Server::new(host, place.name(), place.user())
    };
    PostgresBroker::new(&server, log).unwrap()
}

fn make() -> (PostgresBroker, PostgresBroker, Postgres) {
    let place = Postgres::schema();
    (broker(&place, "test"), broker(&place, "test"), place)
}

antiphon_realtime::broker_contract!(make);

fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(work)
}

#[test]
fn two_logs_do_not_hear_each_other() {
    let place = Postgres::schema();
    block_on(async {
        let (one, other) = (broker(&place, "one"), broker(&place, "other"));
        assert_eq!(one.open(1).await.unwrap().epoch, 1);
        assert_eq!(other.open(2).await.unwrap().epoch, 2);
        one.append(b"x", 0, &[]).await.unwrap();
        let nothing = Reading::Entries(Vec::new());
        assert_eq!(other.read(0, Duration::ZERO).await, Ok(nothing));
    });
}

#[test]
fn a_broken_connection_is_made_anew() {
    // Its sessions are ended, and no other test's.
    let place = Postgres::database();
    let (one, other) = (broker(&place, "test"), broker(&place, "test"));
    block_on(async {
        one.append(b"a", 0, &[]).await.unwrap();
        other.read(0, Duration::ZERO).await.unwrap();
        place.end_sessions();
        // The first may fail: it is on the old connection.
        let _maybe = one.append(b"b", 0, &[]).await;
        let _maybe = other.read(1, Duration::ZERO).await;
        let last = one.append(b"c", 0, &[]).await.unwrap().number;
        let Reading::Entries(entries) = other.read(last - 1, Duration::ZERO).await.unwrap() else {
            panic!("nothing is missing");
        };
        assert_eq!(entries[0].bytes, b"c");
    });
}

#[test]
fn an_entry_may_be_longer_than_a_notification() {
    let (one, other, _place) = make();
    let entry = vec![7; 3 << 20];
    block_on(async {
        let wait = Duration::from_secs(5);
        let (read, appended) = tokio::join!(other.read(0, wait), one.append(&entry, 0, &[]));
        appended.unwrap();
        let Reading::Entries(entries) = read.unwrap() else {
            panic!("nothing is missing");
        };
        assert!(entries[0].bytes == entry, "it comes back whole");
    });
}

#[test]
fn tables_that_are_emptied_or_dropped_under_a_node_are_a_log_that_begins_anew() {
    let (one, _, place) = make();
    block_on(async {
        one.open(7).await.unwrap();
        one.append(b"a", 0, &[]).await.unwrap();
        place.run("TRUNCATE broker_logs_1, broker_entries_1, broker_kept_1, broker_claims_1");
        let appended = one.append(b"b", 0, &[]).await.unwrap();
        assert_eq!((appended.number, appended.epoch), (1, None));
        assert_eq!(one.open(8).await.unwrap().epoch, 8);
        place.run("DROP TABLE broker_logs_1, broker_entries_1, broker_kept_1, broker_claims_1");
        assert!(one.append(b"c", 0, &[]).await.is_err());
        assert_eq!(one.open(9).await.unwrap().epoch, 9);
        assert_eq!(one.append(b"c", 0, &[]).await.unwrap().number, 1);
    });
}

#[test]
fn a_lock_that_somebody_holds_is_not_waited_for_for_long() {
    let (one, _, place) = make();
    block_on(async {
        one.append(b"a", 0, &[]).await.unwrap();
        let held = place.hold("LOCK TABLE broker_entries_1 IN ACCESS EXCLUSIVE MODE");
        assert!(one.append(b"b", 0, &[]).await.is_err());
        drop(held);
        assert_eq!(one.append(b"b", 0, &[]).await.unwrap().number, 2);
    });
}

#[test]
fn what_has_ended_does_not_stay() {
    let (one, _, place) = make();
    block_on(async {
        assert!(one.claim("a", Duration::from_millis(1)).await.unwrap());
        let kept = |name: &str, until_unix_ms| Kept {
            name: name.to_owned(),
            value: b"x".to_vec(),
            until_unix_ms,
        };
        let values = [kept("ended", 1), kept("stays", 4_000_000_000_000)];
        one.append(b"x", 0, &values).await.unwrap();
        while one.append(b"x", 0, &[]).await.unwrap().number < 256 {}
    });
    assert_eq!(place.run("SELECT name FROM broker_kept_1"), ["stays"]);
    assert_eq!(place.run("SELECT name FROM broker_claims_1"), [""; 0]);
}

#[test]
fn a_log_is_looked_at_without_being_made() {
    let (one, _, place) = make();
    block_on(async {
        let found = one.examine().await.unwrap();
        assert!(
            !found.has_tables && found.may_create && !found.is_replica,
            "{found:?}"
        );
        assert_eq!(place.run("SELECT relname FROM pg_class WHERE relname = 'broker_logs_1' AND relnamespace = current_schema()::regnamespace"), [""; 0]);
        one.append(b"x", 0, &[]).await.unwrap();
        let found = one.examine().await.unwrap();
        assert_eq!((found.has_tables, found.entries), (true, 1));
        assert!(found.bytes > 0 && found.unix_ms > 1_700_000_000_000);
    });
}
