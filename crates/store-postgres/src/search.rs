//! Search in SQL: GIN indexes over what a function of the schema makes of a message and of what is known of a visitor.

use crate::PostgresStore;
use crate::connector::Db;
use crate::failure::{Result, corrupt};
use crate::rows::{self, message_columns, visitor_columns};
use antiphon_domain::{ConversationId, Status, Timestamp};
use antiphon_store::{
    FoundMessage, FoundPerson, MAX_PAGE, MessageSearch, PEOPLE_LOOKED_AT, PeopleSearch, Search,
    SearchQuery, StoreError,
};

#[async_trait::async_trait]
impl Search for PostgresStore {
    async fn search_messages(
        &self,
        search: MessageSearch,
    ) -> std::result::Result<Vec<FoundMessage>, StoreError> {
        self.read(async move |db: Db<'_>| messages(db, &search).await)
            .await
    }

    async fn search_people(
        &self,
        search: PeopleSearch,
    ) -> std::result::Result<Vec<FoundPerson>, StoreError> {
        self.read(async move |db: Db<'_>| people(db, &search).await)
            .await
    }
}

/// A query in the words of `to_tsquery`. Tokens are letters and digits, so nothing in them needs escaping.
fn tsquery(query: &SearchQuery) -> String {
    let phrases = query.phrases().iter().map(|phrase| {
        let star = if phrase.is_prefix { ":*" } else { "" };
        let words: Vec<_> = phrase
            .tokens
            .iter()
            .map(|token| format!("'{token}'"))
            .collect();
        format!("({}{star})", words.join(" <-> "))
    });
    phrases.collect::<Vec<_>>().join(" & ")
}

const MESSAGES: &str = concat!(
    "SELECT ",
    message_columns!(),
    ", v.name AS visitor_name, c.status AS conversation_status
     FROM messages m
     JOIN conversations c ON c.id = m.conversation_id JOIN visitors v ON v.id = c.visitor_id
     WHERE m.id = ANY(ARRAY(
         SELECT id FROM messages
         WHERE searchable(body) @@ to_tsquery('simple', $1) AND body <> '' AND id < $2
         ORDER BY id DESC LIMIT $3
     ))
     ORDER BY m.id DESC"
);

async fn messages(db: Db<'_>, search: &MessageSearch) -> Result<Vec<FoundMessage>> {
    let before = search.before.map_or(i64::MAX, |id| id.0);
    let limit = i64::from(search.limit.min(MAX_PAGE));
    let found = db
        .rows(MESSAGES, &[&tsquery(&search.query), &before, &limit])
        .await?;
    found
        .iter()
        .map(|row| {
            Ok(FoundMessage {
                message: rows::message(row)?,
                visitor_name: row.try_get("visitor_name")?,
                status: Status::parse(row.try_get("conversation_status")?)
                    .map_err(|_| corrupt("conversations", "status"))?,
            })
        })
        .collect()
}

/// What is known of a visitor as one text, as the index has it.
macro_rules! contact {
    () => {
        "coalesce(name, '') || ' ' || coalesce(email, '') || ' ' || coalesce(phone, '') || ' ' \
         || regexp_replace(coalesce(phone, ''), '[^0-9]', '', 'g') || ' ' || coalesce(external_id, '')"
    };
}

const PEOPLE: &str = concat!(
    "SELECT ",
    visitor_columns!(),
    ", c.id AS last_conversation_id, c.last_message_at AS last_conversation_at
     FROM visitors v
     LEFT JOIN LATERAL (
         SELECT id, last_message_at FROM conversations WHERE visitor_id = v.id AND last_seq > 0 ORDER BY id DESC LIMIT 1
     ) c ON TRUE
     WHERE v.id = ANY(ARRAY(
         SELECT id FROM (
             (SELECT id FROM visitors
              WHERE searchable(",
    contact!(),
    ") @@ to_tsquery('simple', $1)
              ORDER BY id DESC LIMIT $3)
             UNION
             (SELECT id FROM (SELECT * FROM visitors ORDER BY id DESC LIMIT $4) newest
              WHERE position($2 IN lower(",
    contact!(),
    ")) > 0)
         ) found ORDER BY id DESC LIMIT $3
     ))
     ORDER BY v.id DESC"
);

async fn people(db: Db<'_>, search: &PeopleSearch) -> Result<Vec<FoundPerson>> {
    let limit = i64::from(search.limit.min(MAX_PAGE));
    let found = db
        .rows(
            PEOPLE,
            &[
                &tsquery(&search.query),
                &search.text.to_lowercase(),
                &limit,
                &PEOPLE_LOOKED_AT,
            ],
        )
        .await?;
    found
        .iter()
        .map(|row| {
            let id: Option<i64> = row.try_get("last_conversation_id")?;
            let at = row
                .try_get::<_, Option<i64>>("last_conversation_at")?
                .map(Timestamp::from_micros);
            Ok(FoundPerson {
                visitor: rows::visitor(row)?,
                last_conversation: id.map(|id| (ConversationId(id), at)),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use antiphon_store::search::{FOLDED_FROM, FOLDED_TO};

    #[test]
    fn the_schema_folds_the_letters_that_queries_fold() {
        let migration = include_str!("migrations/0012_search.sql");
        for letters in [FOLDED_FROM, FOLDED_TO] {
            assert!(migration.contains(&format!("'{letters}'")), "{letters}");
        }
    }
}
