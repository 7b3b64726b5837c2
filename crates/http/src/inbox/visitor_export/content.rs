//! What stands in the archive: a list of steps, each of which asks for a page of rows, or for a part of a file, when it is its turn.

use super::zip::Zip;
use antiphon_chat::{
    Chat, ChatError, FileKey, PersonalRow, PersonalTable, PersonalValue, VisitorExport,
};
use antiphon_domain::Timestamp;
use antiphon_wire::rfc3339;
use bytes::Bytes;
use serde_json::{Map, Value, json};
use std::collections::VecDeque;
use std::fmt::Write as _;
use std::pin::Pin;
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::sync::OwnedSemaphorePermit;

/// Bytes of a file that are read and sent at once.
const CHUNK: usize = 64 * 1024;
/// Names of missing files that are told; there are more only where a whole store of files was lost.
const MAX_MISSING: usize = 10_000;
/// The longest name of a file in the archive, in characters.
const MAX_NAME: usize = 120;

#[derive(Debug, Clone, Copy)]
enum Step {
    /// Begins a document.
    Begin(&'static str),
    Text(&'static str),
    /// The row of a table that has one, as it is.
    One(&'static str),
    /// The rows of a table, as a list.
    List(&'static str),
    /// The ratings, from the conversations that have one, as a list.
    Ratings,
    /// The rows of a table, as lines with this member.
    Lines(&'static str, &'static str),
    /// Ends a document.
    End,
    Files,
    Missing,
    Finish,
}

const STEPS: &[Step] = &[
    Step::Begin("visitor.json"),
    Step::Text("{\"visitor\":"),
    Step::One("visitors"),
    Step::Text(",\"visitor_tokens\":"),
    Step::List("visitor_tokens"),
    Step::Text(",\"blocks\":"),
    Step::List("blocks"),
    Step::Text(",\"ratings\":"),
    Step::Ratings,
    Step::Text(",\"conversation_details\":"),
    Step::List("conversation_details"),
    Step::Text(",\"page_views\":"),
    Step::List("page_views"),
    Step::Text(",\"notes\":"),
    Step::List("notes"),
    Step::Text(",\"mentions\":"),
    Step::List("mentions"),
    Step::Text("}\n"),
    Step::End,
    Step::Begin("conversations.jsonl"),
    Step::Lines("conversations", "conversation"),
    Step::Lines("messages", "message"),
    Step::Lines("attachments", "attachment"),
    Step::End,
    Step::Files,
    Step::Missing,
    Step::Finish,
];

/// An archive that is being written.
pub(super) struct Content {
    chat: Chat,
    export: VisitorExport,
    zip: Zip,
    /// The step, how far its rows were read, and how many of them were written.
    step: usize,
    after: Option<i64>,
    n_rows: u64,
    files: VecDeque<(String, FileKey)>,
    reader: Option<Pin<Box<dyn AsyncRead + Send>>>,
    missing: Vec<String>,
    _room: OwnedSemaphorePermit,
}

impl Content {
    pub(super) fn new(chat: Chat, export: VisitorExport, room: OwnedSemaphorePermit) -> Self {
        Self {
            chat,
            export,
            zip: Zip::default(),
            step: 0,
            after: None,
            n_rows: 0,
            files: VecDeque::new(),
            reader: None,
            missing: Vec::new(),
            _room: room,
        }
    }

    /// What comes next, and the rest.
    pub(super) async fn next(mut self) -> Result<Option<(Bytes, Self)>, ChatError> {
        while let Some(step) = STEPS.get(self.step) {
            let piece = self.piece(*step).await?;
            if !piece.is_empty() {
                return Ok(Some((piece.into(), self)));
            }
        }
        Ok(None)
    }

    /// The next bytes of a step, and moves on where it is done.
    async fn piece(&mut self, step: Step) -> Result<Vec<u8>, ChatError> {
        match step {
            Step::Begin(name) => {
                self.done();
                Ok(self.zip.begin(name))
            }
            Step::End => {
                self.done();
                Ok(self.zip.end())
            }
            Step::Text(text) => {
                self.done();
                self.data(text.to_owned())
            }
            Step::One(table) => {
                let rows = self.page(table).await?;
                self.done();
                // Erased since it was asked for: nothing is told of a visitor who is not there.
                let row = rows.first().ok_or(ChatError::NotFound("visitor"))?;
                self.data(Value::from(object(row)).to_string())
            }
            Step::List(table) => {
                let rows = self.page(table).await?;
                self.list(rows.iter().map(object).collect(), rows.is_empty())
            }
            Step::Ratings => {
                let rows = self.page("conversations").await?;
                let ratings = rows.iter().map(object).filter_map(rating);
                self.list(ratings.collect(), rows.is_empty())
            }
            Step::Lines(table, member) => {
                let rows = self.page(table).await?;
                if rows.is_empty() {
                    self.done();
                }
                let mut lines = String::new();
                for row in &rows {
                    let mut row = object(row);
                    if table == "attachments" {
                        name_files(&mut row);
                    }
                    writeln!(lines, "{}", json!({ member: row }))
                        .expect("writing to a string cannot fail");
                }
                self.data(lines)
            }
            Step::Files => self.file().await,
            Step::Missing => {
                self.done();
                self.tell_missing()
            }
            Step::Finish => {
                self.done();
                Ok(self.zip.finish())
            }
        }
    }

    fn done(&mut self) {
        self.step += 1;
        self.after = None;
        self.n_rows = 0;
    }

    fn data(&mut self, text: String) -> Result<Vec<u8>, ChatError> {
        self.zip.data(text.as_bytes()).map_err(internal)?;
        Ok(text.into_bytes())
    }

    /// The next page of a table; an empty one is the end.
    async fn page(&mut self, table: &str) -> Result<Vec<PersonalRow>, ChatError> {
        let table = PersonalTable::named(table)
            .ok_or_else(|| ChatError::Internal("there is no such table".into()))?;
        let rows = self.export.rows(table, self.after).await?;
        if let Some(last) = rows.last() {
            self.after = table.key_of(last);
        }
        Ok(rows)
    }

    /// A part of a list: with its beginning, and, if it is the last, its end.
    fn list(&mut self, rows: Vec<Map<String, Value>>, last: bool) -> Result<Vec<u8>, ChatError> {
        let mut text = String::new();
        // Nothing was read before the first part.
        if self.n_rows == 0 {
            text.push('[');
        }
        for row in rows {
            if self.n_rows > 1 {
                text.push(',');
            }
            self.n_rows = self.n_rows.max(1) + 1;
            write!(text, "{}", Value::from(row)).expect("writing to a string cannot fail");
        }
        self.n_rows = self.n_rows.max(1);
        if last {
            text.push(']');
            self.done();
        }
        self.data(text)
    }

    /// The next part of the files, of which a page is named at a time.
    async fn file(&mut self) -> Result<Vec<u8>, ChatError> {
        if let Some(reader) = &mut self.reader {
            let mut chunk = vec![0; CHUNK];
            let n = reader.read(&mut chunk).await.map_err(internal)?;
            if n == 0 {
                self.reader = None;
                return Ok(self.zip.end());
            }
            chunk.truncate(n);
            self.zip.data(&chunk).map_err(internal)?;
            return Ok(chunk);
        }
        if let Some((name, key)) = self.files.pop_front() {
            match self.chat.read_file(&key, None).await {
                Ok(body) => {
                    self.reader = Some(body.reader);
                    return Ok(self.zip.begin(&name));
                }
                Err(ChatError::NotFound(_)) => {
                    if self.missing.len() < MAX_MISSING {
                        self.missing.push(name);
                    }
                    return Ok(Vec::new());
                }
                Err(error) => return Err(error),
            }
        }
        let rows = self.page("attachments").await?;
        if rows.is_empty() {
            self.done();
        }
        for row in rows {
            let mut row = object(&row);
            let keys = ["file_key", "thumbnail_key"].map(|column| key(&row, column));
            name_files(&mut row);
            for (name, key) in ["file", "thumbnail"].into_iter().zip(keys) {
                if let (Some(Value::String(name)), Some(key)) = (row.remove(name), key) {
                    self.files.push_back((name, key));
                }
            }
        }
        Ok(Vec::new())
    }

    fn tell_missing(&mut self) -> Result<Vec<u8>, ChatError> {
        if self.missing.is_empty() {
            return Ok(Vec::new());
        }
        let mut piece = self.zip.begin("missing-files.txt");
        let names = std::mem::take(&mut self.missing).join("\n") + "\n";
        piece.extend(self.data(names)?);
        piece.extend(self.zip.end());
        Ok(piece)
    }
}

fn internal(error: std::io::Error) -> ChatError {
    ChatError::Internal(Box::new(error))
}

/// A row as an object: times as RFC 3339, documents as what they are, yes and no as such.
fn object(row: &PersonalRow) -> Map<String, Value> {
    let member =
        |(column, value): &(String, PersonalValue)| (column.clone(), json_of(column, value));
    row.iter().map(member).collect()
}

fn json_of(column: &str, value: &PersonalValue) -> Value {
    match value {
        PersonalValue::Null => Value::Null,
        PersonalValue::Integer(number) => match column {
            "verified" | "answered" | "is_voice" => json!(*number != 0),
            _ if is_time(column) => json!(rfc3339(Timestamp::from_micros(*number))),
            _ => json!(number),
        },
        PersonalValue::Text(text) => match column {
            "metadata" | "answers" | "quick_replies" | "labels" => {
                serde_json::from_str(text).unwrap_or_else(|_| json!(text))
            }
            _ => json!(text),
        },
        PersonalValue::Bytes(bytes) => json!(bytes),
    }
}

fn is_time(column: &str) -> bool {
    column == "at" || column.ends_with("_at") || matches!(column, "snoozed_until" | "waiting_since")
}

fn rating(mut conversation: Map<String, Value>) -> Option<Map<String, Value>> {
    let score = conversation
        .remove("rating_score")
        .filter(|score| !score.is_null())?;
    let mut take = |column| conversation.remove(column).unwrap_or_default();
    let rating = json!({
        "conversation_id": take("id"),
        "score": score,
        "comment": take("rating_comment"),
        "rated_at": take("rated_at"),
    });
    match rating {
        Value::Object(rating) => Some(rating),
        _ => None,
    }
}

fn key(row: &Map<String, Value>, column: &str) -> Option<FileKey> {
    FileKey::parse(row.get(column)?.as_str()?).ok()
}

/// Says where a file is in the archive, in the place of the key that it has in the store.
fn name_files(row: &mut Map<String, Value>) {
    let id = row.get("id").and_then(Value::as_i64).unwrap_or_default();
    let name = row.get("name").and_then(Value::as_str).unwrap_or_default();
    let file = format!("files/{id}-{}", plain(name));
    row.remove("file_key");
    row.insert("file".to_owned(), json!(file));
    let thumbnail = row.remove("thumbnail_key").filter(|key| !key.is_null());
    let thumbnail = thumbnail.map(|_| format!("files/{id}-thumbnail"));
    row.insert("thumbnail".to_owned(), json!(thumbnail));
}

/// A name that every system takes: without what separates folders, devices and lines.
fn plain(name: &str) -> String {
    name.chars()
        .take(MAX_NAME)
        .map(|c| match c {
            '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|' => '_',
            c if c.is_control() => '_',
            c => c,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_with_rows_of_its_own_is_in_the_archive() {
        for table in antiphon_chat::PERSONAL
            .iter()
            .filter(|table| table.key.is_some())
        {
            let is_told = |step: &Step| match step {
                Step::One(name) | Step::List(name) | Step::Lines(name, _) => *name == table.name,
                _ => false,
            };
            assert!(STEPS.iter().any(is_told), "{}", table.name);
        }
    }

    #[test]
    fn a_name_leads_nowhere_else() {
        assert_eq!(plain("../a\\b:c\n.pdf"), ".._a_b_c_.pdf");
        assert_eq!(plain(&"ä".repeat(500)).chars().count(), MAX_NAME);
    }

    #[test]
    fn a_row_is_told_as_people_read_it() {
        let text = |text: &str| PersonalValue::Text(text.to_owned());
        let row: PersonalRow = vec![
            (
                "created_at".to_owned(),
                PersonalValue::Integer(1_700_000_000_000_000),
            ),
            ("verified".to_owned(), PersonalValue::Integer(1)),
            ("metadata".to_owned(), text("{\"plan\":\"gold\"}")),
            ("name".to_owned(), text("Eve")),
            ("note".to_owned(), PersonalValue::Null),
            ("waveform".to_owned(), PersonalValue::Bytes(vec![0, 255])),
        ];
        assert_eq!(
            Value::from(object(&row)),
            json!({
                "created_at": "2023-11-14T22:13:20.000000Z",
                "verified": true,
                "metadata": { "plan": "gold" },
                "name": "Eve",
                "note": null,
                "waveform": [0, 255],
            })
        );
    }
}
