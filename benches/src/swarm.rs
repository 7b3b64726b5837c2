//! Many subscribed WebSockets in one epoll set, and whatever else the scenario wants watched in it.
//!
//! The swarm answers what the protocol asks of a client (subscribe when established, pong) and passes on the rest.
//! A socket that the server closes ends the run, except one that was told not to read.

use crate::clock;
use crate::socket::{Input, Socket};
use crate::target::{Target, check_descriptors};
use antiphon_protocol::SocketId;
use antiphon_protocol::auth;
use anyhow::{Context as _, Result, bail, ensure};
use mio::{Events, Interest, Poll, Registry, Token};
use serde_json::{Value, json};
use std::time::Duration;

/// How many foreign descriptors a scenario may watch.
pub(crate) const MAX_FOREIGN: usize = u64::BITS as usize;
/// Connections on the way at a time: below the backlog of any server.
const OPENING_AT_ONCE: usize = 100;
/// How long nothing may happen while something must.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);
/// What asks a server for a sign of life.
pub(crate) const PING: &str = r#"{"event":"pusher:ping","data":{}}"#;
const SCRATCH: usize = 64 * 1024;
/// Longer messages are no pings, so that events need not be searched.
const MAX_PING: usize = 64;

/// Sockets by number, each subscribed to one channel.
#[derive(Debug)]
pub(crate) struct Swarm<'a> {
    target: &'a Target,
    poll: Poll,
    events: Events,
    scratch: Vec<u8>,
    members: Vec<Member>,
    subscribed: usize,
    pings: u64,
}

#[derive(Debug)]
struct Member {
    socket: Socket,
    channel: String,
    socket_id: Option<SocketId>,
    subscribed: bool,
}

impl<'a> Swarm<'a> {
    /// An empty one.
    pub(crate) fn new(target: &'a Target) -> Result<Self> {
        Ok(Self {
            target,
            poll: Poll::new()?,
            events: Events::with_capacity(1024),
            scratch: vec![0; SCRATCH],
            members: Vec::new(),
            subscribed: 0,
            pings: 0,
        })
    }

    /// Connects `count` more and waits until all are subscribed, each to the private channel that `channel` names for its number.
    pub(crate) fn grow(&mut self, count: usize, channel: impl Fn(usize) -> String) -> Result<()> {
        let goal = self.members.len() + count;
        check_descriptors(goal)?;
        while self.subscribed < goal {
            while self.members.len() < goal
                && self.members.len() - self.subscribed < OPENING_AT_ONCE
            {
                self.open(channel(self.members.len()))?;
            }
            let before = self.subscribed;
            let deadline = clock::now() + PATIENCE;
            while self.subscribed == before {
                ensure!(
                    clock::now() < deadline,
                    "only {before} of {goal} sockets are subscribed, and nothing more happens"
                );
                self.turn(PATIENCE, |_| Ok(()))?;
            }
        }
        Ok(())
    }

    fn open(&mut self, channel: String) -> Result<()> {
        let number = self.members.len();
        let mut socket = Socket::open(self.target.address(number), &self.target.key)?;
        let token = Token(number);
        self.poll
            .registry()
            .register(&mut socket.stream, token, Interest::READABLE)?;
        self.members.push(Member {
            socket,
            channel,
            socket_id: None,
            subscribed: false,
        });
        Ok(())
    }

    /// How many sockets there are.
    pub(crate) fn len(&self) -> usize {
        self.members.len()
    }

    /// How many pings of the server were answered.
    pub(crate) fn pings(&self) -> u64 {
        self.pings
    }

    /// Where to register the foreign descriptor.
    pub(crate) fn registry(&self) -> &Registry {
        self.poll.registry()
    }

    /// The newest socket is not watched any more, so that nothing reads from it, and is no member of the swarm.
    pub(crate) fn take_deaf(&mut self) -> Result<Socket> {
        let mut member = self.members.pop().context("the swarm is empty")?;
        self.subscribed -= 1;
        self.poll.registry().deregister(&mut member.socket.stream)?;
        Ok(member.socket)
    }

    /// The channel that a socket is subscribed to.
    pub(crate) fn channel(&self, number: usize) -> &str {
        &self.members[number].channel
    }

    /// The name that the server gave a socket. `None` before it did.
    pub(crate) fn socket_id(&self, number: usize) -> Option<SocketId> {
        self.members[number].socket_id
    }

    /// Sends a message from one socket.
    pub(crate) fn send(&mut self, number: usize, text: &str) -> Result<()> {
        self.members[number].socket.send(text)
    }

    /// Shows that nothing more comes: what a server sends twice would stand before its answers to these pings.
    /// Gives everything else to `receive`.
    pub(crate) fn fence(&mut self, mut receive: impl FnMut(Incoming<'_>)) -> Result<()> {
        for member in &mut self.members {
            member.socket.send(PING)?;
        }
        let deadline = clock::now() + PATIENCE;
        let mut pongs = 0;
        while pongs < self.len() {
            ensure!(
                clock::now() < deadline,
                "only {pongs} of {} pings were answered",
                self.len()
            );
            self.turn(PATIENCE, |incoming| {
                if contains(incoming.message, b"pusher:pong") {
                    pongs += 1;
                } else {
                    receive(incoming);
                }
                Ok(())
            })?;
        }
        Ok(())
    }

    /// Waits for input once, at most for `timeout`, and gives every message to `receive`, with the number of its socket.
    /// Says which foreign descriptors have something.
    pub(crate) fn turn(
        &mut self,
        timeout: Duration,
        mut receive: impl FnMut(Incoming<'_>) -> Result<()>,
    ) -> Result<Foreign> {
        let mut foreign = Foreign::default();
        if let Err(error) = self.poll.poll(&mut self.events, Some(timeout)) {
            ensure!(error.kind() == std::io::ErrorKind::Interrupted, error);
            return Ok(foreign);
        }
        for event in &self.events {
            if foreign.add(event.token()) {
                continue;
            }
            let number = event.token().0;
            let Some(member) = self.members.get_mut(number) else {
                continue;
            };
            let Member {
                socket,
                channel,
                socket_id,
                subscribed,
            } = member;
            let input = socket.read(&mut self.scratch, |socket, message| {
                if *subscribed {
                    if message.len() <= MAX_PING && contains(message, b"\"pusher:ping\"") {
                        self.pings += 1;
                        return socket.send(r#"{"event":"pusher:pong","data":{}}"#);
                    }
                    return receive(Incoming { number, message });
                }
                *subscribed = settle_in(self.target, socket, channel, socket_id, message)?;
                self.subscribed += usize::from(*subscribed);
                Ok(())
            })?;
            ensure!(
                input == Input::Open,
                "the server closed socket {number} without a word"
            );
        }
        Ok(foreign)
    }
}

/// Foreign descriptors, by number.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Foreign(u64);

impl Foreign {
    /// The token to register the descriptor with this number with, which is below [`MAX_FOREIGN`].
    pub(crate) fn token(number: usize) -> Token {
        Token(usize::MAX - number)
    }

    pub(crate) fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(crate) fn contains(self, number: usize) -> bool {
        self.0 >> number & 1 == 1
    }

    /// Adds a foreign token; `false` for one of the swarm.
    fn add(&mut self, token: Token) -> bool {
        let number = usize::MAX - token.0;
        let is_foreign = number < MAX_FOREIGN;
        if is_foreign {
            self.0 |= 1 << number;
        }
        is_foreign
    }
}

/// A message for the scenario.
#[derive(Debug)]
pub(crate) struct Incoming<'a> {
    /// Which socket it came to.
    pub(crate) number: usize,
    /// Its JSON text.
    pub(crate) message: &'a [u8],
}

/// Subscribes when the connection is established; true when the subscription is there.
fn settle_in(
    target: &Target,
    socket: &mut Socket,
    channel: &str,
    own_id: &mut Option<SocketId>,
    message: &[u8],
) -> Result<bool> {
    let message: Value = serde_json::from_slice(message).context("a message that is no JSON")?;
    match message["event"].as_str().unwrap_or_default() {
        "pusher:connection_established" => {
            let data = message["data"]
                .as_str()
                .context("no data in the greeting")?;
            let data: Value = serde_json::from_str(data)?;
            let socket_id: SocketId = data["socket_id"]
                .as_str()
                .context("no socket_id in the greeting")?
                .parse()
                .context("the socket_id is not of the usual form")?;
            *own_id = Some(socket_id);
            let auth = auth::sign_channel(target.credentials(), socket_id, channel, None);
            let data = json!({ "channel": channel, "auth": auth });
            socket.send(&json!({ "event": "pusher:subscribe", "data": data }).to_string())?;
            Ok(false)
        }
        "pusher_internal:subscription_succeeded" => Ok(true),
        "pusher:ping" => {
            socket.send(r#"{"event":"pusher:pong","data":{}}"#)?;
            Ok(false)
        }
        "pusher:error" | "pusher:subscription_error" => bail!("the server refused: {message}"),
        _ => Ok(false),
    }
}

/// Whether `part` is somewhere in `text`.
fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}
