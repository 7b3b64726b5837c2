//! The driver against the port's contract, on a Redis of its own.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

use antiphon_broker_redis::RedisBroker;
use antiphon_testkit::RedisServer;

fn make() -> (RedisBroker, RedisBroker, RedisServer) {
    let redis = RedisServer::start();
    let broker = || RedisBroker::new(&redis.url(), "test").unwrap();
    (broker(), broker(), redis)
}

antiphon_realtime::broker_contract!(make);

#[test]
fn two_prefixes_do_not_hear_each_other() {
    use antiphon_realtime::broker::{Broker as _, Reading};
    let redis = RedisServer::start();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let (one, other) = ("one", "other");
    let broker = |prefix| RedisBroker::new(&redis.url(), prefix).unwrap();
    runtime.block_on(async {
        let (one, other) = (broker(one), broker(other));
        assert_eq!(one.open(1).await.unwrap().epoch, 1);
        assert_eq!(other.open(2).await.unwrap().epoch, 2);
        one.append(b"x", 0, &[]).await.unwrap();
        let nothing = Reading::Entries(Vec::new());
        assert_eq!(other.read(0, std::time::Duration::ZERO).await, Ok(nothing));
    });
}

#[test]
fn a_broken_connection_is_made_anew() {
    use antiphon_realtime::broker::Broker as _;
    let (one, _, redis) = make();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        one.append(b"a", 0, &[]).await.unwrap();
        redis.cut_connections();
        // The first may fail: it is on the old connection.
        let _maybe = one.append(b"b", 0, &[]).await;
        assert!(one.append(b"c", 0, &[]).await.is_ok());
    });
}
