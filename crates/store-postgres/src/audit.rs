//! The audit log in SQL.

use crate::PostgresStore;
use crate::connector::Db;
use crate::failure::Result;
use antiphon_domain::{AgentId, AuditEntryId, Timestamp};
use antiphon_store::{
    AUDIT_SECONDS, Audit, AuditEntry, AuditFilter, MAX_PAGE, NewAuditEntry, StoreError,
};
use tokio_postgres::Row;

#[async_trait::async_trait]
impl Audit for PostgresStore {
    async fn audit_entries(
        &self,
        filter: AuditFilter,
        limit: u32,
    ) -> std::result::Result<Vec<AuditEntry>, StoreError> {
        self.read(async move |db: Db<'_>| {
            let sql = "SELECT id, at, agent_id, agent_name, action, subject_type, subject_id, details, address
                 FROM audit_log
                 WHERE ($1::bigint IS NULL OR id < $1)
                   AND ($2::bigint IS NULL OR agent_id = $2)
                   AND ($3::text IS NULL OR action = $3 OR (right($3, 1) = '.' AND starts_with(action, $3)))
                 ORDER BY id DESC LIMIT $4";
            let rows = db
                .rows(
                    sql,
                    &[
                        &filter.before.map(|id| id.0),
                        &filter.agent_id.map(|id| id.0),
                        &filter.action,
                        &i64::from(limit.min(MAX_PAGE)),
                    ],
                )
                .await?;
            rows.iter().map(entry).collect()
        })
        .await
    }
}

fn entry(row: &Row) -> Result<AuditEntry> {
    Ok(AuditEntry {
        id: AuditEntryId(row.try_get(0)?),
        at: Timestamp::from_micros(row.try_get(1)?),
        agent_id: row.try_get::<_, Option<i64>>(2)?.map(AgentId),
        agent_name: row.try_get(3)?,
        action: row.try_get(4)?,
        subject_type: row.try_get(5)?,
        subject_id: row.try_get(6)?,
        details: row.try_get(7)?,
        address: row.try_get(8)?,
    })
}

/// Writes an entry, inside the transaction of the act, and forgets those that are too old. Answers its id.
pub(crate) async fn write_down(db: Db<'_>, new: &NewAuditEntry) -> Result<AuditEntryId> {
    let row = db.one(
        "a new entry",
        "WITH forgotten AS (DELETE FROM audit_log WHERE at < $9)
         INSERT INTO audit_log (at, agent_id, agent_name, action, subject_type, subject_id, details, address)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id",
        &[
            &new.at.as_micros(),
            &new.agent_id.map(|id| id.0),
            &new.agent_name,
            &new.action,
            &new.subject.kind,
            &new.subject.id,
            &new.details,
            &new.address,
            &new.at.plus_seconds(-AUDIT_SECONDS).as_micros(),
        ],
    )
    .await?;
    Ok(AuditEntryId(row.try_get(0)?))
}
