//! The audit log in SQL.

use crate::SqliteStore;
use antiphon_domain::{AgentId, AuditEntryId, Timestamp};
use antiphon_store::{
    AUDIT_SECONDS, Audit, AuditEntry, AuditFilter, MAX_PAGE, NewAuditEntry, StoreError,
};
use rusqlite::{Connection, Result, Row, named_params};

#[async_trait::async_trait]
impl Audit for SqliteStore {
    async fn audit_entries(
        &self,
        filter: AuditFilter,
        limit: u32,
    ) -> std::result::Result<Vec<AuditEntry>, StoreError> {
        self.read(move |connection| {
            connection
                .prepare_cached(
                    "SELECT id, at, agent_id, agent_name, action, subject_type, subject_id, details, address
                     FROM audit_log
                     WHERE (:before IS NULL OR id < :before)
                       AND (:agent_id IS NULL OR agent_id = :agent_id)
                       AND (:action IS NULL OR action = :action
                            OR (substr(:action, -1) = '.' AND substr(action, 1, length(:action)) = :action))
                     ORDER BY id DESC LIMIT :limit",
                )?
                .query_map(
                    named_params! {
                        ":before": filter.before.map(|id| id.0),
                        ":agent_id": filter.agent_id.map(|id| id.0),
                        ":action": filter.action,
                        ":limit": limit.min(MAX_PAGE),
                    },
                    entry,
                )?
                .collect()
        })
        .await
    }
}

fn entry(row: &Row<'_>) -> Result<AuditEntry> {
    Ok(AuditEntry {
        id: AuditEntryId(row.get(0)?),
        at: Timestamp::from_micros(row.get(1)?),
        agent_id: row.get::<_, Option<i64>>(2)?.map(AgentId),
        agent_name: row.get(3)?,
        action: row.get(4)?,
        subject_type: row.get(5)?,
        subject_id: row.get(6)?,
        details: row.get(7)?,
        address: row.get(8)?,
    })
}

/// Writes an entry, inside the transaction of the act, and forgets those that are too old. Answers its id.
pub(crate) fn write_down(connection: &Connection, new: &NewAuditEntry) -> Result<AuditEntryId> {
    connection
        .prepare_cached("DELETE FROM audit_log WHERE at < ?1")?
        .execute([new.at.plus_seconds(-AUDIT_SECONDS).as_micros()])?;
    let id = connection
        .prepare_cached(
            "INSERT INTO audit_log (at, agent_id, agent_name, action, subject_type, subject_id, details, address)
             VALUES (:at, :agent_id, :agent_name, :action, :subject_type, :subject_id, :details, :address)",
        )?
        .insert(named_params! {
            ":at": new.at.as_micros(),
            ":agent_id": new.agent_id.map(|id| id.0),
            ":agent_name": new.agent_name,
            ":action": new.action,
            ":subject_type": new.subject.kind,
            ":subject_id": new.subject.id,
            ":details": new.details,
            ":address": new.address,
        })?;
    Ok(AuditEntryId(id))
}
