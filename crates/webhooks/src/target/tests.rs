use super::*;
use crate::settings::WebhookUrl;
use std::time::Duration;

fn target(batch_ms: u64) -> Target {
    let mut webhook = Webhook::new(WebhookUrl::parse("http://a").unwrap());
    webhook.batch = Duration::from_millis(batch_ms);
    Target::new(webhook)
}

fn event(json: &str) -> Event {
    Event {
        since: Instant::now(),
        kind: OccurrenceKind::ChannelOccupied,
        json: json.into(),
    }
}

async fn next(target: &Target) -> Vec<String> {
    match target.next(&CancellationToken::new()).await {
        Some(Work::Events(events)) => events.iter().map(|event| event.json.to_string()).collect(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_batch_is_what_comes_within_its_time() {
    let target = target(50);
    let start = Instant::now();
    target.push(event("1"));
    let first = async {
        let events = next(&target).await;
        (events, start.elapsed())
    };
    let second = async {
        tokio::time::sleep(Duration::from_millis(40)).await;
        target.push(event("2"));
        tokio::time::sleep(Duration::from_millis(40)).await;
        target.push(event("3"));
    };
    let ((events, after), ()) = tokio::join!(first, second);
    assert_eq!(events, ["1", "2"]);
    assert!((50..60).contains(&after.as_millis()), "{after:?}");
    assert_eq!(next(&target).await, ["3"]);
}

#[tokio::test(start_paused = true)]
async fn a_batch_of_no_time_is_one_event() {
    let target = target(0);
    target.push(event("1"));
    target.push(event("2"));
    assert_eq!(next(&target).await, ["1"]);
    assert_eq!(target.waiting().0, 2, "one of them is being sent");
    assert_eq!(next(&target).await, ["2"]);
}

#[tokio::test(start_paused = true)]
async fn a_full_batch_does_not_wait_for_its_time() {
    let target = target(60_000);
    let start = Instant::now();
    for _ in 0..=MAX_BATCH {
        target.push(event("x"));
    }
    assert_eq!(next(&target).await.len(), MAX_BATCH);
    assert_eq!(start.elapsed(), Duration::ZERO);
    assert_eq!(next(&target).await.len(), 1);
    assert!(start.elapsed() >= Duration::from_secs(60));
    for _ in 0..3 {
        target.push(event(&"x".repeat(100 << 10)));
    }
    assert_eq!(next(&target).await.len(), 2, "more would be too large");
}

#[tokio::test(start_paused = true)]
async fn the_oldest_events_go_when_the_queue_is_full() {
    let target = target(0);
    let pushed = |n: usize| target.push(event(&n.to_string()));
    for n in 0..MAX_WAITING {
        let none = Pushed {
            dropped: 0,
            is_first: false,
        };
        assert_eq!(pushed(n), none);
    }
    assert_eq!(
        pushed(MAX_WAITING),
        Pushed {
            dropped: 1,
            is_first: true
        }
    );
    assert_eq!(
        pushed(MAX_WAITING + 1),
        Pushed {
            dropped: 1,
            is_first: false
        }
    );
    assert_eq!(next(&target).await, ["2"]);
    let large = target.push(event(&"x".repeat(MAX_WAITING_BYTES)));
    assert_eq!(large.dropped, MAX_WAITING - 1, "all others");
}

#[tokio::test(start_paused = true)]
async fn what_has_waited_for_five_minutes_is_given_up() {
    let target = target(0);
    target.push(event("1"));
    target.push(event("2"));
    tokio::time::advance(Duration::from_secs(200)).await;
    target.push(event("3"));
    tokio::time::advance(Duration::from_secs(100)).await;
    let expired = target.next(&CancellationToken::new()).await;
    assert!(matches!(expired, Some(Work::Expired(2))), "{expired:?}");
    assert_eq!(next(&target).await, ["3"]);
}

#[tokio::test(start_paused = true)]
async fn an_end_does_not_wait_for_a_batch() {
    let target = target(60_000);
    let closing = CancellationToken::new();
    target.push(event("1"));
    let start = Instant::now();
    closing.cancel();
    assert!(matches!(target.next(&closing).await, Some(Work::Events(_))));
    assert!(target.next(&closing).await.is_none());
    assert_eq!(start.elapsed(), Duration::ZERO);
    target.push(event("2"));
    target.ended.cancel();
    assert!(target.next(&CancellationToken::new()).await.is_none());
}
