//! Descriptors: none is left behind. A program of its own, since it counts the sockets of the whole process.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

#[path = "it/support.rs"]
#[expect(dead_code, reason = "this needs only a part of it")]
mod support;

use std::fs;
use std::net::TcpStream;
use support::{Client, PATIENCE, Server, eventually};

/// How many sockets this process has.
fn sockets() -> usize {
    let entries = fs::read_dir("/proc/self/fd").unwrap();
    let is_socket = |entry: &fs::DirEntry| {
        fs::read_link(entry.path())
            .is_ok_and(|target| target.to_string_lossy().starts_with("socket:"))
    };
    entries.flatten().filter(is_socket).count()
}

/// Waits until every shard has ended the turn that it is in, so that what it has dropped is closed.
fn finish_turns(server: &Server) {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_time().build().unwrap();
    runtime.block_on(server.hub.probe(PATIENCE)).unwrap();
}

#[test]
fn no_descriptor_is_left_behind() {
    for batch_from in [None, Some(1)] {
        let server = Server::with(|_| {}, |limits| limits.batch_from = batch_from);
        server.connect().fence();
        eventually(|| server.hub.socket_count() == 0);
        finish_turns(&server);
        let before = sockets();
        for _ in 0..3 {
            let mut clients: Vec<Client> = (0..200).map(|_| server.connect()).collect();
            for client in &mut clients {
                client.subscribe("a");
            }
            let half_open: Vec<TcpStream> = (0..100).map(|_| server.tcp()).collect();
            eventually(|| server.hub.socket_count() == 300);
            server.publish("a", "n", "");
            for client in &mut clients {
                client.next_data("a", "n");
            }
            // Both ends of each.
            assert_eq!(sockets(), before + 600);
            drop((clients, half_open));
            eventually(|| server.hub.socket_count() == 0);
            eventually(|| sockets() == before);
        }
        assert_eq!(
            (server.hub.connection_count("1"), server.subscribers("a")),
            (0, 0)
        );
        server.connect().fence();
    }
}
