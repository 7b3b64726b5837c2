//! Connections that are no WebSocket go to HTTP, with every byte they sent.

use crate::support::{PATH, Server, handshake, read_until};
use std::io::Write as _;

/// What HTTP got of what was sent.
fn handed_over(server: &Server, request: &str) -> String {
    let mut stream = server.tcp();
    stream.write_all(request.as_bytes()).unwrap();
    let head = read_until(&mut stream, "\r\n\r\n");
    assert!(
        head.contains(&format!("Content-Length: {}\r\n", request.len())),
        "{head}"
    );
    read_until(&mut stream, &request[request.len() - 8..])
}

#[test]
fn plain_requests_go_to_http_with_every_byte() {
    let server = Server::start();
    for request in [
        "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /app/key?protocol=7 HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /up HTTP/1.1\r\nHost: x\r\n\r\nGET /up HTTP/1.1\r\nHost: pipelined\r\n\r\n",
        "POST /apps/1/events HTTP/1.1\r\nHost: x\r\nContent-Length: 8\r\n\r\n{\"a\":12}",
    ] {
        assert_eq!(handed_over(&server, request), request);
    }
}

#[test]
fn upgrades_to_other_paths_go_to_http() {
    let server = Server::start();
    for path in [
        "/",
        "/app/",
        "/app/key/more",
        "/apps/key",
        "/ws/app/key?protocol=7",
    ] {
        let request = handshake(path);
        assert_eq!(handed_over(&server, &request), request);
    }
    let request = handshake(PATH).replace("websocket", "h2c");
    assert_eq!(handed_over(&server, &request), request);
}

#[test]
fn what_cannot_be_read_goes_to_http() {
    let server = Server::start();
    let request = "NONSENSE\r\nnonsense\r\n\r\n";
    assert_eq!(handed_over(&server, request), request);
}

#[test]
fn http_connections_are_counted_while_they_last() {
    let server = Server::start();
    let mut stream = server.tcp();
    stream
        .write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        .unwrap();
    read_until(&mut stream, "Host: x\r\n\r\n");
    assert_eq!(
        (server.hub.socket_count(), server.hub.connection_count("1")),
        (1, 0)
    );
    drop(stream);
    crate::support::eventually(|| server.hub.socket_count() == 0);
}
