//! The Pusher HTTP API: `/apps/{id}/*`, and the server's health.

pub(crate) mod batch_events;
pub(crate) mod channels;
pub(crate) mod connections;
mod error;
pub(crate) mod event;
pub(crate) mod events;
pub(crate) mod history;
pub(crate) mod idempotency;
mod info;
mod signed;
pub(crate) mod up;
pub(crate) mod users;
pub(crate) mod webhook_deliveries;

pub(crate) use error::PusherError;

#[cfg(test)]
mod tests {
    use super::{batch_events, event, events, history, idempotency};
    use antiphon_protocol::signature;

    #[test]
    fn the_documentation_has_the_limits_that_hold() {
        let page = include_str!("../../../docs/protocol.md");
        let rows = [
            (
                "seconds that a request's timestamp may be off",
                signature::MAX_SKEW_S as usize,
            ),
            (
                "seconds for the body of a request",
                crate::extract::BODY_TIMEOUT.as_secs() as usize,
            ),
            ("characters of an event's name", event::MAX_NAME),
            ("bytes of an event's data", event::MAX_DATA),
            ("channels of an event", events::MAX_CHANNELS),
            ("events of a batch", batch_events::MAX_EVENTS),
            (
                "events in an answer about a channel's history",
                history::MAX_EVENTS,
            ),
            ("characters of an idempotency key", idempotency::MAX_KEY),
            (
                "seconds that an idempotency key is remembered",
                idempotency::WINDOW_SECONDS as usize,
            ),
            (
                "idempotency keys of an application that are remembered",
                idempotency::MAX_KEYS,
            ),
            (
                "bytes of keys and answers that are remembered",
                idempotency::MAX_BYTES,
            ),
            (
                "HTTP connections of the process",
                crate::serve::MAX_CONNECTIONS,
            ),
        ];
        for (of, most) in rows {
            let documented = page.lines().find_map(|line| {
                let cells = line.strip_prefix(&format!("| {of} | "))?;
                cells
                    .split_once(" | ")
                    .map(|(number, _)| number.replace(',', ""))
            });
            assert_eq!(documented, Some(most.to_string()), "{of}");
        }
    }
}
