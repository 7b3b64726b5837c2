//! Blocks in SQL.

use crate::SqliteStore;
use crate::failure::corrupt;
use antiphon_domain::{AgentId, Block, BlockId, Blocked, Timestamp, VisitorId};
use antiphon_store::{BlockOutcome, Blocks, FollowUp, MAX_BLOCKS, MAX_PAGE, NewBlock, StoreError};
use rusqlite::{Connection, Error, OptionalExtension as _, Result, Row, named_params, params};
use std::net::IpAddr;

/// What [`block_from`] reads, to be followed by a condition on `b`.
macro_rules! select_blocks {
    () => {
        "SELECT b.id, b.visitor_id, b.network, v.name, b.agent_id, a.name, b.created_at, b.expires_at, b.reason
         FROM blocks b JOIN agents a ON a.id = b.agent_id LEFT JOIN visitors v ON v.id = b.visitor_id "
    };
}

/// A visitor of whom the block was all that was left.
const FORGET_VISITOR: &str = "DELETE FROM visitors WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM conversations WHERE visitor_id = ?1)";

#[async_trait::async_trait]
impl Blocks for SqliteStore {
    async fn add_block(
        &self,
        new: NewBlock,
        follow_up: FollowUp<BlockOutcome>,
    ) -> std::result::Result<BlockOutcome, StoreError> {
        self.write_then(follow_up, move |connection| add(connection, &new))
            .await
    }

    async fn remove_block(
        &self,
        id: BlockId,
        follow_up: FollowUp<bool>,
    ) -> std::result::Result<bool, StoreError> {
        self.write_then(follow_up, move |connection| {
            let removed: Option<Option<i64>> = connection
                .prepare_cached("DELETE FROM blocks WHERE id = ?1 RETURNING visitor_id")?
                .query_row([id.0], |row| row.get(0))
                .optional()?;
            if let Some(Some(visitor_id)) = removed {
                connection
                    .prepare_cached(FORGET_VISITOR)?
                    .execute([visitor_id])?;
            }
            Ok(removed.is_some())
        })
        .await
    }

    async fn block(&self, id: BlockId) -> std::result::Result<Option<Block>, StoreError> {
        self.read(move |connection| find(connection, id.0)).await
    }

    async fn blocks(
        &self,
        before: Option<BlockId>,
        limit: u32,
        at: Timestamp,
    ) -> std::result::Result<Vec<Block>, StoreError> {
        self.read(move |connection| {
            connection
                .prepare_cached(concat!(
                    select_blocks!(),
                    "WHERE b.id < ?1 AND (b.expires_at IS NULL OR b.expires_at > ?2) ORDER BY b.id DESC LIMIT ?3"
                ))?
                .query_map(
                    params![
                        before.map_or(i64::MAX, |id| id.0),
                        at.as_micros(),
                        limit.min(MAX_PAGE)
                    ],
                    block_from,
                )?
                .collect()
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
        let networks = serde_json::to_string(&networks).map_err(StoreError::internal)?;
        self.read(move |connection| {
            connection
                .prepare_cached(
                    "SELECT EXISTS (
                         SELECT 1 FROM blocks WHERE visitor_id = ?1 AND (expires_at IS NULL OR expires_at > ?3)
                     ) OR EXISTS (
                         SELECT 1 FROM json_each(?2) n JOIN blocks b ON b.network = n.value
                         WHERE b.expires_at IS NULL OR b.expires_at > ?3
                     )",
                )?
                .query_row(
                    params![visitor_id.map(|id| id.0), networks, at.as_micros()],
                    |row| row.get(0),
                )
        })
        .await
    }
}

fn add(connection: &Connection, new: &NewBlock) -> Result<BlockOutcome> {
    let (visitor_id, network) = match &new.blocked {
        Blocked::Visitor(id) => (Some(id.0), None),
        Blocked::Network(network) => (None, Some(network.to_string())),
    };
    if let Some(id) = visitor_id
        && !connection
            .prepare_cached("SELECT 1 FROM visitors WHERE id = ?1")?
            .exists([id])?
    {
        return Ok(BlockOutcome::UnknownVisitor);
    }
    // One that is over stays while it is all that keeps its visitor from being found by retention.
    connection
        .prepare_cached(
            "DELETE FROM blocks WHERE visitor_id = ?2 OR network = ?3 OR (expires_at <= ?1 AND (
                 visitor_id IS NULL OR EXISTS (SELECT 1 FROM conversations c WHERE c.visitor_id = blocks.visitor_id)
             ))",
        )?
        .execute(params![new.at.as_micros(), visitor_id, network])?;
    let n_blocks: i64 = connection
        .prepare_cached("SELECT count(*) FROM blocks")?
        .query_row([], |row| row.get(0))?;
    if n_blocks >= MAX_BLOCKS {
        return Ok(BlockOutcome::TooMany);
    }
    let id = connection
        .prepare_cached(
            "INSERT INTO blocks (visitor_id, network, agent_id, created_at, expires_at, reason)
             VALUES (:visitor_id, :network, :agent_id, :at, :expires_at, :reason)",
        )?
        .insert(named_params! {
            ":visitor_id": visitor_id,
            ":network": network,
            ":agent_id": new.agent_id.0,
            ":at": new.at.as_micros(),
            ":expires_at": new.expires_at.map(Timestamp::as_micros),
            ":reason": new.reason,
        })?;
    let block = find(connection, id)?.ok_or(Error::QueryReturnedNoRows)?;
    Ok(BlockOutcome::Blocked(Box::new(block)))
}

fn find(connection: &Connection, id: i64) -> Result<Option<Block>> {
    connection
        .prepare_cached(concat!(select_blocks!(), "WHERE b.id = ?1"))?
        .query_row([id], block_from)
        .optional()
}

fn block_from(row: &Row<'_>) -> Result<Block> {
    let visitor: Option<i64> = row.get(1)?;
    let network: Option<String> = row.get(2)?;
    let blocked = match (visitor, network) {
        (Some(id), _) => Blocked::Visitor(VisitorId(id)),
        (None, network) => {
            let network = network.and_then(|text| text.parse().ok());
            Blocked::Network(network.ok_or_else(|| corrupt("blocks", "network"))?)
        }
    };
    Ok(Block {
        id: BlockId(row.get(0)?),
        blocked,
        visitor_name: row.get(3)?,
        agent_id: AgentId(row.get(4)?),
        agent_name: row.get(5)?,
        created_at: Timestamp::from_micros(row.get(6)?),
        expires_at: row.get::<_, Option<i64>>(7)?.map(Timestamp::from_micros),
        reason: row.get(8)?,
    })
}
