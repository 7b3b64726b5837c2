//! How long a website keeps what is over.

use crate::Invalid;

/// The shortest time that can be chosen, in days: a weekend, and some days to notice that it was a mistake.
pub const MIN_RETENTION_DAYS: i64 = 7;
/// The longest, in days: ten years.
pub const MAX_RETENTION_DAYS: i64 = 3650;

/// After how many days what is over is erased. `None`: it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Retention {
    /// Closed conversations, since their last message.
    pub closed_conversations_days: Option<u16>,
    /// Pages that were looked at, and visitors who opened the chat and never wrote.
    pub visits_days: Option<u16>,
}

impl Retention {
    /// A number of days: 7 to 3,650.
    pub fn parse_days(days: i64) -> Result<u16, Invalid> {
        u16::try_from(days)
            .ok()
            .filter(|_| (MIN_RETENTION_DAYS..=MAX_RETENTION_DAYS).contains(&days))
            .ok_or_else(|| {
                Invalid::new(format!(
                    "must be between {MIN_RETENTION_DAYS} and {MAX_RETENTION_DAYS}"
                ))
            })
    }

    /// Whether everything is kept.
    pub fn is_off(&self) -> bool {
        *self == Self::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_bounded() {
        for days in [7, 30, 3650] {
            assert_eq!(Retention::parse_days(days).map(i64::from), Ok(days));
        }
        for days in [i64::MIN, -7, 0, 6, 3651, 65_536 + 30, i64::MAX] {
            assert!(Retention::parse_days(days).is_err(), "{days}");
        }
        assert!(Retention::default().is_off());
    }
}
