//! Leaves that may be taken back: a channel that is vacated and a member that is removed are held for three seconds, and if
//! the channel is occupied or the member is back by then, neither is told.
//!
//! A page that is reloaded, or a phone that changes its network, is no news. What is held comes out in the order in which it
//! came in.

use antiphon_protocol::ChannelName;
use antiphon_realtime::Occurrence;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// How long a leave is held, as at Pusher.
pub(crate) const HOLD: Duration = Duration::from_secs(3);
/// How many leaves of one application are held: a hundred thousand sockets that are lost together and come back.
/// A further one is told at once, which is no worse than not holding any.
const MAX_HELD: usize = 131_072;

/// What is held, of all applications.
#[derive(Debug)]
pub(crate) struct Debounce {
    /// By the time until which it is held, and the order in which it came.
    held: BTreeMap<Place, (Arc<str>, Occurrence)>,
    by_app: HashMap<Arc<str>, HashMap<Key, Place>>,
    next_number: u64,
    /// Of one application.
    max_held: usize,
}

type Place = (Instant, u64);

/// What a leave and the return that takes it back have in common.
#[derive(Debug, PartialEq, Eq, Hash)]
enum Key {
    Channel(ChannelName),
    Member(ChannelName, Arc<str>),
}

impl Default for Debounce {
    fn default() -> Self {
        Self {
            held: BTreeMap::new(),
            by_app: HashMap::new(),
            next_number: 0,
            max_held: MAX_HELD,
        }
    }
}

impl Debounce {
    /// Takes an occurrence of an application. Gives it back if it is to be told now.
    pub(crate) fn pass(
        &mut self,
        now: Instant,
        app: &Arc<str>,
        occurrence: Occurrence,
    ) -> Option<Occurrence> {
        match occurrence {
            Occurrence::ChannelOccupied { ref channel } => {
                let key = Key::Channel(channel.clone());
                (!self.take_back(app, &key)).then_some(occurrence)
            }
            Occurrence::MemberAdded {
                ref channel,
                ref user_id,
            } => {
                let key = Key::Member(channel.clone(), Arc::clone(user_id));
                (!self.take_back(app, &key)).then_some(occurrence)
            }
            Occurrence::ChannelVacated { ref channel } => {
                let key = Key::Channel(channel.clone());
                self.hold(now, app, key, occurrence)
            }
            Occurrence::MemberRemoved {
                ref channel,
                ref user_id,
            } => {
                let key = Key::Member(channel.clone(), Arc::clone(user_id));
                self.hold(now, app, key, occurrence)
            }
            Occurrence::ClientEvent { .. }
            | Occurrence::CacheMiss { .. }
            | Occurrence::SubscriptionCount { .. } => Some(occurrence),
        }
    }

    /// When the next one is due.
    pub(crate) fn next_due(&self) -> Option<Instant> {
        self.held.first_key_value().map(|((due, _), _)| *due)
    }

    /// Gives out the first that is due, with the id of its application.
    pub(crate) fn pop_due(&mut self, now: Instant) -> Option<(Arc<str>, Occurrence)> {
        if self.next_due()? > now {
            return None;
        }
        self.pop()
    }

    /// Gives out the first, due or not.
    pub(crate) fn pop(&mut self) -> Option<(Arc<str>, Occurrence)> {
        let (_, (app, occurrence)) = self.held.pop_first()?;
        if let Some(key) = leave_key(&occurrence) {
            self.forget(&app, &key);
        }
        Some((app, occurrence))
    }

    fn hold(
        &mut self,
        now: Instant,
        app: &Arc<str>,
        key: Key,
        occurrence: Occurrence,
    ) -> Option<Occurrence> {
        let keys = self.by_app.entry(Arc::clone(app)).or_default();
        // A second leave without a return in between would mean that the return was lost: the first one counts.
        if keys.contains_key(&key) {
            return None;
        }
        if keys.len() >= self.max_held {
            return Some(occurrence);
        }
        let place = (now + HOLD, self.next_number);
        self.next_number += 1;
        keys.insert(key, place);
        self.held.insert(place, (Arc::clone(app), occurrence));
        None
    }

    fn take_back(&mut self, app: &str, key: &Key) -> bool {
        let Some(place) = self.forget(app, key) else {
            return false;
        };
        self.held.remove(&place);
        true
    }

    fn forget(&mut self, app: &str, key: &Key) -> Option<Place> {
        let keys = self.by_app.get_mut(app)?;
        let place = keys.remove(key);
        if keys.is_empty() {
            self.by_app.remove(app);
        }
        place
    }
}

fn leave_key(occurrence: &Occurrence) -> Option<Key> {
    match occurrence {
        Occurrence::ChannelVacated { channel } => Some(Key::Channel(channel.clone())),
        Occurrence::MemberRemoved { channel, user_id } => {
            Some(Key::Member(channel.clone(), Arc::clone(user_id)))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use antiphon_realtime::OccurrenceKind;

    fn name(text: &str) -> ChannelName {
        ChannelName::parse(text).unwrap()
    }

    fn occupied() -> Occurrence {
        Occurrence::ChannelOccupied {
            channel: name("presence-a"),
        }
    }

    fn vacated() -> Occurrence {
        Occurrence::ChannelVacated {
            channel: name("presence-a"),
        }
    }

    fn added(user: &str) -> Occurrence {
        Occurrence::MemberAdded {
            channel: name("presence-a"),
            user_id: user.into(),
        }
    }

    fn removed(user: &str) -> Occurrence {
        Occurrence::MemberRemoved {
            channel: name("presence-a"),
            user_id: user.into(),
        }
    }

    fn due(debounce: &mut Debounce, now: Instant) -> Vec<OccurrenceKind> {
        std::iter::from_fn(|| debounce.pop_due(now))
            .map(|(_, occurrence)| occurrence.kind())
            .collect()
    }

    #[test]
    fn a_leave_is_told_after_three_seconds() {
        let (mut debounce, start, app) = (Debounce::default(), Instant::now(), "1".into());
        assert_eq!(debounce.pass(start, &app, occupied()), Some(occupied()));
        assert_eq!(debounce.pass(start, &app, removed("u")), None);
        assert_eq!(debounce.pass(start, &app, vacated()), None);
        assert_eq!(debounce.next_due(), Some(start + HOLD));
        assert_eq!(
            due(&mut debounce, start + HOLD - Duration::from_millis(1)),
            []
        );
        let expected = [
            OccurrenceKind::MemberRemoved,
            OccurrenceKind::ChannelVacated,
        ];
        assert_eq!(due(&mut debounce, start + HOLD), expected);
        assert!(debounce.by_app.is_empty());
        assert_eq!(
            debounce.pass(start + HOLD, &app, occupied()),
            Some(occupied())
        );
    }

    #[test]
    fn a_return_takes_the_leave_back_and_is_not_told_itself() {
        let (mut debounce, start, app) = (Debounce::default(), Instant::now(), "1".into());
        for occurrence in [removed("u"), vacated(), occupied(), added("u")] {
            assert_eq!(debounce.pass(start, &app, occurrence), None);
        }
        assert_eq!(debounce.next_due(), None);
        assert!(debounce.by_app.is_empty());
        // It leaves again, and the three seconds begin again.
        let later = start + Duration::from_secs(2);
        assert_eq!(debounce.pass(later, &app, vacated()), None);
        assert_eq!(due(&mut debounce, start + HOLD), []);
        assert_eq!(
            due(&mut debounce, later + HOLD),
            [OccurrenceKind::ChannelVacated]
        );
    }

    #[test]
    fn only_the_same_member_of_the_same_app_takes_a_leave_back() {
        let (mut debounce, start) = (Debounce::default(), Instant::now());
        assert_eq!(debounce.pass(start, &"1".into(), removed("u")), None);
        assert_eq!(
            debounce.pass(start, &"1".into(), added("v")),
            Some(added("v"))
        );
        assert_eq!(
            debounce.pass(start, &"2".into(), added("u")),
            Some(added("u"))
        );
        assert_eq!(
            due(&mut debounce, start + HOLD),
            [OccurrenceKind::MemberRemoved]
        );
    }

    #[test]
    fn an_app_cannot_hold_more_than_its_share() {
        let (mut debounce, now, app) = (Debounce::default(), Instant::now(), "1".into());
        debounce.max_held = 3;
        for n in 0..3 {
            assert_eq!(debounce.pass(now, &app, removed(&n.to_string())), None);
        }
        assert_eq!(
            debounce.pass(now, &app, removed("more")),
            Some(removed("more"))
        );
        assert_eq!(debounce.pass(now, &"2".into(), removed("u")), None);
        assert_eq!(debounce.held.len(), 4);
    }
}
