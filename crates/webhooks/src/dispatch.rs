//! The task between the engine and the targets: holds what may be taken back, and gives the rest to whoever wants it.
//!
//! It never waits for a target: giving an event to one is putting it into a queue.

use crate::debounce::Debounce;
use crate::webhooks::{Inner, Intake};
use antiphon_realtime::Occurrence;
use std::sync::Arc;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

/// How many occurrences are taken before the couriers have their turn.
const AT_ONCE: usize = 256;

/// Works until `closing`, then tells what it still holds, at once, and lets the couriers know that nothing follows.
pub(crate) async fn run(inner: Arc<Inner>, mut intake: Intake, closing: CancellationToken) {
    let mut debounce = Debounce::default();
    let mut told = Vec::new();
    loop {
        let due = debounce.next_due();
        let wait = async {
            match due {
                Some(due) => sleep_until(due).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            n = intake.recv_many(&mut told, AT_ONCE) => {
                if n == 0 {
                    break;
                }
                for (app, occurrence) in told.drain(..) {
                    take(&inner, &mut debounce, &app.id, occurrence);
                }
            }
            () = wait => {}
            () = closing.cancelled() => break,
        }
        while let Some((app, occurrence)) = debounce.pop_due(Instant::now()) {
            tell(&inner, &app, &occurrence);
        }
    }
    while let Ok((app, occurrence)) = intake.try_recv() {
        take(&inner, &mut debounce, &app.id, occurrence);
    }
    // The sockets are gone, so nothing that is held will be taken back.
    while let Some((app, occurrence)) = debounce.pop() {
        tell(&inner, &app, &occurrence);
    }
    inner.surrounded.closing.cancel();
}

fn take(inner: &Inner, debounce: &mut Debounce, app_id: &str, occurrence: Occurrence) {
    inner.taken_in(&occurrence);
    // An application that has no webhooks any more.
    let Some(app) = inner.app(app_id) else {
        return;
    };
    if let Some(occurrence) = debounce.pass(Instant::now(), &app.id, occurrence) {
        app.tell(&occurrence);
    }
}

fn tell(inner: &Inner, app_id: &str, occurrence: &Occurrence) {
    if let Some(app) = inner.app(app_id) {
        app.tell(occurrence);
    }
}
