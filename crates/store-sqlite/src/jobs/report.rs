//! What a worker reports of its jobs, and what a person does with dead ones. A report counts only while its lease does.

use antiphon_domain::Timestamp;
use antiphon_store::{AfterFailure, Failed, Lease, MAX_ERROR, Retry};
use rusqlite::{Connection, OptionalExtension as _, Result, named_params, params};

pub(super) fn renew(
    connection: &Connection,
    leases: Vec<Lease>,
    until: Timestamp,
) -> Result<Vec<Lease>> {
    let mut renew = connection.prepare_cached(
        "UPDATE jobs SET locked_until = ?4 WHERE id = ?1 AND locked_by = ?2 AND attempts = ?3",
    )?;
    let mut held = Vec::with_capacity(leases.len());
    for lease in leases {
        let n_renewed = renew.execute(params![
            lease.id.0,
            &*lease.worker,
            lease.attempt,
            until.as_micros()
        ])?;
        if n_renewed == 1 {
            held.push(lease);
        }
    }
    Ok(held)
}

pub(super) fn complete(connection: &Connection, lease: &Lease) -> Result<bool> {
    let n_deleted = connection
        .prepare_cached("DELETE FROM jobs WHERE id = ?1 AND locked_by = ?2 AND attempts = ?3")?
        .execute(params![lease.id.0, &*lease.worker, lease.attempt])?;
    Ok(n_deleted == 1)
}

pub(super) fn fail(
    connection: &Connection,
    lease: &Lease,
    error: &str,
    then: AfterFailure,
    at: Timestamp,
) -> Result<Failed> {
    let retry_at = match then {
        AfterFailure::Retry(at) => Some(at.as_micros()),
        AfterFailure::Bury => None,
    };
    let error: String = error.chars().take(MAX_ERROR).collect();
    let died: Option<bool> = connection
        .prepare_cached(
            "UPDATE jobs
             SET locked_by = NULL, locked_until = NULL, last_error = :error, run_at = coalesce(:retry_at, run_at),
                 died_at = CASE WHEN :retry_at IS NULL OR attempts >= max_attempts THEN :at END
             WHERE id = :id AND locked_by = :worker AND attempts = :attempt
             RETURNING died_at IS NOT NULL",
        )?
        .query_row(
            named_params! {
                ":id": lease.id.0,
                ":worker": &*lease.worker,
                ":attempt": lease.attempt,
                ":error": error,
                ":retry_at": retry_at,
                ":at": at.as_micros(),
            },
            |row| row.get(0),
        )
        .optional()?;
    Ok(match died {
        Some(true) => Failed::Dead,
        Some(false) => Failed::Waits,
        None => Failed::LeaseLost,
    })
}

pub(super) fn release(connection: &Connection, leases: &[Lease]) -> Result<()> {
    let mut release = connection.prepare_cached(
        "UPDATE jobs SET locked_by = NULL, locked_until = NULL, attempts = attempts - 1
         WHERE id = ?1 AND locked_by = ?2 AND attempts = ?3",
    )?;
    for lease in leases {
        release.execute(params![lease.id.0, &*lease.worker, lease.attempt])?;
    }
    Ok(())
}

pub(super) fn bury(
    connection: &Connection,
    kind: &str,
    made_before: Timestamp,
    error: &str,
    at: Timestamp,
) -> Result<u64> {
    let error: String = error.chars().take(MAX_ERROR).collect();
    let n_buried = connection
        .prepare_cached(
            "UPDATE jobs SET died_at = ?4, locked_by = NULL, locked_until = NULL, last_error = ?3
             WHERE kind = ?1 AND died_at IS NULL AND created_at < ?2 AND (locked_until IS NULL OR locked_until <= ?4)",
        )?
        .execute(params![
            kind,
            made_before.as_micros(),
            error,
            at.as_micros()
        ])?;
    Ok(n_buried as u64)
}

pub(super) fn retry(connection: &Connection, which: Retry, at: Timestamp) -> Result<u64> {
    let one = match which {
        Retry::One(id) => Some(id.0),
        Retry::All => None,
    };
    // Of two dead jobs with one key the first comes back; the other's row would break the index, and is left as it is.
    let n_retried = connection
        .prepare_cached(
            "UPDATE OR IGNORE jobs SET died_at = NULL, attempts = 0, run_at = ?1
             WHERE died_at IS NOT NULL AND (?2 IS NULL OR id = ?2)",
        )?
        .execute(params![at.as_micros(), one])?;
    Ok(n_retried as u64)
}
