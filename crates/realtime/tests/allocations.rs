//! What an event costs in allocations: the same for ten subscribers as for five hundred. A program of its own, since it counts
//! those of the whole process.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

#[path = "it/support.rs"]
#[expect(dead_code, reason = "this needs only a part of it")]
mod support;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};
use support::{Client, Server, eventually, has_io_uring};

/// Allocations, also those in which one is changed: of the thread that publishes, and of all others.
static BY_PUBLISHER: AtomicUsize = AtomicUsize::new(0);
static BY_SHARDS: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    static PUBLISHES: Cell<bool> = const { Cell::new(false) };
}

struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn count() {
    match PUBLISHES.try_with(Cell::get) {
        Ok(true) => BY_PUBLISHER.fetch_add(1, Ordering::Relaxed),
        Ok(false) | Err(_) => BY_SHARDS.fetch_add(1, Ordering::Relaxed),
    };
}

#[expect(unsafe_code, reason = "an allocator cannot be safe")]
// SAFETY: everything is left to the system's allocator, with the very arguments.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: the caller's promises are this call's.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: the caller's promises are this call's.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count();
        // SAFETY: the caller's promises are this call's.
        unsafe { System.realloc(block, layout, size) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the caller's promises are this call's.
        unsafe { System.dealloc(block, layout) }
    }
}

const EVENTS: usize = 50;

/// Allocations of the publisher and of both shards together, for [`EVENTS`] events on a channel with so many subscribers.
fn allocations(batch_from: Option<usize>, n_subscribers: usize) -> (usize, usize) {
    // No sweep in between, which allocates now and then.
    let server = Server::with(
        |_| {},
        |limits| {
            limits.batch_from = batch_from;
            limits.sweep_ms = 600_000;
        },
    );
    let n_batching = if batch_from.is_some() && has_io_uring() {
        2
    } else {
        0
    };
    eventually(|| server.hub.batching_shards() == n_batching);
    let mut clients: Vec<Client> = (0..n_subscribers).map(|_| server.connect()).collect();
    for client in &mut clients {
        client.subscribe("a");
    }
    let data = "x".repeat(250);
    let publish = || {
        server.publish("a", "said", &data);
        while server.hub.waiting_bytes() > 0 {
            std::thread::yield_now();
        }
    };
    // The first few find lists that have yet to grow.
    (0..5).for_each(|_| publish());
    let before = (
        BY_PUBLISHER.load(Ordering::Relaxed),
        BY_SHARDS.load(Ordering::Relaxed),
    );
    PUBLISHES.set(true);
    (0..EVENTS).for_each(|_| publish());
    PUBLISHES.set(false);
    let counts = (
        BY_PUBLISHER.load(Ordering::Relaxed) - before.0,
        BY_SHARDS.load(Ordering::Relaxed) - before.1,
    );
    for client in &mut clients {
        for _ in 0..5 + EVENTS {
            client.next_data("a", "said");
        }
    }
    counts
}

#[test]
fn an_event_is_allocated_for_and_a_delivery_is_not() {
    for batch_from in [None, Some(1)] {
        let (publisher_few, shards_few) = allocations(batch_from, 20);
        let (publisher_many, shards_many) = allocations(batch_from, 500);
        // The event as JSON, its frame, what shares and keeps it; and the name of the channel, which this test makes anew each time.
        assert!(publisher_many <= 8 * EVENTS, "{publisher_many}");
        assert!(publisher_many.abs_diff(publisher_few) <= EVENTS / 10);
        // The queue for it and the job, in each of two shards; 480 subscribers more do not add a single one per event.
        assert!(shards_many <= 5 * EVENTS, "{shards_many}");
        assert!(
            shards_many.abs_diff(shards_few) <= EVENTS / 10,
            "{shards_few} {shards_many}"
        );
    }
}
