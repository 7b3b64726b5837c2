//! `info`: which attributes of channels a backend asks for, separated by commas.

use super::error::PusherError;
use antiphon_protocol::{ChannelKind, ChannelName};
use antiphon_realtime::{Hub, Occupancy};
use serde_json::{Map, Value};

/// The attributes that are asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Attributes {
    pub(super) user_count: bool,
    pub(super) subscription_count: bool,
    /// What a cache channel remembers; of one channel at a time.
    pub(super) cache: bool,
}

impl Attributes {
    /// Reads `info`, which may be empty.
    pub(super) fn parse(info: &str) -> Result<Self, PusherError> {
        let mut attributes = Self::default();
        for name in info
            .split(',')
            .map(str::trim)
            .filter(|name| !name.is_empty())
        {
            match name {
                "user_count" => attributes.user_count = true,
                "subscription_count" => attributes.subscription_count = true,
                "cache" => attributes.cache = true,
                _ => {
                    return Err(PusherError::bad_request(format!(
                        "info: there is no attribute {name:?}"
                    )));
                }
            }
        }
        Ok(attributes)
    }

    /// The same where there may be many channels.
    pub(super) fn parse_counts(info: &str) -> Result<Self, PusherError> {
        let attributes = Self::parse(info)?;
        match attributes.cache {
            true => Err(PusherError::bad_request(
                "cache may only be requested of one channel, with GET channels/NAME",
            )),
            false => Ok(attributes),
        }
    }

    pub(super) fn is_empty(self) -> bool {
        self == Self::default()
    }

    /// The counts of a channel, as far as channels of its kind have them.
    pub(super) fn look_up(
        self,
        hub: &Hub,
        app_id: &str,
        channel: &ChannelName,
    ) -> Map<String, Value> {
        self.describe(channel, hub.occupancy(app_id, channel))
    }

    /// The same of a channel whose occupancy is known.
    pub(super) fn describe(
        self,
        channel: &ChannelName,
        occupancy: Occupancy,
    ) -> Map<String, Value> {
        let mut found = Map::new();
        if self.user_count && channel.kind() == ChannelKind::Presence {
            found.insert("user_count".to_owned(), occupancy.members.into());
        }
        if self.subscription_count {
            found.insert(
                "subscription_count".to_owned(),
                occupancy.subscriptions.into(),
            );
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_separated_by_commas() {
        let parse = |info: &str| {
            let attributes = Attributes::parse_counts(info).ok()?;
            Some((attributes.user_count, attributes.subscription_count))
        };
        assert_eq!(parse(""), Some((false, false)));
        assert_eq!(parse("user_count"), Some((true, false)));
        assert_eq!(parse("subscription_count, user_count,"), Some((true, true)));
        assert_eq!(parse("user_count,users"), None);
        assert_eq!(parse("user_count,cache"), None);
        assert!(Attributes::parse("cache").is_ok_and(|attributes| attributes.cache));
    }
}
