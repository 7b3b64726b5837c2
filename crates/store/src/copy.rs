//! Copying a whole store from one database to another, row by row, and proving that all of it came over.
//!
//! A driver says what its tables hold in values that mean the same everywhere ([`Value`]); which columns there are, it reads from the
//! database itself, so a migration needs nothing here but the name of a new table. Everything blocks: this is for a command, not for
//! a server.

use crate::StoreError;
use sha2::{Digest as _, Sha256};
use std::fmt;

/// Every table, each after those it refers to.
pub const TABLES: [&str; 35] = [
    "counters",
    "widgets",
    "widget_sightings",
    "agents",
    "agent_sessions",
    "push_subscriptions",
    "agent_tokens",
    "setup_tokens",
    "teams",
    "team_members",
    "widget_routing",
    "labels",
    "views",
    "invitations",
    "password_resets",
    "recovery_codes",
    "account_settings",
    "visitors",
    "visitor_tokens",
    "conversations",
    "conversation_labels",
    "messages",
    "report_events",
    "message_counts",
    "attachments",
    "conversation_details",
    "notes",
    "mentions",
    "canned_replies",
    "page_views",
    "blocks",
    "webhooks",
    "webhook_deliveries",
    "jobs",
    "audit_log",
];
/// The table that a new database has rows in, which are replaced.
const FILLED: &str = "counters";
/// Rows that are written at once: enough that round trips do not count, and at most some hundred megabytes of the largest.
const BATCH: usize = 500;

/// A value of a column. Yes and no are 1 and 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// None.
    Null,
    /// A number, a time in microseconds, or yes and no.
    Integer(i64),
    /// Text.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
}

/// Hears of each row.
pub type EachRow<'a> = &'a mut dyn FnMut(&[Value]) -> Result<(), StoreError>;

/// A database that can be read as it was at one moment.
pub trait Source {
    /// The names of a table's columns.
    fn columns(&mut self, table: &str) -> Result<Vec<String>, StoreError>;
    /// Every row of a table, in any order, with these columns in this order.
    fn read(
        &mut self,
        table: &str,
        columns: &[String],
        each: EachRow<'_>,
    ) -> Result<(), StoreError>;
    /// The largest id that a table ever gave out, of one that counts its rows: it may be larger than that of any row.
    fn highest_id(&mut self, table: &str) -> Result<Option<i64>, StoreError>;
}

/// A database that can be filled, in one transaction that its own reading sees.
pub trait Target: Source {
    /// Adds rows.
    fn write(
        &mut self,
        table: &str,
        columns: &[String],
        rows: &[Vec<Value>],
    ) -> Result<(), StoreError>;
    /// Forgets every row of a table.
    fn clear(&mut self, table: &str) -> Result<(), StoreError>;
    /// Has the table give out larger ids than this from now on.
    fn set_highest_id(&mut self, table: &str, id: i64) -> Result<(), StoreError>;
    /// Commits all of it. A target that is dropped before is as it was.
    fn commit(&mut self) -> Result<(), StoreError>;
}

/// What a table held, as far as two databases can be compared: how many rows, and the sum of their hashes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sum {
    /// Rows.
    pub rows: u64,
    /// The sum of the first half of each row's SHA-256, whatever their order.
    pub hash: u128,
}

impl Sum {
    fn add(&mut self, row: &[Value]) {
        let mut hash = Sha256::new();
        for value in row {
            // The kind and the length keep two rows from running together to the same bytes.
            let (kind, bytes): (u8, &[u8]) = match value {
                Value::Null => (0, &[]),
                Value::Integer(number) => (1, &number.to_be_bytes()),
                Value::Text(text) => (2, text.as_bytes()),
                Value::Bytes(bytes) => (3, bytes),
            };
            hash.update([kind]);
            hash.update((bytes.len() as u64).to_be_bytes());
            hash.update(bytes);
        }
        let half = hash.finalize();
        let half = half.first_chunk().expect("a SHA-256 has 32 bytes");
        self.hash = self.hash.wrapping_add(u128::from_be_bytes(*half));
        self.rows += 1;
    }
}

impl fmt::Display for Sum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} rows, checksum {:032x}", self.rows, self.hash)
    }
}

/// Why nothing was copied.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// The target is in use.
    #[error("the target has rows in {0}: copy to a new database")]
    NotEmpty(&'static str),
    /// The two are of different versions.
    #[error(
        "{0} has other columns in the source than in the target: bring both up to date with `antiphon migrate`"
    )]
    Different(&'static str),
    /// What was written reads otherwise. Nothing was kept.
    #[error("{table} did not come over as it was ({source_sum}; {target_sum}): nothing was kept")]
    Mismatch {
        /// The table.
        table: &'static str,
        /// What was read.
        source_sum: Sum,
        /// What was found afterwards.
        target_sum: Sum,
    },
    /// One of the databases failed. Nothing was kept.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Hears how far it is: the table, and how many of its rows were written.
pub type Progress<'a> = &'a mut dyn FnMut(&'static str, u64);

/// Copies every table, reads it back, compares, and commits. Answers what each held.
pub fn copy(
    source: &mut dyn Source,
    target: &mut dyn Target,
    progress: Progress<'_>,
) -> Result<Vec<(&'static str, Sum)>, CopyError> {
    for table in TABLES.into_iter().filter(|table| *table != FILLED) {
        if sum(target, table)?.rows > 0 {
            return Err(CopyError::NotEmpty(table));
        }
    }
    target.clear(FILLED)?;
    let mut copied = Vec::with_capacity(TABLES.len());
    for table in TABLES {
        let columns = columns(source, table)?;
        if self::columns(target, table)? != columns {
            return Err(CopyError::Different(table));
        }
        let (mut read, mut batch) = (Sum::default(), Vec::with_capacity(BATCH));
        source.read(table, &columns, &mut |row| {
            read.add(row);
            batch.push(row.to_vec());
            if batch.len() == BATCH {
                target.write(table, &columns, &batch)?;
                batch.clear();
                progress(table, read.rows);
            }
            Ok(())
        })?;
        target.write(table, &columns, &batch)?;
        progress(table, read.rows);
        if let Some(id) = source.highest_id(table)? {
            target.set_highest_id(table, id)?;
        }
        let found = sum(target, table)?;
        if found != read {
            return Err(CopyError::Mismatch {
                table,
                source_sum: read,
                target_sum: found,
            });
        }
        copied.push((table, read));
    }
    target.commit()?;
    Ok(copied)
}

/// What a table holds.
pub fn sum<S: Source + ?Sized>(source: &mut S, table: &str) -> Result<Sum, StoreError> {
    let mut sum = Sum::default();
    let columns = columns(source, table)?;
    source.read(table, &columns, &mut |row| {
        sum.add(row);
        Ok(())
    })?;
    Ok(sum)
}

/// In an order that two databases agree on.
fn columns<S: Source + ?Sized>(source: &mut S, table: &str) -> Result<Vec<String>, StoreError> {
    let mut columns = source.columns(table)?;
    columns.sort();
    Ok(columns)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summed(rows: &[&[Value]]) -> Sum {
        let mut sum = Sum::default();
        for row in rows {
            sum.add(row);
        }
        sum
    }

    #[test]
    fn a_sum_tells_rows_apart_and_not_their_order() {
        let text = |text: &str| Value::Text(text.to_owned());
        let (one, two) = ([text("a"), text("bc")], [text("ab"), text("c")]);
        assert_eq!(summed(&[&one, &two]), summed(&[&two, &one]));
        let different = [
            summed(&[&one]),
            summed(&[&two]),
            summed(&[&one, &one]),
            summed(&[&[Value::Null, text("abc")]]),
            summed(&[&[text(""), text("abc")]]),
            summed(&[&[Value::Bytes(b"a".to_vec()), text("bc")]]),
        ];
        for (index, sum) in different.iter().enumerate() {
            assert!(!different[..index].contains(sum), "{index}");
        }
    }
}
