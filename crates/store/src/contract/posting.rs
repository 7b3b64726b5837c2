//! Facts about posting messages.

use super::world::{
    NO_AGENT, NO_CONVERSATION, World, at, at_once, client_id, message, open, posted,
};
use crate::{
    FollowUp, MessagePage, NewMessage, OpenConversation, PostOutcome, Store, VisitorClaim, nothing,
};
use antiphon_domain::{ContactDetails, QuickReplies, QuickReply, Sender, SenderType, Status};
use std::future::poll_fn;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::task::Poll;

/// Every field of a message is what was posted, and reads back the same.
pub async fn a_message_is_stored_as_it_was_posted(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let new = NewMessage {
        client_id: Some(client_id(7)),
        at: at(3),
        ..message(world.id, Sender::Visitor, "  ¿Hola?\nline two  ")
    };
    let first = posted(world.post(new).await).message;
    assert_eq!(first.conversation_id, world.id);
    assert_eq!(first.seq, 1);
    assert_eq!(first.sender_type, SenderType::Visitor);
    assert_eq!(first.sender_name.as_deref(), Some("Vera"));
    assert_eq!(first.body, "¿Hola?\nline two");
    assert_eq!(first.client_id, Some(client_id(7)));
    assert_eq!((first.created_at, first.read_at), (at(3), None));

    let second = world.answer("hello").await.message;
    assert_eq!(second.seq, 2);
    assert!(second.id > first.id);
    assert_eq!(second.sender_type, SenderType::Employee);
    assert_eq!(second.sender_name.as_deref(), Some("ana"));
    assert_eq!(second.client_id, None);
    assert_eq!(world.messages().await, [first, second]);
}

/// The answers come back as they were offered, in their order, wherever the message is read.
pub async fn a_message_keeps_the_answers_it_offers(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let reply = |text: &str, value: Option<&str>, url: Option<&str>| QuickReply {
        text: text.to_owned(),
        value: value.map(str::to_owned),
        url: url.map(str::to_owned),
    };
    let quick_replies = QuickReplies::new(vec![
        reply("¿\"Sí\", 'claro'?", Some(" {\"a\":1}\n"), None),
        reply("No", None, None),
        reply("Preise", Some(""), Some("https://example.com/?q=ä")),
    ])
    .unwrap();
    let new = NewMessage {
        quick_replies: quick_replies.clone(),
        client_id: Some(client_id(1)),
        ..message(world.id, Sender::Agent(world.agent.id), "Well?")
    };
    let first = posted(world.post(new.clone()).await);
    assert_eq!(first.message.quick_replies, quick_replies);
    assert_eq!(world.messages().await.first(), Some(&first.message));
    let row = world.inbox().await;
    assert_eq!(row[0].last_message.as_ref(), Some(&first.message));
    assert_eq!(
        world.post(new).await,
        PostOutcome::Repeated(Box::new(first.message))
    );
    assert!(
        world
            .answer("Nothing")
            .await
            .message
            .quick_replies
            .is_empty()
    );
}

/// What the answer says of the conversation is what a reader finds.
pub async fn the_answer_carries_the_conversation_after_it(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    for posted in [
        world.say("one").await,
        world.answer("two").await,
        world.say("three").await,
    ] {
        let update = posted.update;
        assert_eq!(update.last_message.as_ref(), Some(&posted.message));
        assert_eq!(update.conversation.last_seq, posted.message.seq);
        assert_eq!(
            update.conversation.last_message_at,
            Some(posted.message.created_at)
        );
        assert_eq!(update.widget_name, world.widget.name.as_str());
    }
    let last = world.say("four").await.update;
    assert_eq!(world.conversation().await, last.conversation);
    assert_eq!(world.inbox().await, [last]);
}

/// Text of any script and of the largest size comes back byte for byte.
pub async fn text_comes_back_as_it_was(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let longest = "😀".repeat(5000);
    let texts = [
        "العربية עברית",
        "e\u{301} \u{200D} \u{FEFF}x",
        "'; DROP TABLE messages; --",
        "\u{1}\u{1F}.",
        longest.as_str(),
    ];
    for text in texts {
        let stored = world.say(text).await.message;
        assert_eq!(stored.body, text);
    }
    let read: Vec<String> = world
        .messages()
        .await
        .into_iter()
        .map(|message| message.body)
        .collect();
    assert_eq!(read, texts);
}

/// Fifty writers at once: the messages of each conversation are exactly 1..=last_seq, each in the order of its ids.
pub async fn seqs_have_no_gap_under_concurrent_writers(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let other = world.another_conversation(2).await;
    let mut answers = at_once(100, |n| {
        let store = Arc::clone(&world.store);
        let new = message(
            if n % 2 == 0 { world.id } else { other },
            Sender::Visitor,
            &n.to_string(),
        );
        async move { posted(store.post_message(new, nothing()).await.unwrap()).message }
    })
    .await;
    answers.sort_by_key(|message| message.id);
    for id in [world.id, other] {
        let (conversation, messages) = world
            .store
            .conversation_page(id, MessagePage::Last { limit: 200 })
            .await
            .unwrap()
            .unwrap();
        assert_eq!(conversation.last_seq, 50);
        assert_eq!(
            messages
                .iter()
                .map(|message| message.seq)
                .collect::<Vec<_>>(),
            (1..=50).collect::<Vec<_>>()
        );
        let answered: Vec<_> = answers
            .iter()
            .filter(|message| message.conversation_id == id)
            .cloned()
            .collect();
        assert_eq!(messages, answered);
    }
}

/// Whoever announces messages hears of them in the order of their `seq`, and of each before its caller has the answer.
pub async fn commits_are_heard_of_in_order_before_the_answers(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let (tell, heard) = channel();
    at_once(50, |n| {
        let (store, tell) = (Arc::clone(&world.store), tell.clone());
        let new = message(world.id, Sender::Visitor, &n.to_string());
        let follow_up = FollowUp::told(move |outcome: &PostOutcome| {
            tell.send(posted(outcome.clone()).message.seq).unwrap();
        });
        async move { store.post_message(new, follow_up).await.unwrap() }
    })
    .await;
    let heard: Vec<_> = heard.try_iter().collect();
    assert_eq!(heard, (1..=50).collect::<Vec<_>>());
}

/// A caller that leaves before its answer has still posted, and others hear of it.
pub async fn a_commit_is_heard_of_when_its_caller_has_left(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let (tell, heard) = channel();
    let follow_up =
        FollowUp::told(move |outcome: &PostOutcome| tell.send(outcome.clone()).unwrap());
    let new = message(world.id, Sender::Visitor, "and gone");
    let mut posting = world.store.post_message(new, follow_up);
    // Asks, and does not stay for the answer; whether that is there already does not matter.
    let _answered = poll_fn(|context| Poll::Ready(posting.as_mut().poll(context).is_ready())).await;
    drop(posting);
    world.store.check().await.unwrap();
    let heard = posted(heard.try_recv().unwrap()).message;
    assert_eq!(world.messages().await, [heard]);
}

/// A repeat stores nothing and changes nothing, whatever else it says.
pub async fn a_repeat_answers_the_first_message(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let new = NewMessage {
        client_id: Some(client_id(1)),
        ..message(world.id, Sender::Visitor, "once")
    };
    let first = posted(world.post(new.clone()).await);
    let different = NewMessage {
        at: at(9),
        ..message(world.id, Sender::Agent(world.agent.id), "other")
    };
    for repeat in [
        new.clone(),
        NewMessage {
            client_id: new.client_id,
            ..different
        },
    ] {
        assert_eq!(
            world.post(repeat).await,
            PostOutcome::Repeated(Box::new(first.message.clone()))
        );
    }
    assert_eq!(world.conversation().await, first.update.conversation);
    assert_eq!(world.messages().await, [first.message]);
}

/// A client that sends again before the first answer came stores one message.
pub async fn concurrent_repeats_store_one_message(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let outcomes = at_once(50, |_| {
        let store = Arc::clone(&world.store);
        let new = NewMessage {
            client_id: Some(client_id(1)),
            ..message(world.id, Sender::Visitor, "once")
        };
        async move { store.post_message(new, nothing()).await.unwrap() }
    })
    .await;
    let messages = world.messages().await;
    assert_eq!(messages.len(), 1);
    let n_posted = outcomes
        .iter()
        .filter(|outcome| matches!(outcome, PostOutcome::Posted(_)))
        .count();
    assert_eq!(n_posted, 1);
    for outcome in outcomes {
        let message = match outcome {
            PostOutcome::Posted(posted) => posted.message,
            PostOutcome::Repeated(message) => *message,
            other => panic!("{other:?}"),
        };
        assert_eq!(message, messages[0]);
    }
}

/// Clients of different conversations need not agree on their ids.
pub async fn a_client_id_is_its_conversations_own(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let other = world.another_conversation(2).await;
    for id in [world.id, other] {
        let found = async |n| {
            let found = world.store.message_by_client_id(id, client_id(n)).await;
            found.unwrap()
        };
        assert_eq!(found(1).await, None);
        let new = NewMessage {
            client_id: Some(client_id(1)),
            ..message(id, Sender::Visitor, "hello")
        };
        let message = posted(world.post(new).await).message;
        assert_eq!(message.seq, 1);
        assert_eq!(found(1).await, Some(message));
        assert_eq!(found(2).await, None);
    }
}

/// Neither side can post to a closed conversation; reopened, it goes on where it ended.
pub async fn a_closed_conversation_takes_no_message(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    world.say("one").await;
    world.set_status(Status::Closed).await;
    let closed = world.conversation().await;
    for sender in [Sender::Visitor, Sender::Agent(world.agent.id)] {
        let new = NewMessage {
            client_id: Some(client_id(1)),
            ..message(world.id, sender, "two")
        };
        assert_eq!(world.post(new).await, PostOutcome::Closed);
    }
    assert_eq!(world.conversation().await, closed);
    world.set_status(Status::Active).await;
    assert_eq!(world.say("two").await.message.seq, 2);
}

/// A client that never got its answer asks again after the conversation was closed: its message is there.
pub async fn a_repeat_is_answered_after_the_conversation_closed(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let new = NewMessage {
        client_id: Some(client_id(1)),
        ..message(world.id, Sender::Visitor, "once")
    };
    let first = posted(world.post(new.clone()).await).message;
    world.set_status(Status::Closed).await;
    assert_eq!(
        world.post(new).await,
        PostOutcome::Repeated(Box::new(first))
    );
}

/// There is nothing to post to.
pub async fn an_unknown_conversation_takes_no_message(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let new = NewMessage {
        client_id: Some(client_id(1)),
        ..message(NO_CONVERSATION, Sender::Visitor, "hello")
    };
    assert_eq!(world.post(new).await, PostOutcome::UnknownConversation);
}

/// The caller authenticated an agent; one that is not there is a fault, and uses up no `seq`.
pub async fn an_unknown_agent_posts_nothing(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    world
        .store
        .post_message(
            message(world.id, Sender::Agent(NO_AGENT), "hello"),
            nothing(),
        )
        .await
        .unwrap_err();
    assert_eq!(world.conversation().await, world.opened.conversation);
    assert_eq!(world.say("hello").await.message.seq, 1);
}

/// A visitor waits until an agent answers.
pub async fn the_first_answer_of_an_agent_makes_a_conversation_active(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let statuses = [
        world.say("one").await.update.conversation.status,
        world.answer("two").await.update.conversation.status,
        world.say("three").await.update.conversation.status,
    ];
    assert_eq!(statuses, [Status::Pending, Status::Active, Status::Active]);
    assert_eq!(world.conversation().await.status, Status::Active);
}

/// A snoozed conversation comes back as what it was: waiting, or answered.
pub async fn any_message_wakes_a_snoozed_conversation(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    world.say("one").await;
    world.set_status(Status::Snoozed).await;
    assert_eq!(
        world.say("two").await.update.conversation.status,
        Status::Pending
    );
    world.set_status(Status::Snoozed).await;
    assert_eq!(
        world.answer("three").await.update.conversation.status,
        Status::Active
    );
    world.set_status(Status::Snoozed).await;
    assert_eq!(
        world.say("four").await.update.conversation.status,
        Status::Active
    );
}

/// Whoever answers may not have read everything.
pub async fn posting_moves_no_read_mark(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    world.say("one").await;
    let after = world.answer("two").await.update;
    assert_eq!(
        (
            after.conversation.visitor_read_seq,
            after.conversation.agent_read_seq
        ),
        (0, 0)
    );
    assert_eq!(after.unread_count, 1);
    assert!(
        world
            .messages()
            .await
            .iter()
            .all(|message| message.read_at.is_none())
    );
}

/// A visitor who tells a name later does not rename what it said before.
pub async fn a_senders_name_is_that_of_the_moment(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    world.say("one").await;
    let contact = ContactDetails {
        name: Some("Vera B.".to_owned()),
        ..ContactDetails::default()
    };
    let again = open(
        world.widget.id,
        VisitorClaim::Known(world.opened.visitor.id),
    );
    world
        .store
        .open_conversation(OpenConversation { contact, ..again }, nothing())
        .await
        .unwrap();
    world.say("two").await;
    let names: Vec<_> = world
        .messages()
        .await
        .into_iter()
        .map(|message| message.sender_name.unwrap())
        .collect();
    assert_eq!(names, ["Vera", "Vera B."]);
}
