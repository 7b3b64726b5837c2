//! Sessions and API tokens in SQL.

use crate::PostgresStore;
use crate::connector::Db;
use crate::failure::{Result, corrupt};
use crate::rows::{self, agent_columns};
use crate::writer::Tx;
use antiphon_domain::{AgentId, ApiTokenId, Permissions, SessionId, Timestamp, TokenHash};
use antiphon_store::{
    ApiToken, FollowUp, ListedSession, MAX_API_TOKENS, MAX_SESSIONS, NewApiToken,
    NewApiTokenOutcome, NewSession, Session, Sessions, StoreError, TokenHolder,
};
use tokio_postgres::Row;

/// The columns that [`api_token`] reads.
macro_rules! token_columns {
    () => {
        "id AS token_id, name AS token_name, scopes, created_at AS made_at, expires_at, last_used_at"
    };
}

#[async_trait::async_trait]
impl Sessions for PostgresStore {
    async fn create_session(&self, new: NewSession) -> std::result::Result<(), StoreError> {
        self.change(async move |db: Db<'_>| {
            // The one that is added is not yet among those that are counted.
            db.execute(
                "WITH ended AS (DELETE FROM agent_sessions WHERE expires_at <= $3),
                      replaced AS (DELETE FROM agent_sessions WHERE id IN (
                          SELECT id FROM agent_sessions WHERE agent_id = $2
                          ORDER BY coalesce(last_used_at, created_at) DESC, id DESC OFFSET $7
                      ))
                 INSERT INTO agent_sessions (token_hash, agent_id, created_at, expires_at, address, user_agent)
                 VALUES ($1, $2, $3, $4, $5, $6)",
                &[
                    &new.token.0.as_slice(),
                    &new.agent_id.0,
                    &new.at.as_micros(),
                    &new.expires_at.as_micros(),
                    &new.address,
                    &new.user_agent,
                    &i64::from(MAX_SESSIONS - 1),
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
                ", s.id AS session_id, s.expires_at, coalesce(s.last_used_at, s.created_at) AS last_used_at,
                   a.two_factor_secret IS NULL AND EXISTS (
                       SELECT 1 FROM account_settings WHERE name = 'two_factor_required' AND value = 'true'
                   ) AS two_factor_missing
                 FROM agent_sessions s JOIN agents a ON a.id = s.agent_id
                 WHERE s.token_hash = $1 AND s.expires_at > $2 AND a.deactivated_at IS NULL"
            );
            let found = db
                .optional(sql, &[&token.0.as_slice(), &at.as_micros()])
                .await?;
            let Some(row) = found else {
                return Ok(None);
            };
            Ok(Some(Session {
                id: SessionId(row.try_get("session_id")?),
                agent: rows::agent(&row)?,
                expires_at: Timestamp::from_micros(row.try_get("expires_at")?),
                last_used_at: Timestamp::from_micros(row.try_get("last_used_at")?),
                two_factor_missing: row.try_get("two_factor_missing")?,
            }))
        })
        .await
    }

    async fn touch_session(
        &self,
        id: SessionId,
        at: Timestamp,
    ) -> std::result::Result<(), StoreError> {
        self.change(async move |db: Db<'_>| {
            let sql = "UPDATE agent_sessions SET last_used_at = $2 WHERE id = $1";
            db.execute(sql, &[&id.0, &at.as_micros()]).await?;
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
        self.write_then(follow_up, async move |tx: &mut Tx<'_>| {
            let sql = "DELETE FROM agent_sessions WHERE token_hash = $1 RETURNING agent_id";
            let row = tx.db.optional(sql, &[&token.0.as_slice()]).await?;
            Ok(match row {
                Some(row) => Some(AgentId(row.try_get(0)?)),
                None => None,
            })
        })
        .await
    }

    async fn list_sessions(
        &self,
        agent_id: AgentId,
        at: Timestamp,
    ) -> std::result::Result<Vec<ListedSession>, StoreError> {
        self.read(async move |db: Db<'_>| {
            let sql = "SELECT id, created_at, coalesce(last_used_at, created_at) AS used_at, address, user_agent
                 FROM agent_sessions WHERE agent_id = $1 AND expires_at > $2
                 ORDER BY used_at DESC, id DESC";
            let rows = db.rows(sql, &[&agent_id.0, &at.as_micros()]).await?;
            let sessions = rows.iter().map(|row| {
                Ok(ListedSession {
                    id: SessionId(row.try_get(0)?),
                    created_at: Timestamp::from_micros(row.try_get(1)?),
                    last_used_at: Timestamp::from_micros(row.try_get(2)?),
                    address: row.try_get(3)?,
                    user_agent: row.try_get(4)?,
                })
            });
            sessions.collect()
        })
        .await
    }

    async fn revoke_session(
        &self,
        agent_id: AgentId,
        id: SessionId,
        follow_up: FollowUp<bool>,
    ) -> std::result::Result<bool, StoreError> {
        self.write_then(follow_up, async move |tx: &mut Tx<'_>| {
            let sql = "DELETE FROM agent_sessions WHERE id = $1 AND agent_id = $2";
            Ok(tx.db.execute(sql, &[&id.0, &agent_id.0]).await? > 0)
        })
        .await
    }

    async fn revoke_other_sessions(
        &self,
        agent_id: AgentId,
        keep: SessionId,
        follow_up: FollowUp<u64>,
    ) -> std::result::Result<u64, StoreError> {
        self.write_then(follow_up, async move |tx: &mut Tx<'_>| {
            let sql = "DELETE FROM agent_sessions WHERE agent_id = $1 AND id <> $2";
            tx.db.execute(sql, &[&agent_id.0, &keep.0]).await
        })
        .await
    }

    async fn create_api_token(
        &self,
        new: NewApiToken,
        follow_up: FollowUp<NewApiTokenOutcome>,
    ) -> std::result::Result<NewApiTokenOutcome, StoreError> {
        self.write_then(follow_up, async move |tx: &mut Tx<'_>| {
            create_api_token(tx.db, &new).await
        })
        .await
    }

    async fn api_token(
        &self,
        token: &TokenHash,
        at: Timestamp,
    ) -> std::result::Result<Option<TokenHolder>, StoreError> {
        let token = *token;
        self.read(async move |db: Db<'_>| {
            let sql = concat!(
                "SELECT ",
                agent_columns!(),
                ", t.id AS token_id, t.name AS token_name, t.scopes, t.created_at AS made_at, t.expires_at, t.last_used_at
                 FROM agent_tokens t JOIN agents a ON a.id = t.agent_id
                 WHERE t.token_hash = $1 AND (t.expires_at IS NULL OR t.expires_at > $2)
                   AND a.deactivated_at IS NULL"
            );
            let found = db
                .optional(sql, &[&token.0.as_slice(), &at.as_micros()])
                .await?;
            let Some(row) = found else {
                return Ok(None);
            };
            Ok(Some(TokenHolder {
                agent: rows::agent(&row)?,
                token: api_token(&row)?,
            }))
        })
        .await
    }

    async fn touch_api_token(
        &self,
        id: ApiTokenId,
        at: Timestamp,
    ) -> std::result::Result<(), StoreError> {
        self.change(async move |db: Db<'_>| {
            let sql = "UPDATE agent_tokens SET last_used_at = $2 WHERE id = $1";
            db.execute(sql, &[&id.0, &at.as_micros()]).await?;
            Ok(())
        })
        .await
    }

    async fn list_api_tokens(
        &self,
        agent_id: AgentId,
    ) -> std::result::Result<Vec<ApiToken>, StoreError> {
        self.read(async move |db: Db<'_>| {
            let sql = concat!(
                "SELECT ",
                token_columns!(),
                " FROM agent_tokens WHERE agent_id = $1 ORDER BY id"
            );
            let rows = db.rows(sql, &[&agent_id.0]).await?;
            rows.iter().map(api_token).collect()
        })
        .await
    }

    async fn revoke_api_token(
        &self,
        agent_id: AgentId,
        id: ApiTokenId,
        follow_up: FollowUp<Option<ApiToken>>,
    ) -> std::result::Result<Option<ApiToken>, StoreError> {
        self.write_then(follow_up, async move |tx: &mut Tx<'_>| {
            let sql = concat!(
                "DELETE FROM agent_tokens WHERE id = $1 AND agent_id = $2 RETURNING ",
                token_columns!()
            );
            let row = tx.db.optional(sql, &[&id.0, &agent_id.0]).await?;
            row.as_ref().map(api_token).transpose()
        })
        .await
    }
}

fn api_token(row: &Row) -> Result<ApiToken> {
    let scopes: &str = row.try_get("scopes")?;
    let expires_at: Option<i64> = row.try_get("expires_at")?;
    let last_used_at: Option<i64> = row.try_get("last_used_at")?;
    Ok(ApiToken {
        id: ApiTokenId(row.try_get("token_id")?),
        name: row.try_get("token_name")?,
        scopes: Permissions::parse(scopes).map_err(|_| corrupt("agent_tokens", "scopes"))?,
        created_at: Timestamp::from_micros(row.try_get("made_at")?),
        expires_at: expires_at.map(Timestamp::from_micros),
        last_used_at: last_used_at.map(Timestamp::from_micros),
    })
}

async fn create_api_token(db: Db<'_>, new: &NewApiToken) -> Result<NewApiTokenOutcome> {
    db.execute(
        "DELETE FROM agent_tokens WHERE agent_id = $1 AND expires_at <= $2",
        &[&new.agent_id.0, &new.at.as_micros()],
    )
    .await?;
    let made = db
        .optional(
            concat!(
                "INSERT INTO agent_tokens (token_hash, agent_id, created_at, name, scopes, expires_at)
                 SELECT $1, $2, $3, $4, $5, $6
                 WHERE (SELECT count(*) FROM agent_tokens WHERE agent_id = $2) < $7
                 RETURNING ",
                token_columns!()
            ),
            &[
                &new.token.0.as_slice(),
                &new.agent_id.0,
                &new.at.as_micros(),
                &new.name,
                &new.scopes.to_text(),
                &new.expires_at.map(Timestamp::as_micros),
                &i64::from(MAX_API_TOKENS),
            ],
        )
        .await?;
    Ok(match made {
        Some(row) => NewApiTokenOutcome::Created(api_token(&row)?),
        None => NewApiTokenOutcome::TooMany,
    })
}
