//! Connections to the database, with the settings that the store's promises rest on.

use crate::failure::{Error, Result};
use crate::{OpenError, Options};
use antiphon_postgres as postgres;
use deadpool_postgres::{ClientWrapper, Connect};
use std::pin::Pin;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Config, Notification, Row};

/// Notifications that wait to be told. They come one for a commit, and telling one is a few map look-ups; beyond this many the
/// connection waits, and the server keeps them.
const NOTIFICATIONS: usize = 1024;

/// An acknowledged write is on disk whatever the database's own default is; one that waits for replicas too still does.
const DURABLE: &str = "SELECT set_config('synchronous_commit', 'on', FALSE) WHERE current_setting('synchronous_commit') = 'off'";

/// Makes connections.
#[derive(Clone)]
pub(crate) struct Connector {
    connector: postgres::Connector,
    connect_timeout: Duration,
}

impl Connector {
    pub(crate) fn new(options: &Options) -> std::result::Result<Self, OpenError> {
        Ok(Self {
            connector: postgres::Connector::new(&options.server, "antiphon", &[])?,
            connect_timeout: options.server.connect_timeout,
        })
    }

    pub(crate) fn config(&self) -> &Config {
        self.connector.config()
    }

    /// A connection. What the server notifies of is dropped.
    pub(crate) async fn client(&self) -> Result<ClientWrapper> {
        let (client, task) = self.connected(None).await?;
        Ok(ClientWrapper::new(client, task))
    }

    /// A connection, and what the server notifies of on it; the channel ends with the connection.
    pub(crate) async fn listening(&self) -> Result<(ClientWrapper, mpsc::Receiver<Notification>)> {
        let (tell, told) = mpsc::channel(NOTIFICATIONS);
        let (client, task) = self.connected(Some(tell)).await?;
        Ok((ClientWrapper::new(client, task), told))
    }

    async fn connected(
        &self,
        tell: Option<mpsc::Sender<Notification>>,
    ) -> Result<(Client, JoinHandle<()>)> {
        match tokio::time::timeout(self.connect_timeout, self.handshake(tell)).await {
            Ok(connected) => Ok(connected?),
            Err(_) => Err(Error::Late),
        }
    }

    async fn handshake(
        &self,
        tell: Option<mpsc::Sender<Notification>>,
    ) -> std::result::Result<(Client, JoinHandle<()>), tokio_postgres::Error> {
        let (client, task) = self.connector.connect(tell).await?;
        client.batch_execute(DURABLE).await?;
        Ok((client, task))
    }
}

impl Connect for Connector {
    fn connect(
        &self,
        _config: &Config,
    ) -> Pin<
        Box<
            dyn Future<
                    Output = std::result::Result<(Client, JoinHandle<()>), tokio_postgres::Error>,
                > + Send
                + '_,
        >,
    > {
        // The pool limits its time.
        Box::pin(self.handshake(None))
    }
}

/// One connection, as use cases see it.
#[derive(Clone, Copy)]
pub(crate) struct Db<'a>(pub(crate) &'a ClientWrapper);

/// A value for a statement.
pub(crate) type Param<'a> = dyn ToSql + Sync + 'a;

pub(crate) type Params<'a> = &'a [&'a Param<'a>];

impl Db<'_> {
    pub(crate) async fn rows(self, sql: &str, params: Params<'_>) -> Result<Vec<Row>> {
        let statement = self.0.prepare_cached(sql).await?;
        Ok(self.0.query(&statement, params).await?)
    }

    pub(crate) async fn optional(self, sql: &str, params: Params<'_>) -> Result<Option<Row>> {
        let statement = self.0.prepare_cached(sql).await?;
        Ok(self.0.query_opt(&statement, params).await?)
    }

    /// The one row. None is an error that names what was looked for.
    pub(crate) async fn one(
        self,
        what: &'static str,
        sql: &str,
        params: Params<'_>,
    ) -> Result<Row> {
        self.optional(sql, params)
            .await?
            .ok_or(Error::Missing(what))
    }

    /// Answers how many rows it changed.
    pub(crate) async fn execute(self, sql: &str, params: Params<'_>) -> Result<u64> {
        let statement = self.0.prepare_cached(sql).await?;
        Ok(self.0.execute(&statement, params).await?)
    }

    /// Prepares statements that are to go out together: one that had to be prepared first would come after the others.
    pub(crate) async fn prepare(self, statements: &[&str]) -> Result<()> {
        for sql in statements {
            self.0.prepare_cached(sql).await?;
        }
        Ok(())
    }

    /// Statements without parameters or answer, as a script.
    pub(crate) async fn script(self, sql: &str) -> Result<()> {
        Ok(self.0.batch_execute(sql).await?)
    }
}
