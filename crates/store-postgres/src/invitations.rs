//! Invitations and links for a new password, in SQL.

use crate::PostgresStore;
use crate::agents::insert_agent;
use crate::connector::Db;
use crate::failure::{Result, corrupt};
use crate::rows::{self, agent_columns};
use crate::writer::Tx;
use antiphon_domain::{
    Agent, AgentId, AgentRole, EmailAddress, InvitationId, PersonName, Timestamp, TokenHash,
};
use antiphon_store::{
    AcceptInvitation, AcceptOutcome, FollowUp, Invitation, Invitations, InviteOutcome,
    MAX_INVITATIONS, NewAgent, NewAgentOutcome, NewInvitation, NewPasswordReset, StoreError,
};
use tokio_postgres::Row;

/// The columns that [`invitation`] reads.
macro_rules! columns {
    () => {
        "id, email, name, role, invited_by, created_at, expires_at"
    };
}

#[async_trait::async_trait]
impl Invitations for PostgresStore {
    async fn invite(
        &self,
        new: NewInvitation,
        follow_up: FollowUp<InviteOutcome>,
    ) -> std::result::Result<InviteOutcome, StoreError> {
        self.write_then(follow_up, async move |tx: &mut Tx<'_>| {
            invite(tx.db, &new).await
        })
        .await
    }

    async fn list_invitations(
        &self,
        at: Timestamp,
    ) -> std::result::Result<Vec<Invitation>, StoreError> {
        self.read(async move |db: Db<'_>| {
            let sql = concat!(
                "SELECT ",
                columns!(),
                " FROM invitations WHERE expires_at > $1 ORDER BY id"
            );
            let rows = db.rows(sql, &[&at.as_micros()]).await?;
            rows.iter().map(invitation).collect()
        })
        .await
    }

    async fn revoke_invitation(
        &self,
        id: InvitationId,
        follow_up: FollowUp<Option<Invitation>>,
    ) -> std::result::Result<Option<Invitation>, StoreError> {
        self.write_then(follow_up, async move |tx: &mut Tx<'_>| {
            let sql = concat!(
                "DELETE FROM invitations WHERE id = $1 RETURNING ",
                columns!()
            );
            let row = tx.db.optional(sql, &[&id.0]).await?;
            row.as_ref().map(invitation).transpose()
        })
        .await
    }

    async fn invitation(
        &self,
        token: &TokenHash,
        at: Timestamp,
    ) -> std::result::Result<Option<Invitation>, StoreError> {
        let token = *token;
        self.read(async move |db: Db<'_>| by_token(db, token, at).await)
            .await
    }

    async fn accept_invitation(
        &self,
        accept: AcceptInvitation,
        follow_up: FollowUp<AcceptOutcome>,
    ) -> std::result::Result<AcceptOutcome, StoreError> {
        self.write_then(follow_up, async move |tx: &mut Tx<'_>| {
            let Some(invitation) = by_token(tx.db, accept.token, accept.at).await? else {
                return Ok(AcceptOutcome::Invalid);
            };
            let new = NewAgent {
                name: accept.name,
                email: invitation.email,
                role: invitation.role,
                password_hash: accept.password_hash,
                at: accept.at,
            };
            let NewAgentOutcome::Created(agent) = insert_agent(tx.db, &new).await? else {
                return Ok(AcceptOutcome::EmailTaken);
            };
            let sql = "DELETE FROM invitations WHERE id = $1";
            tx.db.execute(sql, &[&invitation.id.0]).await?;
            Ok(AcceptOutcome::Accepted(agent))
        })
        .await
    }

    async fn create_password_reset(
        &self,
        new: NewPasswordReset,
        follow_up: FollowUp<bool>,
    ) -> std::result::Result<bool, StoreError> {
        self.write_then(follow_up, async move |tx: &mut Tx<'_>| {
            let n_made = tx
                .db
                .execute(
                    "INSERT INTO password_resets (agent_id, token_hash, created_at, expires_at)
                     SELECT id, $2, $3, $4 FROM agents WHERE id = $1 AND deactivated_at IS NULL
                     ON CONFLICT (agent_id) DO UPDATE
                     SET token_hash = excluded.token_hash, created_at = excluded.created_at, expires_at = excluded.expires_at",
                    &[
                        &new.agent_id.0,
                        &new.token.0.as_slice(),
                        &new.at.as_micros(),
                        &new.expires_at.as_micros(),
                    ],
                )
                .await?;
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
        self.read(async move |db: Db<'_>| reset_of(db, token, at).await)
            .await
    }

    async fn use_password_reset(
        &self,
        token: TokenHash,
        password_hash: String,
        at: Timestamp,
        follow_up: FollowUp<Option<Agent>>,
    ) -> std::result::Result<Option<Agent>, StoreError> {
        self.write_then(follow_up, async move |tx: &mut Tx<'_>| {
            let Some(agent) = reset_of(tx.db, token, at).await? else {
                return Ok(None);
            };
            let sql = "WITH ended AS (DELETE FROM agent_sessions WHERE agent_id = $1),
                            used_up AS (DELETE FROM password_resets WHERE agent_id = $1)
                       UPDATE agents SET password_hash = $2 WHERE id = $1";
            tx.db.execute(sql, &[&agent.id.0, &password_hash]).await?;
            Ok(Some(agent))
        })
        .await
    }
}

fn invitation(row: &Row) -> Result<Invitation> {
    let name: Option<&str> = row.try_get(2)?;
    Ok(Invitation {
        id: InvitationId(row.try_get(0)?),
        email: EmailAddress::parse(row.try_get(1)?).map_err(|_| corrupt("invitations", "email"))?,
        name: name
            .map(PersonName::parse)
            .transpose()
            .map_err(|_| corrupt("invitations", "name"))?,
        role: AgentRole::parse(row.try_get(3)?).map_err(|_| corrupt("invitations", "role"))?,
        invited_by: row.try_get::<_, Option<i64>>(4)?.map(AgentId),
        created_at: Timestamp::from_micros(row.try_get(5)?),
        expires_at: Timestamp::from_micros(row.try_get(6)?),
    })
}

async fn invite(db: Db<'_>, new: &NewInvitation) -> Result<InviteOutcome> {
    let email = new.email.as_str();
    let agent = db
        .optional("SELECT 1 FROM agents WHERE email = $1", &[&email])
        .await?;
    if agent.is_some() {
        return Ok(InviteOutcome::EmailTaken);
    }
    db.execute(
        "DELETE FROM invitations WHERE expires_at <= $1 OR email = $2",
        &[&new.at.as_micros(), &email],
    )
    .await?;
    let made = db
        .optional(
            concat!(
                "INSERT INTO invitations (token_hash, email, name, role, invited_by, created_at, expires_at)
                 SELECT $1, $2, $3, $4, $5, $6, $7
                 WHERE (SELECT count(*) FROM invitations) < $8
                 RETURNING ",
                columns!()
            ),
            &[
                &new.token.0.as_slice(),
                &email,
                &new.name.as_ref().map(PersonName::as_str),
                &new.role.as_str(),
                &new.invited_by.0,
                &new.at.as_micros(),
                &new.expires_at.as_micros(),
                &i64::from(MAX_INVITATIONS),
            ],
        )
        .await?;
    Ok(match made {
        Some(row) => InviteOutcome::Invited(invitation(&row)?),
        None => InviteOutcome::TooMany,
    })
}

async fn by_token(db: Db<'_>, token: TokenHash, at: Timestamp) -> Result<Option<Invitation>> {
    let sql = concat!(
        "SELECT ",
        columns!(),
        " FROM invitations WHERE token_hash = $1 AND expires_at > $2"
    );
    let row = db
        .optional(sql, &[&token.0.as_slice(), &at.as_micros()])
        .await?;
    row.as_ref().map(invitation).transpose()
}

async fn reset_of(db: Db<'_>, token: TokenHash, at: Timestamp) -> Result<Option<Agent>> {
    let sql = concat!(
        "SELECT ",
        agent_columns!(),
        " FROM password_resets r JOIN agents a ON a.id = r.agent_id
         WHERE r.token_hash = $1 AND r.expires_at > $2 AND a.deactivated_at IS NULL"
    );
    let row = db
        .optional(sql, &[&token.0.as_slice(), &at.as_micros()])
        .await?;
    row.as_ref().map(rows::agent).transpose()
}
