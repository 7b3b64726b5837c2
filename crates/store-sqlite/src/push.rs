//! Push subscriptions in SQL.

use crate::SqliteStore;
use crate::failure::corrupt;
use antiphon_domain::settings::Language;
use antiphon_domain::{
    AgentId, Attention, PushEndpoint, PushKeys, PushSecret, PushSubscription, PushSubscriptionId,
    SessionId, Timestamp,
};
use antiphon_store::{
    FollowUp, ListedPushSubscription, MAX_PUSH_PAGE, MAX_PUSH_SUBSCRIPTIONS, Push, PushAudience,
    PushTarget, StoreError, Subscribe, SubscribeOutcome,
};
use rusqlite::{Connection, OptionalExtension as _, Result, Row, named_params, params};

/// The columns that [`subscription`] reads, of a table named `p`.
macro_rules! columns {
    () => {
        "p.id, p.agent_id, p.session_id, p.endpoint, p.public_key, p.auth, p.notify_of, p.with_text, p.created_at, p.delivered_at, p.error"
    };
}
/// The same of a row that was written: SQLite knows no other names there.
macro_rules! returned {
    () => {
        "id, agent_id, session_id, endpoint, public_key, auth, notify_of, with_text, created_at, delivered_at, error"
    };
}
/// How many columns those are.
const N_COLUMNS: usize = 11;

/// The subscriptions that count at `:at`.
macro_rules! counting {
    () => {
        " FROM push_subscriptions p JOIN agent_sessions s ON s.id = p.session_id JOIN agents a ON a.id = p.agent_id
          WHERE s.expires_at > :at AND a.deactivated_at IS NULL AND (a.two_factor_secret IS NOT NULL OR NOT EXISTS (
              SELECT 1 FROM account_settings WHERE name = 'two_factor_required' AND value = 'true'
          )) "
    };
}

/// Whether an agent looks at an inbox at `:at`.
macro_rules! looking {
    () => {
        "EXISTS (SELECT 1 FROM agent_sessions l WHERE l.agent_id = p.agent_id AND l.looking_until > :at AND l.expires_at > :at)"
    };
}

const SECRET: &str =
    "SELECT json_extract(value, '$') FROM account_settings WHERE name = 'push_secret'";

#[async_trait::async_trait]
impl Push for SqliteStore {
    async fn push_secret(&self) -> std::result::Result<Option<PushSecret>, StoreError> {
        self.read(secret).await
    }

    async fn keep_push_secret(
        &self,
        new: PushSecret,
    ) -> std::result::Result<PushSecret, StoreError> {
        self.write(move |connection| {
            connection.execute(
                "INSERT INTO account_settings (name, value) VALUES ('push_secret', json_quote(?1))
                 ON CONFLICT (name) DO NOTHING",
                [new.to_text()],
            )?;
            secret(connection)?.ok_or_else(|| corrupt("account_settings", "value"))
        })
        .await
    }

    async fn subscribe(
        &self,
        subscribe: Subscribe,
    ) -> std::result::Result<SubscribeOutcome, StoreError> {
        self.write(move |connection| self::subscribe(connection, &subscribe))
            .await
    }

    async fn push_subscriptions(
        &self,
        agent_id: AgentId,
        at: Timestamp,
    ) -> std::result::Result<Vec<ListedPushSubscription>, StoreError> {
        self.read(move |connection| {
            connection
                .prepare_cached(concat!(
                    "SELECT ",
                    columns!(),
                    ", s.user_agent FROM push_subscriptions p JOIN agent_sessions s ON s.id = p.session_id
                     WHERE p.agent_id = ?1 AND s.expires_at > ?2 ORDER BY p.id"
                ))?
                .query_map(params![agent_id.0, at.as_micros()], |row| {
                    Ok(ListedPushSubscription {
                        subscription: subscription(row)?,
                        user_agent: row.get(N_COLUMNS)?,
                    })
                })?
                .collect()
        })
        .await
    }

    async fn unsubscribe(
        &self,
        agent_id: AgentId,
        id: PushSubscriptionId,
    ) -> std::result::Result<bool, StoreError> {
        self.write(move |connection| {
            let n_ended = connection
                .prepare_cached("DELETE FROM push_subscriptions WHERE id = ?1 AND agent_id = ?2")?
                .execute([id.0, agent_id.0])?;
            Ok(n_ended > 0)
        })
        .await
    }

    async fn is_anybody_subscribed(&self) -> std::result::Result<bool, StoreError> {
        self.read(|connection| {
            connection
                .prepare_cached("SELECT EXISTS (SELECT 1 FROM push_subscriptions)")?
                .query_row([], |row| row.get(0))
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
        self.read(move |connection| {
            connection
                .prepare_cached(concat!(
                    "SELECT p.id",
                    counting!(),
                    "AND p.id > :after AND NOT ",
                    looking!(),
                    " AND CASE WHEN :mentioned IS NULL
                         THEN p.notify_of = 'all'
                             OR p.notify_of = 'mine' AND (:assigned_to IS NULL OR p.agent_id = :assigned_to)
                         ELSE p.agent_id = :mentioned AND p.notify_of <> 'none' END
                     ORDER BY p.id LIMIT :limit"
                ))?
                .query_map(
                    named_params! {
                        ":at": at.as_micros(),
                        ":after": after.map_or(0, |id| id.0),
                        ":mentioned": mentioned.map(|id| id.0),
                        ":assigned_to": assigned_to.map(|id| id.0),
                        ":limit": MAX_PUSH_PAGE,
                    },
                    |row| row.get(0).map(PushSubscriptionId),
                )?
                .collect()
        })
        .await
    }

    async fn push_target(
        &self,
        id: PushSubscriptionId,
        at: Timestamp,
    ) -> std::result::Result<Option<PushTarget>, StoreError> {
        self.read(move |connection| {
            connection
                .prepare_cached(concat!(
                    "SELECT ",
                    columns!(),
                    ", a.language, ",
                    looking!(),
                    counting!(),
                    "AND p.id = :id"
                ))?
                .query_row(
                    named_params! { ":id": id.0, ":at": at.as_micros() },
                    |row| {
                        let language = row.get_ref(N_COLUMNS)?.as_str_or_null()?;
                        let language = language.map(Language::parse).transpose();
                        Ok(PushTarget {
                            subscription: subscription(row)?,
                            language: language.map_err(|_| corrupt("agents", "language"))?,
                            looking: row.get(N_COLUMNS + 1)?,
                        })
                    },
                )
                .optional()
        })
        .await
    }

    async fn note_push(
        &self,
        id: PushSubscriptionId,
        error: Option<String>,
        at: Timestamp,
    ) -> std::result::Result<(), StoreError> {
        self.write(move |connection| {
            connection
                .prepare_cached(
                    "UPDATE push_subscriptions
                     SET error = ?2, delivered_at = CASE WHEN ?2 IS NULL THEN ?3 ELSE delivered_at END WHERE id = ?1",
                )?
                .execute(params![id.0, error, at.as_micros()])?;
            Ok(())
        })
        .await
    }

    async fn forget_push_subscription(
        &self,
        id: PushSubscriptionId,
        endpoint: PushEndpoint,
    ) -> std::result::Result<(), StoreError> {
        self.write(move |connection| {
            connection
                .prepare_cached("DELETE FROM push_subscriptions WHERE id = ?1 AND endpoint = ?2")?
                .execute(params![id.0, endpoint.as_str()])?;
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
        self.write_then(follow_up, move |connection| {
            connection
                .prepare_cached("SELECT 1 FROM push_subscriptions WHERE id = ?1 AND agent_id = ?2")?
                .exists([id.0, agent_id.0])
        })
        .await
    }

    async fn note_looking(
        &self,
        session_id: SessionId,
        until: Option<Timestamp>,
    ) -> std::result::Result<(), StoreError> {
        self.write(move |connection| {
            connection
                .prepare_cached("UPDATE agent_sessions SET looking_until = ?2 WHERE id = ?1")?
                .execute(params![session_id.0, until.map(Timestamp::as_micros)])?;
            Ok(())
        })
        .await
    }
}

fn secret(connection: &Connection) -> Result<Option<PushSecret>> {
    let text: Option<String> = connection
        .prepare_cached(SECRET)?
        .query_row([], |row| row.get(0))
        .optional()?;
    let secret = text.map(|text| PushSecret::parse(&text)).transpose();
    secret.map_err(|_| corrupt("account_settings", "value"))
}

fn subscribe(connection: &Connection, new: &Subscribe) -> Result<SubscribeOutcome> {
    let is_session = connection
        .prepare_cached("SELECT 1 FROM agent_sessions WHERE id = ?1 AND agent_id = ?2")?
        .exists([new.session_id.0, new.agent_id.0])?;
    if !is_session {
        return Ok(SubscribeOutcome::UnknownSession);
    }
    // The browser has another agent's session now, or another one of the same agent's.
    connection
        .prepare_cached("DELETE FROM push_subscriptions WHERE endpoint = ?1 AND session_id <> ?2")?
        .execute(params![new.endpoint.as_str(), new.session_id.0])?;
    let others: u32 = connection
        .prepare_cached(
            "SELECT count(*) FROM push_subscriptions WHERE agent_id = ?1 AND session_id <> ?2",
        )?
        .query_row([new.agent_id.0, new.session_id.0], |row| row.get(0))?;
    if others >= MAX_PUSH_SUBSCRIPTIONS {
        return Ok(SubscribeOutcome::TooMany);
    }
    let made = connection
        .prepare_cached(concat!(
            "INSERT INTO push_subscriptions AS p
                 (agent_id, session_id, endpoint, public_key, auth, notify_of, with_text, created_at)
             VALUES (:agent_id, :session_id, :endpoint, :public_key, :auth, coalesce(:notify_of, 'mine'), coalesce(:with_text, 1), :at)
             ON CONFLICT (session_id) DO UPDATE
             SET endpoint = excluded.endpoint, public_key = excluded.public_key, auth = excluded.auth,
                 notify_of = coalesce(:notify_of, p.notify_of), with_text = coalesce(:with_text, p.with_text),
                 error = CASE WHEN p.endpoint = excluded.endpoint THEN p.error END
             RETURNING ",
            returned!()
        ))?
        .query_row(
            named_params! {
                ":agent_id": new.agent_id.0,
                ":session_id": new.session_id.0,
                ":endpoint": new.endpoint.as_str(),
                ":public_key": new.keys.public_key,
                ":auth": new.keys.auth,
                ":notify_of": new.notify_of.map(Attention::as_str),
                ":with_text": new.with_text,
                ":at": new.at.as_micros(),
            },
            subscription,
        )?;
    Ok(SubscribeOutcome::Subscribed(made))
}

fn subscription(row: &Row<'_>) -> Result<PushSubscription> {
    let wrong = |column| corrupt("push_subscriptions", column);
    Ok(PushSubscription {
        id: PushSubscriptionId(row.get(0)?),
        agent_id: AgentId(row.get(1)?),
        session_id: SessionId(row.get(2)?),
        endpoint: PushEndpoint::parse(row.get_ref(3)?.as_str()?).map_err(|_| wrong("endpoint"))?,
        keys: PushKeys {
            public_key: row.get(4)?,
            auth: row.get(5)?,
        },
        notify_of: Attention::parse(row.get_ref(6)?.as_str()?).map_err(|_| wrong("notify_of"))?,
        with_text: row.get(7)?,
        created_at: Timestamp::from_micros(row.get(8)?),
        delivered_at: row.get::<_, Option<i64>>(9)?.map(Timestamp::from_micros),
        error: row.get(10)?,
    })
}
