//! Many small private channels, as a chat has them: a message goes to the few members of one conversation, except its author.
//!
//! Which conversation is next is chance, the same in every run. Every member but the author must get each message once and in
//! order. In the closed loop at most `--in-flight` messages are on their way; with `--rate` messages are sent when their time has
//! come, whatever became of earlier ones, and latency counts from that time: a server that falls behind cannot hide it.

mod ledger;
mod pool;

use super::marks::data;
use crate::clock;
use crate::dice::Dice;
use crate::report::Report;
use crate::swarm::{PATIENCE, Swarm};
use crate::target::Target;
use crate::usage::Usage;
use anyhow::{Context as _, Result};
use ledger::Ledger;
use pool::Pool;
use serde_json::json;
use std::time::{Duration, Instant};

const SEED: u64 = 0x0a17_1940;

/// The load.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Conversations, each a private channel.
    #[arg(long, short = 'n', default_value_t = 2000, value_parser = clap::value_parser!(u32).range(1..))]
    conversations: u32,
    /// Members of each, one of them the author of a message.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u8).range(2..))]
    members: u8,
    /// How messages get to the server.
    #[arg(long, value_enum, default_value_t = By::Api)]
    by: By,
    /// Messages to measure, after a tenth as many that are not.
    #[arg(long, default_value_t = 20_000, value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    messages: u32,
    /// Messages sent in a second, whether or not earlier ones have arrived. Without it the loop is closed.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    rate: Option<u32>,
    /// Messages in the closed loop that have not reached every member.
    #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u16).range(1..))]
    in_flight: u16,
    /// Connections to the HTTP API, kept alive. Messages of one conversation take the same one, so that they have an order.
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u8).range(1..=64))]
    connections: u8,
    /// Bytes of a message's data; its name, channel and JSON add about 60.
    #[arg(long, default_value_t = 200)]
    data_bytes: usize,
}

/// The two ways in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum By {
    /// A request to the HTTP API, which names the author's socket as the one that does not get it.
    Api,
    /// A client event from the author's socket.
    ClientEvents,
}

/// Measures.
pub(crate) fn run(target: &Target, options: &Options) -> Result<Report> {
    let mut report = Report::new("chat");
    let members = usize::from(options.members);
    let conversations = options.conversations as usize;
    let empty = Usage::at_rest(&target.pids)?;
    let mut swarm = Swarm::new(target)?;
    swarm.grow(conversations * members, |number| {
        format!("private-conversation-{}", number / members)
    })?;
    let subscribed = Usage::at_rest(&target.pids)?;

    let messages = options.messages as usize;
    let warm_up = messages.div_ceil(10);
    let mut desk = Desk {
        pool: Pool::new(target, options.connections.into()),
        ledger: Ledger::new(conversations, members, warm_up),
        turns: vec![0; conversations],
        dice: Dice::new(SEED),
        options,
    };
    desk.run(&mut swarm, warm_up)?;
    let before = Usage::of(&target.pids)?;
    let start = clock::now();
    let finished = desk.run(&mut swarm, messages)?;
    let wall = start.elapsed();
    let after = Usage::of(&target.pids)?;
    let mut ledger = desk.ledger;
    if finished {
        swarm.fence(|incoming| ledger.receive(&incoming, clock::now()))?;
    }

    report.add("conversations", conversations as f64, "");
    report.add("members of each", members as f64, "");
    report.add("messages", messages as f64, "");
    let by = f64::from(u8::from(options.by == By::Api));
    report.add("by the HTTP API (1) or client events (0)", by, "");
    match options.rate {
        Some(rate) => report.add("messages per second, intended", rate.into(), "/s"),
        None => report.add("messages in flight at most", options.in_flight.into(), ""),
    }
    let rate = messages as f64 / wall.as_secs_f64();
    report.add("messages per second", rate.round(), "/s");
    report.add("event length", ledger.event_bytes() as f64, "bytes");
    let [p50, p90, p99, max] = ledger.latencies.percentiles_ms([50.0, 90.0, 99.0, 100.0]);
    report.add("latency p50", p50, "ms");
    report.add("latency p90", p90, "ms");
    report.add("latency p99", p99, "ms");
    report.add("latency max", max, "ms");
    if !target.pids.is_empty() {
        let cpu = after.cpu_us_each(before, messages);
        report.add("server: CPU per message", cpu, "us");
        let sockets = conversations * members;
        let memory = subscribed.memory_kib_each(empty, sockets);
        report.add("server: memory per socket", memory, "KiB");
        let memory = after.memory_kib_each(empty, sockets);
        report.add("server: the same after the load", memory, "KiB");
    }
    ledger
        .into_failures()
        .into_iter()
        .for_each(|f| report.fail(f));
    Ok(report)
}

/// Who writes what next.
struct Desk<'a> {
    options: &'a Options,
    pool: Pool<'a>,
    ledger: Ledger,
    /// How many messages each conversation has had: its members take turns.
    turns: Vec<usize>,
    dice: Dice,
}

impl Desk<'_> {
    /// Sends so many more messages and waits until they have arrived. `false`: nothing came for too long.
    fn run(&mut self, swarm: &mut Swarm<'_>, count: usize) -> Result<bool> {
        let start = clock::now();
        let interval = self.options.rate.map(|rate| Duration::from_secs(1) / rate);
        let (mut sent, goal) = (0, self.ledger.sent() + count);
        let mut last = (self.ledger.received(), start);
        while self.ledger.complete() < goal {
            let mut timeout = PATIENCE;
            while sent < count {
                let now = clock::now();
                let at = match interval {
                    Some(interval) => {
                        let due = start + interval * sent as u32;
                        if due > now {
                            timeout = whole_ms(due - now);
                            break;
                        }
                        due
                    }
                    None if self.ledger.on_their_way() < self.options.in_flight.into() => now,
                    None => break,
                };
                self.send(swarm, at)?;
                sent += 1;
            }
            let mut now = None;
            let ledger = &mut self.ledger;
            let foreign = swarm.turn(timeout, |incoming| {
                ledger.receive(&incoming, *now.get_or_insert_with(clock::now));
                Ok(())
            })?;
            self.pool.read(swarm.registry(), foreign)?;
            if self.ledger.received() != last.0 || timeout < PATIENCE {
                last = (self.ledger.received(), clock::now());
            } else if last.1.elapsed() > PATIENCE {
                self.ledger.give_up();
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The conversation that is written to next. Two authors' client events have no order, so with those a conversation has
    /// one on its way at a time, and the next one that has none steps in.
    fn next_conversation(&mut self) -> Result<usize> {
        let (chosen, all) = (self.dice.below(self.turns.len()), self.turns.len());
        let quiet = |conversation: &usize| {
            self.options.by == By::Api || self.ledger.is_quiet(*conversation)
        };
        (chosen..all)
            .chain(0..chosen)
            .find(quiet)
            .context("every conversation has a message on its way: there are too few for this load")
    }

    fn send(&mut self, swarm: &mut Swarm<'_>, at: Instant) -> Result<()> {
        let members = usize::from(self.options.members);
        let conversation = self.next_conversation()?;
        let author = conversation * members + self.turns[conversation] % members;
        self.turns[conversation] += 1;
        let number = self.ledger.send(author, at);
        let data = data(number, self.options.data_bytes);
        let channel = swarm.channel(author);
        match self.options.by {
            By::Api => {
                let except = swarm.socket_id(author).context("a socket without a name")?;
                let channel = channel.to_owned();
                self.pool
                    .publish(swarm.registry(), conversation, channel, data, except)
            }
            By::ClientEvents => {
                let event = json!({ "event": "client-m", "channel": channel, "data": data });
                swarm.send(author, &event.to_string())
            }
        }
    }
}

/// The time to wait, so that what is due is never late: epoll counts whole milliseconds. The rest is spent looking.
fn whole_ms(time: Duration) -> Duration {
    Duration::from_millis(u64::try_from(time.as_millis()).unwrap_or(u64::MAX))
}
