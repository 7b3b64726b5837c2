//! One shard: a slab of connections, an epoll set, channels and an inbox, all owned by one thread.
//!
//! A turn takes the events of the sockets, then what the inbox brought, then delivers a slice of it; between two turns
//! the other tasks of the thread run. No connection is ever touched by two threads, and none is ever waited for.
//!
//! The epoll set is edge-triggered and each socket is registered once. So reading goes on until the socket is empty,
//! and what is left unread for fairness is remembered in `unfinished`.

mod accept;
mod backlog;
mod batch;
mod catch_up;
mod channels;
mod client_event;
mod close;
mod conn;
mod counts;
mod deliver;
mod departure;
mod drain;
mod identity;
mod inspect;
mod job;
mod read;
mod session;
mod shut_out;
mod signin;
#[cfg(any(test, feature = "simulation"))]
pub(crate) mod simulation;
mod subscribe;
mod sweep;
mod tap;
mod transport;
mod watch;

use crate::app_table::AppIndex;
use crate::clock::{Clock, Now};
use crate::engine::Control;
use crate::handoff::HttpHandoff;
use crate::hub::Hub;
use crate::inbox::{Inbox, Post};
use crate::limits::Limits;
use crate::metrics::Counts;
use crate::sys;
use antiphon_protocol::ChannelName;
use antiphon_protocol::ws::deflate::{Deflater, Inflater};
use batch::Batch;
use channels::Channels;
use conn::Conn;
use mio::event::Event;
use mio::net::TcpListener;
use mio::{Events, Interest, Poll, Token};
use shut_out::ShutOut;
use slab::Slab;
use std::collections::{HashMap, HashSet, VecDeque};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::time::MissedTickBehavior;
use watch::Watches;

/// The token of a shard's waker. Its lower half, like those of the listeners below it, is no slot's.
pub(crate) const WAKER: Token = Token(u32::MAX as usize);

/// The lowest of the tokens that are no connection's; a shard has fewer listeners than fit above it.
const FIRST_SPECIAL: u32 = u32::MAX - 0xffff;

/// How many events are taken from the epoll set at once.
const EVENTS: usize = 1024;

/// The size of the one read buffer of a shard.
const SCRATCH_BYTES: usize = 64 << 10;

/// How often a stopping shard looks whether everybody is gone.
const STOP_POLL: Duration = Duration::from_millis(10);

/// How many parts the sweep takes to look at every connection.
const SWEEP_PARTS: u32 = 10;

pub(crate) struct Shard {
    index: usize,
    hub: Hub,
    poll: Poll,
    listeners: Vec<TcpListener>,
    http: Arc<dyn HttpHandoff>,
    /// HTTP connections that came through this shard and are still open.
    handed_over: Arc<AtomicUsize>,
    control: Arc<Control>,
    clock: Clock,
    now: Now,
    conns: Slab<Conn>,
    channels: Channels,
    /// The slots of each signed-in user's connections.
    users: HashMap<(AppIndex, Arc<str>), Vec<usize>>,
    /// Whom the connections watch.
    watches: Watches,
    /// Whose connections are to be closed in this turn.
    shut_outs: Vec<ShutOut>,
    /// Channels whose subscribers are to be told how many they are, when the time has come.
    counts_due: HashSet<(AppIndex, ChannelName)>,
    /// Presence channels where this shard has lost members that may come back.
    lingering: HashSet<(AppIndex, ChannelName)>,
    generation: u32,
    /// Connections with more to read than one turn took, and whether their peer has closed.
    unfinished: VecDeque<(Token, bool)>,
    scratch: Vec<u8>,
    /// For all connections on which permessage-deflate was agreed to. They keep no state from one message to the next.
    deflater: Deflater,
    inflater: Inflater,
    /// For sending to many at once, if that is possible. Away while it is used.
    batch: Option<Box<Batch>>,
    /// Answers to the connection that is being read, to go out in one write.
    out: Vec<u8>,
    /// How many messages of the protocol are in `out`.
    out_messages: usize,
    tapped: tap::Tapped,
    /// Searches among the connections that go on.
    inspections: VecDeque<inspect::Search>,
    /// An empty list to exchange for the inbox's.
    spare_posts: Vec<Post>,
    sweep_at: usize,
    /// Whether the last attempt to accept failed, and was reported.
    cannot_accept: bool,
}

/// Runs a shard on this thread until it is stopped.
pub(crate) fn run(runtime: &tokio::runtime::Runtime, shard: Shard) -> io::Result<()> {
    tokio::task::LocalSet::new().block_on(runtime, shard.run())
}

impl Shard {
    pub(crate) fn new(
        index: usize,
        hub: Hub,
        poll: Poll,
        mut listeners: Vec<TcpListener>,
        http: Arc<dyn HttpHandoff>,
        control: Arc<Control>,
    ) -> io::Result<Self> {
        for (i, listener) in listeners.iter_mut().enumerate() {
            poll.registry().register(
                listener,
                Token(FIRST_SPECIAL as usize + i),
                Interest::READABLE,
            )?;
        }
        let clock = Clock::start();
        Ok(Self {
            index,
            channels: Channels::default(),
            hub,
            poll,
            listeners,
            http,
            handed_over: Arc::default(),
            control,
            now: clock.now(),
            clock,
            conns: Slab::new(),
            users: HashMap::new(),
            watches: Watches::default(),
            shut_outs: Vec::new(),
            counts_due: HashSet::new(),
            lingering: HashSet::new(),
            generation: 0,
            unfinished: VecDeque::new(),
            scratch: Vec::new(),
            deflater: Deflater::default(),
            inflater: Inflater::default(),
            batch: None,
            out: Vec::new(),
            out_messages: 0,
            tapped: tap::Tapped::default(),
            inspections: VecDeque::new(),
            spare_posts: Vec::new(),
            sweep_at: 0,
            cannot_accept: false,
        })
    }

    async fn run(mut self) -> io::Result<()> {
        let watch = sys::watch(&self.poll)?;
        self.prepare_batches();
        let mut events = Events::with_capacity(EVENTS);
        let sweep_every =
            Duration::from_millis((self.limits().sweep_ms / SWEEP_PARTS).max(1).into());
        let mut sweep = tokio::time::interval(sweep_every);
        sweep.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let stop = self.control.stopping.clone();
        loop {
            let busy = self.is_busy();
            let mut ready = tokio::select! {
                biased;
                () = stop.cancelled() => {
                    drop(watch);
                    return self.wind_up(&mut events).await;
                }
                _ = sweep.tick() => {
                    self.now = self.clock.now();
                    self.sweep();
                    None
                }
                ready = watch.readable() => Some(ready?),
                () = std::future::ready(()), if busy => None,
            };
            let n_events = self.turn(&mut events)?;
            // An edge that comes after the empty poll sets readiness again, since the runtime looks for it later, on this thread.
            if let (0, Some(ready)) = (n_events, &mut ready) {
                ready.clear_ready();
            }
            // The other tasks of this thread, HTTP among them, run here.
            tokio::task::yield_now().await;
        }
    }

    /// Tells everybody to reconnect and waits until they are gone, or the grace period is over.
    async fn wind_up(&mut self, events: &mut Events) -> io::Result<()> {
        let grace = self.control.grace();
        self.now = self.clock.now();
        // What was published before the stop still goes out; the inbox bounds how much that can be.
        self.drain_inbox();
        while self.channels.is_busy() {
            self.deliver();
        }
        let mut farewells = self.begin_stop(grace);
        let gone = async {
            let mut look = tokio::time::interval(STOP_POLL);
            while !self.is_deserted() {
                look.tick().await;
                self.turn(events)?;
                self.say_farewell(&mut farewells);
                self.sweep();
            }
            Ok(())
        };
        let outcome = tokio::time::timeout(grace, gone).await;
        for slot in 0..self.conns.capacity() {
            if self.conns.contains(slot) {
                self.drop_conn(slot);
            }
        }
        outcome.unwrap_or(Ok(()))
    }

    /// Whether there is something to do that no socket will tell of.
    fn is_busy(&self) -> bool {
        self.channels.is_busy()
            || self.watches.is_busy()
            || !self.unfinished.is_empty()
            || !self.inspections.is_empty()
    }

    /// Does what there is to do, within measure. Gives the number of events there were.
    fn turn(&mut self, events: &mut Events) -> io::Result<usize> {
        match self.poll.poll(events, Some(Duration::ZERO)) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Ok(1),
            polled => polled?,
        }
        self.now = self.clock.now();
        let mut n_events = 0;
        for event in events.iter() {
            n_events += 1;
            self.handle(event);
        }
        for _ in 0..self.unfinished.len() {
            if let Some((token, ended)) = self.unfinished.pop_front() {
                self.guarded(token, |this, slot| this.read(slot, ended));
            }
        }
        self.drain_inbox();
        self.shut_out();
        self.inspect();
        self.deliver();
        self.tell_watchers();
        Ok(n_events)
    }

    fn handle(&mut self, event: &Event) {
        let token = event.token();
        if token == WAKER {
            // The inbox is looked at after the events, whatever woke the shard.
        } else if token.0 as u32 >= FIRST_SPECIAL && token.0 <= u32::MAX as usize {
            self.accept();
        } else {
            self.guarded(token, |this, slot| {
                if event.is_writable() {
                    this.flush(slot);
                }
                let ended = event.is_read_closed() || event.is_error();
                if (event.is_readable() || ended) && this.conns.contains(slot) {
                    this.read(slot, ended);
                }
            });
        }
    }

    /// Does something with the connection of a token, if it is still there. A panic costs that connection alone.
    fn guarded(&mut self, token: Token, act: impl FnOnce(&mut Self, usize)) {
        let (slot, generation) = slot_of(token);
        if self
            .conns
            .get(slot)
            .is_none_or(|conn| conn.generation != generation)
        {
            return;
        }
        if catch_unwind(AssertUnwindSafe(|| act(self, slot))).is_err() {
            self.hub.0.panics.fetch_add(1, Ordering::Relaxed);
            tracing::error!(
                shard = self.index,
                slot,
                "handling a connection panicked; it is dropped"
            );
            self.out.clear();
            self.out_messages = 0;
            self.tap_forget();
            // A panic in here, after one out there, means that the shard cannot be trusted: it ends, and the engine reports it.
            if self
                .conns
                .get(slot)
                .is_some_and(|conn| conn.generation == generation)
            {
                self.drop_conn(slot);
            }
        }
    }

    fn limits(&self) -> &Limits {
        &self.hub.0.limits
    }

    /// What this shard counts for an application.
    fn counts(&self, app: AppIndex) -> &Counts {
        &self.hub.0.apps.state(app).counts[self.index]
    }

    fn inbox(&self) -> &Inbox {
        &self.hub.0.inboxes[self.index]
    }
}

/// The token of a connection: its slot, and which of the slot's connections it is.
fn token_of(slot: usize, generation: u32) -> Token {
    Token((generation as usize) << 32 | slot)
}

fn slot_of(token: Token) -> (usize, u32) {
    (token.0 as u32 as usize, (token.0 >> 32) as u32)
}
