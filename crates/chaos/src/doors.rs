//! The ways of people and backends to the nodes, all of which can be broken: one to each node, and with several nodes one more, which is
//! a balancer before all of them.

use crate::proxy::Proxy;
use antiphon_testkit::Api;
use std::io;

/// The proxies between the actors and an installation.
#[derive(Debug)]
pub(crate) struct Doors {
    proxies: Vec<Proxy>,
    apis: Vec<Api>,
    has_balancer: bool,
}

impl Doors {
    /// Opens them. Each has a proxy for either port.
    pub(crate) fn open(nodes: &[Api]) -> io::Result<Self> {
        let mut doors = Self {
            proxies: Vec::new(),
            apis: Vec::new(),
            has_balancer: nodes.len() > 1,
        };
        for node in nodes {
            doors.add(std::slice::from_ref(node))?;
        }
        if doors.has_balancer {
            doors.add(nodes)?;
        }
        Ok(doors)
    }

    fn add(&mut self, nodes: &[Api]) -> io::Result<()> {
        let http = Proxy::balancing(nodes.iter().map(Api::http).collect())?;
        let websocket = Proxy::balancing(nodes.iter().map(Api::websocket).collect())?;
        self.apis
            .push(Api::new(http.address(), websocket.address()));
        self.proxies.extend([http, websocket]);
        Ok(())
    }

    /// One of them, by any number.
    pub(crate) fn api(&self, n: usize) -> &Api {
        &self.apis[n % self.apis.len()]
    }

    /// Another one than [`Doors::api`] gives for half of all numbers, where there are several.
    pub(crate) fn other(&self, n: usize) -> &Api {
        self.api(n + n / self.apis.len())
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.apis.len()
    }

    /// Whether this one leads to more than one node.
    pub(crate) fn is_balancer(&self, n: usize) -> bool {
        self.has_balancer && n % self.apis.len() + 1 == self.apis.len()
    }

    /// All proxies.
    pub(crate) fn proxies(&self) -> Vec<&Proxy> {
        self.proxies.iter().collect()
    }
}
