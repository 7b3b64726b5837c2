//! Browsers that are told by their push services: a job for what may concern one, in the transaction of what happened.
//!
//! Whom it concerns is found out by the job. Whether there is anybody at all is kept here, so that a write asks no database and leaves no
//! job where nobody is told; whoever subscribes, and everybody now and then, says it anew ([`WebPush::replace`]).

use crate::{AnySocketId, Broadcaster};
use antiphon_domain::{DomainEvent, Mention, SenderType, Timestamp};
use antiphon_jobs::NewJob;
use parking_lot::Mutex;
use serde_json::json;

/// The kind of the jobs that find out whom something concerns.
pub const PUSH_JOBS: &str = "push";
/// Their queue, and that of the jobs that send.
pub const PUSH_QUEUE: &str = "push";

/// Whether anybody is told by a push service, as far as it is known in this process.
#[derive(Debug, Default)]
pub struct WebPush(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    anybody: bool,
    /// How many have subscribed in this process.
    subscribed: u64,
}

impl WebPush {
    /// Somebody has subscribed.
    pub fn subscribed(&self) {
        let mut known = self.0.lock();
        known.anybody = true;
        known.subscribed += 1;
    }

    /// How many have subscribed in this process: to be asked before the store is, for [`WebPush::replace`].
    pub fn n_subscribed(&self) -> u64 {
        self.0.lock().subscribed
    }

    /// There is somebody, or nobody, as the store said after `n_subscribed`. An answer that was overtaken by a subscription counts for nothing.
    pub fn replace(&self, anybody: bool, n_subscribed: u64) {
        let mut known = self.0.lock();
        if known.subscribed == n_subscribed {
            known.anybody = anybody;
        }
    }
}

impl Broadcaster for WebPush {
    fn broadcast(&self, _: &DomainEvent, _: Option<AnySocketId>) {}

    fn makes_jobs(&self) -> bool {
        self.0.lock().anybody
    }

    fn jobs(&self, event: &DomainEvent, _: Option<AnySocketId>, at: Timestamp) -> Vec<NewJob> {
        if !self.makes_jobs() {
            return Vec::new();
        }
        match event {
            DomainEvent::MessagePosted { message, .. }
                if message.sender_type == SenderType::Visitor =>
            {
                let about =
                    json!({ "conversation_id": message.conversation_id.0, "seq": message.seq });
                vec![job(about.to_string(), at)]
            }
            DomainEvent::NoteAdded { mentioned, .. }
            | DomainEvent::NoteUpdated { mentioned, .. } => {
                let about =
                    |it: &Mention| json!({ "agent_id": it.agent_id.0, "mention_id": it.id.0 });
                mentioned
                    .iter()
                    .map(|mention| job(about(mention).to_string(), at))
                    .collect()
            }
            _ => Vec::new(),
        }
    }
}

fn job(payload: String, at: Timestamp) -> NewJob {
    NewJob {
        queue: PUSH_QUEUE.to_owned(),
        ..NewJob::new(PUSH_JOBS, payload, at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use antiphon_domain::{AgentId, DomainEvent};

    #[test]
    fn an_answer_that_was_overtaken_by_a_subscription_counts_for_nothing() {
        let told = WebPush::default();
        assert!(!told.makes_jobs());
        let before = told.n_subscribed();
        told.subscribed();
        told.replace(false, before);
        assert!(told.makes_jobs());
        told.replace(false, told.n_subscribed());
        assert!(!told.makes_jobs());
        told.replace(true, told.n_subscribed());
        assert!(told.makes_jobs());
    }

    #[test]
    fn what_is_for_nobodys_screen_makes_no_job() {
        let told = WebPush::default();
        told.subscribed();
        let event = DomainEvent::AgentShutOut(AgentId(1));
        let jobs = told.jobs(&event, None, Timestamp::from_micros(0));
        assert_eq!(jobs, []);
    }
}
