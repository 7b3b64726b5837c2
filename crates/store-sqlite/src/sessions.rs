//! Sessions and API tokens in SQL.

use crate::SqliteStore;
use crate::failure::corrupt;
use crate::rows::{self, agent_columns};
use antiphon_domain::{AgentId, ApiTokenId, Permissions, SessionId, Timestamp, TokenHash};
use antiphon_store::{
    ApiToken, FollowUp, ListedSession, MAX_API_TOKENS, MAX_SESSIONS, NewApiToken,
    NewApiTokenOutcome, NewSession, Session, Sessions, StoreError, TokenHolder,
};
use rusqlite::{Connection, OptionalExtension as _, Result, Row, named_params, params};

/// The columns that [`api_token`] reads.
macro_rules! token_columns {
    () => {
        "id AS token_id, name AS token_name, scopes, created_at AS made_at, expires_at, last_used_at"
    };
}

#[async_trait::async_trait]
impl Sessions for SqliteStore {
    async fn create_session(&self, new: NewSession) -> std::result::Result<(), StoreError> {
        self.write(move |connection| create_session(connection, &new))
            .await
    }

    async fn session(
        &self,
        token: &TokenHash,
        at: Timestamp,
    ) -> std::result::Result<Option<Session>, StoreError> {
        let token = *token;
        self.read(move |connection| {
            connection
                .prepare_cached(concat!(
                    "SELECT ",
                    agent_columns!(),
                    ", s.id AS session_id, s.expires_at, coalesce(s.last_used_at, s.created_at) AS last_used_at,
                       a.two_factor_secret IS NULL AND EXISTS (
                           SELECT 1 FROM account_settings WHERE name = 'two_factor_required' AND value = 'true'
                       ) AS two_factor_missing
                     FROM agent_sessions s JOIN agents a ON a.id = s.agent_id
                     WHERE s.token_hash = ?1 AND s.expires_at > ?2 AND a.deactivated_at IS NULL"
                ))?
                .query_row(params![token.0, at.as_micros()], |row| {
                    Ok(Session {
                        id: SessionId(row.get("session_id")?),
                        agent: rows::agent(row)?,
                        expires_at: Timestamp::from_micros(row.get("expires_at")?),
                        last_used_at: Timestamp::from_micros(row.get("last_used_at")?),
                        two_factor_missing: row.get("two_factor_missing")?,
                    })
                })
                .optional()
        })
        .await
    }

    async fn touch_session(
        &self,
        id: SessionId,
        at: Timestamp,
    ) -> std::result::Result<(), StoreError> {
        self.write(move |connection| {
            connection
                .prepare_cached("UPDATE agent_sessions SET last_used_at = ?2 WHERE id = ?1")?
                .execute(params![id.0, at.as_micros()])?;
            Ok(())
        })
        .await
    }

    async fn end_session(
        &self,
        token: &TokenHash,
        follow_up: FollowUp<Option<AgentId>>,
    ) -> std::result::Result<Option<AgentId>, StoreError> {
        let token = *token;
        self.write_then(follow_up, move |connection| {
            connection
                .prepare_cached(
                    "DELETE FROM agent_sessions WHERE token_hash = ?1 RETURNING agent_id",
                )?
                .query_row([token.0], |row| row.get(0).map(AgentId))
                .optional()
        })
        .await
    }

    async fn list_sessions(
        &self,
        agent_id: AgentId,
        at: Timestamp,
    ) -> std::result::Result<Vec<ListedSession>, StoreError> {
        self.read(move |connection| {
            connection
                .prepare_cached(
                    "SELECT id, created_at, coalesce(last_used_at, created_at) AS used_at, address, user_agent
                     FROM agent_sessions WHERE agent_id = ?1 AND expires_at > ?2
                     ORDER BY used_at DESC, id DESC",
                )?
                .query_map(params![agent_id.0, at.as_micros()], |row| {
                    Ok(ListedSession {
                        id: SessionId(row.get(0)?),
                        created_at: Timestamp::from_micros(row.get(1)?),
                        last_used_at: Timestamp::from_micros(row.get(2)?),
                        address: row.get(3)?,
                        user_agent: row.get(4)?,
                    })
                })?
                .collect()
        })
        .await
    }

    async fn revoke_session(
        &self,
        agent_id: AgentId,
        id: SessionId,
        follow_up: FollowUp<bool>,
    ) -> std::result::Result<bool, StoreError> {
        self.write_then(follow_up, move |connection| {
            let n_ended = connection.execute(
                "DELETE FROM agent_sessions WHERE id = ?1 AND agent_id = ?2",
                params![id.0, agent_id.0],
            )?;
            Ok(n_ended > 0)
        })
        .await
    }

    async fn revoke_other_sessions(
        &self,
        agent_id: AgentId,
        keep: SessionId,
        follow_up: FollowUp<u64>,
    ) -> std::result::Result<u64, StoreError> {
        self.write_then(follow_up, move |connection| {
            let n_ended = connection.execute(
                "DELETE FROM agent_sessions WHERE agent_id = ?1 AND id <> ?2",
                params![agent_id.0, keep.0],
            )?;
            Ok(n_ended as u64)
        })
        .await
    }

    async fn create_api_token(
        &self,
        new: NewApiToken,
        follow_up: FollowUp<NewApiTokenOutcome>,
    ) -> std::result::Result<NewApiTokenOutcome, StoreError> {
        self.write_then(follow_up, move |connection| {
            create_api_token(connection, &new)
        })
        .await
    }

    async fn api_token(
        &self,
        token: &TokenHash,
        at: Timestamp,
    ) -> std::result::Result<Option<TokenHolder>, StoreError> {
        let token = *token;
        self.read(move |connection| {
            connection
                .prepare_cached(concat!(
                    "SELECT ",
                    agent_columns!(),
                    ", t.id AS token_id, t.name AS token_name, t.scopes, t.created_at AS made_at, t.expires_at, t.last_used_at
                     FROM agent_tokens t JOIN agents a ON a.id = t.agent_id
                     WHERE t.token_hash = ?1 AND (t.expires_at IS NULL OR t.expires_at > ?2)
                       AND a.deactivated_at IS NULL"
                ))?
                .query_row(params![token.0, at.as_micros()], |row| {
                    Ok(TokenHolder {
                        agent: rows::agent(row)?,
                        token: api_token(row)?,
                    })
                })
                .optional()
        })
        .await
    }

    async fn touch_api_token(
        &self,
        id: ApiTokenId,
        at: Timestamp,
    ) -> std::result::Result<(), StoreError> {
        self.write(move |connection| {
            connection
                .prepare_cached("UPDATE agent_tokens SET last_used_at = ?2 WHERE id = ?1")?
                .execute(params![id.0, at.as_micros()])?;
            Ok(())
        })
        .await
    }

    async fn list_api_tokens(
        &self,
        agent_id: AgentId,
    ) -> std::result::Result<Vec<ApiToken>, StoreError> {
        self.read(move |connection| {
            connection
                .prepare_cached(concat!(
                    "SELECT ",
                    token_columns!(),
                    " FROM agent_tokens WHERE agent_id = ?1 ORDER BY id"
                ))?
                .query_map([agent_id.0], api_token)?
                .collect()
        })
        .await
    }

    async fn revoke_api_token(
        &self,
        agent_id: AgentId,
        id: ApiTokenId,
        follow_up: FollowUp<Option<ApiToken>>,
    ) -> std::result::Result<Option<ApiToken>, StoreError> {
        self.write_then(follow_up, move |connection| {
            connection
                .prepare_cached(concat!(
                    "DELETE FROM agent_tokens WHERE id = ?1 AND agent_id = ?2 RETURNING ",
                    token_columns!()
                ))?
                .query_row(params![id.0, agent_id.0], api_token)
                .optional()
        })
        .await
    }
}

fn api_token(row: &Row<'_>) -> Result<ApiToken> {
    let time = |column| row.get::<_, Option<i64>>(column);
    Ok(ApiToken {
        id: ApiTokenId(row.get("token_id")?),
        name: row.get("token_name")?,
        scopes: Permissions::parse(row.get_ref("scopes")?.as_str()?)
            .map_err(|_| corrupt("agent_tokens", "scopes"))?,
        created_at: Timestamp::from_micros(row.get("made_at")?),
        expires_at: time("expires_at")?.map(Timestamp::from_micros),
        last_used_at: time("last_used_at")?.map(Timestamp::from_micros),
    })
}

fn create_session(connection: &Connection, new: &NewSession) -> Result<()> {
    connection
        .prepare_cached("DELETE FROM agent_sessions WHERE expires_at <= ?1")?
        .execute([new.at.as_micros()])?;
    connection
        .prepare_cached(
            "DELETE FROM agent_sessions WHERE id IN (
                 SELECT id FROM agent_sessions WHERE agent_id = ?1
                 ORDER BY coalesce(last_used_at, created_at) DESC, id DESC LIMIT -1 OFFSET ?2
             )",
        )?
        .execute(params![new.agent_id.0, MAX_SESSIONS - 1])?;
    connection
        .prepare_cached(
            "INSERT INTO agent_sessions (token_hash, agent_id, created_at, expires_at, address, user_agent)
             VALUES (:token, :agent_id, :at, :expires_at, :address, :user_agent)",
        )?
        .execute(named_params! {
            ":token": new.token.0,
            ":agent_id": new.agent_id.0,
            ":at": new.at.as_micros(),
            ":expires_at": new.expires_at.as_micros(),
            ":address": new.address,
            ":user_agent": new.user_agent,
        })?;
    Ok(())
}

fn create_api_token(connection: &Connection, new: &NewApiToken) -> Result<NewApiTokenOutcome> {
    connection.execute(
        "DELETE FROM agent_tokens WHERE agent_id = ?1 AND expires_at <= ?2",
        params![new.agent_id.0, new.at.as_micros()],
    )?;
    let n_tokens: u32 = connection.query_row(
        "SELECT count(*) FROM agent_tokens WHERE agent_id = ?1",
        [new.agent_id.0],
        |row| row.get(0),
    )?;
    if n_tokens >= MAX_API_TOKENS {
        return Ok(NewApiTokenOutcome::TooMany);
    }
    let made = connection.query_row(
        concat!(
            "INSERT INTO agent_tokens (token_hash, agent_id, created_at, name, scopes, expires_at)
             VALUES (:token, :agent_id, :at, :name, :scopes, :expires_at) RETURNING ",
            token_columns!()
        ),
        named_params! {
            ":token": new.token.0,
            ":agent_id": new.agent_id.0,
            ":at": new.at.as_micros(),
            ":name": new.name,
            ":scopes": new.scopes.to_text(),
            ":expires_at": new.expires_at.map(Timestamp::as_micros),
        },
        api_token,
    )?;
    Ok(NewApiTokenOutcome::Created(made))
}
