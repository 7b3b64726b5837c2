//! Agents in SQL: sessions, API tokens, and the set-up of the first agent.

use crate::PostgresStore;
use crate::connector::Db;
use crate::failure::Result;
use crate::rows::{self, agent_columns};
use crate::writer::Tx;
use antiphon_domain::{Agent, AgentId, EmailAddress, Timestamp, TokenHash};
use antiphon_store::{
    AgentCredentials, Agents, NewAgent, NewAgentOutcome, NewApiToken, NewSession, Session,
    StoreError,
};

#[async_trait::async_trait]
impl Agents for PostgresStore {
    /// By the writer, as everything that asks whether there is an agent yet: so nobody's answer is out of date when it is used.
    async fn create_agent(
        &self,
        new: NewAgent,
    ) -> std::result::Result<NewAgentOutcome, StoreError> {
        self.write(async move |tx: &mut Tx<'_>| insert_agent(tx.db, &new).await)
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
                ", a.password_hash FROM agents a WHERE a.email = $1"
            );
            let Some(row) = db.optional(sql, &[&email.as_str()]).await? else {
                return Ok(None);
            };
            Ok(Some(AgentCredentials {
                agent: rows::agent(&row)?,
                password_hash: row.try_get("password_hash")?,
            }))
        })
        .await
    }

    async fn set_password(
        &self,
        agent_id: AgentId,
        password_hash: String,
    ) -> std::result::Result<bool, StoreError> {
        self.change(async move |db: Db<'_>| {
            let n_changed = db
                .execute(
                    "WITH ended AS (DELETE FROM agent_sessions WHERE agent_id = $1)
                     UPDATE agents SET password_hash = $2 WHERE id = $1",
                    &[&agent_id.0, &password_hash],
                )
                .await?;
            Ok(n_changed > 0)
        })
        .await
    }

    async fn create_session(&self, new: NewSession) -> std::result::Result<(), StoreError> {
        self.change(async move |db: Db<'_>| {
            db.execute(
                "WITH ended AS (DELETE FROM agent_sessions WHERE expires_at <= $3)
                 INSERT INTO agent_sessions (token_hash, agent_id, created_at, expires_at) VALUES ($1, $2, $3, $4)",
                &[
                    &new.token.0.as_slice(),
                    &new.agent_id.0,
                    &new.at.as_micros(),
                    &new.expires_at.as_micros(),
                ],
            )
            .await?;
            Ok(())
        })
        .await
    }

    async fn session(
        &self,
        token: &TokenHash,
        at: Timestamp,
    ) -> std::result::Result<Option<Session>, StoreError> {
        let token = *token;
        self.read(async move |db: Db<'_>| {
            let sql = concat!(
                "SELECT ",
                agent_columns!(),
                ", s.expires_at FROM agent_sessions s JOIN agents a ON a.id = s.agent_id
                 WHERE s.token_hash = $1 AND s.expires_at > $2"
            );
            let found = db
                .optional(sql, &[&token.0.as_slice(), &at.as_micros()])
                .await?;
            let Some(row) = found else {
                return Ok(None);
            };
            Ok(Some(Session {
                agent: rows::agent(&row)?,
                expires_at: Timestamp::from_micros(row.try_get("expires_at")?),
            }))
        })
        .await
    }

    async fn end_session(&self, token: &TokenHash) -> std::result::Result<(), StoreError> {
        let token = *token;
        self.change(async move |db: Db<'_>| {
            let sql = "DELETE FROM agent_sessions WHERE token_hash = $1";
            db.execute(sql, &[&token.0.as_slice()]).await?;
            Ok(())
        })
        .await
    }

    async fn create_api_token(&self, new: NewApiToken) -> std::result::Result<(), StoreError> {
        self.change(async move |db: Db<'_>| {
            db.execute(
                "INSERT INTO agent_tokens (token_hash, agent_id, created_at) VALUES ($1, $2, $3)",
                &[
                    &new.token.0.as_slice(),
                    &new.agent_id.0,
                    &new.at.as_micros(),
                ],
            )
            .await?;
            Ok(())
        })
        .await
    }

    async fn agent_by_api_token(
        &self,
        token: &TokenHash,
    ) -> std::result::Result<Option<Agent>, StoreError> {
        let token = *token;
        self.read(async move |db: Db<'_>| {
            let sql = concat!(
                "SELECT ",
                agent_columns!(),
                " FROM agent_tokens t JOIN agents a ON a.id = t.agent_id WHERE t.token_hash = $1"
            );
            let row = db.optional(sql, &[&token.0.as_slice()]).await?;
            row.as_ref().map(rows::agent).transpose()
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
async fn insert_agent(db: Db<'_>, new: &NewAgent) -> Result<NewAgentOutcome> {
    let made = db
        .optional(
            "INSERT INTO agents (name, email, role, password_hash, created_at)
             VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (email) DO NOTHING
             RETURNING id, name, email, role, created_at",
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
