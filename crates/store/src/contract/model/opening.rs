//! The model of opening the chat: who is who, and which conversation is used.

use super::operation::{Claim, Opening};
use super::{Model, Talk};
use crate::contract::world::token;
use crate::{MAX_VISITOR_TOKENS, OpenConversation, VisitorClaim, nothing};
use antiphon_domain::{
    ContactDetails, Conversation, ConversationDetails, ConversationId, Device, Status, Timestamp,
    Visitor,
};

impl Model {
    pub(super) async fn open(&mut self, now: Timestamp, opening: &Opening) {
        let Opening {
            widget,
            claim,
            contact: told,
            new_conversation,
            wanted,
            details,
        } = opening;
        let (new_conversation, widget_id) = (*new_conversation, self.widgets[*widget].id);
        self.n_tokens += 1;
        let new_token = token(self.n_tokens);
        let known = match claim {
            Claim::New => None,
            Claim::Known(pick) => {
                let here: Vec<usize> = (0..self.visitors.len())
                    .filter(|v| self.visitors[*v].0.widget_id == widget_id)
                    .collect();
                if here.is_empty() {
                    return;
                }
                Some(here[pick % here.len()])
            }
            Claim::Verified => self.visitors.iter().position(|(visitor, _)| {
                visitor.verified
                    && visitor.widget_id == widget_id
                    && visitor.contact.external_id == told.external_id
            }),
        };
        let visitor = match claim {
            Claim::New => VisitorClaim::New { token: new_token },
            Claim::Verified => VisitorClaim::Verified { token: new_token },
            Claim::Known(_) => {
                VisitorClaim::Known(self.visitors[known.expect("chosen above")].0.id)
            }
        };
        let wanted = wanted.and_then(|pick| {
            let own = |talk: &usize| {
                let visitor_id = self.talks[*talk].conversation.visitor_id;
                known.is_some_and(|known| self.visitors[known].0.id == visitor_id)
            };
            let own: Vec<usize> = (0..self.talks.len()).filter(own).collect();
            (!own.is_empty()).then(|| own[pick % own.len()])
        });
        let open = OpenConversation {
            widget_id,
            visitor,
            contact: told.clone(),
            new_conversation,
            conversation_id: wanted.map(|talk| self.talks[talk].conversation.id),
            details: details.clone(),
            device: Device::default(),
            at: now,
        };
        let opened = self.store.open_conversation(open, nothing()).await.unwrap();

        let index = known.unwrap_or_else(|| {
            let verified = matches!(claim, Claim::Verified) && told.external_id.is_some();
            let visitor = Visitor {
                id: opened.visitor.id,
                widget_id,
                contact: told.clone(),
                verified,
                created_at: now,
            };
            self.visitors.push((visitor, Vec::new()));
            self.visitors.len() - 1
        });
        let (visitor, tokens) = &mut self.visitors[index];
        if !matches!(claim, Claim::Known(_)) {
            tokens.push(new_token);
            // The clock of these operations goes forward only.
            if tokens.len() > MAX_VISITOR_TOKENS as usize {
                tokens.remove(0);
            }
        }
        let shown = |contact: &ContactDetails| {
            let ContactDetails {
                name, email, phone, ..
            } = contact.clone();
            (name, email, phone)
        };
        let shown_before = shown(&visitor.contact);
        learn(visitor, told);
        let is_renamed = shown(&visitor.contact) != shown_before;
        let visitor = visitor.clone();
        assert_eq!(opened.visitor, visitor);
        for talk in self
            .talks
            .iter_mut()
            .filter(|talk| talk.conversation.visitor_id == visitor.id)
        {
            name_visitor(&mut talk.conversation, &visitor.contact);
        }

        let own: Vec<usize> = (0..self.talks.len())
            .filter(|talk| self.talks[*talk].conversation.visitor_id == visitor.id)
            .collect();
        let mut renamed = own.clone();
        renamed.retain(|talk| is_renamed && !self.talks[*talk].messages.is_empty());
        assert_eq!(opened.renamed.len(), renamed.len());
        for (talk, update) in renamed.into_iter().zip(&opened.renamed) {
            self.changed(talk, update.conversation.revision);
            assert_eq!(*update, self.row(talk));
        }

        let latest = own.last().copied();
        let used = wanted.or_else(|| {
            latest.filter(|latest| {
                let latest = &self.talks[*latest];
                !new_conversation
                    || latest.messages.is_empty() && latest.conversation.status != Status::Closed
            })
        });
        assert_eq!(opened.created, used.is_none());
        let used = used.unwrap_or_else(|| {
            let mut conversation = empty_conversation(opened.conversation.id, &visitor, now);
            name_visitor(&mut conversation, &visitor.contact);
            self.talks.push(Talk {
                conversation,
                messages: Vec::new(),
                details: ConversationDetails::default(),
                changed: Vec::new(),
            });
            self.talks.len() - 1
        });
        if opened.created {
            assert!(
                self.talks[..used]
                    .iter()
                    .all(|talk| talk.conversation.id < opened.conversation.id)
            );
            self.changed(used, opened.conversation.revision);
        }
        let talk = &mut self.talks[used];
        talk.details = std::mem::take(&mut talk.details).updated(details.clone());
        assert_eq!(opened.conversation, self.talks[used].conversation);
    }
}

fn learn(visitor: &mut Visitor, told: &ContactDetails) {
    let learn_field = |known: &mut Option<String>, told: &Option<String>| {
        if told.is_some() {
            known.clone_from(told);
        }
    };
    learn_field(&mut visitor.contact.name, &told.name);
    learn_field(&mut visitor.contact.email, &told.email);
    learn_field(&mut visitor.contact.phone, &told.phone);
    learn_field(&mut visitor.contact.metadata, &told.metadata);
    if !visitor.verified {
        learn_field(&mut visitor.contact.external_id, &told.external_id);
    }
}

fn name_visitor(conversation: &mut Conversation, contact: &ContactDetails) {
    conversation.visitor_name.clone_from(&contact.name);
    conversation.visitor_email.clone_from(&contact.email);
    conversation.visitor_phone.clone_from(&contact.phone);
}

fn empty_conversation(
    id: ConversationId,
    visitor: &Visitor,
    created_at: Timestamp,
) -> Conversation {
    Conversation {
        id,
        widget_id: visitor.widget_id,
        visitor_id: visitor.id,
        visitor_name: None,
        visitor_email: None,
        visitor_phone: None,
        status: Status::Pending,
        assigned_to: None,
        last_seq: 0,
        revision: 0,
        visitor_read_seq: 0,
        agent_read_seq: 0,
        visitor_delivered_seq: 0,
        agent_delivered_seq: 0,
        created_at,
        last_message_at: None,
        rating: None,
    }
}
