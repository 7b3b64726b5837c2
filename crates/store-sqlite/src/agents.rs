//! Agents in SQL: sessions, API tokens, and the set-up of the first agent.

use crate::SqliteStore;
use crate::rows::{self, agent_columns};
use antiphon_domain::{Agent, AgentId, EmailAddress, Timestamp, TokenHash};
use antiphon_store::{
    AgentCredentials, Agents, NewAgent, NewAgentOutcome, NewApiToken, NewSession, Session,
    StoreError,
};
use rusqlite::{Connection, OptionalExtension as _, named_params, params};

#[async_trait::async_trait]
impl Agents for SqliteStore {
    async fn create_agent(&self, new: NewAgent) -> Result<NewAgentOutcome, StoreError> {
        self.write(move |connection| insert_agent(connection, &new))
            .await
    }

    async fn create_first_agent(
        &self,
        setup: TokenHash,
        new: NewAgent,
    ) -> Result<NewAgentOutcome, StoreError> {
        self.write(move |connection| {
            if !setup_token_is_valid(connection, setup, new.at)? {
                return Ok(NewAgentOutcome::SetupTokenInvalid);
            }
            insert_agent(connection, &new)
        })
        .await
    }

    async fn issue_setup_token(
        &self,
        token: TokenHash,
        at: Timestamp,
        expires_at: Timestamp,
    ) -> Result<bool, StoreError> {
        self.write(move |connection| {
            let there_is_an_agent: bool =
                connection
                    .query_row("SELECT EXISTS (SELECT 1 FROM agents)", [], |row| row.get(0))?;
            if there_is_an_agent {
                return Ok(false);
            }
            connection.execute("DELETE FROM setup_tokens", [])?;
            connection.execute(
                "INSERT INTO setup_tokens (token_hash, created_at, expires_at) VALUES (?1, ?2, ?3)",
                params![token.0, at.as_micros(), expires_at.as_micros()],
            )?;
            Ok(true)
        })
        .await
    }

    async fn setup_token_is_valid(
        &self,
        token: TokenHash,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        self.read(move |connection| setup_token_is_valid(connection, token, at))
            .await
    }

    async fn list_agents(&self) -> Result<Vec<Agent>, StoreError> {
        self.read(|connection| {
            connection
                .prepare_cached(concat!(
                    "SELECT ",
                    agent_columns!(),
                    " FROM agents a ORDER BY a.id"
                ))?
                .query_map([], rows::agent)?
                .collect()
        })
        .await
    }

    async fn agent_credentials(
        &self,
        email: &EmailAddress,
    ) -> Result<Option<AgentCredentials>, StoreError> {
        let email = email.clone();
        self.read(move |connection| {
            connection
                .prepare_cached(concat!(
                    "SELECT ",
                    agent_columns!(),
                    ", a.password_hash FROM agents a WHERE a.email = ?1"
                ))?
                .query_row([email.as_str()], |row| {
                    Ok(AgentCredentials {
                        agent: rows::agent(row)?,
                        password_hash: row.get("password_hash")?,
                    })
                })
                .optional()
        })
        .await
    }

    async fn set_password(
        &self,
        agent_id: AgentId,
        password_hash: String,
    ) -> Result<bool, StoreError> {
        self.write(move |connection| {
            let n_changed = connection.execute(
                "UPDATE agents SET password_hash = ?2 WHERE id = ?1",
                params![agent_id.0, password_hash],
            )?;
            connection.execute(
                "DELETE FROM agent_sessions WHERE agent_id = ?1",
                [agent_id.0],
            )?;
            Ok(n_changed > 0)
        })
        .await
    }

    async fn create_session(&self, new: NewSession) -> Result<(), StoreError> {
        self.write(move |connection| {
            connection
                .prepare_cached("DELETE FROM agent_sessions WHERE expires_at <= ?1")?
                .execute([new.at.as_micros()])?;
            connection
                .prepare_cached(
                    "INSERT INTO agent_sessions (token_hash, agent_id, created_at, expires_at) VALUES (?1, ?2, ?3, ?4)",
                )?
                .execute(params![new.token.0, new.agent_id.0, new.at.as_micros(), new.expires_at.as_micros()])?;
            Ok(())
        })
        .await
    }

    async fn session(
        &self,
        token: &TokenHash,
        at: Timestamp,
    ) -> Result<Option<Session>, StoreError> {
        let token = *token;
        self.read(move |connection| {
            connection
                .prepare_cached(concat!(
                    "SELECT ",
                    agent_columns!(),
                    ", s.expires_at FROM agent_sessions s JOIN agents a ON a.id = s.agent_id
                     WHERE s.token_hash = ?1 AND s.expires_at > ?2"
                ))?
                .query_row(params![token.0, at.as_micros()], |row| {
                    Ok(Session {
                        agent: rows::agent(row)?,
                        expires_at: Timestamp::from_micros(row.get("expires_at")?),
                    })
                })
                .optional()
        })
        .await
    }

    async fn end_session(&self, token: &TokenHash) -> Result<(), StoreError> {
        let token = *token;
        self.write(move |connection| {
            connection
                .prepare_cached("DELETE FROM agent_sessions WHERE token_hash = ?1")?
                .execute([token.0])?;
            Ok(())
        })
        .await
    }

    async fn create_api_token(&self, new: NewApiToken) -> Result<(), StoreError> {
        self.write(move |connection| {
            connection.execute(
                "INSERT INTO agent_tokens (token_hash, agent_id, created_at) VALUES (?1, ?2, ?3)",
                params![new.token.0, new.agent_id.0, new.at.as_micros()],
            )?;
            Ok(())
        })
        .await
    }

    async fn agent_by_api_token(&self, token: &TokenHash) -> Result<Option<Agent>, StoreError> {
        let token = *token;
        self.read(move |connection| {
            connection
                .prepare_cached(concat!(
                    "SELECT ",
                    agent_columns!(),
                    " FROM agent_tokens t JOIN agents a ON a.id = t.agent_id WHERE t.token_hash = ?1"
                ))?
                .query_row([token.0], rows::agent)
                .optional()
        })
        .await
    }
}

/// A set-up token makes the first agent: it is worth nothing once there is one.
fn setup_token_is_valid(
    connection: &Connection,
    token: TokenHash,
    at: Timestamp,
) -> rusqlite::Result<bool> {
    connection
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM setup_tokens WHERE token_hash = ?1 AND expires_at > ?2)
             AND NOT EXISTS (SELECT 1 FROM agents)",
        )?
        .query_row(params![token.0, at.as_micros()], |row| row.get(0))
}

/// Whoever makes an agent ends the set-up, by its link or not.
fn insert_agent(connection: &Connection, new: &NewAgent) -> rusqlite::Result<NewAgentOutcome> {
    let agent = connection
        .prepare_cached(
            "INSERT INTO agents (name, email, role, password_hash, created_at)
             VALUES (:name, :email, :role, :password_hash, :at)
             ON CONFLICT (email) DO NOTHING
             RETURNING id, name, email, role, created_at",
        )?
        .query_row(
            named_params! {
                ":name": new.name.as_str(),
                ":email": new.email.as_str(),
                ":role": new.role.as_str(),
                ":password_hash": new.password_hash,
                ":at": new.at.as_micros(),
            },
            rows::agent,
        )
        .optional()?;
    let Some(agent) = agent else {
        return Ok(NewAgentOutcome::EmailTaken);
    };
    connection.execute("DELETE FROM setup_tokens", [])?;
    Ok(NewAgentOutcome::Created(agent))
}
