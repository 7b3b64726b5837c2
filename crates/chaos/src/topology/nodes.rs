//! Several machines: a `serve` on each, one PostgreSQL, one Redis, and files in a folder that all of them share.
//!
//! Each node has its own way to Redis and to PostgreSQL, so that it alone can be cut off, and its own wall clock. Redis is a server of
//! this installation and is really killed. PostgreSQL is a database on a server of others': it is stopped by ending all sessions and
//! letting none begin.

use super::{Jobs, Layout, Topology, WallClock, copy_logs, free_ports, holdings_of};
use crate::actor::Stage;
use crate::check::Holdings;
use crate::dice::Dice;
use crate::plan::Fault;
use crate::proxy::Proxy;
use antiphon_testkit::{Agent, Api, Backend, Postgres, RedisServer, TestApp, Visitor, Workspace};
use anyhow::{Context as _, Result, bail};
use std::net::ToSocketAddrs as _;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;

/// What all nodes have in common.
const SHARED: [(&str, &str); 5] = [
    ("REVERB_SCALING_ENABLED", "true"),
    (
        "APP_KEY",
        "base64:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
    ),
    ("REVERB_APP_ID", "chaos"),
    ("REVERB_APP_KEY", "chaos-key"),
    ("REVERB_APP_SECRET", "chaos-secret"),
];

/// The faults of nodes, and of what they share.
const FAULTS: [Fault; 12] = [
    Fault::KillServe,
    Fault::StopServe,
    Fault::FreezeServe,
    Fault::RollingRestart,
    Fault::PartitionRedis,
    Fault::PartitionPostgres,
    Fault::PartitionBoth,
    Fault::KillRedis,
    Fault::FreezeRedis,
    Fault::CutRedis,
    Fault::StopPostgres,
    Fault::EndSessions,
];

/// A running installation. Its nodes end when it is dropped, before what they share does.
#[derive(Debug)]
pub(super) struct Nodes {
    nodes: Vec<Node>,
    redis: RedisServer,
    postgres: Arc<Postgres>,
    _files: TempDir,
    dice: Dice,
    left_out: Vec<String>,
}

/// A node, and what is its own.
#[derive(Debug)]
struct Node {
    app: TestApp,
    clock: Option<WallClock>,
    to_redis: Proxy,
    to_postgres: Proxy,
}

/// What this machine lacks for several nodes, if anything.
pub(super) fn lacks() -> Option<String> {
    match RedisServer::is_installed() {
        false => Some("Redis is not installed (Debian's package is redis-server)".to_owned()),
        true => Postgres::missing(),
    }
}

impl Nodes {
    /// Starts an installation on an empty database.
    ///
    /// # Panics
    /// A process does not start.
    pub(super) fn start(binary: &Path, n_nodes: usize, seed: u64) -> Result<Self> {
        let (redis, postgres) = (RedisServer::start(), Arc::new(Postgres::database()));
        let files = tempfile::tempdir()?;
        let ports = free_ports(Layout::Nodes, 2 * n_nodes)?;
        let mut nodes = Vec::new();
        for ports in ports.chunks_exact(2) {
            nodes.push(Node::start(binary, ports, &redis, &postgres, files.path())?);
        }
        let mut left_out = Vec::new();
        if nodes.iter().any(|node| node.clock.is_none()) {
            left_out.push("wrong clocks: libfaketime is not installed".to_owned());
        }
        Ok(Self {
            nodes,
            redis,
            postgres,
            _files: files,
            dice: Dice::of(seed, "which node"),
            left_out,
        })
    }

    /// PostgreSQL is away, in this way, for so long.
    fn without_postgres(&self, lasting: Duration, stage: &Stage) {
        for node in &self.nodes {
            node.to_postgres.refuse();
        }
        self.postgres.end_sessions();
        stage.wait(lasting);
        for node in &self.nodes {
            node.to_postgres.heal();
        }
    }
}

impl Node {
    fn start(
        binary: &Path,
        ports: &[u16],
        redis: &RedisServer,
        postgres: &Postgres,
        files: &Path,
    ) -> Result<Self> {
        let mut workspace = Workspace::new(binary);
        for (key, value) in SHARED {
            workspace.set_env(key, value);
        }
        workspace.set_env("ANTIPHON_PORT", &ports[0].to_string());
        workspace.set_env("REVERB_SERVER_PORT", &ports[1].to_string());
        let to_redis = Proxy::start(redis.address())?;
        workspace.set_env("REDIS_URL", &format!("redis://{}/0", to_redis.address()));
        let mut places = postgres.address().to_socket_addrs()?;
        let place = places.next().context("PostgreSQL is at no address")?;
        let to_postgres = Proxy::start(place)?;
        for (key, value) in postgres.env() {
            workspace.set_env(&key, &value);
        }
        let address = to_postgres.address();
        workspace.set_env("DB_HOST", &address.ip().to_string());
        workspace.set_env("DB_PORT", &address.port().to_string());
        std::fs::create_dir(workspace.data())?;
        symlink(files, workspace.data().join("files")).context("cannot place the files")?;
        let clock = WallClock::find()?;
        for (key, value) in clock.iter().flat_map(WallClock::env) {
            workspace.set_env(key, &value);
        }
        Ok(Self {
            app: TestApp::start_in(workspace),
            clock,
            to_redis,
            to_postgres,
        })
    }

    /// Ends it, and starts it again after that time. No clock is moved meanwhile.
    fn restart(&mut self, is_asked: bool, pause: Duration, stage: &Stage) -> Result<()> {
        let moving = self.clock.as_ref().map(|clock| Arc::clone(&clock.moving));
        let _still = moving.as_ref().map(|moving| moving.lock());
        if !is_asked {
            self.app.kill9();
            stage.wait(pause);
            self.app.restart();
            return Ok(());
        }
        let status = self.app.terminate();
        stage.wait(pause);
        self.app.restart();
        if !status.success() {
            bail!("a node was asked to stop, and ended with {status}");
        }
        Ok(())
    }

    /// Nothing passes to and from these for so long.
    fn isolate(ways: &[&Proxy], lasting: Duration, stage: &Stage) {
        ways.iter().for_each(|way| way.isolate());
        stage.wait(lasting);
        ways.iter().for_each(|way| way.heal());
    }
}

impl Topology for Nodes {
    fn nodes(&self) -> Vec<Api> {
        self.nodes
            .iter()
            .map(|node| Api::clone(&node.app))
            .collect()
    }

    fn backend(&self) -> Backend {
        let app = &self.nodes[0].app;
        Backend::named(app.websocket(), app.workspace())
    }

    fn people(&self, n_visitors: usize) -> (Agent, Vec<Visitor>) {
        let nodes = self.nodes.iter().cycle();
        let visitors = nodes.take(n_visitors).map(|node| node.app.visitor());
        // Each start makes another link to set up with.
        let last = self.nodes.last().expect("there are nodes");
        (last.app.agent(), visitors.collect())
    }

    fn faults(&self) -> Vec<Fault> {
        FAULTS.to_vec()
    }

    fn left_out(&self) -> &[String] {
        &self.left_out
    }

    fn inject(&mut self, fault: Fault, lasting: Duration, stage: &Stage) -> Result<()> {
        let n = self.dice.below(self.nodes.len() as u64) as usize;
        let node = &mut self.nodes[n];
        match fault {
            Fault::KillServe => node.restart(false, lasting, stage)?,
            Fault::StopServe => node.restart(true, lasting, stage)?,
            Fault::FreezeServe => {
                node.app.freeze();
                stage.wait(lasting);
                node.app.thaw();
            }
            Fault::RollingRestart => {
                for node in &mut self.nodes {
                    node.restart(true, Duration::ZERO, stage)?;
                }
                stage.wait(lasting);
            }
            Fault::PartitionRedis => Node::isolate(&[&node.to_redis], lasting, stage),
            Fault::PartitionPostgres => Node::isolate(&[&node.to_postgres], lasting, stage),
            Fault::PartitionBoth => {
                Node::isolate(&[&node.to_redis, &node.to_postgres], lasting, stage);
            }
            Fault::KillRedis => {
                self.redis.kill();
                stage.wait(lasting);
                self.redis.start_again();
            }
            Fault::FreezeRedis => {
                self.redis.freeze();
                stage.wait(lasting);
                self.redis.thaw();
            }
            Fault::CutRedis => {
                self.redis.cut_connections();
                stage.wait(lasting);
            }
            Fault::StopPostgres => self.without_postgres(lasting, stage),
            Fault::EndSessions => {
                self.postgres.end_sessions();
                stage.wait(lasting);
            }
            other => bail!("{} is no fault of several nodes", other.name()),
        }
        Ok(())
    }

    fn holdings(&self) -> Result<Vec<(String, Holdings)>> {
        let numbered = self.nodes.iter().zip(1..);
        numbered
            .map(|(node, n)| Ok((format!("node {n}"), holdings_of(node.app.process_id())?)))
            .collect()
    }

    fn clocks(&self) -> Vec<WallClock> {
        let clocks = self.nodes.iter().filter_map(|node| node.clock.clone());
        clocks.collect()
    }

    fn jobs(&self) -> Jobs {
        Jobs::Postgres(Arc::clone(&self.postgres))
    }

    fn keep_logs(&self, folder: &Path) -> Result<()> {
        for (node, n) in self.nodes.iter().zip(1..) {
            let prefix = format!("node-{n}-");
            copy_logs(node.app.workspace().folder(), folder, &prefix)?;
        }
        Ok(())
    }
}
