use super::*;

fn message(seq: i64) -> Message {
    Message {
        seq,
        client_id: format!("id-{seq}"),
        text: format!("text {seq}"),
    }
}

fn messages(n: i64) -> Vec<Message> {
    (1..=n).map(message).collect()
}

fn acknowledged(n: i64) -> Vec<Acknowledged> {
    let one = |seq| Acknowledged {
        client_id: format!("id-{seq}"),
        seq,
    };
    (1..=n).map(one).collect()
}

fn sent(n: i64) -> BTreeSet<String> {
    (1..=n).map(|seq| format!("id-{seq}")).collect()
}

/// What was found, in short: which kind, and about what.
fn found(violations: &[Violation]) -> Vec<(Kind, &str)> {
    let short =
        |violation: &'_ Violation| (violation.kind, violation.about.clone().unwrap_or_default());
    let mut all: Vec<_> = violations
        .iter()
        .map(|violation| {
            (
                short(violation).0,
                violation.about.as_deref().unwrap_or_default(),
            )
        })
        .collect();
    all.sort_unstable();
    all
}

#[test]
fn a_complete_store_is_no_violation() {
    assert_eq!(stored(&messages(5), &acknowledged(5), &sent(5)), []);
}

#[test]
fn a_send_that_is_never_acknowledged_is_stuck_whether_it_is_stored_or_not() {
    let violations = stored(&messages(5), &acknowledged(4), &sent(6));
    assert_eq!(
        found(&violations),
        [(Kind::Stuck, "id-5"), (Kind::Stuck, "id-6")]
    );
}

#[test]
fn an_acknowledged_message_that_is_not_stored_is_a_loss() {
    let violations = stored(&messages(4), &acknowledged(5), &sent(5));
    assert_eq!(found(&violations), [(Kind::Loss, "id-5")]);
}

#[test]
fn a_message_that_is_stored_twice_is_a_double() {
    let mut doubled = messages(3);
    doubled.push(Message {
        seq: 4,
        ..message(2)
    });
    let violations = stored(&doubled, &acknowledged(3), &sent(3));
    assert!(
        found(&violations).contains(&(Kind::Double, "id-2")),
        "{violations:?}"
    );
}

#[test]
fn a_gap_a_moved_place_and_a_stranger_are_wrong() {
    let gap = [message(1), message(3)];
    let found_in_gap = stored(&gap, &[], &sent(3));
    assert!(found(&found_in_gap).contains(&(Kind::Wrong, "id-3")));
    let moved = [Acknowledged {
        client_id: "id-1".to_owned(),
        seq: 2,
    }];
    assert_eq!(
        found(&stored(&messages(1), &moved, &sent(1))),
        [(Kind::Wrong, "id-1")]
    );
    assert_eq!(
        found(&stored(&messages(2), &acknowledged(1), &sent(1))),
        [(Kind::Wrong, "id-2")]
    );
}

fn timeline(messages: &[Message]) -> Timeline {
    let mut timeline = Timeline::default();
    for message in messages {
        timeline.offer(message.clone());
    }
    timeline
}

#[test]
fn a_complete_view_is_no_violation() {
    assert_eq!(view("v", &timeline(&messages(3)), &messages(3)), []);
}

#[test]
fn a_message_that_is_not_shown_is_a_loss() {
    let violations = view("v", &timeline(&messages(2)), &messages(3));
    assert_eq!(found(&violations), [(Kind::Loss, "id-3")]);
}

#[test]
fn a_message_that_is_shown_twice_is_a_double() {
    let mut twice = messages(2);
    twice.push(Message {
        seq: 3,
        ..message(1)
    });
    let violations = shown("v", &twice, &messages(2));
    assert_eq!(found(&violations), [(Kind::Double, "id-1")]);
}

#[test]
fn a_swapped_a_changed_and_an_invented_message_are_wrong() {
    let swapped = [message(2), message(1)];
    assert_eq!(
        found(&shown("v", &swapped, &messages(2))),
        [(Kind::Wrong, "id-2")]
    );
    let changed = [Message {
        text: "other".to_owned(),
        ..message(1)
    }];
    assert_eq!(
        found(&shown("v", &changed, &messages(1))),
        [(Kind::Wrong, "id-1")]
    );
    assert_eq!(
        found(&shown("v", &messages(2), &messages(1))),
        [(Kind::Wrong, "id-2")]
    );
}

#[test]
fn an_event_for_a_message_that_was_never_stored_is_wrong() {
    let mut seen = timeline(&messages(2));
    seen.offer(Message {
        client_id: "ghost".to_owned(),
        ..message(2)
    });
    assert_eq!(
        found(&view("v", &seen, &messages(2))),
        [(Kind::Wrong, "ghost")]
    );
}

/// Events 1 to 5 were acknowledged.
fn heard_of(all: &[Heard]) -> Vec<Violation> {
    heard("c", "news", all, &(1..=5).collect(), true)
}

const START: Heard = Heard::Anew { begun: 0 };

#[test]
fn a_client_that_heard_everything_once_is_no_violation() {
    let all: Vec<_> = std::iter::once(START)
        .chain((1..=5).map(Heard::Event))
        .collect();
    assert_eq!(heard_of(&all), []);
}

#[test]
fn a_missing_event_is_a_loss_unless_the_state_was_fetched_anew() {
    let missing = [
        START,
        Heard::Event(1),
        Heard::Event(2),
        Heard::Event(4),
        Heard::Event(5),
    ];
    assert_eq!(found(&heard_of(&missing)), [(Kind::Loss, "news#3")]);
    let anew = [
        START,
        Heard::Event(1),
        Heard::Anew { begun: 4 },
        Heard::Event(5),
    ];
    assert_eq!(heard_of(&anew), []);
    let too_early = [
        START,
        Heard::Event(1),
        Heard::Anew { begun: 3 },
        Heard::Event(5),
    ];
    assert_eq!(found(&heard_of(&too_early)), [(Kind::Loss, "news#4")]);
}

#[test]
fn an_event_that_comes_twice_is_a_double_unless_the_state_was_fetched_between() {
    let at_once = [START, Heard::Event(1), Heard::Event(1)];
    assert!(found(&heard_of(&at_once)).contains(&(Kind::Double, "news#1")));
    let later = [START, Heard::Event(1), Heard::Event(2), Heard::Event(1)];
    assert!(found(&heard_of(&later)).contains(&(Kind::Double, "news#1")));
    let between = [
        START,
        Heard::Event(1),
        Heard::Anew { begun: 5 },
        Heard::Event(1),
    ];
    assert_eq!(heard_of(&between), []);
}

#[test]
fn an_event_before_an_earlier_one_is_wrong() {
    let swapped = [
        START,
        Heard::Event(2),
        Heard::Event(1),
        Heard::Event(3),
        Heard::Event(4),
        Heard::Event(5),
    ];
    assert_eq!(found(&heard_of(&swapped)), [(Kind::Wrong, "news#1")]);
    let by_any_node = |all: &[Heard]| heard("c", "news", all, &(1..=5).collect(), false);
    assert_eq!(by_any_node(&swapped), []);
    let twice = [&swapped[..], &[Heard::Event(2)]].concat();
    assert_eq!(found(&by_any_node(&twice)), [(Kind::Double, "news#2")]);
}

#[test]
fn an_inbox_that_lags_behind_is_a_violation() {
    let kept = BTreeMap::from([(1, (4, false)), (2, (7, true))]);
    assert_eq!(inbox("a", &kept, &kept), []);
    let stale = BTreeMap::from([(1, (4, true)), (3, (1, false))]);
    let kinds: Vec<_> = inbox("a", &stale, &kept)
        .into_iter()
        .map(|one| one.kind)
        .collect();
    assert_eq!(kinds, [Kind::Wrong, Kind::Loss, Kind::Wrong]);
}

#[test]
fn a_process_that_keeps_what_it_took_is_a_violation() {
    let before = Holdings {
        memory_bytes: 20 << 20,
        descriptors: 60,
    };
    let full = Holdings {
        memory_bytes: before.memory_bytes + TOLERANCE.memory_bytes,
        descriptors: before.descriptors + TOLERANCE.descriptors,
    };
    assert_eq!(holdings("serve", before, full), []);
    let leaked = Holdings {
        descriptors: full.descriptors + 1,
        memory_bytes: full.memory_bytes + 1,
    };
    assert_eq!(holdings("serve", before, leaked).len(), 2);
}

#[test]
fn a_file_that_is_lost_doubled_or_another_is_a_violation() {
    let acknowledged = BTreeMap::from([("id-1".to_owned(), "content".to_owned())]);
    let of = |files: &[&str]| {
        let files: Vec<String> = files.iter().map(|file| (*file).to_owned()).collect();
        BTreeMap::from([("id-1".to_owned(), files)])
    };
    assert_eq!(files(&acknowledged, &of(&["content"])), []);
    for (found_files, kind) in [
        (of(&[]), Kind::Loss),
        (BTreeMap::new(), Kind::Loss),
        (of(&["content", "content"]), Kind::Double),
        (of(&["conte"]), Kind::Wrong),
    ] {
        assert_eq!(found(&files(&acknowledged, &found_files)), [(kind, "id-1")]);
    }
}

#[test]
fn a_status_a_mark_and_jobs_that_are_not_as_they_should_be_are_violations() {
    assert_eq!(status("v", 1, true, true), []);
    assert_eq!(status("v", 1, true, false).len(), 1);
    assert_eq!(read_mark(1, 4, 4), []);
    assert_eq!(read_mark(1, 4, 3).len(), 1);
    assert_eq!(jobs(2, 0, 2), []);
    assert_eq!(jobs(2, 1, 2).len(), 1);
    assert_eq!(jobs(2, 0, 3).len(), 1);
}
