//! A place of its own on a real PostgreSQL server: a schema, which is quick to make, or a database, for what concerns all of one.

#![expect(
    clippy::disallowed_methods,
    reason = "where the server of tests is stands in the environment, and what is spawned ends with its runtime"
)]

use std::sync::atomic::{AtomicUsize, Ordering};
use tokio_postgres::{Config, NoTls, SimpleQueryMessage};

/// Says which server tests use, in libpq's words; the role must be a superuser.
const VARIABLE: &str = "ANTIPHON_TEST_POSTGRES";
/// The usual one of a developer's machine.
const DEFAULT: &str = "host=127.0.0.1 port=5432 user=root dbname=test";

/// An empty place for one installation. Removed when it is dropped.
#[derive(Debug)]
pub struct Postgres {
    config: Config,
    database: String,
    schema: Option<String>,
}

impl Postgres {
    /// A schema in the database of tests.
    ///
    /// # Panics
    /// No server answers.
    #[track_caller]
    pub fn schema() -> Self {
        let config = server();
        let database = config.get_dbname().unwrap_or("postgres").to_owned();
        let schema = unique();
        run(&config, &format!("CREATE SCHEMA {schema}"));
        Self {
            config,
            database,
            schema: Some(schema),
        }
    }

    /// A database.
    ///
    /// # Panics
    /// No server answers.
    #[track_caller]
    pub fn database() -> Self {
        let config = server();
        let database = unique();
        run(
            &config,
            &format!("CREATE DATABASE {database} TEMPLATE template0 ENCODING 'UTF8'"),
        );
        Self {
            config,
            database,
            schema: None,
        }
    }

    /// Why there is none to be had, if so.
    pub fn missing() -> Option<String> {
        try_run(&server(), "SELECT 1").err()
    }

    /// Where the server is: host and port.
    pub fn address(&self) -> (String, u16) {
        let host = match self.config.get_hosts().first() {
            Some(tokio_postgres::config::Host::Tcp(host)) => host.clone(),
            Some(tokio_postgres::config::Host::Unix(folder)) => folder.display().to_string(),
            None => "127.0.0.1".to_owned(),
        };
        (
            host,
            self.config.get_ports().first().copied().unwrap_or(5432),
        )
    }

    /// Who asks.
    pub fn user(&self) -> &str {
        self.config.get_user().unwrap_or("postgres")
    }

    /// The database's name.
    pub fn name(&self) -> &str {
        &self.database
    }

    /// The schema's name; of a database, `public`.
    pub fn schema_name(&self) -> &str {
        self.schema.as_deref().unwrap_or("public")
    }

    /// The keys that send an installation there.
    pub fn env(&self) -> Vec<(String, String)> {
        let (host, port) = self.address();
        [
            ("DB_CONNECTION", "pgsql"),
            ("DB_HOST", &host),
            ("DB_PORT", &port.to_string()),
            ("DB_DATABASE", &self.database),
            ("DB_USERNAME", self.user()),
            ("DB_SEARCH_PATH", self.schema_name()),
        ]
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .to_vec()
    }

    /// Runs statements there, as the superuser. Answers the first column of the last rows.
    ///
    /// # Panics
    /// They fail.
    #[track_caller]
    pub fn run(&self, sql: &str) -> Vec<String> {
        run(&self.connecting(), sql)
    }

    /// Runs statements in a transaction that stays open.
    ///
    /// # Panics
    /// They fail.
    #[track_caller]
    pub fn hold(&self, sql: &str) -> Held {
        let (let_go, told_to) = std::sync::mpsc::channel::<()>();
        let (tell, told) = std::sync::mpsc::channel();
        let (config, sql) = (self.connecting(), format!("BEGIN; {sql}"));
        let thread = std::thread::spawn(move || {
            runtime().block_on(async {
                let (client, connection) = config.connect(NoTls).await.unwrap();
                let driving = tokio::spawn(connection);
                client.batch_execute(&sql).await.unwrap();
                tell.send(()).unwrap();
                let _over = tokio::task::spawn_blocking(move || told_to.recv()).await;
                drop(client);
                let _ended = driving.await;
            });
        });
        told.recv().expect("the statements ran");
        Held {
            let_go: Some(let_go),
            thread: Some(thread),
        }
    }

    /// Ends every other session on the database, as a restart of the server would.
    pub fn end_sessions(&self) {
        self.run(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
             WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name LIKE 'antiphon%'",
        );
    }

    fn connecting(&self) -> Config {
        let mut config = self.config.clone();
        config
            .dbname(&self.database)
            .options(format!("-c search_path={}", self.schema_name()));
        config
    }

    /// Runs statements in the server's own database, for what cannot be said in the one that it concerns.
    ///
    /// # Panics
    /// They fail.
    #[track_caller]
    pub fn run_outside(&self, sql: &str) -> Vec<String> {
        run(&self.config, sql)
    }
}

/// A session that holds what its statements took, until it is dropped.
#[derive(Debug)]
pub struct Held {
    let_go: Option<std::sync::mpsc::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Drop for Held {
    fn drop(&mut self) {
        drop(self.let_go.take());
        if let Some(thread) = self.thread.take() {
            let _ended = thread.join();
        }
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let sql = match &self.schema {
            Some(schema) => format!("DROP SCHEMA {schema} CASCADE"),
            None => format!("DROP DATABASE {} WITH (FORCE)", self.database),
        };
        // A test that fails has more to say than this.
        let config = self.config.clone();
        let _dropped = std::thread::spawn(move || run(&config, &sql)).join();
    }
}

fn server() -> Config {
    let text = std::env::var(VARIABLE).unwrap_or_else(|_| DEFAULT.to_owned());
    text.parse()
        .unwrap_or_else(|error| panic!("{VARIABLE} is {text}: {error}"))
}

/// A name that no other process and no other place of this one has.
fn unique() -> String {
    static MADE: AtomicUsize = AtomicUsize::new(0);
    format!(
        "antiphon_test_{}_{}_{}",
        crate::unix_seconds(),
        std::process::id(),
        MADE.fetch_add(1, Ordering::Relaxed)
    )
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
}

#[track_caller]
fn run(config: &Config, sql: &str) -> Vec<String> {
    try_run(config, sql).unwrap_or_else(|error| panic!("{error}"))
}

/// Runs it on a thread of its own: the test may be inside a runtime.
fn try_run(config: &Config, sql: &str) -> Result<Vec<String>, String> {
    let (config, sql) = (config.clone(), sql.to_owned());
    let ran = std::thread::spawn(move || {
        runtime().block_on(async {
            let (client, connection) = config
                .connect(NoTls)
                .await
                .map_err(|error| format!("no PostgreSQL for tests, see {VARIABLE}: {error}"))?;
            let driving = tokio::spawn(connection);
            let said = client
                .simple_query(&sql)
                .await
                .map_err(|error| format!("{sql}: {error:?}"))?;
            drop(client);
            let _ended = driving.await;
            let mut rows = Vec::new();
            for message in said {
                match message {
                    SimpleQueryMessage::Row(row) => {
                        rows.push(row.get(0).unwrap_or_default().to_owned());
                    }
                    SimpleQueryMessage::RowDescription(_) => rows.clear(),
                    _ => {}
                }
            }
            Ok::<_, String>(rows)
        })
    });
    ran.join()
        .unwrap_or_else(|_| Err(format!("{VARIABLE}: the thread panicked")))
}
