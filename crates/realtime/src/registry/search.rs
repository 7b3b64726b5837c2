//! Looking for channels among very many: what is found is bounded, what is looked at is every name once.
//!
//! The parts of the registry are gone through one after the other, none of them held for longer than a look at its names takes:
//! a hundred thousand channels are three thousand names per lock. Only what is among the best is copied.

use super::{Entry, Registry};
use crate::hub::Hub;
use crate::occupancy::Occupancy;
use antiphon_protocol::{ChannelKind, ChannelName};
use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

/// Which channels, and how many of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelSearch {
    /// What the name has in it.
    pub contains: String,
    /// Which ones come first.
    pub order: ChannelOrder,
    /// How many are wanted.
    pub limit: usize,
}

/// Which channels come first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ChannelOrder {
    /// Those with the most subscriptions; among equals, by name.
    #[default]
    Subscriptions,
    /// By name.
    Name,
}

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChannelsFound {
    /// The first of them, in the order that was asked for.
    pub channels: Vec<(ChannelName, Occupancy)>,
    /// How many channels there are of the kind that was searched for.
    pub matching: usize,
    /// How many occupied channels the application has.
    pub occupied: usize,
}

/// The place of a channel in an order: less is earlier.
type Place = (Reverse<usize>, ChannelName);

impl Hub {
    /// Looks for occupied channels of this node. Those of signed-in users are left out.
    pub fn find_channels(&self, app_id: &str, search: &ChannelSearch) -> ChannelsFound {
        let index = self.0.apps.by_id(app_id);
        index.map_or_else(ChannelsFound::default, |index| {
            self.0.apps.state(index).registry.find(search)
        })
    }
}

impl Registry {
    fn find(&self, search: &ChannelSearch) -> ChannelsFound {
        let mut found = ChannelsFound::default();
        // The worst of the best is on top.
        let mut best: BinaryHeap<(Place, usize, usize)> = BinaryHeap::new();
        for part in &self.parts {
            let part = part.lock();
            for (name, entry) in part.iter() {
                if name.kind() == ChannelKind::ServerToUser {
                    continue;
                }
                found.occupied += 1;
                if !name.as_str().contains(&search.contains) {
                    continue;
                }
                found.matching += 1;
                let key = Reverse(search.order.weight(entry));
                let has_room = best.len() < search.limit;
                if has_room
                    || best
                        .peek()
                        .is_some_and(|(worst, ..)| is_before(key, name, worst))
                {
                    let Occupancy {
                        subscriptions,
                        members,
                    } = entry.occupancy();
                    best.push(((key, name.clone()), subscriptions, members));
                    if best.len() > search.limit {
                        best.pop();
                    }
                }
            }
        }
        let in_order = best.into_sorted_vec().into_iter();
        found.channels = in_order
            .map(|((_, name), subscriptions, members)| {
                let occupancy = Occupancy {
                    subscriptions,
                    members,
                };
                (name, occupancy)
            })
            .collect();
        found
    }
}

impl ChannelOrder {
    fn weight(self, entry: &Entry) -> usize {
        match self {
            Self::Subscriptions => entry.all_subscriptions() as usize,
            Self::Name => 0,
        }
    }
}

fn is_before(key: Reverse<usize>, name: &ChannelName, (other, other_name): &Place) -> bool {
    key.cmp(other).then_with(|| name.cmp(other_name)) == Ordering::Less
}

#[cfg(test)]
mod tests {
    use super::*;

    fn registry(channels: &[(&str, usize)]) -> Registry {
        let registry = Registry::new();
        for (name, subscriptions) in channels {
            let name = ChannelName::parse(name).unwrap();
            for _ in 0..*subscriptions {
                registry.join(&name, 0, || {});
            }
        }
        registry
    }

    fn names(
        registry: &Registry,
        contains: &str,
        order: ChannelOrder,
        limit: usize,
    ) -> Vec<String> {
        let search = ChannelSearch {
            contains: contains.to_owned(),
            order,
            limit,
        };
        let found = registry.find(&search);
        found
            .channels
            .iter()
            .map(|(name, _)| name.as_str().to_owned())
            .collect()
    }

    #[test]
    fn the_largest_come_first_and_equals_by_name() {
        let registry = registry(&[("b", 2), ("a", 2), ("c", 9), ("d", 1)]);
        let order = ChannelOrder::Subscriptions;
        assert_eq!(names(&registry, "", order, 9), ["c", "a", "b", "d"]);
        assert_eq!(names(&registry, "", order, 2), ["c", "a"]);
        assert!(names(&registry, "", order, 0).is_empty());
    }

    #[test]
    fn names_are_searched_and_everything_is_counted() {
        let registry = registry(&[("room-1", 1), ("my-room", 5), ("news", 3)]);
        assert_eq!(
            names(&registry, "room", ChannelOrder::Name, 9),
            ["my-room", "room-1"]
        );
        let search = ChannelSearch {
            contains: "room".to_owned(),
            order: ChannelOrder::Subscriptions,
            limit: 1,
        };
        let found = registry.find(&search);
        assert_eq!(
            (found.channels.len(), found.matching, found.occupied),
            (1, 2, 3)
        );
        assert_eq!(found.channels[0].1.subscriptions, 5);
    }

    #[test]
    fn many_channels_give_the_same_as_sorting_them() {
        let channels: Vec<(String, usize)> = (0..500)
            .map(|n| (format!("c{n:03}"), n * 7919 % 50 + 1))
            .collect();
        let borrowed: Vec<_> = channels.iter().map(|(name, n)| (&**name, *n)).collect();
        let mut sorted = borrowed.clone();
        sorted.sort_by_key(|(name, n)| (Reverse(*n), *name));
        let expected: Vec<_> = sorted.iter().take(20).map(|(name, _)| *name).collect();
        let found = names(&registry(&borrowed), "", ChannelOrder::Subscriptions, 20);
        assert_eq!(found, expected);
    }
}
