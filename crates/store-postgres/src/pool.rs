//! The pool: everything that needs no order among the changes of conversations, each on a connection of its own for the time.

use crate::Options;
use crate::connector::{Connector, Db};
use crate::failure::{Error, Result};
use deadpool_postgres::{Manager, ManagerConfig, Object, PoolError, RecyclingMethod, Runtime};
use std::time::Duration;

/// How long the answer may take on its way beyond what the server may work on it.
const ON_THE_WAY: Duration = Duration::from_secs(2);

/// Bounded connections, made when they are needed and kept.
pub(crate) struct Pool {
    pool: deadpool_postgres::Pool,
    limit: Duration,
}

impl Pool {
    pub(crate) fn new(options: &Options, connector: Connector) -> Self {
        let config = connector.config().clone();
        let manager = Manager::from_connect(
            config,
            connector,
            ManagerConfig {
                recycling_method: RecyclingMethod::Fast,
            },
        );
        let limit = limit(options);
        let pool = deadpool_postgres::Pool::builder(manager)
            .max_size(options.connections.max(1))
            .runtime(Runtime::Tokio1)
            .wait_timeout(Some(limit))
            .create_timeout(Some(options.server.connect_timeout))
            .build()
            .expect("a pool with timeouts needs a runtime, and has one");
        Self { pool, limit }
    }

    /// Runs something that may be run again: once more, on a fresh connection, if the one it got had died unnoticed.
    pub(crate) async fn read<T>(&self, job: impl AsyncFn(Db<'_>) -> Result<T>) -> Result<T> {
        match self.once(&job).await {
            Err(error) if error.is_closed() => {
                // The others that were idle have died with it.
                self.pool.retain(|client, _| !client.is_closed());
                self.once(&job).await
            }
            outcome => outcome,
        }
    }

    /// Runs something once.
    pub(crate) async fn once<T>(&self, job: impl AsyncFnOnce(Db<'_>) -> Result<T>) -> Result<T> {
        let client = self.pool.get().await.map_err(|error| match error {
            PoolError::Backend(error) => Error::Postgres(error),
            PoolError::Timeout(_) => Error::Late,
            error => Error::Connection(Box::new(error)),
        })?;
        let outcome = match tokio::time::timeout(self.limit, job(Db(&client))).await {
            Ok(outcome) => outcome,
            Err(_) => Err(Error::Late),
        };
        if let Err(error) = &outcome
            && error.breaks_connection()
        {
            // Not to be met by the next one.
            drop(Object::take(client));
        }
        outcome
    }
}

/// How long a use case may take altogether: one slow statement, and its way.
pub(crate) fn limit(options: &Options) -> Duration {
    options.server.statement_timeout + ON_THE_WAY
}
