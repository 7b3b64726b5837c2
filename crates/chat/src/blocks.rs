//! Who is kept out. Any agent may keep a visitor out; an address, behind which many may be, only an administrator.

use crate::access::require;
use crate::{Chat, ChatError, FieldErrors, Principal};
use antiphon_domain::{
    Agent, Block, BlockId, Blocked, DomainEvent, IpNet, Permission, TeamSetting, Timestamp,
    VisitorId,
};
use antiphon_store::{BlockOutcome, MAX_BLOCKS, MAX_PAGE, NewBlock, Subject};
use std::net::IpAddr;

/// What the whole team hears when others are kept out.
const CHANGED: DomainEvent = DomainEvent::SettingsChanged {
    what: TeamSetting::Blocks,
    agent_id: None,
};

/// A page of blocks.
#[derive(Debug)]
pub struct BlockList {
    /// Newest first.
    pub blocks: Vec<Block>,
    /// Whether there are older ones.
    pub has_more: bool,
}

/// Somebody is to be kept out.
#[derive(Debug)]
pub struct NewBlockRequest {
    /// Who.
    pub blocked: Blocked,
    /// Why, in the agent's words.
    pub reason: Option<String>,
    /// Until when.
    pub expires_at: Option<Timestamp>,
}

impl Chat {
    /// Keeps a visitor or a network out. A network that one of the `proxies` is in, or the caller itself, is refused: behind such an
    /// address may be everybody.
    pub async fn add_block(
        &self,
        principal: &Principal,
        request: NewBlockRequest,
        proxies: &[IpNet],
    ) -> Result<Block, ChatError> {
        let NewBlockRequest {
            blocked,
            reason,
            expires_at,
        } = request;
        let agent_id = may_block(principal, &blocked)?.id;
        if let Blocked::Network(network) = &blocked {
            check_network(principal, network, proxies)?;
        }
        let at = self.ports.clock.now();
        if expires_at.is_some_and(|end| end <= at) {
            return Err(FieldErrors::one("expires_at", "must be in the future").into());
        }
        let entry = self.audit(principal, "block.added", Subject::new("block"));
        let entry = entry.with(told(&blocked));
        let told = self
            .announce(None, |outcome| {
                matches!(outcome, BlockOutcome::Blocked(_)).then_some(CHANGED)
            })
            .and_audit(|outcome| match outcome {
                BlockOutcome::Blocked(block) => Some(entry.about(block.id.0)),
                _ => None,
            });
        let new = NewBlock {
            blocked,
            agent_id,
            at,
            expires_at,
            reason,
        };
        match self.ports.store.add_block(new, told).await? {
            BlockOutcome::Blocked(block) => Ok(*block),
            BlockOutcome::UnknownVisitor => {
                Err(FieldErrors::one("visitor_id", "is no visitor's id").into())
            }
            BlockOutcome::TooMany => {
                let reason = format!("would be one more than the {MAX_BLOCKS} that there may be");
                Err(FieldErrors::one("network", reason).into())
            }
        }
    }

    /// Lets a visitor or a network in again.
    pub async fn remove_block(&self, principal: &Principal, id: BlockId) -> Result<(), ChatError> {
        require(principal, Permission::Answer)?;
        let block = self.ports.store.block(id).await?;
        let block = block.ok_or(ChatError::NotFound("block"))?;
        may_block(principal, &block.blocked)?;
        let entry = self.audit(principal, "block.removed", Subject::of("block", id.0));
        let entry = entry.with(told(&block.blocked));
        let told = self
            .announce(None, |removed: &bool| removed.then_some(CHANGED))
            .and_audit(|removed| removed.then_some(entry));
        match self.ports.store.remove_block(id, told).await? {
            true => Ok(()),
            false => Err(ChatError::NotFound("block")),
        }
    }

    /// The blocks that are not over, below `before`, at most `limit` (≤ 199). Agents only.
    pub async fn blocks(
        &self,
        principal: &Principal,
        before: Option<BlockId>,
        limit: u32,
    ) -> Result<BlockList, ChatError> {
        require(principal, Permission::Read)?;
        let limit = limit.clamp(1, MAX_PAGE - 1);
        let now = self.ports.clock.now();
        let mut blocks = self.ports.store.blocks(before, limit + 1, now).await?;
        let has_more = blocks.len() > limit as usize;
        blocks.truncate(limit as usize);
        Ok(BlockList { blocks, has_more })
    }

    /// Refuses a visitor who is kept out, by itself or by its address. Asked wherever a visitor begins, writes or listens.
    pub async fn check_not_blocked(
        &self,
        visitor_id: Option<VisitorId>,
        address: Option<IpAddr>,
    ) -> Result<(), ChatError> {
        let now = self.ports.clock.now();
        let store = &self.ports.store;
        match store.is_blocked(visitor_id, address, now).await? {
            true => Err(ChatError::Blocked),
            false => Ok(()),
        }
    }
}

fn may_block<'a>(principal: &'a Principal, blocked: &Blocked) -> Result<&'a Agent, ChatError> {
    let permission = match blocked {
        Blocked::Visitor(_) => Permission::Answer,
        Blocked::Network(_) => Permission::Administer,
    };
    require(principal, permission)
}

fn check_network(
    principal: &Principal,
    network: &IpNet,
    proxies: &[IpNet],
) -> Result<(), ChatError> {
    if proxies.iter().any(|proxy| Blocked::touches(network, proxy)) {
        let reason =
            "has a trusted proxy in it, behind which everybody is: block the visitor's own address";
        return Err(FieldErrors::one("network", reason).into());
    }
    let own = match principal {
        Principal::Agent(caller) => caller.address.map(IpNet::from),
        Principal::Visitor(_) => None,
    };
    if own.is_some_and(|own| Blocked::touches(network, &own)) {
        let reason = "has the address in it that you come from yourself. If everybody comes from it, there is a proxy that \
                      ANTIPHON_TRUSTED_PROXIES does not name";
        return Err(FieldErrors::one("network", reason).into());
    }
    Ok(())
}

/// Whom a block keeps out, for the audit log.
fn told(blocked: &Blocked) -> String {
    match blocked {
        Blocked::Visitor(id) => serde_json::json!({ "visitor_id": id.0 }),
        Blocked::Network(network) => serde_json::json!({ "network": network.to_string() }),
    }
    .to_string()
}
