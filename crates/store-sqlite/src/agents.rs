//! Agents in SQL, and the set-up of the first.

use crate::SqliteStore;
use crate::rows::{self, agent_columns};
use antiphon_domain::settings::Language;
use antiphon_domain::{
    Agent, AgentId, AgentRole, Capacity, ConversationId, EmailAddress, Timestamp, TokenHash,
    TwoFactorSecret,
};
use antiphon_store::{
    AgentCredentials, Agents, FollowUp, NewAgent, NewAgentOutcome, SetPassword, StoreError,
    UpdateAgent, UpdateAgentOutcome,
};
use rusqlite::{Connection, OptionalExtension as _, named_params, params};

#[async_trait::async_trait]
impl Agents for SqliteStore {
    async fn create_agent(
        &self,
        new: NewAgent,
        follow_up: FollowUp<NewAgentOutcome>,
    ) -> Result<NewAgentOutcome, StoreError> {
        self.write_then(follow_up, move |connection| insert_agent(connection, &new))
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
                    ", a.password_hash, a.two_factor_secret FROM agents a WHERE a.email = ?1"
                ))?
                .query_row([email.as_str()], |row| {
                    let secret: Option<[u8; 20]> = row.get("two_factor_secret")?;
                    Ok(AgentCredentials {
                        agent: rows::agent(row)?,
                        password_hash: row.get("password_hash")?,
                        two_factor_secret: secret.map(TwoFactorSecret::from_bytes),
                    })
                })
                .optional()
        })
        .await
    }

    async fn update_agent(
        &self,
        update: UpdateAgent,
        follow_up: FollowUp<UpdateAgentOutcome>,
    ) -> Result<UpdateAgentOutcome, StoreError> {
        self.write_then(follow_up, move |connection| {
            update_agent(connection, update)
        })
        .await
    }

    async fn open_conversations_of(
        &self,
        agent_id: AgentId,
        limit: u32,
    ) -> Result<Vec<ConversationId>, StoreError> {
        self.read(move |connection| {
            connection
                .prepare_cached(
                    "SELECT id FROM conversations WHERE assigned_agent_id = ?1 AND status <> 'closed'
                     ORDER BY id LIMIT ?2",
                )?
                .query_map(params![agent_id.0, limit], |row| {
                    row.get(0).map(ConversationId)
                })?
                .collect()
        })
        .await
    }

    async fn set_password(
        &self,
        set: SetPassword,
        follow_up: FollowUp<bool>,
    ) -> Result<bool, StoreError> {
        self.write_then(follow_up, move |connection| {
            let id = set.agent_id.0;
            let n_changed = connection.execute(
                "UPDATE agents SET password_hash = ?2 WHERE id = ?1",
                params![id, set.password_hash],
            )?;
            connection.execute(
                "DELETE FROM agent_sessions WHERE agent_id = ?1 AND id IS NOT ?2",
                params![id, set.keep.map(|session| session.0)],
            )?;
            connection.execute("DELETE FROM password_resets WHERE agent_id = ?1", [id])?;
            Ok(n_changed > 0)
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
pub(crate) fn insert_agent(
    connection: &Connection,
    new: &NewAgent,
) -> rusqlite::Result<NewAgentOutcome> {
    let agent = connection
        .prepare_cached(
            "INSERT INTO agents (name, email, role, password_hash, created_at)
             VALUES (:name, :email, :role, :password_hash, :at)
             ON CONFLICT (email) DO NOTHING
             RETURNING id, name, email, role, created_at, deactivated_at, language, two_factor_secret IS NOT NULL,
                 available, capacity",
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

fn update_agent(
    connection: &Connection,
    update: UpdateAgent,
) -> rusqlite::Result<UpdateAgentOutcome> {
    let id = update.agent_id.0;
    let found = connection
        .prepare_cached(concat!(
            "SELECT ",
            agent_columns!(),
            " FROM agents a WHERE a.id = ?1"
        ))?
        .query_row([id], rows::agent)
        .optional()?;
    let Some(before) = found else {
        return Ok(UpdateAgentOutcome::UnknownAgent);
    };
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
    let is_taken = connection
        .prepare_cached("SELECT 1 FROM agents WHERE email = ?1 AND id <> ?2")?
        .exists(params![after.email.as_str(), id])?;
    if is_taken {
        return Ok(UpdateAgentOutcome::EmailTaken);
    }
    let administers = after.role == AgentRole::Admin && after.deactivated_at.is_none();
    if before.role == AgentRole::Admin
        && before.deactivated_at.is_none()
        && !administers
        && !connection
            .prepare_cached(
                "SELECT 1 FROM agents WHERE role = 'admin' AND deactivated_at IS NULL AND id <> ?1",
            )?
            .exists([id])?
    {
        return Ok(UpdateAgentOutcome::LastAdmin);
    }
    connection
        .prepare_cached(
            "UPDATE agents SET name = ?2, email = ?3, role = ?4, language = ?5, deactivated_at = ?6, available = ?7, capacity = ?8
             WHERE id = ?1",
        )?
        .execute(params![
            id,
            after.name.as_str(),
            after.email.as_str(),
            after.role.as_str(),
            after.language.as_ref().map(Language::as_str),
            after.deactivated_at.map(Timestamp::as_micros),
            after.available,
            after.capacity.map(Capacity::get),
        ])?;
    if after.deactivated_at.is_some() {
        for sql in [
            "DELETE FROM agent_sessions WHERE agent_id = ?1",
            "DELETE FROM agent_tokens WHERE agent_id = ?1",
            "DELETE FROM password_resets WHERE agent_id = ?1",
        ] {
            connection.execute(sql, [id])?;
        }
    }
    Ok(UpdateAgentOutcome::Updated(after))
}
