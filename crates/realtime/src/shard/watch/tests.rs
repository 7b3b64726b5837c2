use super::*;

const APP: AppIndex = 0;

fn user() -> Arc<str> {
    "u".into()
}

fn seen(is_online: bool, as_of: u64) -> Seen {
    Seen { is_online, as_of }
}

/// Watches with these watchers of one user, who is offline as of 10.
fn watched_by(slots: &[usize]) -> (Watches, WatchIndex) {
    let mut watches = Watches::default();
    let mut index = 0;
    for &slot in slots {
        index = watches.join(APP, &user(), seen(false, 10), slot);
    }
    (watches, index)
}

/// Whom the next of those who are told hears of, and what.
fn next(watches: &mut Watches, index: WatchIndex) -> Option<(usize, bool)> {
    let (slot, frame) = watches.next_watcher(index)?;
    match frame {
        frame if frame == frame_of("u", true) => Some((slot, true)),
        frame if frame == frame_of("u", false) => Some((slot, false)),
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_watcher_is_told_once_of_a_change() {
    let (mut watches, index) = watched_by(&[7, 3, 5]);
    assert!(!watches.is_busy());
    watches.hear(APP, &user(), seen(true, 11));
    assert_eq!(watches.due, [index]);
    for slot in [3, 5, 7] {
        assert_eq!(next(&mut watches, index), Some((slot, true)));
    }
    assert_eq!(next(&mut watches, index), None);
}

#[test]
fn what_is_older_than_what_was_read_is_not_told() {
    let (mut watches, index) = watched_by(&[1]);
    watches.hear(APP, &user(), seen(true, 9));
    watches.hear(APP, &user(), seen(true, 10));
    watches.hear(1, &user(), seen(true, 11));
    watches.hear(APP, &"other".into(), seen(true, 11));
    assert!(!watches.is_busy());
    assert_eq!(next(&mut watches, index), None);
}

#[test]
fn a_user_who_came_and_went_between_two_rounds_is_not_told_of() {
    let (mut watches, index) = watched_by(&[1]);
    watches.hear(APP, &user(), seen(true, 11));
    watches.hear(APP, &user(), seen(false, 12));
    assert_eq!(next(&mut watches, index), None);
    watches.hear(APP, &user(), seen(true, 13));
    assert_eq!(next(&mut watches, index), Some((1, true)));
}

#[test]
fn a_change_within_a_round_reaches_everybody_in_the_end() {
    let (mut watches, index) = watched_by(&[1, 2, 3]);
    watches.hear(APP, &user(), seen(true, 11));
    assert_eq!(next(&mut watches, index), Some((1, true)));
    watches.hear(APP, &user(), seen(false, 12));
    let mut last = [None; 4];
    last[1] = Some(true);
    while let Some((slot, is_online)) = next(&mut watches, index) {
        last[slot] = Some(is_online);
    }
    assert_eq!(last[1..], [Some(false); 3]);
    watches.hear(APP, &user(), seen(true, 13));
    assert_eq!(next(&mut watches, index), Some((1, true)), "a new round");
}

#[test]
fn who_leaves_within_a_round_is_not_told() {
    let (mut watches, index) = watched_by(&[1, 2, 3]);
    watches.hear(APP, &user(), seen(true, 11));
    assert_eq!(next(&mut watches, index), Some((1, true)));
    assert_eq!(watches.leave(index, 1), None);
    assert_eq!(watches.leave(index, 2), None);
    assert_eq!(next(&mut watches, index), Some((3, true)));
    assert_eq!(next(&mut watches, index), None);
}

#[test]
fn the_last_watcher_takes_everything_with_it() {
    let (mut watches, index) = watched_by(&[1, 2]);
    watches.hear(APP, &user(), seen(true, 11));
    assert_eq!(watches.leave(index, 2), None);
    assert_eq!(watches.leave(index, 1), Some((APP, user())));
    assert_eq!(next(&mut watches, index), None);
    assert!(!watches.is_busy() && watches.by_user.capacity() == 0);
    // The place of a user who was to be told of is another's, or its own again.
    let again = watches.join(APP, &user(), seen(false, 20), 4);
    watches.hear(APP, &user(), seen(true, 11));
    assert_eq!(next(&mut watches, again), None, "that was before");
}
