use super::*;
use crate::app::{App, Apps};
use crate::limits::Limits;
use crate::{Publication, Published};
use antiphon_protocol::auth::{self, Credentials};
use antiphon_protocol::ws::{Opcode, client};
use antiphon_protocol::{ChannelName, SocketId};

const CREDENTIALS: Credentials<'_> = Credentials {
    key: "key",
    secret: "secret",
    previous_secret: None,
};

fn socket_id_in(answer: &[u8]) -> SocketId {
    let text = String::from_utf8_lossy(answer);
    let (_, rest) = text.split_once(r#"socket_id\":\""#).unwrap();
    rest.split_once('\\').unwrap().0.parse().unwrap()
}

fn join(simulation: &mut Simulation, channel: &str) -> SimulatedSocket {
    let socket = simulation.connect().unwrap();
    let mut answer = Vec::new();
    let request = b"GET /app/key?protocol=7 HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
          Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    simulation.say(socket, request, &mut answer);
    let auth = auth::sign_channel(CREDENTIALS, socket_id_in(&answer), channel, None);
    let subscribe = format!(
        r#"{{"event":"pusher:subscribe","data":{{"channel":"{channel}","auth":"{auth}"}}}}"#
    );
    let mut frame = Vec::new();
    client::write(&mut frame, Opcode::Text, subscribe.as_bytes(), [1, 2, 3, 4]);
    answer.clear();
    simulation.say(socket, &frame, &mut answer);
    let answer = String::from_utf8_lossy(&answer);
    assert!(
        answer.contains("pusher_internal:subscription_succeeded"),
        "{answer}"
    );
    socket
}

#[test]
fn simulated_sockets_are_subscribed_served_once_and_gone_when_they_hang_up() {
    let app = App::new("1", "key", "secret");
    let hub = Hub::new(Apps::new([app]).unwrap(), Limits::default(), 1).unwrap();
    let mut simulation = Simulation::new(&hub).unwrap();
    let sockets: Vec<_> = ["private-a", "private-a", "private-b"]
        .map(|channel| join(&mut simulation, channel))
        .into();
    assert_eq!(hub.connection_count("1"), 3);
    let channels = [ChannelName::parse("private-a").unwrap()];
    assert_eq!(hub.occupancy("1", &channels[0]).subscriptions, 2);

    let before = simulation.written();
    let event = Publication {
        channels: &channels,
        event: "m",
        data: "{}",
        except: None,
        once: None,
    };
    let app = hub.app("1").unwrap();
    assert_eq!(hub.publish(&app, event), Published::Queued);
    simulation.deliver();
    assert_eq!(simulation.written().writes - before.writes, 2);

    simulation.sweep();
    for socket in sockets {
        simulation.hang_up(socket);
    }
    assert_eq!(hub.connection_count("1"), 0);
    assert_eq!(hub.socket_count(), 0);
    assert_eq!(hub.occupancy("1", &channels[0]).subscriptions, 0);
    assert!(Simulation::new(&hub).is_err(), "its shard is taken");
}
