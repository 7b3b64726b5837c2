//! Several connections to the HTTP API. A conversation always takes the same one, and a connection one request at a time,
//! so the messages of a conversation are published in their order.

use crate::publisher::Publisher;
use crate::swarm::{Foreign, MAX_FOREIGN};
use crate::target::Target;
use antiphon_protocol::SocketId;
use anyhow::Result;
use mio::Registry;
use std::collections::VecDeque;

/// At most [`MAX_FOREIGN`] connections, and what waits for each.
#[derive(Debug)]
pub(super) struct Pool<'a> {
    lanes: Vec<Lane<'a>>,
}

#[derive(Debug)]
struct Lane<'a> {
    publisher: Publisher<'a>,
    waiting: VecDeque<Waiting>,
}

#[derive(Debug)]
struct Waiting {
    channel: String,
    data: String,
    except: SocketId,
}

impl<'a> Pool<'a> {
    /// One that has not connected yet.
    pub(super) fn new(target: &'a Target, connections: usize) -> Self {
        let lanes = (0..connections.min(MAX_FOREIGN)).map(|number| Lane {
            publisher: Publisher::with_number(target, number),
            waiting: VecDeque::new(),
        });
        Self {
            lanes: lanes.collect(),
        }
    }

    /// Sends a message, or has it wait until the connection of its conversation is free.
    pub(super) fn publish(
        &mut self,
        registry: &Registry,
        conversation: usize,
        channel: String,
        data: String,
        except: SocketId,
    ) -> Result<()> {
        let lane = conversation % self.lanes.len();
        let lane = &mut self.lanes[lane];
        lane.waiting.push_back(Waiting {
            channel,
            data,
            except,
        });
        lane.go_on(registry)
    }

    /// Reads the answers that have come, and sends what waited for them.
    pub(super) fn read(&mut self, registry: &Registry, arrived: Foreign) -> Result<()> {
        for (number, lane) in self.lanes.iter_mut().enumerate() {
            if arrived.contains(number) {
                lane.publisher.read()?;
                lane.go_on(registry)?;
            }
        }
        Ok(())
    }
}

impl Lane<'_> {
    fn go_on(&mut self, registry: &Registry) -> Result<()> {
        if !self.publisher.is_free() {
            return Ok(());
        }
        let Some(next) = self.waiting.pop_front() else {
            return Ok(());
        };
        let channels = [&*next.channel];
        self.publisher
            .publish_to(registry, &channels, &next.data, Some(next.except))
    }
}
