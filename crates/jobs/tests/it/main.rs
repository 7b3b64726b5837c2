//! The runner on a double of the jobs that is held to their contract, in a time that the tests decide; and worker processes that
//! are killed, on the real store.
#![expect(clippy::unwrap_used, reason = "tests")]

mod crash;
mod memory;
mod runner;
mod world;

use memory::MemoryJobs;
use std::sync::Arc;

struct Subject {
    store: Arc<dyn antiphon_store::Jobs>,
}

async fn make() -> Subject {
    Subject {
        store: Arc::new(MemoryJobs::default()),
    }
}

antiphon_store::jobs_contract!(make);
