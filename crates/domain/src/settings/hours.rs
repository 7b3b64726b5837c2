//! Business hours: when somebody is there to answer, on the clock of the owner's own place.

use super::reader::{Section, add, lines};
use crate::{Invalid, Timestamp, Zone};
use jiff::ToSpan as _;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::AmbiguousOffset;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The most spans: three for each day of the week.
const MAX_SPANS: usize = 21;
/// The most holidays: two years of them.
const MAX_HOLIDAYS: usize = 100;
/// The longest text that is shown outside the hours, in characters.
const MAX_MESSAGE: usize = 500;
/// How far ahead the next opening is looked for: beyond as many holidays as there can be, and the week after.
const MAX_DAYS_AHEAD: usize = MAX_HOLIDAYS + 8;

/// A stretch of the week: on each of these days from one time to another, or to the next day's if that is not later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// The days on which it begins, 1 for Monday to 7.
    pub days: Vec<i8>,
    /// Minutes after midnight.
    pub from: i16,
    /// Minutes after midnight, up to 1440 for its end.
    pub to: i16,
}

/// Business hours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hours {
    zone: Zone,
    weekly: Vec<Span>,
    holidays: BTreeSet<Date>,
    message: Option<String>,
}

/// Whether somebody is there, and how long that lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Availability {
    /// Whether it is business time.
    pub open: bool,
    /// If not: when it is again, if that is within sight.
    pub opens_at: Option<Timestamp>,
    /// If so: when it ends.
    pub closes_at: Option<Timestamp>,
}

impl Availability {
    /// Somebody is always there.
    pub const ALWAYS: Self = Self {
        open: true,
        opens_at: None,
        closes_at: None,
    };
}

impl Hours {
    pub(super) fn read(settings: &mut Section<'_>) -> Option<Self> {
        let mut hours = settings.section("hours")?;
        let zone = hours.required_text("timezone", Zone::parse);
        let mut weekly = Vec::new();
        for (path, value) in hours.list("weekly", MAX_SPANS) {
            let section = Section::of(path, value, hours.mistakes());
            weekly.extend(section.and_then(read_span));
        }
        let holidays = hours.texts("holidays", MAX_HOLIDAYS, |text| {
            // The parser also takes times and other forms, which would be read as something that nobody meant.
            let date = text.parse::<Date>().ok();
            date.filter(|date| date.to_string() == text)
                .ok_or_else(|| Invalid::new("must be a date such as 2026-12-24"))
        });
        let message = hours.text("message", lines(MAX_MESSAGE));
        hours.finish();
        Some(Self {
            zone: zone?,
            weekly,
            holidays: holidays.into_iter().collect(),
            message,
        })
    }

    pub(super) fn json(&self) -> Value {
        let clock = |minutes: i16| format!("{:02}:{:02}", minutes / 60, minutes % 60);
        let weekly: Vec<Value> = self
            .weekly
            .iter()
            .map(
                |span| json!({ "days": span.days, "from": clock(span.from), "to": clock(span.to) }),
            )
            .collect();
        let holidays: Vec<String> = self.holidays.iter().map(ToString::to_string).collect();
        json!({ "timezone": self.zone.name(), "weekly": weekly, "holidays": holidays, "message": self.message })
    }

    /// Whether this is business time.
    ///
    /// A holiday has no span that begins on it; one that began the evening before goes on. Where the clock is put forward, a time
    /// that is left out stands for the moment of the change. Where it is put back and an hour comes twice, a span that begins in
    /// it begins the first time, and one that ends in it ends the second time.
    pub fn availability(&self, now: Timestamp) -> Availability {
        let Ok(at) = jiff::Timestamp::from_microsecond(now.as_micros()) else {
            return Availability::ALWAYS;
        };
        let today = self.zone.zone().to_datetime(at).date();
        let mut closes = None;
        let mut opens = None;
        // From yesterday, whose last span may go on until today.
        for date in today
            .yesterday()
            .into_iter()
            .chain(today.series(1.day()).take(MAX_DAYS_AHEAD))
        {
            for (start, end) in self.spans_of(date) {
                if start <= at && at < end {
                    closes = closes.max(Some(end));
                } else if at < start {
                    opens =
                        Some(opens.map_or(start, |earlier: jiff::Timestamp| earlier.min(start)));
                }
            }
            // What is open now began today or yesterday, and the first day with an opening ahead has the next one.
            if date >= today && (opens.is_some() || closes.is_some()) {
                break;
            }
        }
        let micros = |at: jiff::Timestamp| Timestamp::from_micros(at.as_microsecond());
        Availability {
            open: closes.is_some(),
            opens_at: opens.filter(|_| closes.is_none()).map(micros),
            closes_at: closes.map(micros),
        }
    }

    /// How much of the time between two moments is business time, in microseconds. What two spans share counts once.
    pub fn open_micros(&self, since: Timestamp, until: Timestamp) -> i64 {
        let instant = |at: Timestamp| jiff::Timestamp::from_microsecond(at.as_micros()).ok();
        let (Some(from), Some(to)) = (instant(since), instant(until)) else {
            return 0;
        };
        let (mut open, mut counted_to) = (0, from);
        let last = self.zone.zone().to_datetime(to).date();
        // From the day before, whose last span may go on.
        let first = self.zone.zone().to_datetime(from).date();
        let first = first.yesterday().unwrap_or(first);
        for date in first.series(1.day()).take_while(|date| *date <= last) {
            let mut spans: Vec<_> = self.spans_of(date).collect();
            spans.sort_unstable();
            for (start, end) in spans {
                let (start, end) = (start.max(counted_to), end.min(to));
                if start < end {
                    open += end.as_microsecond() - start.as_microsecond();
                    counted_to = end;
                }
            }
        }
        open
    }

    /// The spans that begin on a day, as moments.
    fn spans_of(&self, date: Date) -> impl Iterator<Item = (jiff::Timestamp, jiff::Timestamp)> {
        let day = date.weekday().to_monday_one_offset();
        let is_holiday = self.holidays.contains(&date);
        let spans = self
            .weekly
            .iter()
            .filter(move |span| !is_holiday && span.days.contains(&day));
        spans.filter_map(move |span| {
            let midnight = date.to_datetime(Time::midnight());
            let to = if span.to > span.from {
                span.to
            } else {
                span.to + 24 * 60
            };
            let clock = |minutes: i16| midnight.checked_add(i64::from(minutes).minutes()).ok();
            let start = self.moment(clock(span.from)?, Twice::First)?;
            let end = self.moment(clock(to)?, Twice::Second)?;
            Some((start, end))
        })
    }

    /// The moment at which the clock of the zone shows this.
    fn moment(&self, clock: DateTime, twice: Twice) -> Option<jiff::Timestamp> {
        let ambiguous = self.zone.zone().to_ambiguous_timestamp(clock);
        match (ambiguous.offset(), twice) {
            (AmbiguousOffset::Gap { .. }, _) => {
                let after = ambiguous.later().ok()?;
                self.zone
                    .zone()
                    .preceding(after)
                    .next()
                    .map(|change| change.timestamp())
            }
            (_, Twice::First) => ambiguous.earlier().ok(),
            (_, Twice::Second) => ambiguous.later().ok(),
        }
    }
}

/// Which of two, where the clock shows the same time twice.
#[derive(Clone, Copy)]
enum Twice {
    First,
    Second,
}

fn read_span(mut section: Section<'_>) -> Option<Span> {
    let mut days = Vec::new();
    let listed = section.list("days", 7);
    if listed.is_empty() {
        section.wrong("days", "must list days from 1 (Monday) to 7");
    }
    for (path, value) in listed {
        match value.as_i64().and_then(|day| i8::try_from(day).ok()) {
            Some(day @ 1..=7) if !days.contains(&day) => days.push(day),
            Some(1..=7) => add(section.mistakes(), &path, "must not be there twice"),
            _ => add(
                section.mistakes(),
                &path,
                "must be a day from 1 (Monday) to 7",
            ),
        }
    }
    let from = section.required_text("from", |text| parse_clock(text, 23 * 60 + 59));
    let to = section.required_text("to", |text| parse_clock(text, 24 * 60));
    if from.is_some() && from == to {
        section.wrong(
            "to",
            "must not be the same as from; a whole day is 00:00 to 24:00",
        );
    }
    section.finish();
    Some(Span {
        days,
        from: from?,
        to: to?,
    })
}

/// `HH:MM`, as minutes.
fn parse_clock(text: &str, max: i16) -> Result<i16, Invalid> {
    let minutes = text.split_once(':').and_then(|(hours, minutes)| {
        let number = |text: &str| {
            let is_number = text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit());
            is_number.then(|| text.parse::<i16>().ok()).flatten()
        };
        let minutes = number(minutes).filter(|minutes| *minutes < 60)?;
        Some(number(hours)? * 60 + minutes)
    });
    minutes.filter(|minutes| *minutes <= max).ok_or_else(|| {
        let (hours, minutes) = (max / 60, max % 60);
        Invalid::new(format!(
            "must be a time from 00:00 to {hours:02}:{minutes:02}"
        ))
    })
}

#[cfg(test)]
mod tests;
