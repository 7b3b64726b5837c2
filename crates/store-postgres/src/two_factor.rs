//! The second factor in SQL.

use crate::PostgresStore;
use crate::connector::Db;
use crate::failure::Result;
use crate::writer::Tx;
use antiphon_domain::{AgentId, TokenHash};
use antiphon_store::{EnableTwoFactor, FollowUp, StoreError, TwoFactor};

const REQUIRED: &str = "SELECT EXISTS (SELECT 1 FROM account_settings WHERE name = 'two_factor_required' AND value = 'true')";

#[async_trait::async_trait]
impl TwoFactor for PostgresStore {
    async fn enable_two_factor(
        &self,
        enable: EnableTwoFactor,
        follow_up: FollowUp<bool>,
    ) -> std::result::Result<bool, StoreError> {
        self.write_then(follow_up, async move |tx: &mut Tx<'_>| {
            let sql = "UPDATE agents SET two_factor_secret = $2, two_factor_step = $3
                 WHERE id = $1 AND two_factor_secret IS NULL";
            let secret = enable.secret.reveal().as_slice();
            let n_enabled = tx
                .db
                .execute(sql, &[&enable.agent_id.0, &secret, &enable.step])
                .await?;
            if n_enabled == 0 {
                return Ok(false);
            }
            replace_codes(tx.db, enable.agent_id, &enable.recovery_codes).await?;
            Ok(true)
        })
        .await
    }

    async fn disable_two_factor(
        &self,
        agent_id: AgentId,
        follow_up: FollowUp<bool>,
    ) -> std::result::Result<bool, StoreError> {
        self.write_then(follow_up, async move |tx: &mut Tx<'_>| {
            let sql = "UPDATE agents SET two_factor_secret = NULL, two_factor_step = NULL
                 WHERE id = $1 AND two_factor_secret IS NOT NULL";
            let n_disabled = tx.db.execute(sql, &[&agent_id.0]).await?;
            replace_codes(tx.db, agent_id, &[]).await?;
            Ok(n_disabled > 0)
        })
        .await
    }

    async fn use_two_factor_step(
        &self,
        agent_id: AgentId,
        step: i64,
    ) -> std::result::Result<bool, StoreError> {
        self.change(async move |db: Db<'_>| {
            let sql = "UPDATE agents SET two_factor_step = $2
                 WHERE id = $1 AND two_factor_secret IS NOT NULL AND two_factor_step < $2";
            Ok(db.execute(sql, &[&agent_id.0, &step]).await? > 0)
        })
        .await
    }

    async fn use_recovery_code(
        &self,
        agent_id: AgentId,
        code: TokenHash,
        follow_up: FollowUp<bool>,
    ) -> std::result::Result<bool, StoreError> {
        self.write_then(follow_up, async move |tx: &mut Tx<'_>| {
            let sql = "DELETE FROM recovery_codes WHERE code_hash = $1 AND agent_id = $2";
            let n_used = tx
                .db
                .execute(sql, &[&code.0.as_slice(), &agent_id.0])
                .await?;
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
        self.write_then(follow_up, async move |tx: &mut Tx<'_>| {
            let sql = "SELECT 1 FROM agents WHERE id = $1 AND two_factor_secret IS NOT NULL";
            let has_second_factor = tx.db.optional(sql, &[&agent_id.0]).await?.is_some();
            if has_second_factor {
                replace_codes(tx.db, agent_id, &codes).await?;
            }
            Ok(has_second_factor)
        })
        .await
    }

    async fn recovery_codes_left(&self, agent_id: AgentId) -> std::result::Result<u32, StoreError> {
        self.read(async move |db: Db<'_>| {
            let sql = "SELECT count(*) FROM recovery_codes WHERE agent_id = $1";
            let n_left: i64 = db.one("a count", sql, &[&agent_id.0]).await?.try_get(0)?;
            Ok(u32::try_from(n_left).unwrap_or(u32::MAX))
        })
        .await
    }

    async fn two_factor_required(&self) -> std::result::Result<bool, StoreError> {
        self.read(async |db: Db<'_>| Ok(db.one("an answer", REQUIRED, &[]).await?.try_get(0)?))
            .await
    }

    async fn require_two_factor(
        &self,
        required: bool,
        follow_up: FollowUp<bool>,
    ) -> std::result::Result<bool, StoreError> {
        self.write_then(follow_up, async move |tx: &mut Tx<'_>| {
            let row = tx.db.one("an answer", REQUIRED, &[]).await?;
            let before: bool = row.try_get(0)?;
            let value = if required { "true" } else { "false" };
            let sql =
                "INSERT INTO account_settings (name, value) VALUES ('two_factor_required', $1)
                 ON CONFLICT (name) DO UPDATE SET value = excluded.value";
            tx.db.execute(sql, &[&value]).await?;
            Ok(before != required)
        })
        .await
    }
}

async fn replace_codes(db: Db<'_>, agent_id: AgentId, codes: &[TokenHash]) -> Result<()> {
    let sql = "DELETE FROM recovery_codes WHERE agent_id = $1";
    db.execute(sql, &[&agent_id.0]).await?;
    for code in codes {
        let sql = "INSERT INTO recovery_codes (code_hash, agent_id) VALUES ($1, $2)";
        db.execute(sql, &[&code.0.as_slice(), &agent_id.0]).await?;
    }
    Ok(())
}
