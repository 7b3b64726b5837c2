//! What the nodes of a cluster share: which driver, as the configuration says.

use crate::database::postgres_server;
use antiphon_broker_postgres::PostgresBroker;
use antiphon_broker_redis::RedisBroker;
use antiphon_config::{Broker as Chosen, Config, Database, Scaling};
use antiphon_realtime::broker::Broker;
use anyhow::Context as _;
use std::sync::Arc;

/// The log of the cluster. Does not connect.
pub(crate) fn open(scaling: &Scaling) -> anyhow::Result<Arc<dyn Broker>> {
    Ok(match &scaling.broker {
        Chosen::Redis { url } => Arc::new(redis(url.expose(), scaling)?),
        Chosen::Postgres(server) => Arc::new(postgres(server, scaling)?),
    })
}

/// The log in Redis.
pub(crate) fn redis(url: &str, scaling: &Scaling) -> anyhow::Result<RedisBroker> {
    RedisBroker::new(url, &scaling.channel).context("the REDIS_* keys name no Redis")
}

/// The log in PostgreSQL.
pub(crate) fn postgres(
    server: &antiphon_config::Postgres,
    scaling: &Scaling,
) -> anyhow::Result<PostgresBroker> {
    PostgresBroker::new(&postgres_server(server), &scaling.channel)
        .context("cannot use TLS for the database of ANTIPHON_SCALING_BROKER=pgsql")
}

/// What to look at if the cluster cannot be joined.
pub(crate) fn advice(config: &Config) -> &'static str {
    let broker = config.scaling.as_ref().map(|scaling| &scaling.broker);
    match (broker, &config.database) {
        (Some(Chosen::Postgres(_)), _) => {
            "is the PostgreSQL of the DB_* keys the right one, and may the role make tables there?"
        }
        (_, Database::Postgres(_)) => {
            "is this Redis the right one, and of version 7 or newer? Without a Redis, ANTIPHON_SCALING_BROKER=pgsql shares the database"
        }
        _ => "is this Redis the right one, and of version 7 or newer?",
    }
}
