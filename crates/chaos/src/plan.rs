//! What is broken when: a schedule that follows from the seed alone.
//!
//! There are two lanes that run side by side, one for the processes and one for network, clock and work, so that a connection is
//! also cut while a server is being killed. Within a lane one fault ends before the next begins. Each lane deals its faults from a
//! shuffled deck, so that all kinds come equally often.

use crate::dice::Dice;
use std::time::Duration;

/// A way to break something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Fault {
    /// SIGKILL of `serve`, and a start on the same data. With several nodes it is one of them, as for all that concerns `serve`.
    KillServe,
    /// SIGTERM of `serve`, and a start.
    StopServe,
    /// SIGSTOP of `serve`, and SIGCONT some time later.
    FreezeServe,
    /// The wall clock of all processes is set ten minutes ahead while they run, and later right again.
    ClockAhead,
    /// The same with a clock that is set back.
    ClockBehind,
    /// The disk with the data is full.
    FullDisk,
    /// SIGKILL of `reverb:start`, and a start.
    KillSockets,
    /// SIGSTOP of `reverb:start`, and SIGCONT.
    FreezeSockets,
    /// SIGKILL of `queue:work`, and a start.
    KillWorker,
    /// SIGSTOP of `queue:work` with the jobs it holds, and SIGCONT.
    FreezeWorker,
    /// SIGTERM of each node in turn; the next one follows when the one before is there again.
    RollingRestart,
    /// A node hears nothing of Redis, and is not heard there.
    PartitionRedis,
    /// A node hears nothing of PostgreSQL.
    PartitionPostgres,
    /// A node hears of neither.
    PartitionBoth,
    /// SIGKILL of Redis, which keeps nothing, and a start.
    KillRedis,
    /// SIGSTOP of Redis, and SIGCONT.
    FreezeRedis,
    /// Redis ends all connections.
    CutRedis,
    /// PostgreSQL is not there for any node.
    StopPostgres,
    /// PostgreSQL ends all sessions.
    EndSessions,
    /// Every connection ends.
    Cut,
    /// The next connections end in the midst of what the client sends.
    CutRequests,
    /// The next connections end in the midst of what the server answers.
    CutAnswers,
    /// Every connection goes silent in both directions, and neither end hears of it.
    HalfOpen,
    /// Nothing moves for some time; then everything does.
    Stall,
    /// Large events for a subscriber that never reads.
    Flood,
    /// A job that nobody can do, at the head of a conversation's lane.
    PoisonJob,
}

impl Fault {
    /// As the table calls it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::KillServe => "kill -9 of serve",
            Self::StopServe => "SIGTERM of serve",
            Self::FreezeServe => "SIGSTOP of serve",
            Self::ClockAhead => "wall clock 10 minutes ahead",
            Self::ClockBehind => "wall clock 10 minutes behind",
            Self::FullDisk => "full disk",
            Self::KillSockets => "kill -9 of reverb:start",
            Self::FreezeSockets => "SIGSTOP of reverb:start",
            Self::KillWorker => "kill -9 of queue:work",
            Self::FreezeWorker => "SIGSTOP of queue:work",
            Self::RollingRestart => "rolling restart",
            Self::PartitionRedis => "node cut off from Redis",
            Self::PartitionPostgres => "node cut off from PostgreSQL",
            Self::PartitionBoth => "node cut off from both",
            Self::KillRedis => "kill -9 of Redis, empty again",
            Self::FreezeRedis => "SIGSTOP of Redis",
            Self::CutRedis => "connections to Redis cut",
            Self::StopPostgres => "PostgreSQL stopped",
            Self::EndSessions => "sessions of PostgreSQL ended",
            Self::Cut => "connections cut",
            Self::CutRequests => "cut in mid-request",
            Self::CutAnswers => "cut in mid-answer",
            Self::HalfOpen => "half-open connections",
            Self::Stall => "stalled network",
            Self::Flood => "flood past a slow reader",
            Self::PoisonJob => "poison job",
        }
    }

    /// How long it lasts, in milliseconds, at least and at most. What a restart takes comes on top.
    fn lasts_ms(self) -> (u64, u64) {
        match self {
            // The time in which nobody is there.
            Self::KillServe | Self::StopServe | Self::KillSockets | Self::KillWorker => (0, 800),
            Self::FreezeServe | Self::FreezeSockets | Self::FreezeWorker | Self::Stall => {
                (500, 3500)
            }
            Self::FullDisk => (1500, 3000),
            Self::ClockAhead | Self::ClockBehind => (1000, 4000),
            Self::HalfOpen => (1000, 4000),
            // Redis is missed after 1.5 s, and a node is taken for dead after 10 s.
            Self::PartitionRedis | Self::PartitionBoth => (1000, 13_000),
            Self::PartitionPostgres | Self::KillRedis | Self::FreezeRedis | Self::StopPostgres => {
                (500, 5000)
            }
            Self::RollingRestart | Self::CutRedis | Self::EndSessions => (0, 500),
            Self::Cut | Self::CutRequests | Self::CutAnswers | Self::PoisonJob => (0, 500),
            Self::Flood => (500, 1500),
        }
    }
}

/// A fault in the schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Injection {
    /// How long nothing is broken before it, in this lane.
    pub(crate) after: Duration,
    /// What.
    pub(crate) fault: Fault,
    /// How long.
    pub(crate) lasting: Duration,
}

/// How long one lane rests between two faults, in milliseconds.
const REST_MS: (u64, u64) = (300, 2200);

/// The faults of a lane for this time. All kinds come once before any comes again.
pub(crate) fn schedule(mut dice: Dice, kinds: &[Fault], time: Duration) -> Vec<Injection> {
    let mut injections = Vec::new();
    let (mut elapsed, mut deck) = (Duration::ZERO, Vec::new());
    while !kinds.is_empty() {
        if deck.is_empty() {
            deck = kinds.to_vec();
            dice.shuffle(&mut deck);
        }
        let fault = deck.pop().expect("it was filled");
        let (least, most) = fault.lasts_ms();
        let injection = Injection {
            after: dice.between_ms(REST_MS.0, REST_MS.1),
            fault,
            lasting: dice.between_ms(least, most),
        };
        elapsed += injection.after + injection.lasting;
        if elapsed > time {
            break;
        }
        injections.push(injection);
    }
    injections
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    const KINDS: [Fault; 4] = [Fault::Cut, Fault::Stall, Fault::KillServe, Fault::FullDisk];

    #[test]
    fn a_seed_always_gives_the_same_schedule() {
        let of = |seed| schedule(Dice::new(seed), &KINDS, Duration::from_secs(60));
        assert_eq!(of(7), of(7));
        assert_ne!(of(7), of(8));
        assert!(of(7).len() > 10);
    }

    #[test]
    fn every_kind_comes_before_any_comes_again() {
        let all = schedule(Dice::new(3), &KINDS, Duration::from_secs(600));
        for deal in all.chunks_exact(KINDS.len()) {
            let kinds: BTreeSet<_> = deal.iter().map(|injection| injection.fault).collect();
            assert_eq!(kinds.len(), KINDS.len());
        }
    }

    #[test]
    fn it_ends_in_time_and_needs_a_kind() {
        let all = schedule(Dice::new(3), &KINDS, Duration::from_secs(20));
        let total: Duration = all.iter().map(|one| one.after + one.lasting).sum();
        assert!(total <= Duration::from_secs(20));
        assert_eq!(schedule(Dice::new(3), &[], Duration::from_secs(20)), []);
    }
}
