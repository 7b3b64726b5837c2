//! What happens to a site's conversations by itself: who is given one, and when one is closed.

use crate::{AgentId, Invalid, TeamId};

/// The most conversations that an agent can be meant to have at once.
const MAX_CAPACITY: i64 = 1_000;
/// The longest silence after which a conversation is closed, in hours: a year.
const MAX_CLOSE_HOURS: i64 = 365 * 24;

/// What a widget's conversations are given to agents by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Assignment {
    /// Nothing: agents take them.
    #[default]
    Off,
    /// Turns: whoever was given one the longest ago is next.
    RoundRobin,
    /// Load: whoever has the fewest is next.
    LeastBusy,
}

impl Assignment {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Off, Self::RoundRobin, Self::LeastBusy];

    /// The name used in the database and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::RoundRobin => "round_robin",
            Self::LeastBusy => "least_busy",
        }
    }

    /// Reads the name of one.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        Self::ALL
            .into_iter()
            .find(|assignment| assignment.as_str() == text)
            .ok_or_else(|| Invalid::new("must be off, round_robin or least_busy"))
    }
}

/// How long nothing is said after the team's answer until a conversation is closed: 1–8,760 whole hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CloseAfter(i64);

impl CloseAfter {
    /// Checks a number of hours.
    pub fn parse(hours: i64) -> Result<Self, Invalid> {
        if (1..=MAX_CLOSE_HOURS).contains(&hours) {
            return Ok(Self(hours));
        }
        Err(Invalid::new(format!(
            "must be between 1 and {MAX_CLOSE_HOURS} hours"
        )))
    }

    /// In hours.
    pub const fn hours(self) -> i64 {
        self.0
    }
}

/// How many open conversations an agent is given before others are asked: 0–1,000. Those that are put aside do not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capacity(i64);

impl Capacity {
    /// Checks a number of conversations.
    pub fn parse(conversations: i64) -> Result<Self, Invalid> {
        if (0..=MAX_CAPACITY).contains(&conversations) {
            return Ok(Self(conversations));
        }
        Err(Invalid::new(format!(
            "must be between 0 and {MAX_CAPACITY}"
        )))
    }

    /// The number of conversations.
    pub const fn get(self) -> i64 {
        self.0
    }
}

/// What a widget does by itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct WidgetRouting {
    /// How conversations are given to agents.
    pub assignment: Assignment,
    /// To the agents of this team only.
    pub team_id: Option<TeamId>,
    /// When conversations are closed; never, if there is none.
    pub close_after: Option<CloseAfter>,
}

/// An agent who can be given a conversation, as far as its capacity goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Candidate {
    /// Who.
    pub agent_id: AgentId,
    /// How many open conversations it has.
    pub load: i64,
    /// How many it is to have at most.
    pub capacity: Option<Capacity>,
    /// When it was given one by itself the last time, as the revision of that change; 0 if it never was.
    pub last_given: i64,
}

impl Candidate {
    /// Whether it can be given one more.
    pub fn has_room(&self) -> bool {
        self.capacity
            .is_none_or(|capacity| self.load < capacity.get())
    }
}

impl Assignment {
    /// Whose turn it is, among those who have room. Two who are equal in everything else stand in the order of their ids.
    pub fn choose<'a>(
        self,
        candidates: impl IntoIterator<Item = &'a Candidate>,
    ) -> Option<AgentId> {
        let all = candidates.into_iter().filter(|it| it.has_room());
        let next = match self {
            Self::Off => None,
            Self::RoundRobin => all.min_by_key(|it| (it.last_given, it.agent_id)),
            Self::LeastBusy => all.min_by_key(|it| (it.load, it.last_given, it.agent_id)),
        };
        next.map(|it| it.agent_id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(id: i64, load: i64, capacity: Option<i64>, last_given: i64) -> Candidate {
        Candidate {
            agent_id: AgentId(id),
            load,
            capacity: capacity.map(|n| Capacity::parse(n).unwrap()),
            last_given,
        }
    }

    #[test]
    fn every_assignment_reads_back_from_its_name() {
        for assignment in Assignment::ALL {
            assert_eq!(Assignment::parse(assignment.as_str()), Ok(assignment));
        }
        assert!(Assignment::parse("random").is_err());
    }

    #[test]
    fn numbers_have_their_limits() {
        assert_eq!(CloseAfter::parse(8_760).unwrap().hours(), 8_760);
        assert!(CloseAfter::parse(0).is_err());
        assert!(CloseAfter::parse(8_761).is_err());
        assert_eq!(Capacity::parse(0).unwrap().get(), 0);
        assert!(Capacity::parse(-1).is_err());
        assert!(Capacity::parse(1_001).is_err());
    }

    #[test]
    fn turns_go_to_whoever_waited_longest_for_one() {
        let all = [
            candidate(1, 0, None, 9),
            candidate(2, 5, None, 3),
            candidate(3, 0, Some(0), 0),
        ];
        assert_eq!(Assignment::RoundRobin.choose(&all), Some(AgentId(2)));
        let new = [candidate(8, 0, None, 0), candidate(7, 0, None, 0)];
        assert_eq!(Assignment::RoundRobin.choose(&new), Some(AgentId(7)));
    }

    #[test]
    fn the_least_busy_has_the_fewest_and_still_room() {
        let all = [
            candidate(1, 2, Some(2), 0),
            candidate(2, 4, None, 0),
            candidate(3, 3, Some(4), 8),
            candidate(4, 3, None, 7),
        ];
        assert_eq!(Assignment::LeastBusy.choose(&all), Some(AgentId(4)));
        assert_eq!(Assignment::LeastBusy.choose(&all[..1]), None);
        assert_eq!(Assignment::Off.choose(&all), None);
    }
}
