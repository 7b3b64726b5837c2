//! How a conversation began: a row of its own, written when there is something to tell.

use crate::connector::Db;
use crate::failure::{Result, corrupt};
use crate::rows::time;
use antiphon_domain::settings::Language;
use antiphon_domain::{Answer, ConversationDetails, ConversationId, Page, Timestamp, Zone};
use serde_json::{Value, json};
use tokio_postgres::Row;

/// Takes over what is told of a conversation.
pub(super) async fn learn(
    db: Db<'_>,
    id: ConversationId,
    told: &ConversationDetails,
) -> Result<()> {
    if *told == ConversationDetails::default() {
        return Ok(());
    }
    let known = stored(db, id).await?.flatten().unwrap_or_default();
    let details = known.clone().updated(told.clone());
    if details == known {
        return Ok(());
    }
    db.execute(
        "INSERT INTO conversation_details
             (conversation_id, answers, consent_at, page_url, page_title, referrer, locale, time_zone)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
         ON CONFLICT (conversation_id) DO UPDATE
         SET answers = excluded.answers, consent_at = excluded.consent_at, page_url = excluded.page_url,
             page_title = excluded.page_title, referrer = excluded.referrer, locale = excluded.locale,
             time_zone = excluded.time_zone",
        &[
            &id.0,
            &answers_json(&details.answers).to_string(),
            &details.consent_at.map(Timestamp::as_micros),
            &details.page.url,
            &details.page.title,
            &details.page.referrer,
            &details.locale.as_ref().map(Language::as_str),
            &details.time_zone.as_ref().map(Zone::name),
        ],
    )
    .await?;
    Ok(())
}

/// What is known of a conversation, if there is such a one.
pub(super) async fn read(db: Db<'_>, id: ConversationId) -> Result<Option<ConversationDetails>> {
    Ok(stored(db, id).await?.map(Option::unwrap_or_default))
}

/// The conversation's row, if there is such a conversation, and if it has one.
async fn stored(db: Db<'_>, id: ConversationId) -> Result<Option<Option<ConversationDetails>>> {
    let found = db
        .optional(
            "SELECT d.answers, d.consent_at, d.page_url, d.page_title, d.referrer, d.locale, d.time_zone
             FROM conversations c LEFT JOIN conversation_details d ON d.conversation_id = c.id WHERE c.id = $1",
            &[&id.0],
        )
        .await?;
    match found {
        None => Ok(None),
        Some(row) if row.try_get::<_, Option<&str>>(0)?.is_none() => Ok(Some(None)),
        Some(row) => from_row(&row).map(|details| Some(Some(details))),
    }
}

fn from_row(row: &Row) -> Result<ConversationDetails> {
    let answers: Option<Vec<Value>> = serde_json::from_str(row.try_get(0)?).ok();
    let answers = answers.and_then(|answers| answers_from(&answers));
    let locale: Option<String> = row.try_get(5)?;
    let time_zone: Option<String> = row.try_get(6)?;
    Ok(ConversationDetails {
        answers: answers.ok_or_else(|| corrupt("conversation_details", "answers"))?,
        consent_at: time(row, 1)?,
        page: Page {
            url: row.try_get(2)?,
            title: row.try_get(3)?,
            referrer: row.try_get(4)?,
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
