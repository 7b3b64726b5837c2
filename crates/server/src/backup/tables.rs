//! Tables as lines of JSON, for people and programs that do not read SQLite: a row is an object by the names of the columns.
//!
//! Times are microseconds since 1970, yes and no are 1 and 0, and a document that the database keeps as text stays that text. Bytes are
//! `{"base64": "…"}`.

use antiphon_store::copy::{Source, TABLES, Target, Value};
use anyhow::Context as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, json};
use std::io::{BufRead, Read as _, Write};

/// Logins, links that are good for a while, and work in progress belong to an installation and not to what it keeps.
const LEFT_OUT: [&str; 5] = [
    "agent_sessions",
    "setup_tokens",
    "invitations",
    "password_resets",
    "jobs",
];
/// An earlier version wrote these, too. What they hold is taken, since its archive tells of it.
const TAKEN: [&str; 2] = ["invitations", "password_resets"];
/// The table that a new database has rows in.
const FILLED: &str = "counters";
/// Rows that are written at once.
const BATCH: usize = 500;
/// More bytes than this are no row.
const MAX_LINE: u64 = 8 * 1024 * 1024;

/// The tables of an export, each after those it refers to.
pub(super) fn exported() -> impl Iterator<Item = &'static str> {
    TABLES.into_iter().filter(|table| !LEFT_OUT.contains(table))
}

/// The tables that an archive may hold, each after those it refers to.
pub(super) fn imported() -> impl Iterator<Item = &'static str> {
    let is_taken = |table: &&str| !LEFT_OUT.contains(table) || TAKEN.contains(table);
    TABLES.into_iter().filter(is_taken)
}

/// Writes every row of a table, and answers how many.
pub(super) fn write(
    source: &mut dyn Source,
    table: &str,
    to: &mut impl Write,
) -> anyhow::Result<u64> {
    let columns = source.columns(table)?;
    let (mut n_rows, mut failed) = (0, None);
    source.read(table, &columns, &mut |row| {
        if failed.is_none() {
            let row: Map<String, serde_json::Value> = columns
                .iter()
                .zip(row)
                .map(|(column, value)| (column.clone(), to_json(value)))
                .collect();
            let row = serde_json::Value::Object(row);
            failed = writeln!(to, "{row}").err();
            n_rows += 1;
        }
        Ok(())
    })?;
    match failed {
        Some(error) => Err(error).with_context(|| format!("cannot write {table}")),
        None => Ok(n_rows),
    }
}

/// Fills a table of a new database with rows.
pub(super) fn read(
    target: &mut dyn Target,
    table: &str,
    from: &mut impl BufRead,
) -> anyhow::Result<()> {
    if table == FILLED {
        target.clear(table)?;
    }
    let columns = target.columns(table)?;
    let (mut batch, mut line, mut number) = (Vec::with_capacity(BATCH), Vec::new(), 0_u64);
    loop {
        line.clear();
        number += 1;
        from.by_ref().take(MAX_LINE).read_until(b'\n', &mut line)?;
        if line.is_empty() {
            target.write(table, &columns, &batch)?;
            return Ok(());
        }
        let row = row(&line, &columns).with_context(|| format!("{table}, line {number}"))?;
        batch.push(row);
        if batch.len() == BATCH {
            target.write(table, &columns, &batch)?;
            batch.clear();
        }
    }
}

fn row(line: &[u8], columns: &[String]) -> anyhow::Result<Vec<Value>> {
    let mut row: Map<String, serde_json::Value> =
        serde_json::from_slice(line).context("is no row")?;
    let values = columns
        .iter()
        .map(|column| match row.remove(column) {
            Some(value) => from_json(&value).with_context(|| format!("{column} is no value")),
            None => Ok(Value::Null),
        })
        .collect();
    if let Some(column) = row.keys().next() {
        anyhow::bail!("there is no column {column}");
    }
    values
}

fn to_json(value: &Value) -> serde_json::Value {
    match value {
        Value::Null => serde_json::Value::Null,
        Value::Integer(number) => json!(number),
        Value::Text(text) => json!(text),
        Value::Bytes(bytes) => json!({ "base64": STANDARD.encode(bytes) }),
    }
}

fn from_json(json: &serde_json::Value) -> Option<Value> {
    Some(match json {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::Number(number) => Value::Integer(number.as_i64()?),
        serde_json::Value::String(text) => Value::Text(text.clone()),
        serde_json::Value::Object(bytes) if bytes.len() == 1 => {
            Value::Bytes(STANDARD.decode(bytes.get("base64")?.as_str()?).ok()?)
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_reads_back_as_it_was() {
        for value in [
            Value::Null,
            Value::Integer(i64::MIN),
            Value::Integer(i64::MAX),
            Value::Text("{\"a\": 1.50, \"b\": \"\u{1f469}\u{200d}\u{1f680}\\n\"}".to_owned()),
            Value::Bytes(vec![0, 255, 10]),
            Value::Bytes(Vec::new()),
        ] {
            let json = to_json(&value).to_string();
            let read = serde_json::from_str(&json).unwrap();
            assert_eq!(from_json(&read), Some(value), "{json}");
        }
        for wrong in [
            json!(1.5),
            json!(true),
            json!([]),
            json!({ "base64": "!" }),
            json!({}),
        ] {
            assert_eq!(from_json(&wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_row_with_a_column_too_many_is_named() {
        let columns = ["id".to_owned(), "name".to_owned()];
        let known = row(br#"{"name":"a","id":1}"#, &columns).unwrap();
        assert_eq!(known, [Value::Integer(1), Value::Text("a".to_owned())]);
        let reason = row(br#"{"id":1,"colour":"red"}"#, &columns).unwrap_err();
        assert!(reason.to_string().contains("colour"), "{reason}");
    }
}
