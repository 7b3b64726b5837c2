//! Start and stop of an engine: ports, addresses, the graceful end.

use crate::support::{EchoHttp, PATH, Server, eventually, read_to_end, read_until};
use antiphon_protocol::ChannelName;
use antiphon_realtime::{App, Apps, Engine, Hub, Limits, Publication, Published, StartError};
use std::io::Write as _;
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

fn hub() -> Hub {
    Hub::new(
        Apps::new([App::new("1", "key", "secret")]).unwrap(),
        Limits::default(),
        2,
    )
    .unwrap()
}

fn any_port() -> SocketAddr {
    "127.0.0.1:0".parse().unwrap()
}

#[test]
fn stopping_tells_every_socket_to_reconnect() {
    let mut server = Server::start();
    let mut idle = server.connect();
    let mut subscribed = server.connect();
    subscribed.subscribe("a");
    server.publish("a", "last", "{}");
    let mut half_open = server.tcp();
    eventually(|| server.hub.socket_count() == 3);
    let told = std::thread::spawn(move || {
        subscribed.next_data("a", "last");
        assert_eq!(idle.next_fatal().0, 4200);
        assert_eq!(subscribed.next_fatal().0, 4200);
    });
    let mut polite = server.connect();
    let polite = std::thread::spawn(move || polite.next_fatal());
    server.stop(Duration::from_secs(20));
    told.join().unwrap();
    assert_eq!(polite.join().unwrap().0, 4200);
    assert_eq!(read_to_end(&mut half_open), "");
    assert_eq!(
        (
            server.hub.socket_count(),
            server.hub.connection_count("1"),
            server.subscribers("a")
        ),
        (0, 0, 0)
    );
}

#[test]
fn a_crowd_is_told_over_some_time_and_everybody_is() {
    let mut server = Server::start();
    // Enough for several steps, and for a part of a second.
    let clients: Vec<_> = (0..200).map(|_| server.connect()).collect();
    let told = std::thread::spawn(move || {
        for mut client in clients {
            assert_eq!(client.next_fatal().0, 4200);
        }
    });
    server.stop(crate::support::PATIENCE);
    told.join().unwrap();
    assert_eq!(server.hub.socket_count(), 0);
}

#[test]
fn stopping_is_bounded_by_its_grace_period() {
    let mut server = Server::start();
    // Neither reads nor closes.
    let _stuck = server.connect();
    server.stop(Duration::from_millis(50));
    assert_eq!(server.hub.socket_count(), 0);
}

#[test]
fn stopping_waits_for_http() {
    let mut server = Server::start();
    let mut stream = server.tcp();
    stream
        .write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        .unwrap();
    read_until(&mut stream, "Host: x\r\n\r\n");
    server.stop(Duration::from_secs(20));
    assert_eq!(read_to_end(&mut stream), "");
    assert_eq!(server.hub.socket_count(), 0);
}

#[test]
fn nothing_listens_after_the_stop_and_the_port_is_free() {
    let mut server = Server::start();
    let address = server.address;
    server.connect();
    server.stop(Duration::ZERO);
    assert!(TcpStream::connect(address).is_err());
    let second = Engine::start(&hub(), &[address], Arc::new(EchoHttp)).unwrap();
    assert_eq!(second.addresses(), [address]);
}

#[test]
fn a_stopped_hub_takes_publications_and_drops_them() {
    let mut server = Server::start();
    server.stop(Duration::ZERO);
    let channels = [ChannelName::parse("a").unwrap()];
    let publication = Publication {
        channels: &channels,
        event: "e",
        data: "{}",
        except: None,
        once: None,
    };
    assert_eq!(
        server
            .hub
            .publish(&server.hub.app("1").unwrap(), publication),
        Published::Queued
    );
}

#[test]
fn a_second_engine_on_the_same_port_is_refused() {
    let server = Server::start();
    let start =
        |address: SocketAddr| Engine::start(&hub(), &[address], Arc::new(EchoHttp)).unwrap_err();
    assert!(
        matches!(start(server.address), StartError::PortInUse(address) if address == server.address)
    );
    let everywhere = SocketAddr::from(([0, 0, 0, 0], server.address.port()));
    assert!(matches!(start(everywhere), StartError::PortInUse(_)));
    server.connect().fence();
}

#[test]
fn an_address_that_is_not_here_is_named() {
    let elsewhere = "192.0.2.1:8080".parse().unwrap();
    let error = Engine::start(&hub(), &[elsewhere], Arc::new(EchoHttp)).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("cannot listen on 192.0.2.1:8080: "),
        "{error}"
    );
}

#[test]
fn a_hub_has_one_engine() {
    let server = Server::start();
    let error = Engine::start(&server.hub, &[any_port()], Arc::new(EchoHttp)).unwrap_err();
    assert!(matches!(error, StartError::AlreadyStarted));
}

#[test]
fn several_addresses_are_served_each_on_its_own_port() {
    let v6: SocketAddr = "[::1]:0".parse().unwrap();
    let hub = hub();
    let engine = Engine::start(&hub, &[any_port(), any_port(), v6], Arc::new(EchoHttp)).unwrap();
    let [a, b, c] = *engine.addresses() else {
        panic!("{engine:?}")
    };
    assert!(a.port() != b.port() && c.is_ipv6() && c.port() != 0);
    for address in [a, b, c] {
        let stream = TcpStream::connect(address).unwrap();
        stream
            .set_read_timeout(Some(crate::support::PATIENCE))
            .unwrap();
        let (mut ws, _) = tungstenite::client(format!("ws://{address}{PATH}"), stream).unwrap();
        assert!(
            ws.read()
                .unwrap()
                .into_text()
                .unwrap()
                .contains("connection_established")
        );
    }
}

#[test]
fn a_path_prefix_moves_the_websockets() {
    let apps = Apps::new([App::new("1", "key", "secret")])
        .unwrap()
        .with_path_prefix("realtime");
    let hub = Hub::new(apps, Limits::default(), 1).unwrap();
    let engine = Engine::start(&hub, &[any_port()], Arc::new(EchoHttp)).unwrap();
    let address = engine.addresses()[0];
    let open = |path: &str| {
        let stream = TcpStream::connect(address).unwrap();
        tungstenite::client(format!("ws://{address}{path}"), stream).is_ok()
    };
    assert!(open(&format!("/realtime{PATH}")));
    assert!(!open(PATH));
}

#[test]
fn signs_of_life_come_from_every_shard_and_only_from_living_ones() {
    let mut server = Server::start();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    assert_eq!(
        runtime.block_on(server.hub.probe(crate::support::PATIENCE)),
        Ok(())
    );
    server.stop(Duration::ZERO);
    let dead = runtime
        .block_on(server.hub.probe(Duration::from_millis(50)))
        .unwrap_err();
    assert_eq!((dead.silent, dead.shards), (2, 2));
}

#[test]
fn a_healthy_engine_does_not_report_a_failure() {
    let mut server = Server::start();
    let failed = server.engine.as_ref().unwrap().failed();
    server.stop(Duration::ZERO);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    let outcome =
        runtime.block_on(async { tokio::time::timeout(Duration::from_millis(20), failed).await });
    assert!(outcome.is_err(), "{outcome:?}");
}
