//! Invitations and links for a new password, in SQL.

use crate::SqliteStore;
use crate::agents::insert_agent;
use crate::failure::corrupt;
use crate::rows::{self, agent_columns};
use antiphon_domain::{
    Agent, AgentId, AgentRole, EmailAddress, InvitationId, PersonName, Timestamp, TokenHash,
};
use antiphon_store::{
    AcceptInvitation, AcceptOutcome, FollowUp, Invitation, Invitations, InviteOutcome,
    MAX_INVITATIONS, NewAgent, NewAgentOutcome, NewInvitation, NewPasswordReset, StoreError,
};
use rusqlite::{Connection, OptionalExtension as _, Result, Row, named_params, params};

/// The columns that [`row`] reads.
macro_rules! columns {
    () => {
        "id, email, name, role, invited_by, created_at, expires_at"
    };
}

#[async_trait::async_trait]
impl Invitations for SqliteStore {
    async fn invite(
        &self,
        new: NewInvitation,
        follow_up: FollowUp<InviteOutcome>,
    ) -> std::result::Result<InviteOutcome, StoreError> {
        self.write_then(follow_up, move |connection| invite(connection, &new))
            .await
    }

    async fn list_invitations(
        &self,
        at: Timestamp,
    ) -> std::result::Result<Vec<Invitation>, StoreError> {
        self.read(move |connection| {
            connection
                .prepare_cached(concat!(
                    "SELECT ",
                    columns!(),
                    " FROM invitations WHERE expires_at > ?1 ORDER BY id"
                ))?
                .query_map([at.as_micros()], row)?
                .collect()
        })
        .await
    }

    async fn revoke_invitation(
        &self,
        id: InvitationId,
        follow_up: FollowUp<Option<Invitation>>,
    ) -> std::result::Result<Option<Invitation>, StoreError> {
        self.write_then(follow_up, move |connection| {
            connection
                .prepare_cached(concat!(
                    "DELETE FROM invitations WHERE id = ?1 RETURNING ",
                    columns!()
                ))?
                .query_row([id.0], row)
                .optional()
        })
        .await
    }

    async fn invitation(
        &self,
        token: &TokenHash,
        at: Timestamp,
    ) -> std::result::Result<Option<Invitation>, StoreError> {
        let token = *token;
        self.read(move |connection| by_token(connection, token, at))
            .await
    }

    async fn accept_invitation(
        &self,
        accept: AcceptInvitation,
        follow_up: FollowUp<AcceptOutcome>,
    ) -> std::result::Result<AcceptOutcome, StoreError> {
        self.write_then(follow_up, move |connection| {
            let Some(invitation) = by_token(connection, accept.token, accept.at)? else {
                return Ok(AcceptOutcome::Invalid);
            };
            let new = NewAgent {
                name: accept.name,
                email: invitation.email,
                role: invitation.role,
                password_hash: accept.password_hash,
                at: accept.at,
            };
            let NewAgentOutcome::Created(agent) = insert_agent(connection, &new)? else {
                return Ok(AcceptOutcome::EmailTaken);
            };
            connection.execute("DELETE FROM invitations WHERE id = ?1", [invitation.id.0])?;
            Ok(AcceptOutcome::Accepted(agent))
        })
        .await
    }

    async fn create_password_reset(
        &self,
        new: NewPasswordReset,
        follow_up: FollowUp<bool>,
    ) -> std::result::Result<bool, StoreError> {
        self.write_then(follow_up, move |connection| {
            let n_made = connection.execute(
                "INSERT INTO password_resets (agent_id, token_hash, created_at, expires_at)
                 SELECT id, ?2, ?3, ?4 FROM agents WHERE id = ?1 AND deactivated_at IS NULL
                 ON CONFLICT (agent_id) DO UPDATE
                 SET token_hash = excluded.token_hash, created_at = excluded.created_at, expires_at = excluded.expires_at",
                params![
                    new.agent_id.0,
                    new.token.0,
                    new.at.as_micros(),
                    new.expires_at.as_micros()
                ],
            )?;
            Ok(n_made > 0)
        })
        .await
    }

    async fn password_reset(
        &self,
        token: &TokenHash,
        at: Timestamp,
    ) -> std::result::Result<Option<Agent>, StoreError> {
        let token = *token;
        self.read(move |connection| reset_of(connection, token, at))
            .await
    }

    async fn use_password_reset(
        &self,
        token: TokenHash,
        password_hash: String,
        at: Timestamp,
        follow_up: FollowUp<Option<Agent>>,
    ) -> std::result::Result<Option<Agent>, StoreError> {
        self.write_then(follow_up, move |connection| {
            let Some(agent) = reset_of(connection, token, at)? else {
                return Ok(None);
            };
            let id = agent.id.0;
            connection.execute(
                "UPDATE agents SET password_hash = ?2 WHERE id = ?1",
                params![id, password_hash],
            )?;
            connection.execute("DELETE FROM agent_sessions WHERE agent_id = ?1", [id])?;
            connection.execute("DELETE FROM password_resets WHERE agent_id = ?1", [id])?;
            Ok(Some(agent))
        })
        .await
    }
}

fn row(row: &Row<'_>) -> Result<Invitation> {
    let name: Option<String> = row.get(2)?;
    Ok(Invitation {
        id: InvitationId(row.get(0)?),
        email: EmailAddress::parse(row.get_ref(1)?.as_str()?)
            .map_err(|_| corrupt("invitations", "email"))?,
        name: name
            .as_deref()
            .map(PersonName::parse)
            .transpose()
            .map_err(|_| corrupt("invitations", "name"))?,
        role: AgentRole::parse(row.get_ref(3)?.as_str()?)
            .map_err(|_| corrupt("invitations", "role"))?,
        invited_by: row.get::<_, Option<i64>>(4)?.map(AgentId),
        created_at: Timestamp::from_micros(row.get(5)?),
        expires_at: Timestamp::from_micros(row.get(6)?),
    })
}

fn invite(connection: &Connection, new: &NewInvitation) -> Result<InviteOutcome> {
    let is_agent = connection
        .prepare_cached("SELECT 1 FROM agents WHERE email = ?1")?
        .exists([new.email.as_str()])?;
    if is_agent {
        return Ok(InviteOutcome::EmailTaken);
    }
    connection.execute(
        "DELETE FROM invitations WHERE expires_at <= ?1 OR email = ?2",
        params![new.at.as_micros(), new.email.as_str()],
    )?;
    let n_waiting: u32 =
        connection.query_row("SELECT count(*) FROM invitations", [], |row| row.get(0))?;
    if n_waiting >= MAX_INVITATIONS {
        return Ok(InviteOutcome::TooMany);
    }
    let made = connection.query_row(
        concat!(
            "INSERT INTO invitations (token_hash, email, name, role, invited_by, created_at, expires_at)
             VALUES (:token, :email, :name, :role, :invited_by, :at, :expires_at) RETURNING ",
            columns!()
        ),
        named_params! {
            ":token": new.token.0,
            ":email": new.email.as_str(),
            ":name": new.name.as_ref().map(PersonName::as_str),
            ":role": new.role.as_str(),
            ":invited_by": new.invited_by.0,
            ":at": new.at.as_micros(),
            ":expires_at": new.expires_at.as_micros(),
        },
        row,
    )?;
    Ok(InviteOutcome::Invited(made))
}

fn by_token(
    connection: &Connection,
    token: TokenHash,
    at: Timestamp,
) -> Result<Option<Invitation>> {
    connection
        .prepare_cached(concat!(
            "SELECT ",
            columns!(),
            " FROM invitations WHERE token_hash = ?1 AND expires_at > ?2"
        ))?
        .query_row(params![token.0, at.as_micros()], row)
        .optional()
}

fn reset_of(connection: &Connection, token: TokenHash, at: Timestamp) -> Result<Option<Agent>> {
    connection
        .prepare_cached(concat!(
            "SELECT ",
            agent_columns!(),
            " FROM password_resets r JOIN agents a ON a.id = r.agent_id
             WHERE r.token_hash = ?1 AND r.expires_at > ?2 AND a.deactivated_at IS NULL"
        ))?
        .query_row(params![token.0, at.as_micros()], rows::agent)
        .optional()
}
