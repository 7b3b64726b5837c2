//! Who is kept out: visitors and addresses.

use crate::{FollowUp, StoreError};
use antiphon_domain::{AgentId, Block, BlockId, Blocked, Timestamp, VisitorId};
use std::net::IpAddr;

/// The most that are kept out at the same time.
pub const MAX_BLOCKS: i64 = 10_000;

/// Somebody is to be kept out.
#[derive(Debug, Clone)]
pub struct NewBlock {
    /// Who.
    pub blocked: Blocked,
    /// Who decides it. An agent that is not there is a fault of the caller's, and an error.
    pub agent_id: AgentId,
    /// Now.
    pub at: Timestamp,
    /// Until when.
    pub expires_at: Option<Timestamp>,
    /// Why.
    pub reason: Option<String>,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BlockOutcome {
    /// Kept out, in the place of an earlier block of the same one.
    Blocked(Box<Block>),
    /// There are [`MAX_BLOCKS`] already.
    TooMany,
    /// There is no such visitor.
    UnknownVisitor,
}

/// Use cases on blocks.
#[async_trait::async_trait]
pub trait Blocks: Send + Sync {
    /// Keeps somebody out. Blocks that are over are forgotten on the way, but for those of visitors of whom nothing else is left: these go
    /// with [`crate::Privacy::erase_expired`].
    async fn add_block(
        &self,
        new: NewBlock,
        follow_up: FollowUp<BlockOutcome>,
    ) -> Result<BlockOutcome, StoreError>;
    /// Lets somebody in again; answers whether there was such a block. A visitor who has no conversation any more goes with it.
    async fn remove_block(
        &self,
        id: BlockId,
        follow_up: FollowUp<bool>,
    ) -> Result<bool, StoreError>;
    /// A block, over or not.
    async fn block(&self, id: BlockId) -> Result<Option<Block>, StoreError>;
    /// The blocks that are not over, newest first, below `before`, at most `limit` (≤ 200).
    async fn blocks(
        &self,
        before: Option<BlockId>,
        limit: u32,
        at: Timestamp,
    ) -> Result<Vec<Block>, StoreError>;
    /// Whether this visitor, or whoever comes from this address, is kept out.
    async fn is_blocked(
        &self,
        visitor_id: Option<VisitorId>,
        address: Option<IpAddr>,
        at: Timestamp,
    ) -> Result<bool, StoreError>;
}
