//! How a conversation began: a row of its own, written when there is something to tell.

use crate::failure::corrupt;
use antiphon_domain::settings::Language;
use antiphon_domain::{Answer, ConversationDetails, ConversationId, Page, Timestamp, Zone};
use rusqlite::{Connection, OptionalExtension as _, Result, Row, named_params};
use serde_json::{Value, json};

/// Takes over what is told of a conversation.
pub(super) fn learn(
    connection: &Connection,
    id: ConversationId,
    told: &ConversationDetails,
) -> Result<()> {
    if *told == ConversationDetails::default() {
        return Ok(());
    }
    let known = stored(connection, id)?.unwrap_or_default();
    let details = known.clone().updated(told.clone());
    if details == known {
        return Ok(());
    }
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO conversation_details
                 (conversation_id, answers, consent_at, page_url, page_title, referrer, locale, time_zone)
             VALUES (:id, :answers, :consent_at, :page_url, :page_title, :referrer, :locale, :time_zone)",
        )?
        .execute(named_params! {
            ":id": id.0,
            ":answers": answers_json(&details.answers).to_string(),
            ":consent_at": details.consent_at.map(Timestamp::as_micros),
            ":page_url": details.page.url,
            ":page_title": details.page.title,
            ":referrer": details.page.referrer,
            ":locale": details.locale.as_ref().map(Language::as_str),
            ":time_zone": details.time_zone.as_ref().map(Zone::name),
        })?;
    Ok(())
}

/// What is known of a conversation, if there is such a one.
pub(super) fn read(
    connection: &Connection,
    id: ConversationId,
) -> Result<Option<ConversationDetails>> {
    let is_there = connection
        .prepare_cached("SELECT 1 FROM conversations WHERE id = ?1")?
        .exists([id.0])?;
    if is_there {
        Ok(Some(stored(connection, id)?.unwrap_or_default()))
    } else {
        Ok(None)
    }
}

fn stored(connection: &Connection, id: ConversationId) -> Result<Option<ConversationDetails>> {
    connection
        .prepare_cached(
            "SELECT answers, consent_at, page_url, page_title, referrer, locale, time_zone
             FROM conversation_details WHERE conversation_id = ?1",
        )?
        .query_row([id.0], from_row)
        .optional()
}

fn from_row(row: &Row<'_>) -> Result<ConversationDetails> {
    let answers: Option<Vec<Value>> = serde_json::from_str(row.get_ref(0)?.as_str()?).ok();
    let answers = answers.and_then(|answers| answers_from(&answers));
    let locale: Option<String> = row.get(5)?;
    let time_zone: Option<String> = row.get(6)?;
    Ok(ConversationDetails {
        answers: answers.ok_or_else(|| corrupt("conversation_details", "answers"))?,
        consent_at: row.get::<_, Option<i64>>(1)?.map(Timestamp::from_micros),
        page: Page {
            url: row.get(2)?,
            title: row.get(3)?,
            referrer: row.get(4)?,
        },
        locale: locale
            .map(|tag| Language::parse(&tag))
            .transpose()
            .map_err(|_| corrupt("conversation_details", "locale"))?,
        // A later database of time zones may know one by another name; then the time is shown in UTC.
        time_zone: time_zone.and_then(|name| Zone::parse(&name).ok()),
    })
}

fn answers_json(answers: &[Answer]) -> Value {
    answers
        .iter()
        .map(|answer| json!({ "name": answer.name, "label": answer.label, "value": answer.value }))
        .collect()
}

fn answers_from(answers: &[Value]) -> Option<Vec<Answer>> {
    let text = |answer: &Value, member: &str| Some(answer.get(member)?.as_str()?.to_owned());
    answers
        .iter()
        .map(|answer| {
            Some(Answer {
                name: text(answer, "name")?,
                label: text(answer, "label")?,
                value: text(answer, "value")?,
            })
        })
        .collect()
}
