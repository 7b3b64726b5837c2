//! The two time formats of the contract.

use antiphon_domain::Timestamp;

fn civil(at: Timestamp) -> jiff::Timestamp {
    jiff::Timestamp::from_microsecond(at.as_micros()).unwrap_or_default()
}

/// `timestamp`: the original specification's `Y-m-d H:i:s`, in UTC.
pub fn seed_timestamp(at: Timestamp) -> String {
    civil(at).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// `created_at` and every other time: RFC 3339 with microseconds, as Laravel prints it.
pub fn rfc3339(at: Timestamp) -> String {
    civil(at).strftime("%Y-%m-%dT%H:%M:%S%.6fZ").to_string()
}

/// Reads RFC 3339 with any offset; `None` for what is no such time, or has no moment within the years 1 to 9999.
pub fn parse_rfc3339(text: &str) -> Option<Timestamp> {
    let at: jiff::Timestamp = text.parse().ok()?;
    Some(Timestamp::from_micros(at.as_microsecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_formats_are_utc_and_fixed_in_width() {
        let at = Timestamp::from_micros(1_767_225_600_000_042);
        assert_eq!(seed_timestamp(at), "2026-01-01 00:00:00");
        assert_eq!(rfc3339(at), "2026-01-01T00:00:00.000042Z");
        assert_eq!(
            rfc3339(Timestamp::from_micros(1_767_225_600_000_000)),
            "2026-01-01T00:00:00.000000Z"
        );
    }
}
