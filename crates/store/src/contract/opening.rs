//! Facts about opening the chat: visitors and the conversation they are in.

use super::world::{World, at, make_widget, message, open, token};
use crate::{OpenConversation, Store, Triage, VisitorClaim, nothing};
use antiphon_domain::{ContactDetails, ConversationId, Sender, Status, VisitorId, WidgetId};
use std::sync::Arc;

fn identified(external_id: &str) -> ContactDetails {
    ContactDetails {
        external_id: Some(external_id.to_owned()),
        ..ContactDetails::default()
    }
}

fn verified(widget_id: WidgetId, external_id: &str, n_token: u32) -> OpenConversation {
    let claim = VisitorClaim::Verified {
        token: token(n_token),
    };
    OpenConversation {
        contact: identified(external_id),
        ..open(widget_id, claim)
    }
}

/// A new visitor gets a pending conversation without messages, and its token finds it.
pub async fn a_new_visitor_gets_a_pending_conversation(store: Arc<dyn Store>) {
    let widget = make_widget(&store, 1).await;
    let contact = ContactDetails {
        name: Some("Vera".to_owned()),
        email: Some("vera@example.com".to_owned()),
        phone: Some("+34 600".to_owned()),
        external_id: Some("42".to_owned()),
        metadata: Some(r#"{"plan":"pro"}"#.to_owned()),
    };
    let open = OpenConversation {
        contact: contact.clone(),
        ..open(widget.id, VisitorClaim::New { token: token(1) })
    };
    let opened = store.open_conversation(open, nothing()).await.unwrap();

    assert!(opened.created);
    assert_eq!(opened.visitor.contact, contact);
    assert_eq!(opened.visitor.widget_id, widget.id);
    assert_eq!(opened.visitor.created_at, at(0));
    assert!(!opened.visitor.verified);
    let conversation = &opened.conversation;
    assert_eq!(conversation.visitor_id, opened.visitor.id);
    assert_eq!(conversation.widget_id, widget.id);
    assert_eq!(conversation.visitor_name, contact.name);
    assert_eq!(conversation.visitor_email, contact.email);
    assert_eq!(conversation.visitor_phone, contact.phone);
    assert_eq!(conversation.status, Status::Pending);
    assert_eq!(conversation.assigned_to, None);
    assert_eq!(
        (
            conversation.last_seq,
            conversation.visitor_read_seq,
            conversation.agent_read_seq
        ),
        (0, 0, 0)
    );
    assert_eq!(
        (conversation.created_at, conversation.last_message_at),
        (at(0), None)
    );
    assert_eq!(
        store.conversation(conversation.id).await.unwrap().as_ref(),
        Some(conversation)
    );
    assert_eq!(
        store.visitor_by_token(&token(1)).await.unwrap(),
        Some(opened.visitor)
    );
}

/// Opening again answers the latest conversation, of any status.
pub async fn a_known_visitor_returns_to_its_latest_conversation(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    world.say("hello").await;
    world.set_status(Status::Closed).await;
    let again = open(
        world.widget.id,
        VisitorClaim::Known(world.opened.visitor.id),
    );
    let opened = world
        .store
        .open_conversation(again, nothing())
        .await
        .unwrap();
    assert!(!opened.created);
    assert_eq!(opened.visitor, world.opened.visitor);
    assert_eq!(opened.conversation, world.conversation().await);
    assert_eq!(opened.conversation.status, Status::Closed);
}

/// A further conversation is made on request, and is the latest from then on.
pub async fn a_new_conversation_is_made_when_asked_for(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    world.say("hello").await;
    let again = open(
        world.widget.id,
        VisitorClaim::Known(world.opened.visitor.id),
    );
    let new = OpenConversation {
        new_conversation: true,
        ..again.clone()
    };
    let opened = world.store.open_conversation(new, nothing()).await.unwrap();
    assert!(opened.created);
    assert!(opened.conversation.id > world.id);
    let returned = world
        .store
        .open_conversation(again, nothing())
        .await
        .unwrap();
    assert_eq!(returned.conversation, opened.conversation);
    assert!(!returned.created);
}

/// Asking for new conversations without saying anything makes no more than one.
pub async fn an_empty_conversation_is_used_instead_of_a_new_one(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let again = open(
        world.widget.id,
        VisitorClaim::Known(world.opened.visitor.id),
    );
    let opened = world
        .store
        .open_conversation(
            OpenConversation {
                new_conversation: true,
                ..again
            },
            nothing(),
        )
        .await
        .unwrap();
    assert!(!opened.created);
    assert_eq!(opened.conversation.id, world.id);
}

/// A closed conversation takes no message, so an empty one is no use to somebody who asks for a new one.
pub async fn an_empty_but_closed_conversation_is_not_used_again(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    world.set_status(Status::Closed).await;
    let again = open(
        world.widget.id,
        VisitorClaim::Known(world.opened.visitor.id),
    );
    let opened = world
        .store
        .open_conversation(
            OpenConversation {
                new_conversation: true,
                ..again
            },
            nothing(),
        )
        .await
        .unwrap();
    assert!(opened.created);
    assert_ne!(opened.conversation.id, world.id);
}

/// Details that are present replace what was known; absent ones leave it.
pub async fn what_is_told_replaces_what_was_known(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let contact = ContactDetails {
        name: Some("Vera B.".to_owned()),
        email: Some("vera@example.com".to_owned()),
        ..ContactDetails::default()
    };
    let again = open(
        world.widget.id,
        VisitorClaim::Known(world.opened.visitor.id),
    );
    let opened = world
        .store
        .open_conversation(
            OpenConversation {
                contact: contact.clone(),
                ..again.clone()
            },
            nothing(),
        )
        .await
        .unwrap();
    assert_eq!(opened.visitor.contact, contact);
    assert_eq!(opened.conversation.visitor_name, contact.name);
    let opened = world
        .store
        .open_conversation(again, nothing())
        .await
        .unwrap();
    assert_eq!(opened.visitor.contact, contact);
    assert_eq!(
        world.store.visitor_by_token(&token(1)).await.unwrap(),
        Some(opened.visitor)
    );
    assert_eq!(world.conversation().await.visitor_email, contact.email);
}

/// The same signed identity is the same visitor and conversation, and every browser's token opens it.
pub async fn a_verified_visitor_is_found_in_every_browser(store: Arc<dyn Store>) {
    let widget = make_widget(&store, 1).await;
    let first = store
        .open_conversation(verified(widget.id, "42", 1), nothing())
        .await
        .unwrap();
    let second = store
        .open_conversation(verified(widget.id, "42", 2), nothing())
        .await
        .unwrap();
    assert!(first.visitor.verified);
    assert_eq!(first.visitor, second.visitor);
    assert_eq!(first.conversation, second.conversation);
    assert!(first.created && !second.created);
    for n_token in [1, 2] {
        assert_eq!(
            store
                .visitor_by_token(&token(n_token))
                .await
                .unwrap()
                .as_ref(),
            Some(&first.visitor)
        );
    }
}

/// Two sites may give their people the same ids.
pub async fn a_verified_visitor_belongs_to_one_widget(store: Arc<dyn Store>) {
    let (one, two) = (make_widget(&store, 1).await, make_widget(&store, 2).await);
    let first = store
        .open_conversation(verified(one.id, "42", 1), nothing())
        .await
        .unwrap();
    let second = store
        .open_conversation(verified(two.id, "42", 2), nothing())
        .await
        .unwrap();
    assert_ne!(first.visitor.id, second.visitor.id);
    assert_ne!(first.conversation.id, second.conversation.id);
}

/// A browser that restores its tabs opens the chat in all of them at the same moment.
pub async fn a_verified_visitor_who_opens_in_many_tabs_at_once_is_one(store: Arc<dyn Store>) {
    let widget = make_widget(&store, 1).await;
    let opened = super::world::at_once(20, |n| {
        let (store, open) = (Arc::clone(&store), verified(widget.id, "42", n));
        async move { store.open_conversation(open, nothing()).await.unwrap() }
    })
    .await;
    assert_eq!(opened.iter().filter(|opened| opened.created).count(), 1);
    for other in &opened {
        assert_eq!(
            (other.visitor.id, other.conversation.id),
            (opened[0].visitor.id, opened[0].conversation.id)
        );
    }
}

/// Anybody can claim an id: it leads neither to the verified visitor, nor a later verified one to it.
pub async fn an_unverified_visitor_is_never_taken_for_a_verified_one(store: Arc<dyn Store>) {
    let widget = make_widget(&store, 1).await;
    let claim = |n_token| {
        let claim = VisitorClaim::New {
            token: token(n_token),
        };
        OpenConversation {
            contact: identified("42"),
            ..open(widget.id, claim)
        }
    };
    let before = store.open_conversation(claim(1), nothing()).await.unwrap();
    let signed = store
        .open_conversation(verified(widget.id, "42", 2), nothing())
        .await
        .unwrap();
    let after = store.open_conversation(claim(3), nothing()).await.unwrap();
    let ids = [before.visitor.id, signed.visitor.id, after.visitor.id];
    assert!(
        ids[0] != ids[1] && ids[1] != ids[2] && ids[0] != ids[2],
        "{ids:?}"
    );
    assert_eq!(
        [
            before.visitor.verified,
            signed.visitor.verified,
            after.visitor.verified
        ],
        [false, true, false]
    );
    assert!(before.created && signed.created && after.created);
}

/// The token of a verified visitor does not let its holder become somebody else by saying so.
pub async fn a_signed_identity_is_not_changed_by_a_claim(store: Arc<dyn Store>) {
    let widget = make_widget(&store, 1).await;
    let signed = store
        .open_conversation(verified(widget.id, "42", 1), nothing())
        .await
        .unwrap();
    let claim = open(widget.id, VisitorClaim::Known(signed.visitor.id));
    let opened = store
        .open_conversation(
            OpenConversation {
                contact: identified("1"),
                ..claim
            },
            nothing(),
        )
        .await
        .unwrap();
    assert_eq!(opened.visitor, signed.visitor);
    let other = store
        .open_conversation(verified(widget.id, "1", 2), nothing())
        .await
        .unwrap();
    assert_ne!(other.visitor.id, signed.visitor.id);
}

/// A signature over no identity verifies nobody.
pub async fn without_an_identity_nobody_is_verified(store: Arc<dyn Store>) {
    let widget = make_widget(&store, 1).await;
    let nameless = |n| open(widget.id, VisitorClaim::Verified { token: token(n) });
    let first = store
        .open_conversation(nameless(1), nothing())
        .await
        .unwrap();
    let second = store
        .open_conversation(nameless(2), nothing())
        .await
        .unwrap();
    assert!(!first.visitor.verified && !second.visitor.verified);
    assert_ne!(first.visitor.id, second.visitor.id);
}

/// The caller authenticated a visitor of this widget; anything else is a fault, and changes nothing.
pub async fn a_visitor_of_another_widget_or_of_none_is_an_error(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let other = make_widget(&world.store, 2).await;
    let elsewhere = open(other.id, VisitorClaim::Known(world.opened.visitor.id));
    world
        .store
        .open_conversation(elsewhere, nothing())
        .await
        .unwrap_err();
    let nobody = open(world.widget.id, VisitorClaim::Known(VisitorId(987_654)));
    world
        .store
        .open_conversation(nobody, nothing())
        .await
        .unwrap_err();
    assert_eq!(world.conversation().await, world.opened.conversation);
}

/// Only the tokens that were given out lead to a visitor.
pub async fn an_unknown_token_is_nobodys(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    assert_eq!(world.store.visitor_by_token(&token(2)).await.unwrap(), None);
    assert_eq!(
        world.store.conversation(ConversationId(0)).await.unwrap(),
        None
    );
    let close = Triage {
        status: Some(Status::Closed),
        ..Triage::of(ConversationId(-1), at(1))
    };
    assert_eq!(
        world.store.triage(close, nothing()).await.unwrap(),
        crate::TriageOutcome::UnknownConversation
    );
    let post = message(ConversationId(i64::MAX), Sender::Visitor, "hello");
    assert_eq!(
        world.post(post).await,
        crate::PostOutcome::UnknownConversation
    );
}
