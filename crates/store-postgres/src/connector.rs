//! Connections to the database, with the settings that the store's promises rest on.

use crate::failure::{Error, Result};
use crate::tls::Tls;
use crate::{OpenError, Options, TlsMode};
use deadpool_postgres::{ClientWrapper, Connect};
use std::future::poll_fn;
use std::pin::Pin;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_postgres::config::SslMode;
use tokio_postgres::tls::NoTlsStream;
use tokio_postgres::types::ToSql;
use tokio_postgres::{AsyncMessage, Client, Config, Connection, NoTls, Notification, Row, Socket};

/// How long what was sent may stay without an acknowledgment before the connection is given up, where the system lets one say so.
const UNACKNOWLEDGED: Duration = Duration::from_secs(10);
/// How long a connection may be silent before the system asks whether anybody is there.
const KEEPALIVE: Duration = Duration::from_secs(30);
/// Notifications that wait to be told. They come one for a commit, and telling one is a few map look-ups; beyond this many the
/// connection waits, and the server keeps them.
const NOTIFICATIONS: usize = 1024;

/// An acknowledged write is on disk whatever the database's own default is; one that waits for replicas too still does.
const DURABLE: &str = "SELECT set_config('synchronous_commit', 'on', FALSE) WHERE current_setting('synchronous_commit') = 'off'";

/// Makes connections.
#[derive(Clone)]
pub(crate) struct Connector {
    config: Config,
    tls: Option<Tls>,
    connect_timeout: Duration,
}

impl Connector {
    pub(crate) fn new(options: &Options) -> std::result::Result<Self, OpenError> {
        let mut config = Config::new();
        // Said to the server at once, so that they hold from the first statement on.
        let mut settings = format!(
            "-c statement_timeout={} -c idle_in_transaction_session_timeout={}",
            options.statement_timeout.as_millis(),
            (2 * options.statement_timeout).as_millis()
        );
        if let Some(schema) = &options.schema {
            settings.push_str(" -c search_path=");
            settings.push_str(&escaped(schema));
        }
        config
            .host(&options.host)
            .port(options.port)
            .dbname(&options.database)
            .user(&options.user)
            .application_name("antiphon")
            .options(settings)
            .connect_timeout(options.connect_timeout)
            .tcp_user_timeout(UNACKNOWLEDGED)
            .keepalives_idle(KEEPALIVE)
            .ssl_mode(match options.tls {
                TlsMode::Disable => SslMode::Disable,
                TlsMode::Prefer => SslMode::Prefer,
                TlsMode::Require | TlsMode::VerifyFull => SslMode::Require,
            });
        if let Some(password) = &options.password {
            config.password(password);
        }
        // A Unix socket leads to this machine and has no name that a certificate could vouch for.
        let is_local = options.host.starts_with('/');
        let tls = match options.tls {
            TlsMode::Disable => None,
            TlsMode::Prefer if is_local => None,
            _ => Some(Tls::new(options)?),
        };
        Ok(Self {
            config,
            tls,
            connect_timeout: options.connect_timeout,
        })
    }

    pub(crate) fn config(&self) -> &Config {
        &self.config
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
        // The driver's own limit ends with the TCP handshake; a server that says nothing after it would be waited for.
        match tokio::time::timeout(self.connect_timeout, self.handshake(tell)).await {
            Ok(connected) => Ok(connected?),
            Err(_) => Err(Error::Late),
        }
    }

    async fn handshake(
        &self,
        tell: Option<mpsc::Sender<Notification>>,
    ) -> std::result::Result<(Client, JoinHandle<()>), tokio_postgres::Error> {
        let (client, task) = match &self.tls {
            None => {
                let (client, connection) = self.config.connect(NoTls).await?;
                (client, spawn::<NoTlsStream>(connection, tell))
            }
            Some(tls) => {
                let (client, connection) = self.config.connect(tls.clone()).await?;
                (client, spawn(connection, tell))
            }
        };
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

/// Drives a connection to its end.
#[expect(
    clippy::disallowed_methods,
    reason = "whoever has the client ends it: dropping that aborts this task"
)]
fn spawn<T>(
    mut connection: Connection<Socket, T>,
    tell: Option<mpsc::Sender<Notification>>,
) -> JoinHandle<()>
where
    T: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
{
    tokio::spawn(async move {
        loop {
            match poll_fn(|context| connection.poll_message(context)).await {
                Some(Ok(AsyncMessage::Notification(notification))) => {
                    if let Some(tell) = &tell
                        && tell.send(notification).await.is_err()
                    {
                        return;
                    }
                }
                Some(Ok(AsyncMessage::Notice(notice))) => {
                    tracing::debug!(notice = notice.message(), "the database says");
                }
                Some(Ok(_)) => {}
                // Whoever waits for an answer hears of it; here it would be told a second time.
                Some(Err(error)) => {
                    tracing::debug!(%error, "a connection to the database ended");
                    return;
                }
                None => return,
            }
        }
    })
}

/// A value inside the `options` of a connection, where a backslash takes the meaning from a space.
fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace(' ', "\\ ")
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
