//! A whole database read and filled for `antiphon_store::copy`.

use crate::failure::store_error;
use crate::{OpenError, OpenOptions, connection, migrate, migrate::require_current};
use antiphon_store::StoreError;
use antiphon_store::copy::{EachRow, Source, Target, Value};
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, OptionalExtension as _, Result, Row, ToSql, params_from_iter};

/// A database as it is at the moment of opening. It must have this program's schema.
#[derive(Debug)]
pub struct CopySource(Connection);

impl CopySource {
    /// Opens it. Blocks.
    pub fn open(options: &OpenOptions) -> std::result::Result<Self, OpenError> {
        let sqlite = |error| OpenError::sqlite(&options.path, error);
        let connection = connection::open_for_reading(&options.path)?;
        require_current(&connection, &options.path)?;
        // The first read fixes the moment.
        connection
            .execute_batch("BEGIN; SELECT count(*) FROM counters")
            .map_err(sqlite)?;
        Ok(Self(connection))
    }
}

/// A database to be filled; it is made if there is none.
#[derive(Debug)]
pub struct CopyTarget(Connection);

impl CopyTarget {
    /// Migrates and opens it. Blocks.
    pub fn open(options: &OpenOptions) -> std::result::Result<Self, OpenError> {
        migrate(options)?;
        Self::begin(options)
    }

    /// Makes and opens a new one with an earlier schema, for what a program of that time wrote. Blocks.
    pub fn open_at(options: &OpenOptions, schema: i64) -> std::result::Result<Self, OpenError> {
        migrate::migrate_up_to(options, schema)?;
        Self::begin(options)
    }

    fn begin(options: &OpenOptions) -> std::result::Result<Self, OpenError> {
        let connection = connection::open_for_writing(&options.path)?;
        connection
            .execute_batch("BEGIN IMMEDIATE")
            .map_err(|error| OpenError::sqlite(&options.path, error))?;
        Ok(Self(connection))
    }
}

impl Source for CopySource {
    fn columns(&mut self, table: &str) -> std::result::Result<Vec<String>, StoreError> {
        columns(&self.0, table).map_err(store_error)
    }

    fn read(
        &mut self,
        table: &str,
        columns: &[String],
        each: EachRow<'_>,
    ) -> std::result::Result<(), StoreError> {
        read(&self.0, table, columns, each)
    }

    fn highest_id(&mut self, table: &str) -> std::result::Result<Option<i64>, StoreError> {
        highest_id(&self.0, table).map_err(store_error)
    }
}

impl Source for CopyTarget {
    fn columns(&mut self, table: &str) -> std::result::Result<Vec<String>, StoreError> {
        columns(&self.0, table).map_err(store_error)
    }

    fn read(
        &mut self,
        table: &str,
        columns: &[String],
        each: EachRow<'_>,
    ) -> std::result::Result<(), StoreError> {
        read(&self.0, table, columns, each)
    }

    fn highest_id(&mut self, table: &str) -> std::result::Result<Option<i64>, StoreError> {
        highest_id(&self.0, table).map_err(store_error)
    }
}

impl Target for CopyTarget {
    fn write(
        &mut self,
        table: &str,
        columns: &[String],
        rows: &[Vec<Value>],
    ) -> std::result::Result<(), StoreError> {
        let places = vec!["?"; columns.len()].join(", ");
        let sql = format!(
            "INSERT INTO {table} ({}) VALUES ({places})",
            columns.join(", ")
        );
        let insert = || -> Result<()> {
            let mut statement = self.0.prepare_cached(&sql)?;
            for row in rows {
                statement.execute(params_from_iter(row.iter().map(Parameter)))?;
            }
            Ok(())
        };
        insert().map_err(store_error)
    }

    fn clear(&mut self, table: &str) -> std::result::Result<(), StoreError> {
        let cleared = self.0.execute(&format!("DELETE FROM {table}"), []);
        cleared.map(drop).map_err(store_error)
    }

    fn set_highest_id(&mut self, table: &str, id: i64) -> std::result::Result<(), StoreError> {
        let set = || -> Result<()> {
            let n_set = self.0.execute(
                "UPDATE sqlite_sequence SET seq = max(seq, ?2) WHERE name = ?1",
                rusqlite::params![table, id],
            )?;
            if n_set == 0 {
                self.0.execute(
                    "INSERT INTO sqlite_sequence (name, seq) VALUES (?1, ?2)",
                    rusqlite::params![table, id],
                )?;
            }
            Ok(())
        };
        set().map_err(store_error)
    }

    fn commit(&mut self) -> std::result::Result<(), StoreError> {
        self.0.execute_batch("COMMIT").map_err(store_error)
    }
}

/// Names of tables and columns come from the program and its own schema, so they stand in statements as they are.
fn columns(connection: &Connection, table: &str) -> Result<Vec<String>> {
    connection
        .prepare("SELECT name FROM pragma_table_info(?1)")?
        .query_map([table], |row| row.get(0))?
        .collect()
}

fn read(
    connection: &Connection,
    table: &str,
    columns: &[String],
    each: EachRow<'_>,
) -> std::result::Result<(), StoreError> {
    let sql = format!("SELECT {} FROM {table}", columns.join(", "));
    let mut statement = connection.prepare(&sql).map_err(store_error)?;
    let mut rows = statement.query([]).map_err(store_error)?;
    while let Some(row) = rows.next().map_err(store_error)? {
        each(&values(row, columns.len()).map_err(store_error)?)?;
    }
    Ok(())
}

fn values(row: &Row<'_>, n: usize) -> Result<Vec<Value>> {
    (0..n).map(|index| value(row, index)).collect()
}

/// What a column of a row holds.
pub(crate) fn value(row: &Row<'_>, index: usize) -> Result<Value> {
    Ok(match row.get_ref(index)? {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::Integer(number),
        ValueRef::Text(_) => Value::Text(row.get(index)?),
        ValueRef::Blob(bytes) => Value::Bytes(bytes.to_vec()),
        ValueRef::Real(_) => {
            return Err(rusqlite::Error::InvalidColumnType(
                index,
                "a number with a fraction".to_owned(),
                rusqlite::types::Type::Real,
            ));
        }
    })
}

/// A 0 stands there when rows were to be added and there was none.
fn highest_id(connection: &Connection, table: &str) -> Result<Option<i64>> {
    connection
        .query_row(
            "SELECT seq FROM sqlite_sequence WHERE name = ?1 AND seq > 0",
            [table],
            |row| row.get(0),
        )
        .optional()
}

struct Parameter<'a>(&'a Value);

impl ToSql for Parameter<'_> {
    fn to_sql(&self) -> Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self.0 {
            Value::Null => ValueRef::Null,
            Value::Integer(number) => ValueRef::Integer(*number),
            Value::Text(text) => ValueRef::Text(text.as_bytes()),
            Value::Bytes(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use antiphon_store::copy::TABLES;

    #[test]
    fn every_table_is_copied() {
        let folder = tempfile::tempdir().unwrap();
        let options = OpenOptions::new(folder.path().join("test.sqlite"));
        let target = CopyTarget::open(&options).unwrap();
        let mut found: Vec<String> = target
            .0
            .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name <> 'schema_migrations' AND name NOT LIKE '%\\_search%' ESCAPE '\\'")
            .unwrap()
            .query_map([], |row| row.get(0))
            .unwrap()
            .map(Result::unwrap)
            .collect();
        let mut known = TABLES.map(str::to_owned);
        known.sort();
        found.sort();
        assert_eq!(found, known);
    }
}
