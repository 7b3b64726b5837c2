//! The days of a report, on the clock of a place: one may have 23 hours, and another 25.

use crate::{Invalid, Timestamp, Zone};
use jiff::ToSpan as _;
use jiff::civil::{Date, date};
use std::fmt;

/// The longest period, in days: a leap year.
pub const MAX_REPORT_DAYS: i64 = 366;
/// The longest period that is shown hour by hour, in days.
pub const MAX_HOURLY_DAYS: i64 = 31;
/// Messages are counted by quarters of an hour, which every zone's days begin with.
const QUARTER: i64 = 900_000_000;

/// A day of the calendar, of this century.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ReportDay(Date);

impl ReportDay {
    const FIRST: Self = Self(date(2000, 1, 1));
    const LAST: Self = Self(date(2100, 12, 31));

    /// Reads `YYYY-MM-DD`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let day = text.parse::<Date>().ok().map(Self);
        // The parser also takes times and other forms, which would be read as something that nobody meant.
        let day = day.filter(|day| day.to_string() == text);
        day.filter(|day| (Self::FIRST..=Self::LAST).contains(day))
            .ok_or_else(|| {
                Invalid::new(format!(
                    "must be a date such as 2026-03-29, from {} to {}",
                    Self::FIRST,
                    Self::LAST
                ))
            })
    }
}

impl fmt::Display for ReportDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A stretch of time: from its first moment to the one after its last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReportSpan {
    /// Its first moment.
    pub from: Timestamp,
    /// The first moment after it.
    pub until: Timestamp,
}

/// How fine a series is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportInterval {
    /// Day by day.
    Day,
    /// Hour by hour.
    Hour,
}

/// A day or an hour of a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReportBucket {
    /// When it begins. It ends where the next one begins.
    pub starts_at: Timestamp,
    /// The day.
    pub day: ReportDay,
    /// What the clock shows, 0 to 23, if it is an hour. Where the clock is put back, one comes twice.
    pub hour: Option<i8>,
}

/// Whole days in a time zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportPeriod {
    from: ReportDay,
    to: ReportDay,
    zone: Zone,
}

impl ReportPeriod {
    /// From the beginning of one day to the end of another, at most [`MAX_REPORT_DAYS`]. What is refused is the second.
    pub fn new(from: ReportDay, to: ReportDay, zone: Zone) -> Result<Self, Invalid> {
        let period = Self { from, to, zone };
        if to < from {
            return Err(Invalid::new("must not be before from"));
        }
        if period.days() > MAX_REPORT_DAYS {
            return Err(Invalid::new(format!(
                "must not be more than {MAX_REPORT_DAYS} days from from, both counted"
            )));
        }
        Ok(period)
    }

    /// The first day.
    pub fn first_day(&self) -> ReportDay {
        self.from
    }

    /// The last day.
    pub fn last_day(&self) -> ReportDay {
        self.to
    }

    /// Where the days are those of.
    pub fn zone(&self) -> &Zone {
        &self.zone
    }

    /// How many days there are.
    pub fn days(&self) -> i64 {
        let since = self.from.0.until(self.to.0);
        since.map_or(0, |span| i64::from(span.get_days())) + 1
    }

    /// From the first moment of the first day to the first after the last.
    pub fn span(&self) -> ReportSpan {
        ReportSpan {
            from: self.start_of(self.from.0),
            until: self.start_of(next(self.to.0)),
        }
    }

    /// As many days before it. Of a period that is not over, as much of them as of it: up to what the clock shows now, to the last full
    /// quarter of an hour, that many days earlier.
    pub fn before(&self, now: Timestamp) -> ReportSpan {
        let (span, days) = (self.span(), self.days());
        let earlier = self.from.0.saturating_sub(days.days());
        let from = self.start_of(earlier);
        if now < span.from || span.until <= now {
            return ReportSpan {
                from,
                until: span.from,
            };
        }
        let now = Timestamp::from_micros(now.as_micros().div_euclid(QUARTER) * QUARTER);
        let shown = self.zone.zone().to_datetime(instant(now));
        let then = shown.saturating_sub(days.days());
        let then = self.zone.zone().to_ambiguous_timestamp(then).compatible();
        let until = then.map_or(span.from, timestamp);
        ReportSpan {
            from,
            until: until.clamp(from, span.from),
        }
    }

    /// The days or the hours, in order: the first begins with the period, and each of the others where the one before ends.
    pub fn buckets(&self, interval: ReportInterval) -> Vec<ReportBucket> {
        let days = self.from.0.series(1.day());
        let days = days.take(usize::try_from(self.days()).unwrap_or_default());
        let buckets = days.flat_map(|day| {
            let starts_at = self.start_of(day);
            match interval {
                ReportInterval::Day => vec![ReportBucket {
                    starts_at,
                    day: ReportDay(day),
                    hour: None,
                }],
                ReportInterval::Hour => self.hours_of(day, starts_at),
            }
        });
        buckets.collect()
    }

    fn hours_of(&self, day: Date, starts_at: Timestamp) -> Vec<ReportBucket> {
        let end = self.start_of(next(day));
        let (mut at, mut hours) = (starts_at, Vec::with_capacity(25));
        while at < end {
            let shown = self.zone.zone().to_datetime(instant(at));
            hours.push(ReportBucket {
                starts_at: at,
                day: ReportDay(day),
                hour: Some(shown.hour()),
            });
            // To the next full hour that the clock would show; where it changes by half an hour, a bucket begins at half past.
            let into = i64::from(shown.minute()) * 60 + i64::from(shown.second());
            at = at.plus_seconds(3_600 - into);
        }
        hours
    }

    /// A day's first moment. Where the clock leaves midnight out, the day begins with the change.
    fn start_of(&self, day: Date) -> Timestamp {
        let start = day.to_zoned(self.zone.zone().clone());
        timestamp(
            start
                .expect("days of this century are within time")
                .timestamp(),
        )
    }
}

fn next(day: Date) -> Date {
    day.saturating_add(1.day())
}

fn instant(at: Timestamp) -> jiff::Timestamp {
    jiff::Timestamp::from_microsecond(at.as_micros()).unwrap_or_default()
}

fn timestamp(at: jiff::Timestamp) -> Timestamp {
    Timestamp::from_micros(at.as_microsecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn period(from: &str, to: &str, zone: &str) -> ReportPeriod {
        let day = |text| ReportDay::parse(text).unwrap();
        ReportPeriod::new(day(from), day(to), Zone::parse(zone).unwrap()).unwrap()
    }

    fn utc(at: Timestamp) -> String {
        instant(at).to_string()
    }

    fn moment(text: &str) -> Timestamp {
        timestamp(text.parse().unwrap())
    }

    fn span(span: ReportSpan) -> [String; 2] {
        [utc(span.from), utc(span.until)]
    }

    #[test]
    fn a_day_is_written_in_one_way() {
        assert!(ReportDay::parse("2026-03-29").is_ok());
        for text in [
            "",
            "2026-3-29",
            "20260329",
            "2026-02-30",
            "2026-03-29T00:00",
            "1999-12-31",
            "2101-01-01",
        ] {
            assert!(ReportDay::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_period_is_not_too_long_and_not_backwards() {
        let day = |text| ReportDay::parse(text).unwrap();
        let utc = || Zone::parse("UTC").unwrap();
        let of = |from, to| ReportPeriod::new(day(from), day(to), utc());
        assert_eq!(of("2026-03-29", "2026-03-29").unwrap().days(), 1);
        assert_eq!(of("2024-01-01", "2024-12-31").unwrap().days(), 366);
        assert!(of("2024-01-01", "2025-01-01").is_err());
        assert!(of("2026-03-29", "2026-03-28").is_err());
    }

    #[test]
    fn days_have_the_length_that_their_place_gives_them() {
        // The clock is put forward on 29 March at 2:00 and back on 25 October at 3:00.
        let days = |from, to| {
            let period = period(from, to, "Europe/Berlin");
            let [from, until] = span(period.span());
            (from, until, period.buckets(ReportInterval::Hour).len())
        };
        assert_eq!(
            days("2026-03-29", "2026-03-29"),
            (
                "2026-03-28T23:00:00Z".to_owned(),
                "2026-03-29T22:00:00Z".to_owned(),
                23
            )
        );
        assert_eq!(days("2026-10-25", "2026-10-25").2, 25);
        let hours =
            period("2026-10-25", "2026-10-25", "Europe/Berlin").buckets(ReportInterval::Hour);
        let hours: Vec<i8> = hours.iter().filter_map(|bucket| bucket.hour).collect();
        assert_eq!(hours[..5], [0, 1, 2, 2, 3]);
        // Half an hour is put back at 2:00, so that half past one comes twice.
        let island = period("2026-04-05", "2026-04-05", "Australia/Lord_Howe");
        let hours = island.buckets(ReportInterval::Hour);
        assert_eq!(hours.len(), 25);
        assert_eq!(utc(hours[2].starts_at), "2026-04-04T15:00:00Z");
        assert_eq!(utc(hours[3].starts_at), "2026-04-04T15:30:00Z");
        // In Havana the clock is put forward at midnight: the day begins at one.
        let [from, _] = span(period("2026-03-08", "2026-03-08", "America/Havana").span());
        assert_eq!(from, "2026-03-08T05:00:00Z");
    }

    #[test]
    fn a_series_has_every_day() {
        let days = period("2026-03-28", "2026-03-30", "Europe/Berlin").buckets(ReportInterval::Day);
        let days: Vec<_> = days
            .iter()
            .map(|bucket| (bucket.day.to_string(), utc(bucket.starts_at)))
            .collect();
        let expected = [
            ("2026-03-28", "2026-03-27T23:00:00Z"),
            ("2026-03-29", "2026-03-28T23:00:00Z"),
            ("2026-03-30", "2026-03-29T22:00:00Z"),
        ];
        assert_eq!(
            days,
            expected.map(|(day, at)| (day.to_owned(), at.to_owned()))
        );
    }

    #[test]
    fn what_is_not_over_is_compared_with_as_much_of_the_days_before() {
        let week = period("2026-03-30", "2026-04-05", "Europe/Berlin");
        let before = |now: &str| span(week.before(moment(now)));
        let whole = ["2026-03-22T23:00:00Z", "2026-03-29T22:00:00Z"];
        assert_eq!(before("2026-04-05T22:00:00Z"), whole);
        assert_eq!(before("2026-03-29T21:59:59Z"), whole);
        // On Wednesday at 10:07 on the clock there: up to the Wednesday before at 10:00, when the clock was the same.
        assert_eq!(
            before("2026-04-01T08:07:00Z"),
            ["2026-03-22T23:00:00Z", "2026-03-25T09:00:00Z"]
        );
        let today = period("2026-03-29", "2026-03-29", "Europe/Berlin");
        // Three in the morning, an hour after midnight by the stopwatch, is compared with three the day before.
        assert_eq!(
            span(today.before(moment("2026-03-29T01:00:00Z"))),
            ["2026-03-27T23:00:00Z", "2026-03-28T02:00:00Z"]
        );
    }
}
