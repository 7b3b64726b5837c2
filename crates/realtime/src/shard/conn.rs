//! One connection: what it costs while it idles, and what it needs while it does not.
//!
//! The boxes are there only while a message is half read, bytes wait to be written, or somebody is known by name, and are dropped
//! when they run empty: one slow minute must not be paid for ever.

use super::backlog::Backlog;
use super::channels::{ChannelIndex, Subscription};
use super::identity::Identity;
use super::transport::Transport;
use crate::address_counts::CountedAddress;
use crate::app_table::AppIndex;
use crate::clock::Now;
use crate::rate::Rate;
use antiphon_protocol::SocketId;
use antiphon_protocol::presence::Member;
use antiphon_protocol::ws::Assembler;
use bytes::Bytes;
use std::io::{self, Write as _};
use std::sync::Arc;

/// How far a connection has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// The request's head is not complete yet.
    Head,
    /// An open WebSocket.
    Open,
    /// Told to close: what is queued goes out, what comes in is dropped.
    Closing,
}

#[derive(Debug)]
pub(super) struct Conn {
    pub(super) io: Transport,
    /// Tells this connection from earlier ones in the same slot.
    pub(super) generation: u32,
    pub(super) socket_id: SocketId,
    pub(super) phase: Phase,
    /// Whether a ping is unanswered.
    pub(super) pinged: bool,
    /// Whether permessage-deflate was agreed to.
    pub(super) deflates: bool,
    /// The application whose connections this one is counted among.
    pub(super) app: Option<AppIndex>,
    /// Counts it for its address, where those are limited.
    pub(super) address: Option<Box<CountedAddress>>,
    /// When the phase began (head, closing) or something was last heard (open), in milliseconds of the shard's clock.
    pub(super) since_ms: u32,
    /// When the connection was accepted.
    pub(super) accepted_ms: u32,
    pub(super) messages: Rate,
    /// Against the quota of the application, if it has one.
    pub(super) quota: Rate,
    pub(super) client_events: Rate,
    /// The channels of this connection, in no order.
    pub(super) subscriptions: Vec<Subscription>,
    /// Whether it signed in, or was let into a private channel once.
    pub(super) authorized: bool,
    /// Who it is, where that is known.
    pub(super) identity: Option<Box<Identity>>,
    pub(super) input: Option<Box<Input>>,
    pub(super) backlog: Option<Box<Backlog>>,
}

/// An incomplete request head or frame, and the fragments of an incomplete message.
#[derive(Debug, Default)]
pub(super) struct Input {
    pub(super) raw: Vec<u8>,
    pub(super) assembler: Assembler,
}

/// Why a connection cannot be written to any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SendError {
    /// The socket is dead.
    Gone,
    /// The client reads too slowly: more bytes wait for it than may.
    TooSlow,
}

impl Conn {
    pub(super) fn new(io: Transport, generation: u32, socket_id: SocketId, now: Now) -> Self {
        Self {
            io,
            generation,
            socket_id,
            phase: Phase::Head,
            pinged: false,
            deflates: false,
            app: None,
            address: None,
            since_ms: now.ms,
            accepted_ms: now.ms,
            messages: Rate::starting(now.us),
            quota: Rate::starting(now.us),
            client_events: Rate::starting(now.us),
            subscriptions: Vec::new(),
            authorized: false,
            identity: None,
            input: None,
            backlog: None,
        }
    }

    /// Something was heard from an open connection.
    pub(super) fn heard(&mut self, now: Now) {
        self.since_ms = now.ms;
        self.pinged = false;
    }

    /// Milliseconds since the phase began, or since something was heard.
    pub(super) fn silent_ms(&self, now: Now) -> u32 {
        now.ms.wrapping_sub(self.since_ms)
    }

    /// The user that signed in.
    pub(super) fn user(&self) -> Option<&Member> {
        self.identity.as_ref()?.user.as_ref()
    }

    /// The member that the connection is on a presence channel.
    pub(super) fn member(&self, channel: ChannelIndex) -> Option<&Arc<str>> {
        self.identity.as_ref()?.member(channel)
    }

    /// Ends that, and says who it was.
    pub(super) fn forget_member(&mut self, channel: ChannelIndex) -> Option<Arc<str>> {
        let identity = self.identity.as_mut()?;
        let member = identity.remove_membership(channel);
        if identity.is_empty() {
            self.identity = None;
        }
        member
    }

    /// Writes shared bytes; what the socket does not take waits in the backlog, without a copy.
    pub(super) fn send_shared(
        &mut self,
        bytes: &Bytes,
        max_backlog: usize,
    ) -> Result<(), SendError> {
        match &mut self.backlog {
            Some(backlog) => backlog.push(bytes.clone(), max_backlog),
            None => {
                let sent = self.write(bytes)?;
                self.keep_rest(bytes, sent, max_backlog)
            }
        }
    }

    /// Lets what the socket has not taken of shared bytes wait for it. Nothing else may be waiting.
    pub(super) fn keep_rest(
        &mut self,
        bytes: &Bytes,
        sent: usize,
        max_backlog: usize,
    ) -> Result<(), SendError> {
        match sent < bytes.len() {
            true => self.keep(bytes.slice(sent..), max_backlog),
            false => Ok(()),
        }
    }

    /// Writes bytes that are about to be reused; what the socket does not take is copied to the backlog.
    pub(super) fn send_copied(
        &mut self,
        bytes: &[u8],
        max_backlog: usize,
    ) -> Result<(), SendError> {
        match &mut self.backlog {
            Some(backlog) => backlog.push(Bytes::copy_from_slice(bytes), max_backlog),
            None => match self.write(bytes)? {
                sent if sent == bytes.len() => Ok(()),
                sent => self.keep(Bytes::copy_from_slice(&bytes[sent..]), max_backlog),
            },
        }
    }

    /// Writes what waits, for as long as the socket takes it.
    pub(super) fn flush(&mut self) -> Result<(), SendError> {
        let Some(mut backlog) = self.backlog.take() else {
            return Ok(());
        };
        let drained = backlog
            .write_to(&mut self.io)
            .map_err(|_| SendError::Gone)?;
        if !drained {
            self.backlog = Some(backlog);
        }
        Ok(())
    }

    /// How many bytes the socket takes now.
    fn write(&mut self, bytes: &[u8]) -> Result<usize, SendError> {
        loop {
            return match self.io.write(bytes) {
                Ok(sent) => Ok(sent),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(0),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(_) => Err(SendError::Gone),
            };
        }
    }

    fn keep(&mut self, rest: Bytes, max_backlog: usize) -> Result<(), SendError> {
        self.backlog.insert(Box::default()).push(rest, max_backlog)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whatever is there for few connections, or for moments, belongs into a box.
    #[test]
    fn an_idle_connection_is_small() {
        // A socket is a descriptor, and something more when mio is built for debugging.
        let socket = size_of::<Transport>();
        assert_eq!(size_of::<Conn>(), (96 + socket).next_multiple_of(8));
    }
}
