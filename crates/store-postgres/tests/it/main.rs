//! The driver against the port's contract, and against a server that fails it.
#![expect(clippy::unwrap_used, reason = "tests")]

mod contract;
mod copying;
mod opening;
mod outage;
mod reports;
mod together;
mod world;

use antiphon_postgres::{Server, TlsMode};
use antiphon_store_postgres::Options;
use antiphon_testkit::Postgres;

/// The options for a place on the server of tests.
fn options(place: &Postgres) -> Options {
    let (host, port) = place.address();
    Options {
        connections: 4,
        ..Options::new(Server {
            port,
            tls: TlsMode::Disable,
            schema: Some(place.schema_name().to_owned()),
            ..Server::new(host, place.name(), place.user())
        })
    }
}
