//! Several nodes that are one server: real processes, and a Redis of the test's own, which may be killed, or a PostgreSQL behind a
//! network that may be.

mod desk;
mod events;
mod life;
mod outage;
mod postgres;
mod presence;
mod webhooks;

use crate::workspace;
use antiphon_protocol::auth::{self, Credentials};
use antiphon_testkit::{
    Api, Backend, Proxy, PusherClient, RedisServer, ReverbServer, Workspace, event_data,
};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::ops::Deref;

/// A Redis, and what its nodes have in common. Nodes are started by the test.
struct Cluster {
    redis: RedisServer,
    workspace: Workspace,
}

/// A node.
struct Node {
    server: ReverbServer,
    door: Door,
}

/// The clients' way to a node.
struct Door {
    address: SocketAddr,
    backend: Backend,
}

impl Deref for Node {
    type Target = Door;

    fn deref(&self) -> &Door {
        &self.door
    }
}

impl Cluster {
    fn new() -> Self {
        Self::with(&[])
    }

    /// With further variables for every node.
    fn with(env: &[(&str, &str)]) -> Self {
        Self::on(RedisServer::start(), env)
    }

    /// On this Redis.
    fn on(redis: RedisServer, env: &[(&str, &str)]) -> Self {
        let mut workspace = workspace();
        workspace.set_env("REVERB_SCALING_ENABLED", "true");
        workspace.set_env("REDIS_URL", &redis.url());
        for (key, value) in env {
            workspace.set_env(key, value);
        }
        Self { redis, workspace }
    }

    #[track_caller]
    fn node(&self) -> Node {
        node(&self.workspace)
    }

    /// A node with a way of its own to Redis.
    #[track_caller]
    fn node_behind(&mut self, way: &Proxy) -> Node {
        let url = format!("redis://{}/0", way.address());
        self.workspace.set_env("REDIS_URL", &url);
        let node = self.node();
        self.workspace.set_env("REDIS_URL", &self.redis.url());
        node
    }

    #[track_caller]
    fn nodes<const N: usize>(&self) -> [Node; N] {
        std::array::from_fn(|_| self.node())
    }
}

/// Another node of this installation.
#[track_caller]
fn node(workspace: &Workspace) -> Node {
    let server = ReverbServer::start(workspace);
    let api = Api::new(server.address(), server.address());
    let backend = Backend::new(&api, workspace);
    let address = server.address();
    let door = Door { address, backend };
    Node { server, door }
}

impl Door {
    #[track_caller]
    fn client(&self) -> PusherClient {
        PusherClient::connect(self.address, &self.backend.key)
    }

    /// A client that is subscribed to a channel without a signature.
    #[track_caller]
    fn subscriber(&self, channel: &str) -> PusherClient {
        let mut client = self.client();
        client.subscribe(channel, "");
        client
    }

    /// A client on a presence channel, and the ids that it is told of.
    #[track_caller]
    fn member(&self, channel: &str, user_id: &str) -> (PusherClient, Vec<String>) {
        let mut client = self.client();
        let members = self.join(&mut client, channel, user_id);
        (client, members)
    }

    #[track_caller]
    fn join(&self, client: &mut PusherClient, channel: &str, user_id: &str) -> Vec<String> {
        let data = json!({ "user_id": user_id }).to_string();
        let credentials = Credentials::new(&self.backend.key, &self.backend.secret);
        let socket_id = client.socket_id().parse().unwrap();
        let auth = auth::sign_channel(credentials, socket_id, channel, Some(&data));
        client.send(&json!({ "event": "pusher:subscribe",
            "data": { "channel": channel, "auth": auth, "channel_data": data } }));
        let answer = client.wait_for("pusher_internal:subscription_succeeded");
        let ids = answer["presence"]["ids"].as_array().unwrap();
        ids.iter()
            .map(|id| id.as_str().unwrap().to_owned())
            .collect()
    }

    /// Signs a client in. `watchlist` is whom it watches.
    #[track_caller]
    fn sign_in(&self, client: &mut PusherClient, user_id: &str, watchlist: &[&str]) {
        let user = json!({ "id": user_id, "watchlist": watchlist }).to_string();
        let credentials = Credentials::new(&self.backend.key, &self.backend.secret);
        let socket_id = client.socket_id().parse().unwrap();
        let auth = auth::sign_user(credentials, socket_id, &user);
        client.send(
            &json!({ "event": "pusher:signin", "data": { "auth": auth, "user_data": user } }),
        );
        client.wait_for("pusher:signin_success");
    }

    #[track_caller]
    fn publish(&self, channel: &str, event: &str, data: &str) {
        let body = json!({ "name": event, "channel": channel, "data": data });
        self.backend.trigger(&body).send().expect(200);
    }

    /// What the HTTP API answers at this path behind the application's.
    #[track_caller]
    fn get(&self, path: &str, query: &[(&str, &str)]) -> Value {
        let path = format!("/apps/{}{path}", self.backend.app_id);
        let credentials = Credentials::new(&self.backend.key, &self.backend.secret);
        let now = antiphon_testkit::unix_seconds();
        let signed = antiphon_protocol::signature::sign(credentials, "GET", &path, query, b"", now);
        let request = self.backend.request("GET", &format!("{path}?{signed}"));
        request.send().expect(200).json()
    }

    fn up(&self) -> Value {
        self.backend.request("GET", "/up").send().expect(200).json()
    }
}

/// Subscribes again, as the plug-in for stock clients does, and gives the answer.
#[track_caller]
fn resume(client: &mut PusherClient, channel: &str, after: &str) -> Value {
    client.send(&json!({ "event": "pusher:subscribe",
        "data": { "channel": channel, "resume_after": after } }));
    loop {
        let message = client.next_message();
        if message["event"] == "pusher_internal:subscription_succeeded" {
            return message;
        }
    }
}

/// The events with this name, as their data, among messages.
fn data_of(messages: &[Value], event: &str) -> Vec<Value> {
    let events = messages.iter().filter(|message| message["event"] == event);
    events.map(event_data).collect()
}

/// Reads until so many events of this name have come, and gives their data.
#[track_caller]
fn next_events(client: &mut PusherClient, event: &str, n: usize) -> Vec<Value> {
    (0..n).map(|_| client.wait_for(event)).collect()
}
