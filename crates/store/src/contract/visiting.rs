//! Facts about what visitors have besides messages: ratings, the list of their conversations, and how those began.

use super::world::{NO_CONVERSATION, World, at, make_widget, message, open, token};
use crate::{
    FollowUp, MAX_RENAMED, MAX_VISITOR_TOKENS, OpenConversation, OpenedConversation, Rate,
    RateOutcome, Store, VisitorClaim, VisitorPage, nothing,
};
use antiphon_domain::settings::Language;
use antiphon_domain::{
    Answer, ContactDetails, ConversationDetails, ConversationId, Page, Rating, Score, Sender,
    SenderType, Status, VisitorId, Zone,
};
use std::sync::{Arc, mpsc};

fn known(world: &World) -> OpenConversation {
    let claim = VisitorClaim::Known(world.opened.visitor.id);
    open(world.widget.id, claim)
}

async fn opened(world: &World, open: OpenConversation) -> OpenedConversation {
    world
        .store
        .open_conversation(open, nothing())
        .await
        .unwrap()
}

async fn list(
    world: &World,
    before: Option<ConversationId>,
    limit: u32,
) -> Vec<(ConversationId, i64)> {
    let page = VisitorPage {
        visitor_id: world.opened.visitor.id,
        before,
        limit,
    };
    let rows = world.store.visitor_conversations(page).await.unwrap();
    rows.iter()
        .map(|row| (row.conversation.id, row.unread_count))
        .collect()
}

/// A rating is told with the conversation after it, and stays until there is another.
pub async fn a_rating_is_kept_and_replaced(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    world.answer("hello").await;
    let before = world.conversation().await;
    let RateOutcome::Rated(update) = world.rate(2, Some("slow")).await else {
        panic!("an answered conversation can be rated")
    };
    assert_eq!(update.conversation, world.conversation().await);
    assert!(update.conversation.revision > before.revision);
    let rating = |score, comment: Option<&str>| Rating {
        score: Score::parse(score).unwrap(),
        comment: comment.map(str::to_owned),
        at: at(9),
    };
    assert_eq!(update.conversation.rating, Some(rating(2, Some("slow"))));
    let RateOutcome::Rated(update) = world.rate(5, None).await else {
        panic!("a rating can be replaced")
    };
    assert_eq!(update.conversation.rating, Some(rating(5, None)));
}

/// To say the same again changes nothing: a visitor who presses twice, or whose network repeats.
pub async fn the_same_rating_again_changes_nothing(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    world.answer("hello").await;
    world.rate(3, Some("good")).await;
    let before = world.conversation().await;
    assert_eq!(world.rate(3, Some("good")).await, RateOutcome::Unchanged);
    assert_eq!(world.conversation().await, before);
}

/// There is nothing to rate before an agent answered, unless it is over.
pub async fn a_rating_comes_after_an_answer_or_the_end(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    world.say("hello?").await;
    assert_eq!(world.rate(1, None).await, RateOutcome::TooEarly);
    assert_eq!(world.conversation().await.rating, None);
    world.set_status(Status::Closed).await;
    assert!(matches!(world.rate(1, None).await, RateOutcome::Rated(_)));
    let nowhere = Rate {
        conversation_id: NO_CONVERSATION,
        score: Score::parse(1).unwrap(),
        comment: None,
        at: at(1),
    };
    let outcome = world.store.rate(nowhere, nothing()).await.unwrap();
    assert_eq!(outcome, RateOutcome::UnknownConversation);
}

/// Newest first, the visitor's own and no empty ones, in pages that do not overlap.
pub async fn a_visitors_conversations_are_listed_newest_first(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let mut ids = vec![world.id];
    world.say("one").await;
    let other = world.another_conversation(2).await;
    world
        .post(message(other, Sender::Visitor, "not yours"))
        .await;
    for _ in 0..3 {
        let new = OpenConversation {
            new_conversation: true,
            ..known(&world)
        };
        let id = opened(&world, new).await.conversation.id;
        world.post(message(id, Sender::Visitor, "more")).await;
        ids.push(id);
    }
    let new = OpenConversation {
        new_conversation: true,
        ..known(&world)
    };
    assert!(opened(&world, new).await.created);
    ids.reverse();
    let expected: Vec<_> = ids.iter().map(|id| (*id, 0)).collect();
    assert_eq!(list(&world, None, 200).await, expected);
    assert_eq!(list(&world, None, 3).await, expected[..3]);
    assert_eq!(list(&world, Some(ids[2]), 3).await, expected[3..]);
    let nobody = VisitorPage {
        visitor_id: VisitorId(987_654),
        before: None,
        limit: 10,
    };
    assert_eq!(world.store.visitor_conversations(nobody).await.unwrap(), []);
}

/// Unread are the messages of others above the visitor's mark; the newest message comes with the row.
pub async fn a_visitors_list_counts_what_the_visitor_has_not_read(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    for _ in 0..3 {
        world.answer("from the team").await;
        world.say("from the visitor").await;
    }
    assert_eq!(list(&world, None, 9).await, [(world.id, 3)]);
    world.read(SenderType::Visitor, 3, at(7)).await;
    assert_eq!(list(&world, None, 9).await, [(world.id, 1)]);
    let page = VisitorPage {
        visitor_id: world.opened.visitor.id,
        before: None,
        limit: 1,
    };
    let rows = world.store.visitor_conversations(page).await.unwrap();
    assert_eq!(rows[0].conversation, world.conversation().await);
    assert_eq!(rows[0].last_message, world.messages().await.pop());
}

/// What is told later replaces what was known, member by member; the page as a whole.
pub async fn how_a_conversation_began_is_kept(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let details = || world.store.conversation_details(world.id);
    assert_eq!(
        details().await.unwrap(),
        Some(ConversationDetails::default())
    );
    let told = ConversationDetails {
        answers: vec![Answer {
            name: "topic".to_owned(),
            label: "Topic \"ß\"".to_owned(),
            value: "Sales\n& more".to_owned(),
        }],
        consent_at: Some(at(3)),
        page: Page {
            url: Some("https://a.example/".to_owned()),
            title: Some("Home".to_owned()),
            referrer: None,
        },
        locale: Some(Language::parse("pt-BR").unwrap()),
        time_zone: Some(Zone::parse("Europe/Madrid").unwrap()),
    };
    let open = OpenConversation {
        details: told.clone(),
        ..known(&world)
    };
    opened(&world, open).await;
    assert_eq!(details().await.unwrap(), Some(told.clone()));
    let moved = ConversationDetails {
        page: Page {
            referrer: Some("https://b.example/".to_owned()),
            ..Page::default()
        },
        ..ConversationDetails::default()
    };
    let open = OpenConversation {
        details: moved.clone(),
        ..known(&world)
    };
    opened(&world, open).await;
    opened(&world, known(&world)).await;
    let page = moved.page;
    assert_eq!(
        details().await.unwrap(),
        Some(ConversationDetails { page, ..told })
    );
    assert_eq!(
        world
            .store
            .conversation_details(NO_CONVERSATION)
            .await
            .unwrap(),
        None
    );
}

/// A conversation of the visitor's own is opened by its id, and nobody else's is.
pub async fn a_conversation_is_opened_by_its_id(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    world.say("first").await;
    let new = OpenConversation {
        new_conversation: true,
        ..known(&world)
    };
    let second = opened(&world, new).await.conversation.id;
    let wanted = |id| OpenConversation {
        conversation_id: Some(id),
        ..known(&world)
    };
    let first = opened(&world, wanted(world.id)).await;
    assert_eq!(first.conversation, world.conversation().await);
    assert!(!first.created);
    assert_eq!(opened(&world, wanted(second)).await.conversation.id, second);

    let other = world.another_conversation(2).await;
    let telling = |id| OpenConversation {
        contact: ContactDetails {
            name: Some("Mallory".to_owned()),
            ..ContactDetails::default()
        },
        ..wanted(id)
    };
    for id in [other, NO_CONVERSATION] {
        let refused = world.store.open_conversation(telling(id), nothing()).await;
        refused.unwrap_err();
    }
    let visitor = world.store.visitor(world.opened.visitor.id).await.unwrap();
    assert_eq!(
        visitor.as_ref(),
        Some(&world.opened.visitor),
        "nothing was stored"
    );
    assert_eq!(world.store.visitor(VisitorId(987_654)).await.unwrap(), None);
}

/// The inbox shows a visitor's name: a new one is a change of each of the visitor's conversations that are in it.
pub async fn a_visitors_new_name_draws_revisions(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    world.say("first").await;
    let new = OpenConversation {
        new_conversation: true,
        ..known(&world)
    };
    let second = opened(&world, new).await.conversation.id;
    world.post(message(second, Sender::Visitor, "second")).await;
    let before = world.store.newest_revision().await.unwrap();

    let told = |name: &str, metadata: &str| OpenConversation {
        contact: ContactDetails {
            name: Some(name.to_owned()),
            metadata: Some(metadata.to_owned()),
            ..ContactDetails::default()
        },
        ..known(&world)
    };
    let (hear, heard) = mpsc::channel();
    let follow_up = FollowUp::told(move |opened: &OpenedConversation| {
        hear.send(opened.renamed.clone()).unwrap();
    });
    let store = &world.store;
    let answer = store
        .open_conversation(told("Nina", "{\"a\":1}"), follow_up)
        .await
        .unwrap();
    assert_eq!(heard.try_recv().unwrap(), answer.renamed);
    let changed: Vec<_> = answer
        .renamed
        .iter()
        .map(|update| (update.conversation.id, update.conversation.revision))
        .collect();
    assert_eq!(changed, [(world.id, before + 1), (second, before + 2)]);
    for update in &answer.renamed {
        assert_eq!(update.conversation.visitor_name.as_deref(), Some("Nina"));
        let stored = store.conversation(update.conversation.id).await.unwrap();
        assert_eq!(stored.as_ref(), Some(&update.conversation));
    }
    assert_eq!(answer.conversation.revision, before + 2);

    // The same again, and what the inbox does not show, is no change of it.
    let again = opened(&world, told("Nina", "{\"a\":2}")).await;
    assert_eq!(again.renamed, []);
    assert_eq!(store.newest_revision().await.unwrap(), before + 2);
}

/// The newest of many; the older ones show the name when they are read.
pub async fn a_new_name_reaches_so_many_conversations_and_no_more(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    world.say("the oldest").await;
    let mut ids = Vec::new();
    for _ in 0..MAX_RENAMED {
        let new = OpenConversation {
            new_conversation: true,
            ..known(&world)
        };
        let id = opened(&world, new).await.conversation.id;
        world.post(message(id, Sender::Visitor, "more")).await;
        ids.push(id);
    }
    let before = world.conversation().await.revision;
    let renamed = OpenConversation {
        contact: ContactDetails {
            name: Some("Nina".to_owned()),
            ..ContactDetails::default()
        },
        ..known(&world)
    };
    let renamed = opened(&world, renamed).await.renamed;
    let renamed: Vec<_> = renamed.iter().map(|row| row.conversation.id).collect();
    assert_eq!(renamed, ids);
    let oldest = world.conversation().await;
    assert_eq!(oldest.revision, before);
    assert_eq!(oldest.visitor_name.as_deref(), Some("Nina"));
}

/// Each visit of a verified visitor may bring a further token; the oldest go.
pub async fn a_visitor_has_so_many_tokens_and_no_more(store: Arc<dyn Store>) {
    let widget = make_widget(&store, 1).await;
    let contact = ContactDetails {
        external_id: Some("42".to_owned()),
        ..ContactDetails::default()
    };
    let visits = MAX_VISITOR_TOKENS + 3;
    for n in 1..=visits {
        let visit = OpenConversation {
            contact: contact.clone(),
            // The last comes from a clock that was set back, and counts as much.
            at: at(if n == visits { 0 } else { i64::from(n) }),
            ..open(widget.id, VisitorClaim::Verified { token: token(n) })
        };
        store.open_conversation(visit, nothing()).await.unwrap();
    }
    for n in 1..=visits {
        let found = store.visitor_by_token(&token(n)).await.unwrap();
        assert_eq!(found.is_some(), n > 3, "token {n} of {visits}");
    }
}
