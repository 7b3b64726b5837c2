//! What every driver of [`Broker`] promises, as tests. Each fact runs on a log of its own; two brokers on one log are two nodes.

use super::{Appended, Broker, Kept, LogEntry, Reading};
use std::time::Duration;

/// Makes the tests of a driver: `$make` gives two brokers on a new log, and what must live as long as they do.
#[macro_export]
macro_rules! broker_contract {
    ($make:path) => {
        $crate::broker_contract!($make:
            entries_have_one_order_for_all,
            a_reader_that_waits_is_woken_by_an_entry,
            waiting_ends_without_an_entry,
            the_epoch_is_the_first_that_was_proposed,
            a_position_that_was_trimmed_is_a_gap,
            what_is_kept_is_found_until_its_end,
            a_name_is_claimed_once_in_its_time,
        );
    };
    ($make:path: $($fact:ident,)*) => {
        $(
            #[test]
            fn $fact() {
                let (one, other, _alive) = $make();
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
                let fact = $crate::broker::contract::$fact(&one, &other);
                runtime.expect("a runtime can be had").block_on(fact);
            }
        )*
    };
}

const WAIT: Duration = Duration::from_secs(5);
const NO_WAIT: Duration = Duration::ZERO;

async fn append(broker: &dyn Broker, text: &str) -> u64 {
    let appended = broker.append(text.as_bytes(), 0, &[]).await;
    appended.expect("the log can be written").number
}

async fn read(broker: &dyn Broker, after: u64, wait: Duration) -> Reading {
    let reading = broker.read(after, wait).await;
    reading.expect("the log can be read")
}

fn entry(number: u64, text: &str) -> LogEntry {
    LogEntry {
        number,
        bytes: text.into(),
    }
}

/// Two nodes write; both read the same.
pub async fn entries_have_one_order_for_all(one: &dyn Broker, other: &dyn Broker) {
    let state = one.open(7).await.expect("there is a log");
    assert_eq!((state.first, state.last), (0, 0));
    assert_eq!(append(one, "a").await, 1);
    assert_eq!(append(other, "b").await, 2);
    assert_eq!(append(one, "c").await, 3);
    let expected = [entry(1, "a"), entry(2, "b"), entry(3, "c")];
    for broker in [one, other] {
        let all = Reading::Entries(expected.to_vec());
        assert_eq!(read(broker, 0, NO_WAIT).await, all);
        let later = Reading::Entries(expected[2..].to_vec());
        assert_eq!(read(broker, 2, NO_WAIT).await, later);
    }
    let state = other.open(7).await.expect("there is a log");
    assert_eq!((state.first, state.last), (1, 3));
}

/// Reading does not miss what is appended meanwhile.
pub async fn a_reader_that_waits_is_woken_by_an_entry(one: &dyn Broker, other: &dyn Broker) {
    let (reading, number) = tokio::join!(read(one, 0, WAIT), append(other, "now"));
    assert_eq!(reading, Reading::Entries(vec![entry(number, "now")]));
}

/// Nothing is no failure.
pub async fn waiting_ends_without_an_entry(one: &dyn Broker, _other: &dyn Broker) {
    let reading = read(one, 0, Duration::from_millis(20)).await;
    assert_eq!(reading, Reading::Entries(Vec::new()));
}

/// One epoch for all, told at every turn.
pub async fn the_epoch_is_the_first_that_was_proposed(one: &dyn Broker, other: &dyn Broker) {
    assert_eq!(one.open(7).await.map(|state| state.epoch), Ok(7));
    assert_eq!(other.open(8).await.map(|state| state.epoch), Ok(7));
    let appended = other.append(b"x", 0, &[]).await;
    let expected = Appended {
        number: 1,
        epoch: Some(7),
    };
    assert_eq!(appended, Ok(expected));
}

/// What cannot be read any more is not passed over in silence.
pub async fn a_position_that_was_trimmed_is_a_gap(one: &dyn Broker, other: &dyn Broker) {
    // Drivers may trim in steps: enough entries for any step.
    for number in 1..=500 {
        append(one, &number.to_string()).await;
    }
    let appended = one.append(b"last", 400, &[]).await;
    assert_eq!(appended.map(|appended| appended.number), Ok(501));
    let state = one.open(7).await.expect("there is a log");
    assert!(
        (2..=400).contains(&state.first) && state.last == 501,
        "{state:?}"
    );
    assert_eq!(read(other, state.first - 2, NO_WAIT).await, Reading::Gap);
    let Reading::Entries(entries) = read(other, 399, NO_WAIT).await else {
        panic!("what is not below the mark is still there");
    };
    assert_eq!(entries[0], entry(400, "400"));
    // A log that is behind what somebody has read is another one.
    assert_eq!(read(other, 0, NO_WAIT).await, Reading::Gap);
}

/// Values come with an entry, replace each other, and end.
pub async fn what_is_kept_is_found_until_its_end(one: &dyn Broker, other: &dyn Broker) {
    let far_ms = 4_000_000_000_000;
    let kept = |name: &str, value: &str, until_unix_ms| Kept {
        name: name.to_owned(),
        value: value.into(),
        until_unix_ms,
    };
    let values = [
        kept("a", "old", far_ms + 5),
        kept("a", "new", far_ms + 9),
        kept("b", "early", far_ms + 1),
        kept("c", "ended", 1),
    ];
    let appended = one.append(b"x", 0, &values).await;
    assert_eq!(appended.map(|appended| appended.number), Ok(1));
    let found = other.kept(far_ms).await;
    let expected = vec![kept("b", "early", far_ms + 1), kept("a", "new", far_ms + 9)];
    assert_eq!(found, Ok(expected));
}

/// One of two wins, and the other may later.
pub async fn a_name_is_claimed_once_in_its_time(one: &dyn Broker, other: &dyn Broker) {
    assert_eq!(one.claim("a", Duration::from_secs(60)).await, Ok(true));
    assert_eq!(other.claim("a", Duration::from_secs(60)).await, Ok(false));
    assert_eq!(other.claim("b", Duration::from_millis(1)).await, Ok(true));
    while one.claim("b", Duration::from_secs(60)).await == Ok(false) {
        tokio::task::yield_now().await;
    }
}
