//! Search in SQL: two FTS5 tables that triggers keep, without the texts, which are read from where they are.
//!
//! Newest first is the order of the rows, so a common word costs no more than a page of it, and the rarer of two words leads.

use crate::SqliteStore;
use crate::rows::{self, message_columns, visitor_columns};
use antiphon_domain::{ConversationId, Status, Timestamp};
use antiphon_store::search::searchable;
use antiphon_store::{
    FoundMessage, FoundPerson, MAX_PAGE, MessageSearch, PEOPLE_LOOKED_AT, PeopleSearch, Search,
    SearchQuery, StoreError,
};
use rusqlite::functions::FunctionFlags;
use rusqlite::{Connection, Result, Row, named_params};

/// Gives a connection the functions that triggers call. They look at nothing but their argument.
pub(crate) fn add_functions(connection: &Connection) -> Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8
        | FunctionFlags::SQLITE_DETERMINISTIC
        | FunctionFlags::SQLITE_INNOCUOUS;
    connection.create_scalar_function("searchable", 1, flags, |context| {
        Ok(searchable(context.get_raw(0).as_str()?))
    })?;
    connection.create_scalar_function("searchable_number", 1, flags, |context| {
        let number = context.get_raw(0).as_str_or_null()?;
        Ok(number.map(|number| {
            let digits = number.chars().filter(char::is_ascii_digit);
            digits.collect::<String>()
        }))
    })
}

#[async_trait::async_trait]
impl Search for SqliteStore {
    async fn search_messages(
        &self,
        search: MessageSearch,
    ) -> Result<Vec<FoundMessage>, StoreError> {
        self.read(move |connection| messages(connection, &search))
            .await
    }

    async fn search_people(&self, search: PeopleSearch) -> Result<Vec<FoundPerson>, StoreError> {
        self.read(move |connection| people(connection, &search))
            .await
    }
}

/// A query in the words of FTS5. Tokens are letters and digits, so nothing in them needs escaping.
fn fts5(query: &SearchQuery) -> String {
    let phrases = query.phrases().iter().map(|phrase| {
        let star = if phrase.is_prefix { " *" } else { "" };
        format!("\"{}\"{star}", phrase.tokens.join(" "))
    });
    phrases.collect::<Vec<_>>().join(" AND ")
}

const MESSAGES: &str = concat!(
    "SELECT ",
    message_columns!(),
    ", v.name AS visitor_name, c.status AS conversation_status
     FROM (
         SELECT rowid AS id FROM message_search WHERE message_search MATCH :query AND rowid < :before
         ORDER BY rowid DESC LIMIT :limit
     ) f
     CROSS JOIN messages m ON m.id = f.id
     JOIN conversations c ON c.id = m.conversation_id JOIN visitors v ON v.id = c.visitor_id
     ORDER BY m.id DESC"
);

fn messages(connection: &Connection, search: &MessageSearch) -> Result<Vec<FoundMessage>> {
    connection
        .prepare_cached(MESSAGES)?
        .query_map(
            named_params! {
                ":query": fts5(&search.query),
                ":before": search.before.map_or(i64::MAX, |id| id.0),
                ":limit": search.limit.min(MAX_PAGE),
            },
            |row| {
                Ok(FoundMessage {
                    message: rows::message(row)?,
                    visitor_name: row.get("visitor_name")?,
                    status: Status::parse(row.get_ref("conversation_status")?.as_str()?)
                        .map_err(|_| crate::failure::corrupt("conversations", "status"))?,
                })
            },
        )?
        .collect()
}

const PEOPLE: &str = concat!(
    "SELECT ",
    visitor_columns!(),
    ", c.id AS last_conversation_id, c.last_message_at AS last_conversation_at
     FROM (
         SELECT id FROM (
             SELECT rowid AS id FROM visitor_search WHERE visitor_search MATCH :query ORDER BY rowid DESC LIMIT :limit
         )
         UNION
         SELECT id FROM (
             SELECT * FROM visitors ORDER BY id DESC LIMIT :looked_at
         ) WHERE instr(searchable(concat_ws(' ', name, email, phone, searchable_number(phone), external_id)), :text) > 0
             OR instr(lower(concat_ws(' ', email, external_id)), :typed) > 0
         ORDER BY 1 DESC LIMIT :limit
     ) f
     CROSS JOIN visitors v ON v.id = f.id
     LEFT JOIN conversations c ON c.id = (
         SELECT max(id) FROM conversations WHERE visitor_id = v.id AND last_seq > 0
     )
     ORDER BY v.id DESC"
);

fn people(connection: &Connection, search: &PeopleSearch) -> Result<Vec<FoundPerson>> {
    connection
        .prepare_cached(PEOPLE)?
        .query_map(
            named_params! {
                ":query": fts5(&search.query),
                ":text": searchable(&search.text),
                ":typed": search.text.to_lowercase(),
                ":looked_at": PEOPLE_LOOKED_AT,
                ":limit": search.limit.min(MAX_PAGE),
            },
            person,
        )?
        .collect()
}

fn person(row: &Row<'_>) -> Result<FoundPerson> {
    let id: Option<i64> = row.get("last_conversation_id")?;
    let at: Option<i64> = row.get("last_conversation_at")?;
    Ok(FoundPerson {
        visitor: rows::visitor(row)?,
        last_conversation: id.map(|id| (ConversationId(id), at.map(Timestamp::from_micros))),
    })
}
