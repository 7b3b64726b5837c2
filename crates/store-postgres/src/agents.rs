//! Agents in SQL, and the set-up of the first.

use crate::PostgresStore;
use crate::connector::Db;
use crate::failure::{Result, corrupt};
use crate::rows::{self, agent_columns};
use crate::writer::Tx;
use antiphon_domain::settings::Language;
use antiphon_domain::{
    Agent, AgentId, AgentRole, Capacity, ConversationId, EmailAddress, Timestamp, TokenHash,
    TwoFactorSecret,
};
use antiphon_store::{
    AgentCredentials, Agents, FollowUp, NewAgent, NewAgentOutcome, SetPassword, StoreError,
    UpdateAgent, UpdateAgentOutcome,
};

#[async_trait::async_trait]
impl Agents for PostgresStore {
    /// By the writer, as everything that asks whether there is an agent yet: so nobody's answer is out of date when it is used.
    async fn create_agent(
        &self,
        new: NewAgent,
        follow_up: FollowUp<NewAgentOutcome>,
    ) -> std::result::Result<NewAgentOutcome, StoreError> {
        self.write_then(follow_up, async move |tx: &mut Tx<'_>| {
            insert_agent(tx.db, &new).await
        })
        .await
    }

    async fn create_first_agent(
        &self,
        setup: TokenHash,
        new: NewAgent,
    ) -> std::result::Result<NewAgentOutcome, StoreError> {
        self.write(async move |tx: &mut Tx<'_>| {
            if !setup_token_is_valid(tx.db, setup, new.at).await? {
                return Ok(NewAgentOutcome::SetupTokenInvalid);
            }
            insert_agent(tx.db, &new).await
        })
        .await
    }

    async fn issue_setup_token(
        &self,
        token: TokenHash,
        at: Timestamp,
        expires_at: Timestamp,
    ) -> std::result::Result<bool, StoreError> {
        self.write(async move |tx: &mut Tx<'_>| {
            let there_is_an_agent: bool = tx
                .db
                .one("an answer", "SELECT EXISTS (SELECT 1 FROM agents)", &[])
                .await?
                .try_get(0)?;
            if there_is_an_agent {
                return Ok(false);
            }
            tx.db.execute("DELETE FROM setup_tokens", &[]).await?;
            tx.db
                .execute(
                    "INSERT INTO setup_tokens (token_hash, created_at, expires_at) VALUES ($1, $2, $3)",
                    &[&token.0.as_slice(), &at.as_micros(), &expires_at.as_micros()],
                )
                .await?;
            Ok(true)
        })
        .await
    }

    async fn setup_token_is_valid(
        &self,
        token: TokenHash,
        at: Timestamp,
    ) -> std::result::Result<bool, StoreError> {
        self.read(async move |db: Db<'_>| setup_token_is_valid(db, token, at).await)
            .await
    }

    async fn list_agents(&self) -> std::result::Result<Vec<Agent>, StoreError> {
        self.read(async |db: Db<'_>| {
            let sql = concat!("SELECT ", agent_columns!(), " FROM agents a ORDER BY a.id");
            db.rows(sql, &[]).await?.iter().map(rows::agent).collect()
        })
        .await
    }

    async fn agent_credentials(
        &self,
        email: &EmailAddress,
    ) -> std::result::Result<Option<AgentCredentials>, StoreError> {
        let email = email.clone();
        self.read(async move |db: Db<'_>| {
            let sql = concat!(
                "SELECT ",
                agent_columns!(),
                ", a.password_hash, a.two_factor_secret FROM agents a WHERE a.email = $1"
            );
            let Some(row) = db.optional(sql, &[&email.as_str()]).await? else {
                return Ok(None);
            };
            let secret: Option<&[u8]> = row.try_get("two_factor_secret")?;
            let secret = secret.map(<[u8; 20]>::try_from).transpose();
            Ok(Some(AgentCredentials {
                agent: rows::agent(&row)?,
                password_hash: row.try_get("password_hash")?,
                two_factor_secret: secret
                    .map_err(|_| corrupt("agents", "two_factor_secret"))?
                    .map(TwoFactorSecret::from_bytes),
            }))
        })
        .await
    }

    /// By the writer, so that two administrators do not take each other's place at once.
    async fn update_agent(
        &self,
        update: UpdateAgent,
        follow_up: FollowUp<UpdateAgentOutcome>,
    ) -> std::result::Result<UpdateAgentOutcome, StoreError> {
        self.write_then(follow_up, async move |tx: &mut Tx<'_>| {
            update_agent(tx.db, update).await
        })
        .await
    }

    async fn open_conversations_of(
        &self,
        agent_id: AgentId,
        limit: u32,
    ) -> std::result::Result<Vec<ConversationId>, StoreError> {
        self.read(async move |db: Db<'_>| {
            let sql =
                "SELECT id FROM conversations WHERE assigned_agent_id = $1 AND status <> 'closed'
                 ORDER BY id LIMIT $2";
            let rows = db.rows(sql, &[&agent_id.0, &i64::from(limit)]).await?;
            let ids = rows.iter().map(|row| Ok(ConversationId(row.try_get(0)?)));
            ids.collect()
        })
        .await
    }

    async fn set_password(
        &self,
        set: SetPassword,
        follow_up: FollowUp<bool>,
    ) -> std::result::Result<bool, StoreError> {
        self.write_then(follow_up, async move |tx: &mut Tx<'_>| {
            let n_changed = tx
                .db
                .execute(
                    "WITH ended AS (DELETE FROM agent_sessions WHERE agent_id = $1 AND id IS DISTINCT FROM $3),
                          used_up AS (DELETE FROM password_resets WHERE agent_id = $1)
                     UPDATE agents SET password_hash = $2 WHERE id = $1",
                    &[
                        &set.agent_id.0,
                        &set.password_hash,
                        &set.keep.map(|session| session.0),
                    ],
                )
                .await?;
            Ok(n_changed > 0)
        })
        .await
    }
}

/// A set-up token makes the first agent: it is worth nothing once there is one.
async fn setup_token_is_valid(db: Db<'_>, token: TokenHash, at: Timestamp) -> Result<bool> {
    let row = db
        .one(
            "an answer",
            "SELECT EXISTS (SELECT 1 FROM setup_tokens WHERE token_hash = $1 AND expires_at > $2)
                 AND NOT EXISTS (SELECT 1 FROM agents)",
            &[&token.0.as_slice(), &at.as_micros()],
        )
        .await?;
    Ok(row.try_get(0)?)
}

/// Whoever makes an agent ends the set-up, by its link or not.
pub(crate) async fn insert_agent(db: Db<'_>, new: &NewAgent) -> Result<NewAgentOutcome> {
    let made = db
        .optional(
            "INSERT INTO agents (name, email, role, password_hash, created_at)
             VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (email) DO NOTHING
             RETURNING id, name, email, role, created_at, deactivated_at, language, two_factor_secret IS NOT NULL,
                 available, capacity",
            &[
                &new.name.as_str(),
                &new.email.as_str(),
                &new.role.as_str(),
                &new.password_hash,
                &new.at.as_micros(),
            ],
        )
        .await?;
    let Some(row) = made else {
        return Ok(NewAgentOutcome::EmailTaken);
    };
    db.execute("DELETE FROM setup_tokens", &[]).await?;
    Ok(NewAgentOutcome::Created(rows::agent(&row)?))
}

async fn update_agent(db: Db<'_>, update: UpdateAgent) -> Result<UpdateAgentOutcome> {
    let id = update.agent_id.0;
    let sql = concat!(
        "SELECT ",
        agent_columns!(),
        " FROM agents a WHERE a.id = $1"
    );
    let Some(row) = db.optional(sql, &[&id]).await? else {
        return Ok(UpdateAgentOutcome::UnknownAgent);
    };
    let before = rows::agent(&row)?;
    let after = Agent {
        name: update.name.unwrap_or_else(|| before.name.clone()),
        email: update.email.unwrap_or_else(|| before.email.clone()),
        role: update.role.unwrap_or(before.role),
        language: update.language.unwrap_or_else(|| before.language.clone()),
        deactivated_at: update.deactivated_at.unwrap_or(before.deactivated_at),
        available: update.available.unwrap_or(before.available),
        capacity: update.capacity.unwrap_or(before.capacity),
        ..before
    };
    let sql = "SELECT 1 FROM agents WHERE email = $1 AND id <> $2";
    let taken = db.optional(sql, &[&after.email.as_str(), &id]).await?;
    if taken.is_some() {
        return Ok(UpdateAgentOutcome::EmailTaken);
    }
    let administers = after.role == AgentRole::Admin && after.deactivated_at.is_none();
    if before.role == AgentRole::Admin && before.deactivated_at.is_none() && !administers {
        let sql = "SELECT 1 FROM agents WHERE role = 'admin' AND deactivated_at IS NULL AND id <> $1 LIMIT 1";
        if db.optional(sql, &[&id]).await?.is_none() {
            return Ok(UpdateAgentOutcome::LastAdmin);
        }
    }
    db.execute(
        "UPDATE agents SET name = $2, email = $3, role = $4, language = $5, deactivated_at = $6, available = $7, capacity = $8
         WHERE id = $1",
        &[
            &id,
            &after.name.as_str(),
            &after.email.as_str(),
            &after.role.as_str(),
            &after.language.as_ref().map(Language::as_str),
            &after.deactivated_at.map(Timestamp::as_micros),
            &after.available,
            &after.capacity.map(Capacity::get),
        ],
    )
    .await?;
    if after.deactivated_at.is_some() {
        for sql in [
            "DELETE FROM agent_sessions WHERE agent_id = $1",
            "DELETE FROM agent_tokens WHERE agent_id = $1",
            "DELETE FROM password_resets WHERE agent_id = $1",
        ] {
            db.execute(sql, &[&id]).await?;
        }
    }
    Ok(UpdateAgentOutcome::Updated(after))
}
