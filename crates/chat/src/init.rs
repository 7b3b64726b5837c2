//! A visitor opens the chat: found again, or met for the first time.

use crate::{Chat, ChatError, FieldErrors, Principal, identity};
use antiphon_domain::settings::fill_in;
use antiphon_domain::{
    ContactDetails, Conversation, ConversationDetails, ConversationId, Device, DomainEvent,
    Message, SecretToken, TokenKind, Visitor, Widget,
};
use antiphon_store::{MessagePage, OpenConversation, OpenedConversation, VisitorClaim};
use serde_json::{Map, Value};
use std::net::IpAddr;

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
    /// Open this one of the visitor's own, whatever became of it.
    pub conversation_id: Option<ConversationId>,
    /// What the visitor filled in before, by field names. Not there: nothing was asked, which no form insists on here, since it is for
    /// the widget to know when it has to be shown.
    pub pre_chat: Option<Map<String, Value>>,
    /// The visitor agrees to the widget's consent text.
    pub consent: bool,
    /// Page, language and time zone, as far as they are known.
    pub details: ConversationDetails,
    /// Browser and place, as far as they are known.
    pub device: Device,
    /// Where the request comes from, for those who are kept out by their address.
    pub address: Option<IpAddr>,
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
        let mut details = init.details;
        fill_in_form(
            widget,
            init.pre_chat,
            init.consent,
            &mut contact,
            &mut details,
        )?;
        details.consent_at = init.consent.then_some(now);
        let mut verified = false;
        if let Some(identity) = &init.identity {
            let claimed = contact.external_id.as_deref();
            let secrets: Vec<&str> = widget.identity_secrets(now).collect();
            let subject = identity::verify(identity, claimed, &secrets, now)
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
        let known_id = known.as_ref().map(|(visitor, _)| visitor.id);
        self.check_not_blocked(known_id, init.address).await?;
        if let Some(id) = init.conversation_id {
            let visitor = known.as_ref().map(|(visitor, _)| visitor);
            let signed = verified.then_some(contact.external_id.as_deref()).flatten();
            self.is_own(widget, visitor, signed, id).await?;
        }
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
        let open = OpenConversation {
            widget_id: widget.id,
            visitor: claim,
            contact,
            new_conversation: init.new_conversation,
            conversation_id: init.conversation_id,
            details,
            device: init.device,
            at: now,
        };
        let announce = self.announce(None, |opened: &OpenedConversation| {
            let renamed = opened.renamed.iter().cloned();
            renamed.map(DomainEvent::VisitorUpdated).collect::<Vec<_>>()
        });
        let opened = self.ports.store.open_conversation(open, announce).await?;
        if known_id.is_none() && verified {
            // Only now it is known who was vouched for; what was opened is empty, or its own of old.
            self.check_not_blocked(Some(opened.visitor.id), None)
                .await?;
        }
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

    /// Whether a conversation belongs to who opens it: to the visitor that is known, or to the one whose id was signed for.
    async fn is_own(
        &self,
        widget: &Widget,
        known: Option<&Visitor>,
        signed: Option<&str>,
        id: ConversationId,
    ) -> Result<(), ChatError> {
        let store = &self.ports.store;
        let conversation = store.conversation(id).await?;
        let conversation = conversation.ok_or(ChatError::NotFound("conversation"))?;
        let is_own = match (known, signed) {
            (Some(visitor), _) => visitor.id == conversation.visitor_id,
            (None, Some(signed)) => {
                let owner = store.visitor(conversation.visitor_id).await?;
                owner.is_some_and(|owner| {
                    owner.verified
                        && owner.widget_id == widget.id
                        && owner.contact.external_id.as_deref() == Some(signed)
                })
            }
            (None, None) => false,
        };
        if is_own {
            Ok(())
        } else {
            Err(ChatError::Forbidden(
                "this conversation is another visitor's",
            ))
        }
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
        Ok(match self.authenticate(&token, None).await? {
            Some(Principal::Visitor(visitor)) if visitor.widget_id == widget.id => {
                Some((visitor, token))
            }
            _ => None,
        })
    }
}

/// Checks the form before the chat. What the visitor filled in now counts more than what the page said.
fn fill_in_form(
    widget: &Widget,
    pre_chat: Option<Map<String, Value>>,
    consent: bool,
    contact: &mut ContactDetails,
    details: &mut ConversationDetails,
) -> Result<(), ChatError> {
    let Some(pre_chat) = pre_chat else {
        return Ok(());
    };
    let form = widget.settings.pre_chat.as_ref();
    let mut errors = FieldErrors::default();
    match fill_in(form, pre_chat) {
        Ok(filled) => {
            let ContactDetails {
                name, email, phone, ..
            } = filled.contact;
            contact.name = name.or(contact.name.take());
            contact.email = email.or(contact.email.take());
            contact.phone = phone.or(contact.phone.take());
            details.answers = filled.answers;
        }
        Err(wrong) => {
            for (field, invalid) in wrong {
                errors.add(format!("pre_chat.{field}"), invalid.0);
            }
        }
    }
    if !consent && form.is_some_and(|form| form.consent.is_some()) {
        errors.add("consent", "must be true to go on");
    }
    errors.finish()
}
