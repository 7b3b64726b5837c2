//! Push subscriptions in SQL.

use crate::PostgresStore;
use crate::connector::Db;
use crate::failure::{Result, corrupt};
use crate::writer::Tx;
use antiphon_domain::settings::Language;
use antiphon_domain::{
    AgentId, Attention, PushEndpoint, PushKeys, PushSecret, PushSubscription, PushSubscriptionId,
    SessionId, Timestamp,
};
use antiphon_store::{
    FollowUp, ListedPushSubscription, MAX_PUSH_PAGE, MAX_PUSH_SUBSCRIPTIONS, Push, PushAudience,
    PushTarget, StoreError, Subscribe, SubscribeOutcome,
};
use tokio_postgres::Row;

/// The columns that [`subscription`] reads, of a table named `p`.
macro_rules! columns {
    () => {
        "p.id, p.agent_id, p.session_id, p.endpoint, p.public_key, p.auth, p.notify_of, p.with_text, p.created_at, p.delivered_at, p.error"
    };
}
/// How many columns those are.
const N_COLUMNS: usize = 11;

/// The subscriptions that count at `$1`.
macro_rules! counting {
    () => {
        " FROM push_subscriptions p JOIN agent_sessions s ON s.id = p.session_id JOIN agents a ON a.id = p.agent_id
          WHERE s.expires_at > $1 AND a.deactivated_at IS NULL AND (a.two_factor_secret IS NOT NULL OR NOT EXISTS (
              SELECT 1 FROM account_settings WHERE name = 'two_factor_required' AND value = 'true'
          )) "
    };
}

/// Whether an agent looks at an inbox at `$1`.
macro_rules! looking {
    () => {
        "EXISTS (SELECT 1 FROM agent_sessions l WHERE l.agent_id = p.agent_id AND l.looking_until > $1 AND l.expires_at > $1)"
    };
}

const SECRET: &str = "SELECT value::json #>> '{}' FROM account_settings WHERE name = 'push_secret'";

#[async_trait::async_trait]
impl Push for PostgresStore {
    async fn push_secret(&self) -> std::result::Result<Option<PushSecret>, StoreError> {
        self.read(async |db: Db<'_>| secret(db).await).await
    }

    async fn keep_push_secret(
        &self,
        new: PushSecret,
    ) -> std::result::Result<PushSecret, StoreError> {
        self.write(async move |tx: &mut Tx<'_>| {
            let sql = "INSERT INTO account_settings (name, value) VALUES ('push_secret', to_json($1::text)::text)
                       ON CONFLICT (name) DO NOTHING";
            tx.db.execute(sql, &[&new.to_text()]).await?;
            let kept = secret(tx.db).await?;
            kept.ok_or_else(|| corrupt("account_settings", "value"))
        })
        .await
    }

    /// By the writer, so that two browsers at once do not exceed what an agent may have.
    async fn subscribe(
        &self,
        subscribe: Subscribe,
    ) -> std::result::Result<SubscribeOutcome, StoreError> {
        self.write(async move |tx: &mut Tx<'_>| self::subscribe(tx.db, &subscribe).await)
            .await
    }

    async fn push_subscriptions(
        &self,
        agent_id: AgentId,
        at: Timestamp,
    ) -> std::result::Result<Vec<ListedPushSubscription>, StoreError> {
        self.read(async move |db: Db<'_>| {
            let sql = concat!(
                "SELECT ",
                columns!(),
                ", s.user_agent FROM push_subscriptions p JOIN agent_sessions s ON s.id = p.session_id
                 WHERE p.agent_id = $1 AND s.expires_at > $2 ORDER BY p.id"
            );
            let rows = db.rows(sql, &[&agent_id.0, &at.as_micros()]).await?;
            let listed = rows.iter().map(|row| {
                Ok(ListedPushSubscription {
                    subscription: subscription(row)?,
                    user_agent: row.try_get(N_COLUMNS)?,
                })
            });
            listed.collect()
        })
        .await
    }

    async fn unsubscribe(
        &self,
        agent_id: AgentId,
        id: PushSubscriptionId,
    ) -> std::result::Result<bool, StoreError> {
        self.change(async move |db: Db<'_>| {
            let sql = "DELETE FROM push_subscriptions WHERE id = $1 AND agent_id = $2";
            Ok(db.execute(sql, &[&id.0, &agent_id.0]).await? > 0)
        })
        .await
    }

    async fn is_anybody_subscribed(&self) -> std::result::Result<bool, StoreError> {
        self.read(async |db: Db<'_>| {
            let sql = "SELECT EXISTS (SELECT 1 FROM push_subscriptions)";
            Ok(db.one("an answer", sql, &[]).await?.try_get(0)?)
        })
        .await
    }

    async fn push_audience(
        &self,
        audience: PushAudience,
        after: Option<PushSubscriptionId>,
        at: Timestamp,
    ) -> std::result::Result<Vec<PushSubscriptionId>, StoreError> {
        let (mentioned, assigned_to) = match audience {
            PushAudience::Message { assigned_to } => (None, assigned_to),
            PushAudience::Mention(agent_id) => (Some(agent_id), None),
        };
        self.read(async move |db: Db<'_>| {
            let sql = concat!(
                "SELECT p.id",
                counting!(),
                "AND p.id > $2 AND NOT ",
                looking!(),
                " AND CASE WHEN $3::bigint IS NULL
                     THEN p.notify_of = 'all' OR p.notify_of = 'mine' AND ($4::bigint IS NULL OR p.agent_id = $4)
                     ELSE p.agent_id = $3 AND p.notify_of <> 'none' END
                 ORDER BY p.id LIMIT $5"
            );
            let rows = db
                .rows(
                    sql,
                    &[
                        &at.as_micros(),
                        &after.map_or(0, |id| id.0),
                        &mentioned.map(|id| id.0),
                        &assigned_to.map(|id| id.0),
                        &i64::from(MAX_PUSH_PAGE),
                    ],
                )
                .await?;
            let ids = rows
                .iter()
                .map(|row| Ok(PushSubscriptionId(row.try_get(0)?)));
            ids.collect()
        })
        .await
    }

    async fn push_target(
        &self,
        id: PushSubscriptionId,
        at: Timestamp,
    ) -> std::result::Result<Option<PushTarget>, StoreError> {
        self.read(async move |db: Db<'_>| {
            let sql = concat!(
                "SELECT ",
                columns!(),
                ", a.language, ",
                looking!(),
                counting!(),
                "AND p.id = $2"
            );
            let Some(row) = db.optional(sql, &[&at.as_micros(), &id.0]).await? else {
                return Ok(None);
            };
            let language: Option<&str> = row.try_get(N_COLUMNS)?;
            let language = language.map(Language::parse).transpose();
            Ok(Some(PushTarget {
                subscription: subscription(&row)?,
                language: language.map_err(|_| corrupt("agents", "language"))?,
                looking: row.try_get(N_COLUMNS + 1)?,
            }))
        })
        .await
    }

    async fn note_push(
        &self,
        id: PushSubscriptionId,
        error: Option<String>,
        at: Timestamp,
    ) -> std::result::Result<(), StoreError> {
        self.change(async move |db: Db<'_>| {
            let sql = "UPDATE push_subscriptions
                       SET error = $2::text, delivered_at = CASE WHEN $2::text IS NULL THEN $3 ELSE delivered_at END WHERE id = $1";
            db.execute(sql, &[&id.0, &error, &at.as_micros()]).await?;
            Ok(())
        })
        .await
    }

    async fn forget_push_subscription(
        &self,
        id: PushSubscriptionId,
        endpoint: PushEndpoint,
    ) -> std::result::Result<(), StoreError> {
        self.change(async move |db: Db<'_>| {
            let sql = "DELETE FROM push_subscriptions WHERE id = $1 AND endpoint = $2";
            db.execute(sql, &[&id.0, &endpoint.as_str()]).await?;
            Ok(())
        })
        .await
    }

    async fn test_push(
        &self,
        agent_id: AgentId,
        id: PushSubscriptionId,
        follow_up: FollowUp<bool>,
    ) -> std::result::Result<bool, StoreError> {
        self.write_then(follow_up, async move |tx: &mut Tx<'_>| {
            let sql = "SELECT 1 FROM push_subscriptions WHERE id = $1 AND agent_id = $2";
            Ok(tx.db.optional(sql, &[&id.0, &agent_id.0]).await?.is_some())
        })
        .await
    }

    async fn note_looking(
        &self,
        session_id: SessionId,
        until: Option<Timestamp>,
    ) -> std::result::Result<(), StoreError> {
        self.change(async move |db: Db<'_>| {
            let sql = "UPDATE agent_sessions SET looking_until = $2 WHERE id = $1";
            let until = until.map(Timestamp::as_micros);
            db.execute(sql, &[&session_id.0, &until]).await?;
            Ok(())
        })
        .await
    }
}

async fn secret(db: Db<'_>) -> Result<Option<PushSecret>> {
    let Some(row) = db.optional(SECRET, &[]).await? else {
        return Ok(None);
    };
    let secret = PushSecret::parse(row.try_get(0)?);
    secret
        .map(Some)
        .map_err(|_| corrupt("account_settings", "value"))
}

async fn subscribe(db: Db<'_>, new: &Subscribe) -> Result<SubscribeOutcome> {
    let (agent_id, session_id) = (new.agent_id.0, new.session_id.0);
    // Locked, so that it does not end before the subscription is there to end with it.
    let sql = "SELECT 1 FROM agent_sessions WHERE id = $1 AND agent_id = $2 FOR KEY SHARE";
    if db.optional(sql, &[&session_id, &agent_id]).await?.is_none() {
        return Ok(SubscribeOutcome::UnknownSession);
    }
    // The browser has another agent's session now, or another one of the same agent's.
    let sql = "DELETE FROM push_subscriptions WHERE endpoint = $1 AND session_id <> $2";
    db.execute(sql, &[&new.endpoint.as_str(), &session_id])
        .await?;
    let made = db
        .optional(
            concat!(
                "INSERT INTO push_subscriptions AS p
                     (agent_id, session_id, endpoint, public_key, auth, notify_of, with_text, created_at)
                 SELECT $1, $2, $3, $4, $5, coalesce($6, 'mine'), coalesce($7, true), $8
                 WHERE (SELECT count(*) FROM push_subscriptions WHERE agent_id = $1 AND session_id <> $2) < $9
                 ON CONFLICT (session_id) DO UPDATE
                 SET endpoint = excluded.endpoint, public_key = excluded.public_key, auth = excluded.auth,
                     notify_of = coalesce($6, p.notify_of), with_text = coalesce($7, p.with_text),
                     error = CASE WHEN p.endpoint = excluded.endpoint THEN p.error END
                 RETURNING ",
                columns!()
            ),
            &[
                &agent_id,
                &session_id,
                &new.endpoint.as_str(),
                &new.keys.public_key.as_slice(),
                &new.keys.auth.as_slice(),
                &new.notify_of.map(Attention::as_str),
                &new.with_text,
                &new.at.as_micros(),
                &i64::from(MAX_PUSH_SUBSCRIPTIONS),
            ],
        )
        .await?;
    Ok(match made {
        Some(row) => SubscribeOutcome::Subscribed(subscription(&row)?),
        None => SubscribeOutcome::TooMany,
    })
}

fn subscription(row: &Row) -> Result<PushSubscription> {
    let wrong = |column| corrupt("push_subscriptions", column);
    let public_key: &[u8] = row.try_get(4)?;
    let auth: &[u8] = row.try_get(5)?;
    let delivered_at: Option<i64> = row.try_get(9)?;
    Ok(PushSubscription {
        id: PushSubscriptionId(row.try_get(0)?),
        agent_id: AgentId(row.try_get(1)?),
        session_id: SessionId(row.try_get(2)?),
        endpoint: PushEndpoint::parse(row.try_get(3)?).map_err(|_| wrong("endpoint"))?,
        keys: PushKeys {
            public_key: public_key.try_into().map_err(|_| wrong("public_key"))?,
            auth: auth.try_into().map_err(|_| wrong("auth"))?,
        },
        notify_of: Attention::parse(row.try_get(6)?).map_err(|_| wrong("notify_of"))?,
        with_text: row.try_get(7)?,
        created_at: Timestamp::from_micros(row.try_get(8)?),
        delivered_at: delivered_at.map(Timestamp::from_micros),
        error: row.try_get(10)?,
    })
}
