//! The last deliveries of an application, for those who look for what went wrong, and who send one again.
//!
//! A record is there from the first attempt on and tells what became of it. Both the number of the records and the bytes of their
//! bodies are bounded; a record whose body was dropped can be read but not replayed.

use crate::target::Target;
use antiphon_realtime::OccurrenceKind;
use std::collections::VecDeque;
use std::sync::{Arc, Weak};

/// How many deliveries of an application are kept.
const MAX_RECORDS: usize = 200;
/// How many bytes the bodies of an application's records may have together.
const MAX_BODY_BYTES: usize = 1 << 20;

/// One delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryRecord {
    /// Unique within this process; later ones are larger.
    pub id: u64,
    /// When it was made, in Unix milliseconds.
    pub time_ms: u64,
    /// Where it goes, without a query.
    pub url: String,
    /// What kinds of events it has, each once.
    pub kinds: Vec<OccurrenceKind>,
    /// How many events it has.
    pub n_events: usize,
    /// What became of it so far.
    pub state: DeliveryState,
    /// The status of the last answer, if there was one.
    pub status: Option<u16>,
    /// Why the last attempt failed without an answer.
    pub error: Option<String>,
    /// How many attempts were made.
    pub attempts: u32,
    /// How long the last attempt took.
    pub duration_ms: u64,
    /// The delivery that this one repeats.
    pub replay_of: Option<u64>,
    /// What is sent, as long as it is kept.
    pub body: Option<Arc<str>>,
}

/// What became of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryState {
    /// The first attempt is being made, or is about to be.
    Sending,
    /// It failed and will be tried again.
    Retrying,
    /// The target has taken it.
    Delivered,
    /// It was tried for as long as it may be, or the target or the server went away.
    GivenUp,
    /// The target is on an address that webhooks may not connect to.
    Refused,
}

/// Why a delivery cannot be repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReplayError {
    /// There is no such delivery among the last ones.
    #[error("there is no such delivery, or it is too long ago")]
    NotFound,
    /// Its body is no longer kept.
    #[error("what was delivered is no longer kept")]
    NoBody,
    /// Its target is no longer configured.
    #[error("the target of the delivery is no longer configured")]
    NoTarget,
    /// As many replays wait for the target as may.
    #[error("too many replays are waiting already")]
    TooMany,
}

/// How an attempt went.
#[derive(Debug)]
pub(crate) struct Attempt {
    pub(crate) state: DeliveryState,
    pub(crate) status: Option<u16>,
    pub(crate) error: Option<String>,
    pub(crate) duration_ms: u64,
}

/// The last deliveries, the oldest first.
#[derive(Debug, Default)]
pub(crate) struct DeliveryLog {
    entries: VecDeque<(DeliveryRecord, Weak<Target>)>,
    body_bytes: usize,
}

impl DeliveryState {
    /// As it is written in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sending => "sending",
            Self::Retrying => "retrying",
            Self::Delivered => "delivered",
            Self::GivenUp => "given_up",
            Self::Refused => "refused",
        }
    }
}

impl DeliveryLog {
    pub(crate) fn begin(&mut self, record: DeliveryRecord, target: &Arc<Target>) {
        self.body_bytes += record.body.as_ref().map_or(0, |body| body.len());
        self.entries.push_back((record, Arc::downgrade(target)));
        while self.entries.len() > MAX_RECORDS {
            if let Some((record, _)) = self.entries.pop_front() {
                self.body_bytes -= record.body.map_or(0, |body| body.len());
            }
        }
        let mut entries = self.entries.iter_mut();
        while self.body_bytes > MAX_BODY_BYTES
            && let Some((record, _)) = entries.next()
        {
            self.body_bytes -= record.body.take().map_or(0, |body| body.len());
        }
    }

    /// Notes an attempt, unless the delivery is no longer among the last ones.
    pub(crate) fn attempted(&mut self, id: u64, attempt: Attempt) {
        let mut entries = self.entries.iter_mut().rev();
        if let Some((record, _)) = entries.find(|(record, _)| record.id == id) {
            record.attempts += 1;
            record.state = attempt.state;
            record.status = attempt.status;
            record.error = attempt.error;
            record.duration_ms = attempt.duration_ms;
        }
    }

    /// Notes that a delivery ends without a further attempt.
    pub(crate) fn give_up(&mut self, id: u64) {
        let mut entries = self.entries.iter_mut().rev();
        if let Some((record, _)) = entries.find(|(record, _)| record.id == id) {
            record.state = DeliveryState::GivenUp;
        }
    }

    /// The last ones, the newest first.
    pub(crate) fn recent(&self, limit: usize) -> Vec<DeliveryRecord> {
        let newest = self.entries.iter().rev().take(limit);
        newest.map(|(record, _)| record.clone()).collect()
    }

    /// A delivery, and where it went.
    pub(crate) fn find(&self, id: u64) -> Option<(&DeliveryRecord, Option<Arc<Target>>)> {
        let found = self.entries.iter().find(|(record, _)| record.id == id);
        found.map(|(record, target)| (record, target.upgrade()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{Webhook, WebhookUrl};

    fn record(id: u64, body: &str) -> DeliveryRecord {
        DeliveryRecord {
            id,
            time_ms: 1,
            url: "http://a/".to_owned(),
            kinds: vec![OccurrenceKind::ClientEvent],
            n_events: 1,
            state: DeliveryState::Sending,
            status: None,
            error: None,
            attempts: 0,
            duration_ms: 0,
            replay_of: None,
            body: Some(body.into()),
        }
    }

    fn target() -> Arc<Target> {
        Arc::new(Target::new(Webhook::new(
            WebhookUrl::parse("http://a").unwrap(),
        )))
    }

    #[test]
    fn the_last_deliveries_are_kept_newest_first() {
        let (mut log, target) = (DeliveryLog::default(), target());
        for id in 0..=MAX_RECORDS as u64 {
            log.begin(record(id, "x"), &target);
        }
        assert!(log.find(0).is_none());
        assert!(log.find(1).is_some());
        let ids: Vec<_> = log.recent(2).iter().map(|record| record.id).collect();
        assert_eq!(ids, [MAX_RECORDS as u64, MAX_RECORDS as u64 - 1]);
        assert_eq!(log.body_bytes, MAX_RECORDS);
    }

    #[test]
    fn bodies_are_bounded_and_the_oldest_go_first() {
        let (mut log, target) = (DeliveryLog::default(), target());
        let large = "x".repeat(MAX_BODY_BYTES / 2);
        for id in 0..3 {
            log.begin(record(id, &large), &target);
        }
        let has_body = |id| log.find(id).unwrap().0.body.is_some();
        assert_eq!([has_body(0), has_body(1), has_body(2)], [false, true, true]);
        assert_eq!(log.body_bytes, MAX_BODY_BYTES);
    }

    #[test]
    fn a_record_tells_the_last_attempt() {
        let (mut log, target) = (DeliveryLog::default(), target());
        log.begin(record(1, "x"), &target);
        let attempt = |state, status, error: Option<&str>| Attempt {
            state,
            status,
            error: error.map(str::to_owned),
            duration_ms: 5,
        };
        log.attempted(1, attempt(DeliveryState::Retrying, None, Some("no route")));
        log.attempted(1, attempt(DeliveryState::Delivered, Some(204), None));
        log.attempted(7, attempt(DeliveryState::Delivered, Some(204), None));
        let record = &log.recent(9)[0];
        assert_eq!(
            (record.attempts, record.status, &record.error),
            (2, Some(204), &None)
        );
        assert_eq!(record.state, DeliveryState::Delivered);
    }
}
