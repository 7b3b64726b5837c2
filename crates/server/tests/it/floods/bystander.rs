//! A client that minds its own business while a flood goes on, and measures how long its pings take.

use antiphon_testkit::{PusherClient, Stopwatch, TestApp};
use serde_json::json;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

/// How long a flood lasts.
pub(super) const FLOOD: Duration = Duration::from_millis(1_000);
/// Between two pings: half as many as a client may send.
const PAUSE: Duration = Duration::from_millis(2);
/// Pings of the time before the flood.
const QUIET_PINGS: usize = 200;
/// By how much a flood may delay nine of ten pings, and all but one in a hundred. An unoptimized server shares two processors with
/// the flood and with other tests; on an idle machine the flood delays a ping by some milliseconds.
const MOST_DELAY: Duration = Duration::from_millis(250);
const MOST_RARE_DELAY: Duration = Duration::from_millis(500);
/// How much memory a flood may leave behind. The queues, sockets and buffers that it fills are bounded below that.
const MOST_GROWTH_BYTES: u64 = 48 << 20;

/// A server that is flooded, and whoever looks on.
pub(super) struct Scene {
    pub(super) app: TestApp,
    pub(super) door: Door,
}

/// Where the flood comes in.
#[derive(Debug, Clone)]
pub(super) struct Door {
    pub(super) address: SocketAddr,
    pub(super) key: String,
}

impl Door {
    pub(super) fn connect(&self) -> PusherClient {
        PusherClient::connect(self.address, &self.key)
    }
}

impl Scene {
    pub(super) fn new(app: TestApp) -> Self {
        let (address, key) = (app.websocket(), app.backend().key);
        let door = Door { address, key };
        Self { app, door }
    }

    /// Runs a flood beside a bystander, who must hardly notice it, and looks at the server's memory afterwards.
    #[track_caller]
    pub(super) fn flood<T>(&self, flood: impl FnOnce() -> T) -> T {
        let mut bystander = self.door.connect();
        let mut quiet: Vec<Duration> = (0..QUIET_PINGS).map(|_| ping(&mut bystander)).collect();
        let before = self.app.anonymous_bytes();
        let is_over = AtomicBool::new(false);
        let (outcome, mut during) = thread::scope(|scope| {
            let pinging = scope.spawn(|| {
                let mut taken = Vec::new();
                while !is_over.load(Ordering::Relaxed) {
                    taken.push(ping(&mut bystander));
                }
                taken
            });
            let outcome = flood();
            is_over.store(true, Ordering::Relaxed);
            (outcome, pinging.join().unwrap())
        });
        let grown = self.app.anonymous_bytes().saturating_sub(before);
        assert!(grown < MOST_GROWTH_BYTES, "it took {grown} bytes");
        for (percent, most_delay) in [(90, MOST_DELAY), (99, MOST_RARE_DELAY)] {
            let quiet = percentile(&mut quiet, percent);
            let busy = percentile(&mut during, percent);
            assert!(
                busy < quiet + most_delay,
                "{percent} of 100 pings took {quiet:?} before it, and {busy:?} of {} during it",
                during.len()
            );
        }
        self.app.get("/up").send().expect(200);
        let log = self.app.log();
        assert!(
            !log.contains("panicked") && !log.contains(" ERROR "),
            "{log}"
        );
        outcome
    }
}

/// Starts several threads of a flood, and gives what they say.
pub(super) fn together<T: Send>(threads: usize, one: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let one = &one;
    thread::scope(|scope| {
        let all: Vec<_> = (0..threads).map(|n| scope.spawn(move || one(n))).collect();
        all.into_iter().map(|one| one.join().unwrap()).collect()
    })
}

fn ping(client: &mut PusherClient) -> Duration {
    thread::park_timeout(PAUSE);
    let watch = Stopwatch::start();
    client.send(&json!({"event": "pusher:ping", "data": {}}));
    client.next_event("pusher:pong");
    watch.elapsed()
}

fn percentile(taken: &mut [Duration], percent: usize) -> Duration {
    taken.sort_unstable();
    assert!(!taken.is_empty(), "there was no ping");
    taken[(taken.len() * percent).div_ceil(100) - 1]
}
