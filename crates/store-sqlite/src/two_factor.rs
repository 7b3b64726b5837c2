//! The second factor in SQL.

use crate::SqliteStore;
use antiphon_domain::{AgentId, TokenHash};
use antiphon_store::{EnableTwoFactor, FollowUp, StoreError, TwoFactor};
use rusqlite::{Connection, Result, params};

const REQUIRED: &str = "SELECT EXISTS (SELECT 1 FROM account_settings WHERE name = 'two_factor_required' AND value = 'true')";

#[async_trait::async_trait]
impl TwoFactor for SqliteStore {
    async fn enable_two_factor(
        &self,
        enable: EnableTwoFactor,
        follow_up: FollowUp<bool>,
    ) -> std::result::Result<bool, StoreError> {
        self.write_then(follow_up, move |connection| {
            let n_enabled = connection.execute(
                "UPDATE agents SET two_factor_secret = ?2, two_factor_step = ?3
                 WHERE id = ?1 AND two_factor_secret IS NULL",
                params![enable.agent_id.0, enable.secret.reveal(), enable.step],
            )?;
            if n_enabled == 0 {
                return Ok(false);
            }
            replace_codes(connection, enable.agent_id, &enable.recovery_codes)?;
            Ok(true)
        })
        .await
    }

    async fn disable_two_factor(
        &self,
        agent_id: AgentId,
        follow_up: FollowUp<bool>,
    ) -> std::result::Result<bool, StoreError> {
        self.write_then(follow_up, move |connection| {
            let n_disabled = connection.execute(
                "UPDATE agents SET two_factor_secret = NULL, two_factor_step = NULL
                 WHERE id = ?1 AND two_factor_secret IS NOT NULL",
                [agent_id.0],
            )?;
            replace_codes(connection, agent_id, &[])?;
            Ok(n_disabled > 0)
        })
        .await
    }

    async fn use_two_factor_step(
        &self,
        agent_id: AgentId,
        step: i64,
    ) -> std::result::Result<bool, StoreError> {
        self.write(move |connection| {
            let n_used = connection.execute(
                "UPDATE agents SET two_factor_step = ?2
                 WHERE id = ?1 AND two_factor_secret IS NOT NULL AND two_factor_step < ?2",
                params![agent_id.0, step],
            )?;
            Ok(n_used > 0)
        })
        .await
    }

    async fn use_recovery_code(
        &self,
        agent_id: AgentId,
        code: TokenHash,
        follow_up: FollowUp<bool>,
    ) -> std::result::Result<bool, StoreError> {
        self.write_then(follow_up, move |connection| {
            let n_used = connection.execute(
                "DELETE FROM recovery_codes WHERE code_hash = ?1 AND agent_id = ?2",
                params![code.0, agent_id.0],
            )?;
            Ok(n_used > 0)
        })
        .await
    }

    async fn replace_recovery_codes(
        &self,
        agent_id: AgentId,
        codes: Vec<TokenHash>,
        follow_up: FollowUp<bool>,
    ) -> std::result::Result<bool, StoreError> {
        self.write_then(follow_up, move |connection| {
            let has_second_factor = connection
                .prepare_cached(
                    "SELECT 1 FROM agents WHERE id = ?1 AND two_factor_secret IS NOT NULL",
                )?
                .exists([agent_id.0])?;
            if has_second_factor {
                replace_codes(connection, agent_id, &codes)?;
            }
            Ok(has_second_factor)
        })
        .await
    }

    async fn recovery_codes_left(&self, agent_id: AgentId) -> std::result::Result<u32, StoreError> {
        self.read(move |connection| {
            connection
                .prepare_cached("SELECT count(*) FROM recovery_codes WHERE agent_id = ?1")?
                .query_row([agent_id.0], |row| row.get(0))
        })
        .await
    }

    async fn two_factor_required(&self) -> std::result::Result<bool, StoreError> {
        self.read(|connection| {
            connection
                .prepare_cached(REQUIRED)?
                .query_row([], |row| row.get(0))
        })
        .await
    }

    async fn require_two_factor(
        &self,
        required: bool,
        follow_up: FollowUp<bool>,
    ) -> std::result::Result<bool, StoreError> {
        self.write_then(follow_up, move |connection| {
            let before: bool = connection.query_row(REQUIRED, [], |row| row.get(0))?;
            connection.execute(
                "INSERT INTO account_settings (name, value) VALUES ('two_factor_required', ?1)
                 ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                [if required { "true" } else { "false" }],
            )?;
            Ok(before != required)
        })
        .await
    }
}

fn replace_codes(connection: &Connection, agent_id: AgentId, codes: &[TokenHash]) -> Result<()> {
    connection.execute(
        "DELETE FROM recovery_codes WHERE agent_id = ?1",
        [agent_id.0],
    )?;
    let mut insert = connection
        .prepare_cached("INSERT INTO recovery_codes (code_hash, agent_id) VALUES (?1, ?2)")?;
    for code in codes {
        insert.execute(params![code.0, agent_id.0])?;
    }
    Ok(())
}
