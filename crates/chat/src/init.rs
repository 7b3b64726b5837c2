//! A visitor opens the chat: found again, or met for the first time.

use crate::{Chat, ChatError, FieldErrors, Principal, identity};
use antiphon_domain::{
    ContactDetails, Conversation, Message, SecretToken, TokenKind, Visitor, Widget,
};
use antiphon_store::{MessagePage, OpenConversation, VisitorClaim};

/// Messages in the first answer.
const LAST_PAGE: u32 = 50;

/// What a widget sends when it is opened.
#[derive(Debug, Default)]
pub struct Init {
    /// What the page tells of the visitor.
    pub contact: ContactDetails,
    /// The token of an earlier visit, if the browser kept one. One that is unknown, or another widget's, begins anew.
    pub visitor_token: Option<String>,
    /// The site's signature for `contact.external_id`, or a JWT that names the visitor itself.
    pub identity: Option<String>,
    /// Begin another conversation although there is one.
    pub new_conversation: bool,
}

/// The chat as it opens.
#[derive(Debug)]
pub struct Opened {
    /// The visitor.
    pub visitor: Visitor,
    /// The token that opens this visitor's conversations; a new one unless the visitor came with a good one.
    pub visitor_token: SecretToken,
    /// The conversation.
    pub conversation: Conversation,
    /// Its newest messages, ascending.
    pub messages: Vec<Message>,
}

impl Chat {
    /// Finds or makes the visitor and the conversation.
    ///
    /// A verified identity wins over a token: on a shared browser, the person who is logged in to the site is who counts. A
    /// token whose visitor is somebody else's verified identity is then left alone.
    pub async fn init(&self, widget: &Widget, init: Init) -> Result<Opened, ChatError> {
        let now = self.ports.clock.now();
        let mut contact = init.contact;
        let mut verified = false;
        if let Some(identity) = &init.identity {
            let subject = identity::verify(
                identity,
                contact.external_id.as_deref(),
                &widget.identity_secret,
                now,
            )
            .map_err(|reason| FieldErrors::one("identity", reason))?;
            contact.external_id =
                ContactDetails::parse_external_id(&subject).map_err(|invalid| {
                    FieldErrors::one("identity", format!("names a visitor whose id {invalid}"))
                })?;
            verified = true;
        }
        let known = self
            .known_visitor(widget, init.visitor_token.as_deref())
            .await?;
        let known = known.filter(|(visitor, _)| {
            let same_person = visitor.contact.external_id == contact.external_id;
            // A verified history stays closed to whoever is not vouched for as the same person any more.
            if verified {
                visitor.verified && same_person
            } else {
                !visitor.verified || contact.external_id.is_none() || same_person
            }
        });
        let (claim, visitor_token) = match known {
            Some((visitor, token)) => (VisitorClaim::Known(visitor.id), token),
            None => {
                let token =
                    SecretToken::from_random(TokenKind::Visitor, &self.ports.random.bytes()?);
                let hash = token.hash();
                (
                    if verified {
                        VisitorClaim::Verified { token: hash }
                    } else {
                        VisitorClaim::New { token: hash }
                    },
                    token,
                )
            }
        };
        let opened = self
            .ports
            .store
            .open_conversation(OpenConversation {
                widget_id: widget.id,
                visitor: claim,
                contact,
                new_conversation: init.new_conversation,
                at: now,
            })
            .await?;
        let page = self
            .ports
            .store
            .conversation_page(
                opened.conversation.id,
                MessagePage::Last { limit: LAST_PAGE },
            )
            .await?;
        let (conversation, messages) = page.ok_or(ChatError::NotFound("conversation"))?;
        Ok(Opened {
            visitor: opened.visitor,
            visitor_token,
            conversation,
            messages,
        })
    }

    async fn known_visitor(
        &self,
        widget: &Widget,
        token: Option<&str>,
    ) -> Result<Option<(Visitor, SecretToken)>, ChatError> {
        let Some(Ok(token)) = token.map(|token| SecretToken::parse(TokenKind::Visitor, token))
        else {
            return Ok(None);
        };
        Ok(match self.authenticate(&token).await? {
            Some(Principal::Visitor(visitor)) if visitor.widget_id == widget.id => {
                Some((visitor, token))
            }
            _ => None,
        })
    }
}
