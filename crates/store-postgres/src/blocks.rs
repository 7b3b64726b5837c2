//! Blocks in SQL. They are made by the writer, so that nobody makes another of the same one at the same moment.

use crate::PostgresStore;
use crate::connector::Db;
use crate::failure::{Error, Result, corrupt};
use crate::rows::time;
use crate::writer::Tx;
use antiphon_domain::{AgentId, Block, BlockId, Blocked, Timestamp, VisitorId};
use antiphon_store::{BlockOutcome, Blocks, FollowUp, MAX_BLOCKS, MAX_PAGE, NewBlock, StoreError};
use std::net::IpAddr;
use tokio_postgres::Row;

/// What [`block_from`] reads, to be followed by a condition on `b`.
macro_rules! select_blocks {
    () => {
        "SELECT b.id, b.visitor_id, b.network, v.name, b.agent_id, a.name, b.created_at, b.expires_at, b.reason
         FROM blocks b JOIN agents a ON a.id = b.agent_id LEFT JOIN visitors v ON v.id = b.visitor_id "
    };
}

/// A visitor of whom the block was all that was left.
const FORGET_VISITOR: &str = "DELETE FROM visitors WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM conversations WHERE visitor_id = $1)";

#[async_trait::async_trait]
impl Blocks for PostgresStore {
    async fn add_block(
        &self,
        new: NewBlock,
        follow_up: FollowUp<BlockOutcome>,
    ) -> std::result::Result<BlockOutcome, StoreError> {
        self.write_then(follow_up, async move |tx: &mut Tx<'_>| {
            add(tx.db, &new).await
        })
        .await
    }

    async fn remove_block(
        &self,
        id: BlockId,
        follow_up: FollowUp<bool>,
    ) -> std::result::Result<bool, StoreError> {
        self.write_then(follow_up, async move |tx: &mut Tx<'_>| {
            let sql = "DELETE FROM blocks WHERE id = $1 RETURNING visitor_id";
            let Some(removed) = tx.db.optional(sql, &[&id.0]).await? else {
                return Ok(false);
            };
            if let Some(visitor_id) = removed.try_get::<_, Option<i64>>(0)? {
                tx.db.execute(FORGET_VISITOR, &[&visitor_id]).await?;
            }
            Ok(true)
        })
        .await
    }

    async fn block(&self, id: BlockId) -> std::result::Result<Option<Block>, StoreError> {
        self.read(async move |db: Db<'_>| find(db, id.0).await)
            .await
    }

    async fn blocks(
        &self,
        before: Option<BlockId>,
        limit: u32,
        at: Timestamp,
    ) -> std::result::Result<Vec<Block>, StoreError> {
        self.read(async move |db: Db<'_>| {
            let sql = concat!(
                select_blocks!(),
                "WHERE b.id < $1 AND (b.expires_at IS NULL OR b.expires_at > $2) ORDER BY b.id DESC LIMIT $3"
            );
            let before = before.map_or(i64::MAX, |id| id.0);
            let limit = i64::from(limit.min(MAX_PAGE));
            let found = db.rows(sql, &[&before, &at.as_micros(), &limit]).await?;
            found.iter().map(block_from).collect()
        })
        .await
    }

    async fn is_blocked(
        &self,
        visitor_id: Option<VisitorId>,
        address: Option<IpAddr>,
        at: Timestamp,
    ) -> std::result::Result<bool, StoreError> {
        let networks = address.map(Blocked::networks_of).unwrap_or_default();
        let networks: Vec<_> = networks.iter().map(ToString::to_string).collect();
        self.read(async move |db: Db<'_>| {
            let row = db
                .one(
                    "an answer",
                    "SELECT EXISTS (
                         SELECT 1 FROM blocks
                         WHERE (visitor_id = $1 OR network = ANY ($2)) AND (expires_at IS NULL OR expires_at > $3)
                     )",
                    &[&visitor_id.map(|id| id.0), &networks, &at.as_micros()],
                )
                .await?;
            Ok(row.try_get(0)?)
        })
        .await
    }
}

async fn add(db: Db<'_>, new: &NewBlock) -> Result<BlockOutcome> {
    let (visitor_id, network) = match &new.blocked {
        Blocked::Visitor(id) => (Some(id.0), None),
        Blocked::Network(network) => (None, Some(network.to_string())),
    };
    if let Some(id) = visitor_id
        && db
            .optional("SELECT 1 FROM visitors WHERE id = $1", &[&id])
            .await?
            .is_none()
    {
        return Ok(BlockOutcome::UnknownVisitor);
    }
    // One that is over stays while it is all that keeps its visitor from being found by retention.
    db.execute(
        "DELETE FROM blocks WHERE visitor_id = $2 OR network = $3 OR (expires_at <= $1 AND (
             visitor_id IS NULL OR EXISTS (SELECT 1 FROM conversations c WHERE c.visitor_id = blocks.visitor_id)
         ))",
        &[&new.at.as_micros(), &visitor_id, &network],
    )
    .await?;
    let row = db
        .one("a count", "SELECT count(*) FROM blocks", &[])
        .await?;
    if row.try_get::<_, i64>(0)? >= MAX_BLOCKS {
        return Ok(BlockOutcome::TooMany);
    }
    let row = db
        .one(
            "a new block",
            "INSERT INTO blocks (visitor_id, network, agent_id, created_at, expires_at, reason)
             VALUES ($1, $2, $3, $4, $5, $6) RETURNING id",
            &[
                &visitor_id,
                &network,
                &new.agent_id.0,
                &new.at.as_micros(),
                &new.expires_at.map(Timestamp::as_micros),
                &new.reason,
            ],
        )
        .await?;
    let block = find(db, row.try_get(0)?).await?;
    let block = block.ok_or(Error::Missing("the new block"))?;
    Ok(BlockOutcome::Blocked(Box::new(block)))
}

async fn find(db: Db<'_>, id: i64) -> Result<Option<Block>> {
    let sql = concat!(select_blocks!(), "WHERE b.id = $1");
    let row = db.optional(sql, &[&id]).await?;
    row.as_ref().map(block_from).transpose()
}

fn block_from(row: &Row) -> Result<Block> {
    let visitor: Option<i64> = row.try_get(1)?;
    let network: Option<String> = row.try_get(2)?;
    let blocked = match (visitor, network) {
        (Some(id), _) => Blocked::Visitor(VisitorId(id)),
        (None, network) => {
            let network = network.and_then(|text| text.parse().ok());
            Blocked::Network(network.ok_or_else(|| corrupt("blocks", "network"))?)
        }
    };
    Ok(Block {
        id: BlockId(row.try_get(0)?),
        blocked,
        visitor_name: row.try_get(3)?,
        agent_id: AgentId(row.try_get(4)?),
        agent_name: row.try_get(5)?,
        created_at: Timestamp::from_micros(row.try_get(6)?),
        expires_at: time(row, 7)?,
        reason: row.try_get(8)?,
    })
}
