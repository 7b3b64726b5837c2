//! Several drivers as one.

use crate::{AnySocketId, Broadcaster};
use antiphon_domain::{DomainEvent, Timestamp};
use antiphon_jobs::NewJob;
use std::sync::Arc;

/// Tells through each of them: a failure of one is none of the others'.
pub struct Broadcasters(pub Vec<Arc<dyn Broadcaster>>);

impl Broadcaster for Broadcasters {
    fn broadcast(&self, event: &DomainEvent, except: Option<AnySocketId>) {
        for broadcaster in &self.0 {
            broadcaster.broadcast(event, except);
        }
    }

    fn makes_jobs(&self) -> bool {
        self.0.iter().any(|broadcaster| broadcaster.makes_jobs())
    }

    fn jobs(&self, event: &DomainEvent, except: Option<AnySocketId>, at: Timestamp) -> Vec<NewJob> {
        let all = self.0.iter();
        all.flat_map(|broadcaster| broadcaster.jobs(event, except, at))
            .collect()
    }
}

impl std::fmt::Debug for Broadcasters {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Broadcasters").field(&self.0.len()).finish()
    }
}
