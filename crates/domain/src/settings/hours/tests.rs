use super::*;
use crate::WidgetSettings;

fn hours(json: &Value) -> Hours {
    let settings = WidgetSettings::parse(json!({ "hours": json })).unwrap();
    settings.hours.unwrap()
}

fn weekly(zone: &str, days: &[i8], from: &str, to: &str) -> Hours {
    hours(&json!({ "timezone": zone, "weekly": [{ "days": days, "from": from, "to": to }] }))
}

fn utc(text: &str) -> Timestamp {
    let at: jiff::Timestamp = text.parse().unwrap();
    Timestamp::from_micros(at.as_microsecond())
}

/// `open` or when it opens, as UTC.
fn at(hours: &Hours, now: &str) -> String {
    let availability = hours.availability(utc(now));
    assert!(!(availability.open && availability.opens_at.is_some()));
    assert_eq!(availability.open, availability.closes_at.is_some());
    match (availability.open, availability.opens_at) {
        (true, _) => "open".to_owned(),
        (false, None) => "never".to_owned(),
        (false, Some(opens)) => jiff::Timestamp::from_microsecond(opens.as_micros())
            .unwrap()
            .to_string(),
    }
}

#[test]
fn a_span_begins_with_its_first_moment_and_ends_before_its_last() {
    // Madrid in winter is an hour ahead of UTC; 2026-11-27 is a Friday.
    let office = weekly("Europe/Madrid", &[1, 2, 3, 4, 5], "09:00", "17:30");
    assert_eq!(
        at(&office, "2026-11-27T07:59:59.999999Z"),
        "2026-11-27T08:00:00Z"
    );
    assert_eq!(at(&office, "2026-11-27T08:00:00Z"), "open");
    assert_eq!(at(&office, "2026-11-27T16:29:59.999999Z"), "open");
    assert_eq!(at(&office, "2026-11-27T16:30:00Z"), "2026-11-30T08:00:00Z");
    let closes = office.availability(utc("2026-11-27T10:00:00Z")).closes_at;
    assert_eq!(closes, Some(utc("2026-11-27T16:30:00Z")));
}

#[test]
fn the_day_is_that_of_the_owners_place() {
    // When it is Monday in Auckland it is still Sunday in UTC, and in Honolulu even longer.
    let auckland = weekly("Pacific/Auckland", &[1], "00:00", "24:00");
    assert_eq!(
        at(&auckland, "2026-11-29T10:59:59Z"),
        "2026-11-29T11:00:00Z"
    );
    assert_eq!(at(&auckland, "2026-11-29T11:00:00Z"), "open");
    assert_eq!(
        at(&auckland, "2026-11-30T11:00:00Z"),
        "2026-12-06T11:00:00Z"
    );
    let honolulu = weekly("Pacific/Honolulu", &[1], "00:00", "24:00");
    assert_eq!(
        at(&honolulu, "2026-11-30T09:59:59Z"),
        "2026-11-30T10:00:00Z"
    );
    let kathmandu = weekly("Asia/Kathmandu", &[1], "09:00", "10:00");
    assert_eq!(
        at(&kathmandu, "2026-11-30T00:00:00Z"),
        "2026-11-30T03:15:00Z"
    );
}

#[test]
fn a_night_shift_goes_on_until_the_next_morning() {
    let night = weekly("UTC", &[5], "22:00", "06:00");
    assert_eq!(at(&night, "2026-11-27T21:59:59Z"), "2026-11-27T22:00:00Z");
    assert_eq!(at(&night, "2026-11-28T05:59:59Z"), "open");
    assert_eq!(at(&night, "2026-11-28T06:00:00Z"), "2026-12-04T22:00:00Z");
    // It belongs to the day it begins on: that of the holiday does not begin, that of the day before goes on into it.
    let mut json = night.json();
    json["holidays"] = json!(["2026-11-28"]);
    assert_eq!(at(&hours(&json), "2026-11-28T01:00:00Z"), "open");
    json["holidays"] = json!(["2026-11-27"]);
    assert_eq!(
        at(&hours(&json), "2026-11-28T01:00:00Z"),
        "2026-12-04T22:00:00Z"
    );
}

#[test]
fn summer_time_moves_the_opening_with_the_clock() {
    // The clocks of Berlin go forward on 2026-03-29 and back on 2026-10-25.
    let office = weekly("Europe/Berlin", &[1, 2, 3, 4, 5, 6, 7], "09:00", "17:00");
    assert_eq!(at(&office, "2026-03-28T16:00:00Z"), "2026-03-29T07:00:00Z");
    assert_eq!(at(&office, "2026-03-28T07:00:00Z"), "2026-03-28T08:00:00Z");
    assert_eq!(at(&office, "2026-10-24T15:00:00Z"), "2026-10-25T08:00:00Z");
    // New York changes on other days, and southern clocks the other way round.
    let office = weekly("America/New_York", &[1, 2, 3, 4, 5, 6, 7], "09:00", "17:00");
    assert_eq!(at(&office, "2026-03-08T00:00:00Z"), "2026-03-08T13:00:00Z");
    let office = weekly("Australia/Sydney", &[1, 2, 3, 4, 5, 6, 7], "09:00", "17:00");
    assert_eq!(at(&office, "2026-10-03T10:00:00Z"), "2026-10-03T22:00:00Z");
    assert_eq!(at(&office, "2026-10-02T10:00:00Z"), "2026-10-02T23:00:00Z");
}

#[test]
fn an_hour_that_is_left_out_is_the_moment_of_the_change() {
    // 02:30 does not exist on 2026-03-29 in Berlin: after 01:59:59 (00:59:59 UTC) comes 03:00.
    let begins = weekly("Europe/Berlin", &[7], "02:30", "05:00");
    assert_eq!(at(&begins, "2026-03-29T00:59:59Z"), "2026-03-29T01:00:00Z");
    assert_eq!(at(&begins, "2026-03-29T01:00:00Z"), "open");
    let ends = weekly("Europe/Berlin", &[7], "00:00", "02:30");
    assert_eq!(at(&ends, "2026-03-29T00:59:59Z"), "open");
    assert_ne!(at(&ends, "2026-03-29T01:00:00Z"), "open");
    // Nothing is left of a span that lies within it.
    let within = weekly("Europe/Berlin", &[7], "02:10", "02:50");
    assert_ne!(at(&within, "2026-03-29T01:00:00Z"), "open");
}

#[test]
fn an_hour_that_comes_twice_is_business_time_twice() {
    // 02:00 to 03:00 comes twice on 2026-10-25 in Berlin: from 00:00 UTC, and from 01:00 UTC.
    let begins = weekly("Europe/Berlin", &[7], "02:30", "05:00");
    assert_eq!(at(&begins, "2026-10-25T00:29:59Z"), "2026-10-25T00:30:00Z");
    assert_eq!(at(&begins, "2026-10-25T01:10:00Z"), "open");
    let ends = weekly("Europe/Berlin", &[7], "00:00", "02:30");
    assert_eq!(at(&ends, "2026-10-25T01:29:59Z"), "open");
    assert_ne!(at(&ends, "2026-10-25T01:30:00Z"), "open");
}

#[test]
fn holidays_are_passed_over_however_many() {
    let mut json = weekly("Europe/Vienna", &[1, 2, 3, 4, 5], "09:00", "17:00").json();
    json["holidays"] = json!(["2026-12-24", "2026-12-25"]);
    let office = hours(&json);
    assert_eq!(at(&office, "2026-12-24T10:00:00Z"), "2026-12-28T08:00:00Z");
    assert_eq!(at(&office, "2026-12-23T10:00:00Z"), "open");
    let first: Date = "2026-11-30".parse().unwrap();
    let many: Vec<String> = first
        .series(1.day())
        .take(100)
        .map(|date| date.to_string())
        .collect();
    json["holidays"] = json!(many);
    // The hundredth day is Tuesday 2027-03-09.
    assert_eq!(
        at(&hours(&json), "2026-11-30T10:00:00Z"),
        "2027-03-10T08:00:00Z"
    );
}

#[test]
fn without_a_span_nobody_ever_comes() {
    let hours = hours(&json!({ "timezone": "UTC" }));
    assert_eq!(at(&hours, "2026-11-27T10:00:00Z"), "never");
}

#[test]
fn the_ends_of_time_are_no_panic() {
    let office = weekly(
        "Pacific/Kiritimati",
        &[1, 2, 3, 4, 5, 6, 7],
        "09:00",
        "08:00",
    );
    for micros in [
        i64::MIN,
        -377_705_023_201_000_000,
        0,
        253_402_207_200_999_999,
        i64::MAX,
    ] {
        let _either = office.availability(Timestamp::from_micros(micros));
    }
}

#[test]
fn business_time_between_two_moments_is_that_of_the_spans() {
    // Madrid in winter is an hour ahead of UTC; 2026-11-27 is a Friday.
    let office = weekly("Europe/Madrid", &[1, 2, 3, 4, 5], "09:00", "17:00");
    let minutes = |hours: &Hours, since: &str, until: &str| {
        hours.open_micros(utc(since), utc(until)) / 60_000_000
    };
    let friday_to_monday = ("2026-11-27T15:30:00Z", "2026-11-30T08:15:00Z");
    // Half an hour on Friday, a quarter on Monday.
    assert_eq!(minutes(&office, friday_to_monday.0, friday_to_monday.1), 45);
    assert_eq!(minutes(&office, friday_to_monday.1, friday_to_monday.0), 0);
    assert_eq!(
        minutes(&office, "2026-11-28T00:00:00Z", "2026-11-29T00:00:00Z"),
        0
    );
    // What two spans share counts once, also where one goes on over midnight: 20:00 to 04:00 and 22:00 to 23:00, then 03:00 to 05:00.
    let nights = hours(&json!({ "timezone": "UTC", "weekly": [
        { "days": [5], "from": "20:00", "to": "04:00" },
        { "days": [5], "from": "22:00", "to": "23:00" },
        { "days": [6], "from": "03:00", "to": "05:00" },
    ] }));
    assert_eq!(
        minutes(&nights, "2026-11-27T12:00:00Z", "2026-11-28T12:00:00Z"),
        9 * 60
    );
    assert_eq!(
        minutes(&nights, "2026-11-28T02:00:00Z", "2026-11-28T03:30:00Z"),
        90
    );
    // The night in which the clock is put forward has an hour less.
    let whole = weekly("Europe/Madrid", &[7], "00:00", "24:00");
    assert_eq!(
        minutes(&whole, "2026-03-28T00:00:00Z", "2026-03-31T00:00:00Z"),
        23 * 60
    );
}
