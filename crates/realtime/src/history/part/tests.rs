use super::*;
use bytes::Bytes;
use proptest::prelude::*;

const AGE_MS: u64 = 100;

fn rules(events: usize, bytes: usize) -> HistoryRules {
    HistoryRules {
        events,
        bytes,
        age_ms: AGE_MS,
        ..HistoryRules::default()
    }
}

const ROOMY: Bounds = Bounds {
    channels: 100,
    bytes: 1 << 20,
};

fn name(n: u8) -> ChannelName {
    ChannelName::parse(&format!("channel-{n}")).unwrap()
}

fn event(serial: u64, at_ms: u64) -> Kept {
    Kept {
        serial,
        at_ms,
        except: None,
        frame: Bytes::from(vec![b'x'; 10 + serial as usize % 7]),
    }
}

fn serials(part: &Part, n: u8, after: u64) -> Vec<u64> {
    part.after(&name(n), after).map(|it| it.serial).collect()
}

#[test]
fn the_oldest_events_of_a_channel_make_room_for_new_ones() {
    let mut part = Part::default();
    for serial in 1..=5 {
        part.add(&name(1), event(serial, 0), &rules(3, 1 << 20), ROOMY);
    }
    assert_eq!(serials(&part, 1, 0), [3, 4, 5]);
    assert!(
        part.reaches_back_to(&name(1), 2),
        "3 and all later ones are there"
    );
    assert!(!part.reaches_back_to(&name(1), 1));
}

#[test]
fn a_quiet_channel_is_remembered_for_how_far_it_reaches() {
    let mut part = Part::default();
    part.add(&name(1), event(1, 0), &rules(9, 1 << 20), ROOMY);
    part.add(&name(2), event(2, 0), &rules(9, 1 << 20), ROOMY);
    part.add(&name(2), event(3, 50), &rules(9, 1 << 20), ROOMY);
    part.expire(AGE_MS, AGE_MS);
    assert_eq!(
        (serials(&part, 1, 0), serials(&part, 2, 0)),
        (vec![], vec![3])
    );
    assert!(part.reaches_back_to(&name(1), 1) && !part.reaches_back_to(&name(1), 0));
    assert!(part.reaches_back_to(&name(2), 2) && !part.reaches_back_to(&name(2), 1));
    assert!(part.reaches_back_to(&name(3), 0), "nothing was ever there");
}

#[test]
fn an_event_that_is_too_large_to_keep_leaves_a_gap_and_nothing_else() {
    let mut part = Part::default();
    part.add(&name(1), event(1, 0), &rules(9, 50), ROOMY);
    assert_eq!(serials(&part, 1, 0), [0; 0]);
    assert!(!part.reaches_back_to(&name(1), 0) && part.reaches_back_to(&name(1), 1));
}

#[test]
fn what_was_forgotten_of_any_channel_counts_for_all_that_are_not_known() {
    let mut part = Part::default();
    let two_channels = Bounds {
        channels: 2,
        ..ROOMY
    };
    for n in 1..=3 {
        part.add(
            &name(n),
            event(n.into(), 0),
            &rules(9, 1 << 20),
            two_channels,
        );
    }
    assert!(!part.reaches_back_to(&name(1), 0) && part.reaches_back_to(&name(1), 1));
    assert!(
        !part.reaches_back_to(&name(9), 0),
        "it may have been this one"
    );
    assert_eq!(serials(&part, 3, 0), [3]);
}

proptest! {
    // Each case looks at everything after every step.
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever is put in and goes, what a channel gives is all that came after, or it says that it cannot.
    #[test]
    fn nothing_is_missing_in_what_is_given(
        steps in proptest::collection::vec((0u8..6, 0u64..40, 1usize..6, 100usize..600), 1..50),
        channels in 1usize..7,
        bytes in 300usize..4000,
    ) {
        let bounds = Bounds { channels, bytes };
        let (mut part, mut all, mut now_ms) = (Part::default(), Vec::new(), 0);
        for (serial, (n, pause_ms, max_events, max_bytes)) in (1u64..).zip(steps) {
            now_ms += pause_ms;
            part.add(&name(n), event(serial, now_ms), &rules(max_events, max_bytes), bounds);
            all.push((n, serial));
            for n in 0..6 {
                for after in 0..=serial {
                    let given = serials(&part, n, after);
                    let wanted: Vec<u64> = all.iter()
                        .filter(|(at, it)| *at == n && *it > after)
                        .map(|(_, it)| *it)
                        .collect();
                    prop_assert!(wanted.ends_with(&given));
                    prop_assert!(!part.reaches_back_to(&name(n), after) || given == wanted);
                }
            }
            let names: usize = part.channels.keys().map(|it| CHANNEL_BYTES + it.as_str().len()).sum();
            let events = part.channels.values().flat_map(|it| &it.events);
            let sum: usize = events.clone().map(Kept::bytes).sum();
            prop_assert_eq!(part.bytes, names + sum);
            prop_assert!(part.bytes <= bounds.bytes || part.channels.is_empty());
            prop_assert!(part.channels.len() <= bounds.channels);
            prop_assert!(events.clone().all(|it| now_ms - it.at_ms < AGE_MS));
            prop_assert_eq!(part.filled.len() + part.quiet.len(), part.channels.len());
        }
    }
}
