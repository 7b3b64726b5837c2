//! Connections to a server.

use crate::tls::{Tls, TlsError};
use crate::{Server, TlsMode};
use std::future::poll_fn;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_postgres::config::SslMode;
use tokio_postgres::tls::NoTlsStream;
use tokio_postgres::{AsyncMessage, Client, Config, Connection, NoTls, Notification, Socket};

/// How long what was sent may stay without an acknowledgment before the connection is given up, where the system lets one say so.
const UNACKNOWLEDGED: Duration = Duration::from_secs(10);
/// How long a connection may be silent before the system asks whether anybody is there.
const KEEPALIVE: Duration = Duration::from_secs(30);

/// Makes connections.
#[derive(Clone)]
pub struct Connector {
    config: Config,
    tls: Option<Tls>,
}

impl Connector {
    /// Connections to this server, under this name in its list of sessions, with these settings of a session besides the timeouts and
    /// the schema. Reads the files of certificates, and does not connect.
    ///
    /// # Errors
    /// The certificates cannot be used.
    pub fn new(server: &Server, name: &str, settings: &[(&str, &str)]) -> Result<Self, TlsError> {
        let statement_ms = server.statement_timeout.as_millis().to_string();
        let idle_ms = (2 * server.statement_timeout).as_millis().to_string();
        let mut all = vec![
            ("statement_timeout", &*statement_ms),
            ("idle_in_transaction_session_timeout", &*idle_ms),
        ];
        all.extend(settings);
        if let Some(schema) = &server.schema {
            all.push(("search_path", schema));
        }
        // Said to the server at once, so that they hold from the first statement on.
        let all = all
            .iter()
            .map(|(setting, value)| format!("-c {setting}={}", escaped(value)));
        let mut config = Config::new();
        config
            .host(&server.host)
            .port(server.port)
            .dbname(&server.database)
            .user(&server.user)
            .application_name(name)
            .options(all.collect::<Vec<_>>().join(" "))
            .connect_timeout(server.connect_timeout)
            .tcp_user_timeout(UNACKNOWLEDGED)
            .keepalives_idle(KEEPALIVE)
            .ssl_mode(match server.tls {
                TlsMode::Disable => SslMode::Disable,
                TlsMode::Prefer => SslMode::Prefer,
                TlsMode::Require | TlsMode::VerifyFull => SslMode::Require,
            });
        if let Some(password) = &server.password {
            config.password(password);
        }
        // A Unix socket leads to this machine and has no name that a certificate could vouch for.
        let is_local = server.host.starts_with('/');
        let tls = match server.tls {
            TlsMode::Disable => None,
            TlsMode::Prefer if is_local => None,
            _ => Some(Tls::new(server)?),
        };
        Ok(Self { config, tls })
    }

    /// What connections are made of.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// A connection, and the task that drives it on the current runtime; aborting that ends it. What the server notifies of is sent
    /// to `tell`, whose channel ends with the connection; while it is full, the connection waits. The time is limited up to the TCP
    /// handshake only: a server that says nothing after it would be waited for.
    ///
    /// # Errors
    /// As the server, the network or TLS says.
    pub async fn connect(
        &self,
        tell: Option<mpsc::Sender<Notification>>,
    ) -> Result<(Client, JoinHandle<()>), tokio_postgres::Error> {
        Ok(match &self.tls {
            None => {
                let (client, connection) = self.config.connect(NoTls).await?;
                (client, spawn::<NoTlsStream>(connection, tell))
            }
            Some(tls) => {
                let (client, connection) = self.config.connect(tls.clone()).await?;
                (client, spawn(connection, tell))
            }
        })
    }
}

impl std::fmt::Debug for Connector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The driver's own form is not ours to vouch for.
        f.debug_struct("Connector").finish_non_exhaustive()
    }
}

/// Drives a connection to its end.
#[expect(
    clippy::disallowed_methods,
    reason = "whoever has the client ends it: dropping that ends the connection, and this task"
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
