//! A ring that fails while it is in use. A program of its own, since it breaks the rings of the whole process.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

#[path = "it/support.rs"]
#[expect(dead_code, reason = "this needs only a part of it")]
mod support;

use std::fs::{self, File};
use std::os::fd::AsRawFd as _;
use support::{Server, eventually, has_io_uring};

/// Lets a descriptor mean another file.
#[expect(
    unsafe_code,
    reason = "no safe function takes a descriptor from its owner"
)]
fn replace(descriptor: i32, file: &File) -> i32 {
    // SAFETY: the descriptor stays open, and no memory depends on it. That its owner finds another file behind it is the point.
    unsafe { libc::dup2(file.as_raw_fd(), descriptor) }
}

/// Puts another file in the place of every io_uring of this process. Gives how many there were.
fn break_rings() -> usize {
    let null = File::open("/dev/null").unwrap();
    let mut n_rings = 0;
    for entry in fs::read_dir("/proc/self/fd").unwrap() {
        let path = entry.unwrap().path();
        let is_ring =
            fs::read_link(&path).is_ok_and(|target| target.to_string_lossy().contains("io_uring"));
        if is_ring {
            let fd = path.file_name().unwrap().to_str().unwrap().parse().unwrap();
            assert_eq!(replace(fd, &null), fd);
            n_rings += 1;
        }
    }
    n_rings
}

#[test]
fn events_go_on_one_by_one_when_a_ring_fails() {
    let server = Server::with(|_| {}, |limits| limits.batch_from = Some(1));
    if !has_io_uring() {
        return assert_eq!(server.hub.batching_shards(), 0);
    }
    eventually(|| server.hub.batching_shards() == 2);
    let mut clients: Vec<_> = (0..40).map(|_| server.connect()).collect();
    for client in &mut clients {
        client.subscribe("a");
    }
    server.publish("a", "n", "before");
    for client in &mut clients {
        assert_eq!(client.next_data("a", "n"), "before");
    }
    assert_eq!(break_rings(), 2);
    for n in 0..3 {
        server.publish("a", "n", &n.to_string());
    }
    for client in &mut clients {
        for n in 0..3 {
            assert_eq!(client.next_data("a", "n"), n.to_string());
        }
        client.fence();
    }
    assert_eq!(server.hub.batching_shards(), 0);
}
