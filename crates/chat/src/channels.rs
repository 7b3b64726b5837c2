//! Which channels a caller may listen on, and as whom it is seen there.

use crate::access::require;
use crate::{Chat, ChatError, Principal};
use antiphon_domain::{Agent, AgentId, ConversationId, Permission, PersonName};

/// The right to listen on a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelGrant {
    /// On a presence channel, who the others see there.
    pub member: Option<ChannelMember>,
}

/// An agent as the other members of a presence channel see it: its name, and nothing that only the team's list has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelMember {
    /// Which agent.
    pub id: AgentId,
    /// Its name.
    pub name: PersonName,
}

/// One of the chat's channels, by its name on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Channel {
    /// Every agent's.
    Inbox,
    /// One agent's own.
    Agent(AgentId),
    /// Who of the team is there.
    Agents,
    /// A conversation's, for its visitor and the team.
    Conversation(ConversationId),
    /// Which agents look at a conversation.
    Viewers(ConversationId),
}

impl Channel {
    fn parse(name: &str) -> Option<Self> {
        match name {
            antiphon_broadcast::INBOX_CHANNEL => return Some(Self::Inbox),
            antiphon_broadcast::AGENTS_CHANNEL => return Some(Self::Agents),
            _ => {}
        }
        let (kind, text) = name.rsplit_once('.')?;
        // Only the canonical spelling: `+1` and `01` would be other channels on the wire.
        let id = text
            .parse::<i64>()
            .ok()
            .filter(|id| id.to_string() == text)?;
        match kind {
            "private-chat.agent" => Some(Self::Agent(AgentId(id))),
            "private-chat.conversation" => Some(Self::Conversation(ConversationId(id))),
            "presence-chat.conversation" => Some(Self::Viewers(ConversationId(id))),
            _ => None,
        }
    }
}

impl Chat {
    /// The caller's right to listen on this channel, named as on the wire. `None`: it has none, or there is no such channel.
    pub async fn channel_grant(
        &self,
        principal: &Principal,
        channel: &str,
    ) -> Result<Option<ChannelGrant>, ChatError> {
        let Some(channel) = Channel::parse(channel) else {
            return Ok(None);
        };
        let agent = match principal {
            Principal::Agent(_) => require(principal, Permission::Read).ok(),
            Principal::Visitor(_) => None,
        };
        Ok(match channel {
            Channel::Inbox => agent.map(|_| ChannelGrant::unseen()),
            Channel::Agent(id) => agent
                .filter(|agent| agent.id == id)
                .map(|_| ChannelGrant::unseen()),
            Channel::Agents => agent.map(ChannelGrant::seen),
            Channel::Conversation(id) => self
                .may_read(principal, id)
                .await?
                .then(ChannelGrant::unseen),
            Channel::Viewers(id) => match agent {
                Some(agent) if self.may_read(principal, id).await? => {
                    Some(ChannelGrant::seen(agent))
                }
                _ => None,
            },
        })
    }

    async fn may_read(&self, principal: &Principal, id: ConversationId) -> Result<bool, ChatError> {
        match self.conversation_for(principal, id).await {
            Ok(_) => Ok(true),
            Err(ChatError::Forbidden(_) | ChatError::NotFound(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }
}

impl ChannelGrant {
    fn unseen() -> Self {
        Self { member: None }
    }

    fn seen(agent: &Agent) -> Self {
        Self {
            member: Some(ChannelMember {
                id: agent.id,
                name: agent.name.clone(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_canonical_name_of_a_channel_is_one() {
        let id = ConversationId(7);
        for (name, channel) in [
            ("private-chat.inbox", Channel::Inbox),
            ("presence-chat.agents", Channel::Agents),
            ("private-chat.agent.7", Channel::Agent(AgentId(7))),
            ("private-chat.conversation.7", Channel::Conversation(id)),
            ("presence-chat.conversation.7", Channel::Viewers(id)),
        ] {
            assert_eq!(Channel::parse(name), Some(channel), "{name}");
        }
        for name in [
            "",
            ".7",
            "presence-chat.inbox",
            "presence-chat.agent.7",
            "private-chat.agents",
            "private-chat.conversation.+7",
            "private-chat.conversation.07",
            "private-chat.conversation.",
            "presence-chat.conversation.7 ",
            "private-chat.inbox.7",
        ] {
            assert_eq!(Channel::parse(name), None, "{name}");
        }
    }
}
