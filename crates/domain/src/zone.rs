//! Time zones, from the database that is inside the program: what it says is the same on every machine, and nothing is read.

use crate::{Invalid, Timestamp};
use jiff::tz::TimeZone;

/// The longest name of the database has 32 characters; more need not be looked up.
const MAX_NAME: usize = 40;

/// A time zone of the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone {
    zone: TimeZone,
    name: String,
}

impl Zone {
    /// Finds a zone by its name, whatever the case.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let found = Some(text).filter(|text| text.len() <= MAX_NAME);
        let found = found.and_then(|text| TimeZone::get(text).ok());
        let named = found.and_then(|zone| {
            // `Etc/Unknown` is what a browser says that does not know.
            let name = zone.iana_name().filter(|_| !zone.is_unknown())?.to_owned();
            Some(Self { zone, name })
        });
        named.ok_or_else(|| Invalid::new("must be a time zone such as Europe/Madrid"))
    }

    /// Its name in the database.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What a clock there shows, `YYYY-MM-DD HH:MM:SS`.
    pub fn clock(&self, at: Timestamp) -> String {
        let at = jiff::Timestamp::from_microsecond(at.as_micros()).unwrap_or_default();
        let shown = self.zone.to_datetime(at);
        shown.strftime("%Y-%m-%d %H:%M:%S").to_string()
    }

    pub(crate) fn zone(&self) -> &TimeZone {
        &self.zone
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_is_one_of_the_database() {
        for (text, name) in [
            ("Europe/Madrid", "Europe/Madrid"),
            ("europe/madrid", "Europe/Madrid"),
            ("Asia/Calcutta", "Asia/Calcutta"),
            ("UTC", "UTC"),
            (
                "America/Argentina/ComodRivadavia",
                "America/Argentina/ComodRivadavia",
            ),
        ] {
            assert_eq!(Zone::parse(text).unwrap().name(), name);
        }
        for text in [
            "Mars/Olympus",
            "",
            "../../etc/localtime",
            "Etc/Unknown",
            "+02:00",
        ] {
            assert!(Zone::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_clock_shows_the_time_of_its_place_and_season() {
        let clock = |zone: &str, micros| {
            Zone::parse(zone)
                .unwrap()
                .clock(Timestamp::from_micros(micros))
        };
        assert_eq!(
            clock("Europe/Madrid", 1_767_225_599_999_999),
            "2026-01-01 00:59:59"
        );
        assert_eq!(
            clock("Europe/Madrid", 1_782_864_000_000_000),
            "2026-07-01 02:00:00"
        );
        assert_eq!(
            clock("Asia/Kathmandu", 1_767_225_600_000_000),
            "2026-01-01 05:45:00"
        );
    }
}
