//! Looking at single connections and channels.

use crate::support::{Client, Server, eventually};
use antiphon_protocol::ChannelName;
use antiphon_realtime::{ConnectionsFound, FindConnections};
use serde_json::json;

fn find(server: &Server, find: &FindConnections, limit: usize) -> ConnectionsFound {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(server.hub.connections("1", find, limit))
}

fn names(found: &ConnectionsFound) -> Vec<String> {
    let mut names: Vec<_> = found
        .connections
        .iter()
        .map(|connection| connection.socket_id.to_string())
        .collect();
    names.sort_unstable();
    names
}

fn sorted(clients: &[Client]) -> Vec<String> {
    let mut names: Vec<_> = clients
        .iter()
        .map(|client| client.socket_id.clone())
        .collect();
    names.sort_unstable();
    names
}

#[test]
fn all_connections_of_all_shards_are_found() {
    let server = Server::start();
    let clients: Vec<Client> = (0..20).map(|_| server.connect()).collect();
    let found = find(&server, &FindConnections::Newest, 100);
    assert!(found.complete);
    assert_eq!(names(&found), sorted(&clients));
    let some = find(&server, &FindConnections::Newest, 5);
    assert_eq!(some.connections.len(), 5);
    assert!(
        find(&server, &FindConnections::Newest, 0)
            .connections
            .is_empty()
    );
}

#[test]
fn one_connection_is_found_by_its_name_and_described() {
    let server = Server::start();
    let mut clients: Vec<Client> = (0..8).map(|_| server.connect()).collect();
    clients[3].subscribe("one");
    clients[3].subscribe("private-two");
    let wanted = FindConnections::SocketId(clients[3].socket_id());
    let found = find(&server, &wanted, 10);
    let [connection] = &found.connections[..] else {
        panic!("{found:?}")
    };
    assert_eq!(connection.socket_id, clients[3].socket_id());
    assert_eq!(connection.address.unwrap().to_string(), "127.0.0.1");
    let channels: Vec<_> = connection
        .channels
        .iter()
        .map(ChannelName::as_str)
        .collect();
    assert_eq!(channels, ["one", "private-two"]);
    assert_eq!((connection.subscriptions, connection.waiting_bytes), (2, 0));
    let nobody = FindConnections::SocketId("1.1".parse().unwrap());
    assert!(find(&server, &nobody, 10).connections.is_empty());
}

#[test]
fn the_subscribers_of_a_channel_are_found() {
    let server = Server::start();
    let mut clients: Vec<Client> = (0..6).map(|_| server.connect()).collect();
    clients[..4]
        .iter_mut()
        .for_each(|client| client.subscribe("news"));
    let wanted = FindConnections::Channel(ChannelName::parse("news").unwrap());
    assert_eq!(names(&find(&server, &wanted, 10)), sorted(&clients[..4]));
    let empty = FindConnections::Channel(ChannelName::parse("empty").unwrap());
    assert!(find(&server, &empty, 10).connections.is_empty());
}

#[test]
fn a_connection_is_closed_by_its_name() {
    let server = Server::start();
    let (mut doomed, mut other) = (server.connect(), server.connect());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let close = |socket_id| runtime.block_on(server.hub.close_connection("1", socket_id));
    assert!(close(doomed.socket_id()));
    assert_eq!(
        doomed.next_fatal(),
        (4009, "Closed from the console".to_owned())
    );
    other.fence();
    eventually(|| server.hub.connection_count("1") == 1);
    assert!(!close(doomed.socket_id()), "it is gone");
}

#[test]
fn nobody_waits_for_a_server_that_has_stopped() {
    let mut server = Server::start();
    server.stop(std::time::Duration::ZERO);
    let found = find(&server, &FindConnections::Newest, 10);
    assert_eq!((found.connections.len(), found.complete), (0, false));
}

#[test]
fn a_search_goes_on_while_messages_do() {
    let server = Server::start();
    let mut client = server.connect();
    client.subscribe("news");
    for n in 0..50 {
        server.publish("news", "e", &json!(n).to_string());
        assert_eq!(
            find(&server, &FindConnections::Newest, 10)
                .connections
                .len(),
            1
        );
        client.next_data("news", "e");
    }
}
