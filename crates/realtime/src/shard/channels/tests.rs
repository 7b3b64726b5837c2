use super::super::job::JOIN_BYTES;
use super::*;
use antiphon_protocol::SocketId;
use bytes::Bytes;
use proptest::prelude::*;
use std::collections::BTreeMap;

/// Connections as the shard keeps them: the list of each one's subscriptions.
#[derive(Default)]
struct Conns(BTreeMap<u32, Vec<Subscription>>);

fn name(n: u8) -> ChannelName {
    ChannelName::parse(&format!("channel-{n}")).unwrap()
}

fn delivery(n: u8, text: &str, except: Option<u64>) -> Delivery {
    Delivery {
        app: 0,
        channel: name(n),
        frame: Bytes::copy_from_slice(text.as_bytes()),
        except: except.map(SocketId::from_random),
        serial: 0,
    }
}

impl Conns {
    fn place(&self, channels: &Channels, slot: u32, n: u8) -> Option<usize> {
        let index = channels.find(0, name(n).as_str())?;
        self.0
            .get(&slot)?
            .iter()
            .position(|subscription| subscription.channel == index)
    }

    fn join(&mut self, channels: &mut Channels, slot: u32, n: u8) {
        let list = self.0.entry(slot).or_default();
        let subscriber = Subscriber {
            slot,
            place: list.len() as u32,
        };
        list.push(channels.join(0, &name(n), subscriber));
    }

    fn leave(&mut self, channels: &mut Channels, slot: u32, place: usize) -> Left {
        let list = self.0.get_mut(&slot).unwrap();
        let subscription = list.swap_remove(place);
        if let Some(&moved) = list.get(place) {
            channels.set_place(moved, place as u32);
        }
        channels.leave(subscription, |subscriber, place| {
            self.0.get_mut(&subscriber.slot).unwrap()[subscriber.place as usize].place = place;
        })
    }

    /// Both halves of every subscription must know each other.
    fn check(&self, channels: &Channels) {
        for (&slot, list) in &self.0 {
            for (place, subscription) in list.iter().enumerate() {
                let channel = &channels.all[subscription.channel as usize];
                let expected = Subscriber {
                    slot,
                    place: place as u32,
                };
                assert_eq!(channel.subscribers[subscription.place as usize], expected);
            }
        }
        let halves: usize = channels
            .all
            .iter()
            .map(|(_, channel)| channel.subscribers.len())
            .sum();
        assert_eq!(halves, self.0.values().map(Vec::len).sum::<usize>());
    }
}

#[test]
fn frames_that_came_together_are_joined_and_exceptions_get_the_rest() {
    let mut channels = Channels::default();
    channels.join(0, &name(1), Subscriber { slot: 0, place: 0 });
    for (text, except) in [("a", None), ("b", Some(7)), ("c", Some(8)), ("d", Some(7))] {
        assert!(channels.queue(&delivery(1, text, except)));
    }
    let (_, job) = channels.next_job().unwrap();
    assert_eq!((&*job.frames.plain, job.bytes), (&b"abcd"[..], 4));
    let got_by = |n| {
        let exception = job.exception(SocketId::from_random(n));
        exception.map(|frames| (&*frames.plain, frames.n_frames))
    };
    assert_eq!(got_by(7), Some((&b"ac"[..], 2)));
    assert_eq!(got_by(8), Some((&b"abd"[..], 3)));
    assert_eq!(got_by(9), None);
}

#[test]
fn what_a_subscriber_had_on_a_faster_node_does_not_come_again() {
    let mut channels = Channels::default();
    channels.join(0, &name(1), Subscriber { slot: 0, place: 0 });
    let index = channels.find(0, name(1).as_str()).unwrap();
    let socket_id = SocketId::from_random(7);
    assert!(channels.expect_seen(index, 6, socket_id));
    for (text, serial) in [("a", 4), ("client event", 0), ("b", 6), ("c", 9)] {
        let delivery = Delivery {
            serial,
            ..delivery(1, text, None)
        };
        assert!(channels.queue(&delivery));
    }
    let (_, job) = channels.next_job().unwrap();
    let frames = job.exception(socket_id).unwrap();
    assert_eq!(&*frames.plain, b"client eventc");
    assert!(channels.ahead.is_empty(), "it is not ahead any more");
}

#[test]
fn what_a_subscriber_had_from_a_faster_shard_does_not_come_again() {
    let mut channels = Channels::default();
    channels.join(0, &name(1), Subscriber { slot: 0, place: 0 });
    for (text, serial) in [("a", 4), ("client event", 0), ("b", 6), ("c", 9)] {
        channels.queue(&Delivery {
            serial,
            ..delivery(1, text, None)
        });
    }
    let index = channels.find(0, name(1).as_str()).unwrap();
    assert!(channels.skip_seen(index, 6, SocketId::from_random(7)));
    assert!(channels.skip_seen(index, 3, SocketId::from_random(8)));
    let (_, job) = channels.next_job().unwrap();
    let frames = job.exception(SocketId::from_random(7)).unwrap();
    assert_eq!(&*frames.plain, b"client eventc");
    assert!(job.exception(SocketId::from_random(8)).is_none());
}

#[test]
fn only_so_many_can_be_ahead_of_a_shard() {
    let mut channels = Channels::default();
    channels.join(0, &name(1), Subscriber { slot: 0, place: 0 });
    channels.queue(&Delivery {
        serial: 1,
        ..delivery(1, "a", None)
    });
    let index = channels.find(0, name(1).as_str()).unwrap();
    let mut skip = |n| channels.skip_seen(index, 1, SocketId::from_random(n));
    assert!((0..MAX_AHEAD as u64).all(&mut skip));
    assert!(!skip(u64::MAX));
}

#[test]
fn a_single_frame_is_shared_and_not_copied() {
    let mut channels = Channels::default();
    channels.join(0, &name(1), Subscriber { slot: 0, place: 0 });
    let delivery = delivery(1, "frame", None);
    channels.queue(&delivery);
    assert_eq!(
        channels.next_job().unwrap().1.frames.plain.as_ptr(),
        delivery.frame.as_ptr()
    );
}

#[test]
fn a_job_is_bounded_however_much_has_gathered() {
    let mut channels = Channels::default();
    channels.join(0, &name(1), Subscriber { slot: 0, place: 0 });
    let large = "x".repeat(JOIN_BYTES / 2);
    for _ in 0..3 {
        channels.queue(&delivery(1, &large, None));
    }
    channels.queue(&delivery(1, &"y".repeat(JOIN_BYTES * 2), None));
    let mut sizes = Vec::new();
    while let Some((index, job)) = channels.next_job() {
        sizes.push(job.bytes);
        while channels.next_subscriber(index).is_some() {}
        assert_eq!(channels.end_turn(index), Some(job.bytes));
    }
    assert_eq!(sizes, [JOIN_BYTES, JOIN_BYTES / 2, JOIN_BYTES * 2]);
}

#[test]
fn a_burst_leaves_no_places_behind() {
    let (mut channels, mut conns) = (Channels::default(), Conns::default());
    conns.join(&mut channels, 1, 0);
    for _ in 0..10 {
        channels.queue(&delivery(0, "frame", None));
    }
    let (index, _) = channels.next_job().unwrap();
    while channels.next_subscriber(index).is_some() {}
    channels.end_turn(index);
    assert_eq!(channels.all[index as usize].pending.capacity(), 0);
}

#[test]
fn channels_take_turns() {
    let mut channels = Channels::default();
    for n in [1, 2] {
        for slot in 0..3 {
            channels.join(
                0,
                &name(n),
                Subscriber {
                    slot,
                    place: u32::from(n) - 1,
                },
            );
        }
        channels.queue(&delivery(n, "frame", None));
    }
    let mut turns = Vec::new();
    while let Some((index, _)) = channels.next_job() {
        turns.push(channels.name(index).1.to_string());
        // One subscriber per turn: the slice is spent.
        channels.next_subscriber(index);
        channels.end_turn(index);
    }
    assert_eq!(turns, ["channel-1", "channel-2"].repeat(3));
}

#[test]
fn frames_for_nobody_are_accounted_for() {
    let mut channels = Channels::default();
    let mut conns = Conns::default();
    assert!(!channels.queue(&delivery(1, "early", None)));
    conns.join(&mut channels, 0, 1);
    conns.join(&mut channels, 1, 1);
    channels.queue(&delivery(1, "one", None));
    channels.next_job().unwrap();
    channels.queue(&delivery(1, "three", None));
    assert_eq!(conns.leave(&mut channels, 1, 0), Left::default());
    assert_eq!(
        conns.leave(&mut channels, 0, 0),
        Left {
            last: true,
            dropped_bytes: 8
        }
    );
    assert!(channels.find(0, "channel-1").is_none());
    // Its place in the line is still there, and leads nowhere.
    assert!(channels.next_job().is_none());
}

#[derive(Debug, Clone)]
enum Step {
    Join(u32, u8),
    Leave(u32, u8),
    Publish(u8),
    /// One turn of delivery, for so many subscribers.
    Serve(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let (slot, channel) = (0..6u32, 0..3u8);
    prop_oneof![
        (slot.clone(), channel.clone()).prop_map(|(slot, n)| Step::Join(slot, n)),
        (slot, channel.clone()).prop_map(|(slot, n)| Step::Leave(slot, n)),
        channel.prop_map(Step::Publish),
        (0..4usize).prop_map(Step::Serve),
    ]
}

fn serve(
    channels: &mut Channels,
    budget: usize,
    received: &mut BTreeMap<(u32, u8), Vec<u8>>,
) -> bool {
    let Some((index, job)) = channels.next_job() else {
        return false;
    };
    let n = channels.name(index).1.as_str().as_bytes()[8] - b'0';
    for _ in 0..budget {
        let Some(subscriber) = channels.next_subscriber(index) else {
            break;
        };
        received
            .entry((subscriber.slot, n))
            .or_default()
            .extend_from_slice(&job.frames.plain);
    }
    channels.end_turn(index);
    true
}

proptest! {
    /// Whoever is subscribed from a publication to the end gets it, once, and in order;
    /// joining, leaving and delivery may come between each other in any way.
    #[test]
    fn every_subscriber_gets_every_event_once_and_in_order(steps in proptest::collection::vec(step(), 0..120)) {
        let mut channels = Channels::default();
        let mut conns = Conns::default();
        let mut published = [0u8; 3];
        // What is published when somebody joins: less than that they need not get.
        let mut joined_at: BTreeMap<(u32, u8), u8> = BTreeMap::new();
        let mut received: BTreeMap<(u32, u8), Vec<u8>> = BTreeMap::new();
        for step in steps {
            match step {
                Step::Join(slot, n) if conns.place(&channels, slot, n).is_none() => {
                    conns.join(&mut channels, slot, n);
                    joined_at.insert((slot, n), published[usize::from(n)]);
                    received.remove(&(slot, n));
                }
                Step::Leave(slot, n) => if let Some(place) = conns.place(&channels, slot, n) {
                    conns.leave(&mut channels, slot, place);
                    joined_at.remove(&(slot, n));
                },
                Step::Publish(n) => {
                    published[usize::from(n)] += 1;
                    let frame = Bytes::copy_from_slice(&[published[usize::from(n)]]);
                    channels.queue(&Delivery { app: 0, channel: name(n), frame, except: None, serial: 0 });
                }
                Step::Serve(budget) => drop(serve(&mut channels, budget, &mut received)),
                Step::Join(..) => {}
            }
            conns.check(&channels);
        }
        while serve(&mut channels, 1, &mut received) {}
        for (&(slot, n), &since) in &joined_at {
            let got = received.remove(&(slot, n)).unwrap_or_default();
            // A suffix of all that was published, which has all of what came since joining.
            let all: Vec<u8> = (1..=published[usize::from(n)]).collect();
            prop_assert!(all.ends_with(&got), "{slot} {n}: {got:?}");
            prop_assert!(got.len() >= usize::from(published[usize::from(n)] - since), "{slot} {n}: {got:?}");
        }
    }
}
