//! A node of a cluster whose log is lost at the worst moment, with a log that does as the test wants.

use crate::support::{EchoHttp, PATIENCE, Server};
use antiphon_realtime::broker::{Appended, Broker, BrokerError, Kept, LogEntry, LogState, Reading};
use antiphon_realtime::{App, Apps, ClusterNode, Engine, Hub, Limits};
use async_trait::async_trait;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// What the log does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mood {
    Well,
    /// It takes entries, and gives none.
    Deaf,
    /// It does nothing.
    Gone,
}

/// A log in memory.
#[derive(Debug)]
struct Log(watch::Sender<(Mood, Vec<Vec<u8>>)>);

impl Log {
    const EPOCH: u32 = 1;

    fn new() -> Arc<Self> {
        Arc::new(Self(watch::Sender::new((Mood::Well, Vec::new()))))
    }

    fn is(&self, mood: Mood) {
        self.0.send_modify(|log| log.0 = mood);
    }

    fn len(&self) -> Result<u64, BrokerError> {
        let log = self.0.borrow();
        match log.0 {
            Mood::Gone => Err(BrokerError("it is gone".to_owned())),
            Mood::Well | Mood::Deaf => Ok(log.1.len() as u64),
        }
    }
}

#[async_trait]
impl Broker for Log {
    async fn open(&self, _: u32) -> Result<LogState, BrokerError> {
        let last = self.len()?;
        Ok(LogState {
            epoch: Self::EPOCH,
            first: last.min(1),
            last,
        })
    }

    async fn append(&self, entry: &[u8], _: u64, _: &[Kept]) -> Result<Appended, BrokerError> {
        self.len()?;
        self.0.send_modify(|log| log.1.push(entry.to_vec()));
        Ok(Appended {
            number: self.len()?,
            epoch: Some(Self::EPOCH),
        })
    }

    async fn read(&self, after: u64, wait: Duration) -> Result<Reading, BrokerError> {
        let mut log = self.0.subscribe();
        let has_news = log.wait_for(|(mood, entries)| match mood {
            Mood::Well => entries.len() as u64 > after,
            Mood::Deaf => false,
            Mood::Gone => true,
        });
        if tokio::time::timeout(wait, has_news).await.is_err() {
            return Ok(Reading::Entries(Vec::new()));
        }
        self.len()?;
        let entries = self.0.borrow().1.clone();
        let numbered = (1..).zip(entries).skip(after as usize);
        let entries = numbered.map(|(number, bytes)| LogEntry { number, bytes });
        Ok(Reading::Entries(entries.collect()))
    }

    async fn claim(&self, _: &str, _: Duration) -> Result<bool, BrokerError> {
        Ok(true)
    }

    async fn kept(&self, _: u64) -> Result<Vec<Kept>, BrokerError> {
        Ok(Vec::new())
    }
}

/// A node with that log.
fn node(log: &Arc<Log>) -> (Server, ClusterNode) {
    let apps = Apps::new([App::new("1", "key", "secret")]).unwrap();
    let broker: Arc<dyn Broker> = Arc::<Log>::clone(log);
    let hub = Hub::in_cluster(broker, None, apps, Limits::default(), 1).unwrap();
    let node = ClusterNode::start(&hub).unwrap();
    let engine =
        Engine::start(&hub, &["127.0.0.1:0".parse().unwrap()], Arc::new(EchoHttp)).unwrap();
    let server = Server {
        address: engine.addresses()[0],
        engine: Some(engine),
        hub,
    };
    (server, node)
}

fn wait_until_logged(server: &Server) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(server.hub.settle(PATIENCE));
}

#[test]
fn what_the_log_had_taken_when_it_was_lost_is_delivered_before_what_came_later() {
    let log = Log::new();
    let (server, _node) = node(&log);
    let mut client = server.connect();
    client.subscribe("a");
    server.publish("a", "e", "1");
    assert_eq!(client.next_data("a", "e"), "1");

    log.is(Mood::Deaf);
    server.publish("a", "e", "2");
    wait_until_logged(&server);
    log.is(Mood::Gone);
    server.publish("a", "e", "3");
    for data in ["2", "3"] {
        assert_eq!(client.next_data("a", "e"), data, "the node is alone");
    }
    log.is(Mood::Well);
    server.publish("a", "e", "4");
    assert_eq!(client.next_data("a", "e"), "4", "nothing comes twice");
}

#[test]
fn what_the_log_had_taken_and_the_node_has_not_kept_is_delivered_when_the_log_is_back() {
    let log = Log::new();
    let (server, _node) = node(&log);
    let mut client = server.connect();
    client.subscribe("a");
    server.publish("a", "e", "1");
    assert_eq!(client.next_data("a", "e"), "1");

    log.is(Mood::Deaf);
    server.publish("a", "e", "2");
    let large = "x".repeat(1 << 20);
    for _ in 0..17 {
        server.publish("nobody-is-here", "e", &large);
        wait_until_logged(&server);
    }
    log.is(Mood::Gone);
    server.publish("a", "e", "3");
    assert_eq!(client.next_data("a", "e"), "3", "the node is alone");
    log.is(Mood::Well);
    assert_eq!(client.next_data("a", "e"), "2");
    server.publish("a", "e", "4");
    assert_eq!(client.next_data("a", "e"), "4");
}
