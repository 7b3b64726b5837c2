//! A whole database read and filled for `antiphon_store::copy`.

use crate::connector::{Connector, Db};
use crate::failure::{Error, Result};
use crate::migrate::{MIGRATIONS, migrate, require_current};
use crate::{OpenError, Options};
use antiphon_store::StoreError;
use antiphon_store::copy::{EachRow, Source, Target, Value};
use bytes::Bytes;
use deadpool_postgres::ClientWrapper;
use futures_util::{SinkExt as _, TryStreamExt as _};
use std::fmt::Write as _;
use std::pin::pin;
use tokio::runtime::Runtime;
use tokio_postgres::Row;
use tokio_postgres::types::Type;

/// A database as it is at the moment of opening. It must have this program's schema.
pub struct CopySource(Session);

/// A database to be filled, which is there and may be empty.
pub struct CopyTarget(Session);

impl CopySource {
    /// Opens it. Blocks.
    pub fn open(options: &Options) -> std::result::Result<Self, OpenError> {
        let session = Session::open(options)?;
        let failed = |error: Error| OpenError::at(&options.server.place(), &error);
        session.runtime.block_on(async {
            let db = Db(&session.client);
            require_current(db, options).await?;
            // The first read fixes the moment.
            db.script("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SELECT 1 FROM counters")
                .await
                .map_err(failed)
        })?;
        Ok(Self(session))
    }
}

impl CopyTarget {
    /// Migrates and opens it. Blocks.
    pub fn open(options: &Options) -> std::result::Result<Self, OpenError> {
        let session = Session::open(options)?;
        session.runtime.block_on(async {
            let db = Db(&session.client);
            migrate(db, options, MIGRATIONS, Box::new(|_| Ok(()))).await?;
            // Nobody else changes conversations until the end.
            db.script("BEGIN; SELECT value FROM counters FOR UPDATE")
                .await
                .map_err(|error| OpenError::at(&options.server.place(), &error))
        })?;
        Ok(Self(session))
    }
}

impl std::fmt::Debug for CopySource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CopySource").finish_non_exhaustive()
    }
}

impl std::fmt::Debug for CopyTarget {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CopyTarget").finish_non_exhaustive()
    }
}

/// A connection of its own, driven while it is asked.
struct Session {
    runtime: Runtime,
    client: ClientWrapper,
}

impl Session {
    fn open(options: &Options) -> std::result::Result<Self, OpenError> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let client = runtime.block_on(async {
            let connector = Connector::new(options)?;
            let failed = |error: Error| OpenError::at(&options.server.place(), &error);
            let client = connector.client().await.map_err(failed)?;
            // A table takes as long as it takes, and the other database may be slow.
            client
                .batch_execute(
                    "SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0",
                )
                .await
                .map_err(|error| failed(error.into()))?;
            Ok::<_, OpenError>(client)
        })?;
        Ok(Self { runtime, client })
    }

    fn run<T>(
        &self,
        job: impl AsyncFnOnce(Db<'_>) -> Result<T>,
    ) -> std::result::Result<T, StoreError> {
        let ran = self.runtime.block_on(job(Db(&self.client)));
        ran.map_err(Error::into_store_error)
    }

    fn columns(&self, table: &str) -> std::result::Result<Vec<String>, StoreError> {
        self.run(async |db: Db<'_>| {
            let found = db
                .rows(
                    "SELECT column_name::text FROM information_schema.columns
                     WHERE table_schema = current_schema() AND table_name = $1",
                    &[&table],
                )
                .await?;
            found.iter().map(|row| Ok(row.try_get(0)?)).collect()
        })
    }

    /// Names of tables and columns come from the program and its own schema, so they stand in statements as they are.
    fn read(
        &self,
        table: &str,
        columns: &[String],
        each: EachRow<'_>,
    ) -> std::result::Result<(), StoreError> {
        let sql = format!("SELECT {} FROM {table}", columns.join(", "));
        self.runtime.block_on(async {
            let nothing: [&str; 0] = [];
            let failed = |error: tokio_postgres::Error| Error::from(error).into_store_error();
            let rows = self.client.query_raw(&sql, nothing).await.map_err(failed)?;
            let mut rows = pin!(rows);
            while let Some(row) = rows.try_next().await.map_err(failed)? {
                each(&values(&row).map_err(Error::into_store_error)?)?;
            }
            Ok(())
        })
    }

    fn highest_id(&self, table: &str) -> std::result::Result<Option<i64>, StoreError> {
        self.run(async |db: Db<'_>| {
            let Some(sequence) = sequence(db, table).await? else {
                return Ok(None);
            };
            let sql = format!("SELECT CASE WHEN is_called THEN last_value END FROM {sequence}");
            Ok(db.one("a sequence", &sql, &[]).await?.try_get(0)?)
        })
    }
}

impl Source for CopySource {
    fn columns(&mut self, table: &str) -> std::result::Result<Vec<String>, StoreError> {
        self.0.columns(table)
    }

    fn read(
        &mut self,
        table: &str,
        columns: &[String],
        each: EachRow<'_>,
    ) -> std::result::Result<(), StoreError> {
        self.0.read(table, columns, each)
    }

    fn highest_id(&mut self, table: &str) -> std::result::Result<Option<i64>, StoreError> {
        self.0.highest_id(table)
    }
}

impl Source for CopyTarget {
    fn columns(&mut self, table: &str) -> std::result::Result<Vec<String>, StoreError> {
        self.0.columns(table)
    }

    fn read(
        &mut self,
        table: &str,
        columns: &[String],
        each: EachRow<'_>,
    ) -> std::result::Result<(), StoreError> {
        self.0.read(table, columns, each)
    }

    fn highest_id(&mut self, table: &str) -> std::result::Result<Option<i64>, StoreError> {
        self.0.highest_id(table)
    }
}

impl Target for CopyTarget {
    fn write(
        &mut self,
        table: &str,
        columns: &[String],
        rows: &[Vec<Value>],
    ) -> std::result::Result<(), StoreError> {
        if rows.is_empty() {
            return Ok(());
        }
        let columns = columns.join(", ");
        self.0.run(async |db: Db<'_>| {
            // Text is read by the type of each column, so yes and no may come as 1 and 0.
            let sql = format!("COPY {table} ({columns}) FROM STDIN");
            let mut sink = pin!(db.0.copy_in::<_, Bytes>(&sql).await?);
            let mut lines = String::new();
            for row in rows {
                line(&mut lines, row);
            }
            sink.send(Bytes::from(lines)).await?;
            sink.finish().await?;
            Ok(())
        })
    }

    fn clear(&mut self, table: &str) -> std::result::Result<(), StoreError> {
        self.0
            .run(async |db: Db<'_>| db.script(&format!("DELETE FROM {table}")).await)
    }

    fn set_highest_id(&mut self, table: &str, id: i64) -> std::result::Result<(), StoreError> {
        self.0.run(async |db: Db<'_>| {
            let Some(sequence) = sequence(db, table).await? else {
                return Ok(());
            };
            db.rows("SELECT setval($1::text::regclass, $2)", &[&sequence, &id])
                .await
                .map(drop)
        })
    }

    fn commit(&mut self) -> std::result::Result<(), StoreError> {
        self.0.run(async |db: Db<'_>| db.script("COMMIT").await)
    }
}

/// The name of what counts a table's ids, ready to stand in a statement.
async fn sequence(db: Db<'_>, table: &str) -> Result<Option<String>> {
    let has_id = db
        .optional(
            "SELECT pg_get_serial_sequence(table_schema || '.' || table_name, 'id')
             FROM information_schema.columns
             WHERE table_schema = current_schema() AND table_name = $1 AND column_name = 'id'",
            &[&table],
        )
        .await?;
    match has_id {
        Some(row) => Ok(row.try_get(0)?),
        None => Ok(None),
    }
}

fn values(row: &Row) -> Result<Vec<Value>> {
    (0..row.len()).map(|index| value(row, index)).collect()
}

/// What a column of a row holds.
pub(crate) fn value(row: &Row, index: usize) -> Result<Value> {
    let value = match *row.columns()[index].type_() {
        Type::BOOL => row
            .try_get::<_, Option<bool>>(index)?
            .map(|yes| Value::Integer(i64::from(yes))),
        Type::BYTEA => row.try_get::<_, Option<Vec<u8>>>(index)?.map(Value::Bytes),
        Type::INT8 => row.try_get::<_, Option<i64>>(index)?.map(Value::Integer),
        _ => row.try_get::<_, Option<String>>(index)?.map(Value::Text),
    };
    Ok(value.unwrap_or(Value::Null))
}

/// Writes a row as a line of COPY's text format.
fn line(lines: &mut String, row: &[Value]) {
    for (index, value) in row.iter().enumerate() {
        if index > 0 {
            lines.push('\t');
        }
        match value {
            Value::Null => lines.push_str("\\N"),
            Value::Integer(number) => {
                write!(lines, "{number}").expect("writing to a string cannot fail");
            }
            Value::Text(text) => escape(lines, text),
            Value::Bytes(bytes) => {
                lines.push_str("\\\\x");
                for byte in bytes {
                    write!(lines, "{byte:02x}").expect("writing to a string cannot fail");
                }
            }
        }
    }
    lines.push('\n');
}

fn escape(lines: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '\\' => lines.push_str("\\\\"),
            '\t' => lines.push_str("\\t"),
            '\n' => lines.push_str("\\n"),
            '\r' => lines.push_str("\\r"),
            c => lines.push(c),
        }
    }
}
