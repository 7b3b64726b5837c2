//! Bringing what the log says to the clients of this node.

use super::record::Record;
use crate::app_table::AppIndex;
use crate::history::{Gap, Logged};
use crate::hub::{Publication, Shared};
use crate::presence::Joined;
use crate::registry::ShardSet;
use crate::registry::elsewhere::MemberElsewhere;
use crate::repeats::Arriving;
use antiphon_protocol::ChannelName;
use antiphon_protocol::event::ServerEvent;
use antiphon_protocol::presence::Member;
use antiphon_protocol::ws::{Opcode, frame};
use std::cell::RefCell;
use std::sync::Arc;

/// An event that the log has brought.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Arrival {
    /// Its place, that of its first channel. `None`: the histories of this node still have their own order.
    pub(crate) logged: Option<Logged>,
    /// Whether the clients do not have it yet: they do if this node was alone when it was published here.
    pub(crate) is_new: bool,
}

impl Shared {
    /// Delivers an event to the clients of this node. Without an arrival the node is alone. The shards in `posted` are to be woken
    /// afterwards. Does nothing about records that are no events.
    pub(super) fn apply_event(
        &self,
        record: &Record<'_>,
        arrival: Option<Arrival>,
        posted: &mut ShardSet,
    ) {
        let is_new = arrival.is_none_or(|arrival| arrival.is_new);
        match record {
            Record::Publish {
                app,
                channels,
                event,
                data,
                except,
                once,
            } => {
                let Some(index) = self.apps.by_id(app) else {
                    return;
                };
                let mut arrival = arrival;
                if let Some(number) = once
                    && !self.is_first(index, *number, &mut arrival)
                {
                    return;
                }
                for channel in channels {
                    // The sender has checked the name.
                    if let Ok(channel) = ChannelName::parse(channel) {
                        let publication = Publication {
                            channels: &[],
                            event,
                            data,
                            except: *except,
                            once: None,
                        };
                        self.publish(index, &channel, &publication, arrival, posted);
                    }
                    if let Some(logged) =
                        arrival.as_mut().and_then(|arrival| arrival.logged.as_mut())
                    {
                        logged.serial += 1;
                    }
                }
            }
            Record::Message {
                app,
                channel,
                json,
                except,
            } if is_new => {
                let (Some(index), Ok(channel)) =
                    (self.apps.by_id(app), ChannelName::parse(channel))
                else {
                    return;
                };
                let registry = &self.apps.state(index).registry;
                if registry.is_occupied(&channel) {
                    let frame = frame::encode(Opcode::Text, json.as_bytes());
                    registry.in_order(&channel, |shards| {
                        self.post_to(shards, index, &channel, &frame, Some(*except), posted);
                    });
                }
            }
            Record::Terminate { app, user } if is_new => {
                if let Some(index) = self.apps.by_id(app) {
                    self.shut_out_user(index, &Arc::from(*user), posted);
                }
            }
            _ => {}
        }
    }

    /// Whether an event that may come several times is to be published now. One that its clients have already is not new to them.
    fn is_first(&self, app: AppIndex, number: u128, arrival: &mut Option<Arrival>) -> bool {
        let mut repeats = self.apps.state(app).repeats.lock();
        let now_ms = self.clock.elapsed_ms();
        let Some(arrival) = arrival else {
            return repeats.is_first_here(number, now_ms);
        };
        match repeats.arrive(number, now_ms) {
            Arriving::First => true,
            Arriving::Delivered => {
                arrival.is_new = false;
                true
            }
            Arriving::Again => false,
        }
    }

    /// Applies what another node has on a channel: see [`crate::registry::Registry::change_elsewhere`].
    pub(super) fn change_elsewhere(
        &self,
        app: AppIndex,
        channel: &ChannelName,
        counts: (u32, u32),
        members: Vec<MemberElsewhere>,
        posted: &mut ShardSet,
    ) -> bool {
        let posted = RefCell::new(posted);
        let announce = |shards: ShardSet, joined: Joined, member: &Member| {
            if shards != ShardSet::default() {
                let posted = &mut posted.borrow_mut();
                self.announce_member(app, channel, (shards, joined), member, None, posted);
            }
        };
        let gone = |shards: ShardSet, user_id: &Arc<str>, was_here: bool| match was_here {
            true => self.member_gone(app, channel, shards, user_id, &mut posted.borrow_mut()),
            false => self.announce_gone(app, channel, shards, user_id, &mut posted.borrow_mut()),
        };
        let registry = &self.apps.state(app).registry;
        registry.change_elsewhere(channel, counts, members, announce, gone)
    }

    /// Tells the subscribers of all channels with a history that events are missing which they will not get.
    pub(super) fn resync_all(&self) {
        let mut posted = ShardSet::default();
        for index in self.apps.listed() {
            let state = self.apps.state(index);
            let app = state.app();
            let covered = |channel: &ChannelName| app.history.cover(channel);
            for channel in state.registry.subscribed_here(covered) {
                let event = ServerEvent::Resync {
                    channel: channel.as_str(),
                    reason: Gap::Expired.as_str(),
                };
                let json = event.to_json();
                self.tap_announcement(index, &channel, &json);
                let frame = frame::encode(Opcode::Text, json.as_bytes());
                state.registry.in_order(&channel, |shards| {
                    self.post_to(shards, index, &channel, &frame, None, &mut posted);
                });
            }
        }
        self.wake(posted);
    }
}
