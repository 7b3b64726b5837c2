//! The channels of one shard: who is subscribed, and what is on its way to them.
//!
//! A subscription is two entries that know each other's places: one in the channel's list, one in the connection's.
//! So joining, leaving and losing a connection take the same time whatever the size of either list.
//!
//! A job (some frames, joined) is brought to the subscribers from the end of the list to its front, a slice at a time.
//! `unserved` divides the list: those in front of it wait for the job, those behind have it, or came later and do not get it.

use super::job::{Frame, Job};
use crate::app_table::AppIndex;
use crate::inbox::Delivery;
use antiphon_protocol::{ChannelName, SocketId};
use slab::Slab;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

/// A list that is filled to less than one part in so many gives its memory back: a crowd that has left is not paid for ever.
const SHRINK_BELOW: usize = 8;

/// How many subscribers may have had an event before its turn in this shard. Each costs a copy of what is delivered with it.
const MAX_AHEAD: usize = 64;

/// The place of a channel in [`Channels`].
pub(super) type ChannelIndex = u32;

#[derive(Debug, Default)]
pub(super) struct Channels {
    /// One map per application that has had a channel here.
    by_name: Vec<HashMap<ChannelName, ChannelIndex>>,
    all: Slab<Channel>,
    /// Subscribers that have had events which this node has yet to hear of, from a faster node: up to which serial each. Rare, and
    /// empty but in a cluster.
    ahead: HashMap<ChannelIndex, Vec<(SocketId, u64)>>,
    /// Channels with frames to deliver, in the order of their turns. May name channels that are gone by now.
    ready: VecDeque<ChannelIndex>,
}

/// Everything a shard knows about one channel. Exists while a connection of the shard is subscribed.
#[derive(Debug)]
struct Channel {
    app: AppIndex,
    name: ChannelName,
    subscribers: Vec<Subscriber>,
    /// Frames that wait for the job to end.
    pending: VecDeque<Frame>,
    job: Option<Arc<Job>>,
    /// How many subscribers, from the front of the list, wait for the job.
    unserved: usize,
    /// Whether this channel is in `ready`.
    is_ready: bool,
}

/// The channel's half of a subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Subscriber {
    /// The connection's slot.
    pub(super) slot: u32,
    /// The place in the connection's list.
    pub(super) place: u32,
}

/// The connection's half of a subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Subscription {
    pub(super) channel: ChannelIndex,
    /// The place in the channel's list.
    pub(super) place: u32,
}

/// What leaving a channel means for others.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Left {
    /// Whether the channel has no subscriber left in this shard, and is gone from it.
    pub(super) last: bool,
    /// Bytes of frames that will not be delivered any more.
    pub(super) dropped_bytes: usize,
}

impl Channels {
    /// The channel, if a connection of this shard is subscribed to it.
    pub(super) fn find(&self, app: AppIndex, name: &str) -> Option<ChannelIndex> {
        self.by_name.get(usize::from(app))?.get(name).copied()
    }

    /// Adds a subscriber, who gets what is delivered from now on, and gives the connection's half of the subscription.
    pub(super) fn join(
        &mut self,
        app: AppIndex,
        name: &ChannelName,
        subscriber: Subscriber,
    ) -> Subscription {
        let index = match self.find(app, name.as_str()) {
            Some(index) => index,
            None => {
                let index = self.all.insert(Channel {
                    app,
                    name: name.clone(),
                    subscribers: Vec::new(),
                    pending: VecDeque::new(),
                    job: None,
                    unserved: 0,
                    is_ready: false,
                }) as ChannelIndex;
                if self.by_name.len() <= usize::from(app) {
                    self.by_name.resize_with(usize::from(app) + 1, HashMap::new);
                }
                self.by_name[usize::from(app)].insert(name.clone(), index);
                index
            }
        };
        let subscribers = &mut self.all[index as usize].subscribers;
        subscribers.push(subscriber);
        Subscription {
            channel: index,
            place: (subscribers.len() - 1) as u32,
        }
    }

    /// Removes a subscriber. Others may change their place for that: `moved` is told who, and the new place.
    pub(super) fn leave(
        &mut self,
        subscription: Subscription,
        mut moved: impl FnMut(Subscriber, u32),
    ) -> Left {
        let channel = &mut self.all[subscription.channel as usize];
        let mut hole = subscription.place as usize;
        if hole < channel.unserved {
            // The last who waits takes the place, so that those who wait stay together in front.
            channel.unserved -= 1;
            if hole != channel.unserved {
                channel.subscribers[hole] = channel.subscribers[channel.unserved];
                moved(channel.subscribers[hole], hole as u32);
                hole = channel.unserved;
            }
        }
        channel.subscribers.swap_remove(hole);
        if let Some(&subscriber) = channel.subscribers.get(hole) {
            moved(subscriber, hole as u32);
        }
        if !channel.subscribers.is_empty() {
            if channel.subscribers.len() < channel.subscribers.capacity() / SHRINK_BELOW {
                channel.subscribers.shrink_to(channel.subscribers.len() * 2);
            }
            return Left::default();
        }
        let channel = self.all.remove(subscription.channel as usize);
        self.ahead.remove(&subscription.channel);
        let by_name = &mut self.by_name[usize::from(channel.app)];
        by_name.remove(&channel.name);
        if by_name.len() < by_name.capacity() / SHRINK_BELOW {
            by_name.shrink_to(by_name.len() * 2);
        }
        let pending: usize = channel.pending.iter().map(|frame| frame.bytes.len()).sum();
        Left {
            last: true,
            dropped_bytes: pending + channel.job.map_or(0, |job| job.bytes),
        }
    }

    /// A subscriber's half has moved within its connection's list.
    pub(super) fn set_place(&mut self, subscription: Subscription, place: u32) {
        self.all[subscription.channel as usize].subscribers[subscription.place as usize].place =
            place;
    }

    /// The application and the name of a channel.
    pub(super) fn name(&self, index: ChannelIndex) -> (AppIndex, &ChannelName) {
        let channel = &self.all[index as usize];
        (channel.app, &channel.name)
    }

    /// Queues a frame for the subscribers. `false`: there are none any more.
    pub(super) fn queue(&mut self, delivery: &Delivery) -> bool {
        let Some(index) = self.find(delivery.app, delivery.channel.as_str()) else {
            return false;
        };
        let seen_by = match self.ahead.is_empty() {
            true => Vec::new(),
            false => self.seen_by(index, delivery.serial),
        };
        let channel = &mut self.all[index as usize];
        channel.pending.push_back(Frame {
            bytes: delivery.frame.clone(),
            except: delivery.except,
            seen_by,
            serial: delivery.serial,
        });
        if !channel.is_ready {
            channel.is_ready = true;
            self.ready.push_back(index);
        }
        true
    }

    /// The serial of the first event that still waits for its turn, of those that are in the history. Whoever is subscribed gets it
    /// and all that come after it.
    pub(super) fn first_waiting(&self, index: ChannelIndex) -> Option<u64> {
        let mut waiting = self.all[index as usize].pending.iter();
        waiting
            .find(|frame| frame.serial > 0)
            .map(|frame| frame.serial)
    }

    /// Keeps a subscriber from getting what it has had already, from a shard that is ahead of this one: what waits, up to the event
    /// with that serial. `false`: so many others have done the same that it cannot be kept from it.
    pub(super) fn skip_seen(
        &mut self,
        index: ChannelIndex,
        serial: u64,
        socket_id: SocketId,
    ) -> bool {
        let pending = &mut self.all[index as usize].pending;
        let mut seen = pending
            .iter_mut()
            .filter(|frame| (1..=serial).contains(&frame.serial));
        seen.all(|frame| {
            let has_room = frame.seen_by.len() < MAX_AHEAD;
            if has_room {
                frame.seen_by.push(socket_id);
            }
            has_room
        })
    }

    /// Keeps a subscriber from getting what it has had already, from a node that is ahead of this one: what comes, up to the event
    /// with that serial. `false`: so many others have done the same that it cannot be kept from it.
    pub(super) fn expect_seen(
        &mut self,
        index: ChannelIndex,
        serial: u64,
        socket_id: SocketId,
    ) -> bool {
        let ahead = self.ahead.entry(index).or_default();
        let has_room = ahead.len() < MAX_AHEAD;
        if has_room {
            ahead.push((socket_id, serial));
        }
        has_room
    }

    /// Who has had the event with this serial from another node. Those who are not ahead any more are forgotten.
    fn seen_by(&mut self, index: ChannelIndex, serial: u64) -> Vec<SocketId> {
        let Some(ahead) = self.ahead.get_mut(&index).filter(|_| serial > 0) else {
            return Vec::new();
        };
        let seen = ahead.iter().filter(|(_, last)| serial <= *last);
        let seen_by = seen.map(|(socket_id, _)| *socket_id).collect();
        ahead.retain(|(_, last)| serial < *last);
        if ahead.is_empty() {
            self.ahead.remove(&index);
        }
        seen_by
    }

    /// Whether there is something to deliver.
    pub(super) fn is_busy(&self) -> bool {
        !self.ready.is_empty()
    }

    /// The channel whose turn it is, and its job: the one that goes on, or a new one of what has gathered.
    pub(super) fn next_job(&mut self) -> Option<(ChannelIndex, Arc<Job>)> {
        while let Some(index) = self.ready.pop_front() {
            let Some(channel) = self.all.get_mut(index as usize) else {
                continue;
            };
            channel.is_ready = false;
            if let Some(job) = channel.job() {
                return Some((index, job));
            }
        }
        None
    }

    /// How many connections of this shard are subscribed to a channel.
    pub(super) fn subscriber_count(&self, app: AppIndex, name: &str) -> usize {
        let index = self.find(app, name);
        index.map_or(0, |index| self.all[index as usize].subscribers.len())
    }

    /// The last of the subscribers of a channel to have come, roughly: `max` of them at most.
    pub(super) fn some_subscribers(
        &self,
        index: ChannelIndex,
        max: usize,
    ) -> impl Iterator<Item = Subscriber> {
        let subscribers = self.all[index as usize].subscribers.iter();
        subscribers.rev().take(max).copied()
    }

    /// The job of one channel, whether or not it is its turn.
    pub(super) fn job_of(&mut self, app: AppIndex, name: &str) -> Option<(ChannelIndex, Arc<Job>)> {
        let index = self.find(app, name)?;
        self.all[index as usize].job().map(|job| (index, job))
    }

    /// How many subscribers wait for the channel's job.
    pub(super) fn waiting(&self, index: ChannelIndex) -> usize {
        let channel = self.all.get(index as usize);
        channel.map_or(0, |channel| channel.unserved)
    }

    /// The next subscriber who waits for the channel's job. `None` if nobody does.
    pub(super) fn next_subscriber(&mut self, index: ChannelIndex) -> Option<Subscriber> {
        let channel = self.all.get_mut(index as usize)?;
        channel.unserved = channel.unserved.checked_sub(1)?;
        Some(channel.subscribers[channel.unserved])
    }

    /// Ends the turn of a channel. Gives the bytes of its job if everybody has it.
    pub(super) fn end_turn(&mut self, index: ChannelIndex) -> Option<usize> {
        let channel = self.all.get_mut(index as usize)?;
        let done = if channel.unserved == 0 {
            channel.job.take()
        } else {
            None
        };
        let has_more = channel.job.is_some() || !channel.pending.is_empty();
        if has_more && !channel.is_ready {
            channel.is_ready = true;
            self.ready.push_back(index);
        }
        // Places are not kept for the next burst: a channel with three subscribers would pay more for them than for everything else.
        if channel.pending.is_empty() {
            channel.pending = VecDeque::new();
        }
        done.map(|job| job.bytes)
    }
}

impl Channel {
    /// The job that goes on, or a new one of what has gathered, for those who are subscribed now.
    fn job(&mut self) -> Option<Arc<Job>> {
        if self.job.is_none() {
            self.job = Job::take(&mut self.pending).map(Arc::new);
            self.unserved = self.subscribers.len();
        }
        self.job.clone()
    }
}

#[cfg(test)]
mod tests;
