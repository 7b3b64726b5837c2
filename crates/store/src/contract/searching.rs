//! Facts about search: what is found, in which order, and that nothing is found that is not there any more.

use super::world::{World, message, open, posted, token};
use crate::{
    MessageSearch, OpenConversation, PeopleSearch, SearchQuery, Store, VisitorClaim, nothing,
};
use antiphon_domain::{ContactDetails, MessageId, Sender, VisitorId};
use std::sync::Arc;

async fn found(world: &World, text: &str) -> Vec<String> {
    found_before(world, text, None, 200).await
}

async fn found_before(
    world: &World,
    text: &str,
    before: Option<MessageId>,
    limit: u32,
) -> Vec<String> {
    let search = MessageSearch {
        query: SearchQuery::parse(text).unwrap(),
        before,
        limit,
    };
    let found = world.store.search_messages(search).await.unwrap();
    found.into_iter().map(|found| found.message.body).collect()
}

/// Words in any order, however they are written; the last may be unfinished.
pub async fn messages_are_found_by_their_words(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    for text in [
        "Where is my Crème brûlée?",
        "The refund of ORD-004711 is on its way",
        "Größe und Straße",
        "我要退款，谢谢",
        "ありがとうございます",
        "заказ ещё не пришёл",
    ] {
        world.say(text).await;
    }
    for (text, expected) in [
        ("creme", vec!["Where is my Crème brûlée?"]),
        ("BRULEE my", vec!["Where is my Crème brûlée?"]),
        ("brul", vec!["Where is my Crème brûlée?"]),
        ("brul my", vec![]),
        ("ord-004711", vec!["The refund of ORD-004711 is on its way"]),
        ("4711", vec![]),
        ("grosse", vec![]),
        ("größ", vec!["Größe und Straße"]),
        ("退款", vec!["我要退款，谢谢"]),
        ("款退", vec![]),
        ("ありがとう", vec!["ありがとうございます"]),
        ("пришел еще", vec!["заказ ещё не пришёл"]),
        ("on is", vec!["The refund of ORD-004711 is on its way"]),
        (
            "is",
            vec![
                "The refund of ORD-004711 is on its way",
                "Where is my Crème brûlée?",
            ],
        ),
        ("nothing", vec![]),
    ] {
        assert_eq!(found(&world, text).await, expected, "{text}");
    }
}

/// The newest first, page by page.
pub async fn found_messages_come_newest_first(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let other = world.another_conversation(2).await;
    let mut ids = Vec::new();
    for n in 0..5 {
        let id = if n % 2 == 0 { world.id } else { other };
        let new = message(id, Sender::Visitor, &format!("parcel {n}"));
        ids.push(posted(world.post(new).await).message.id);
    }
    let parcels = |n: &[i32]| n.iter().map(|n| format!("parcel {n}")).collect::<Vec<_>>();
    assert_eq!(
        found_before(&world, "parcel", None, 2).await,
        parcels(&[4, 3])
    );
    assert_eq!(
        found_before(&world, "parcel", Some(ids[3]), 2).await,
        parcels(&[2, 1])
    );
    assert_eq!(
        found_before(&world, "parcel", Some(ids[1]), 2).await,
        parcels(&[0])
    );
    let search = MessageSearch {
        query: SearchQuery::parse("parcel 4").unwrap(),
        before: None,
        limit: 1,
    };
    let found = world.store.search_messages(search).await.unwrap().remove(0);
    assert_eq!(found.visitor_name.as_deref(), Some("Vera"));
    assert_eq!(found.status, world.conversation().await.status);
}

/// Whatever somebody types, it is words and nothing else.
pub async fn a_query_has_no_meaning_of_its_own(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    world.say("a b c NEAR OR NOT and body").await;
    for text in [
        "\"a\" OR \"b\"",
        "body:a",
        "NEAR(a b, 2)",
        "a AND NOT b",
        "a*",
        "-a",
        "^a",
        "a' | !b & (c)",
        "a:* <-> b",
        "%_\\",
        "\u{0}a\u{0}",
    ] {
        if let Some(query) = SearchQuery::parse(text) {
            let search = MessageSearch {
                query,
                before: None,
                limit: 9,
            };
            world.store.search_messages(search).await.expect(text);
        }
    }
}

async fn people(world: &World, text: &str) -> Vec<VisitorId> {
    let search = PeopleSearch {
        text: text.to_owned(),
        query: SearchQuery::parse(text).unwrap(),
        limit: 200,
    };
    let found = world.store.search_people(search).await.unwrap();
    found.into_iter().map(|found| found.visitor.id).collect()
}

/// By any part of what is known of them, and by what is known of them now.
pub async fn people_are_found_by_what_is_known_of_them(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let join = async |n: u32, contact: ContactDetails, claim: VisitorClaim| {
        let open = OpenConversation {
            contact,
            ..open(world.widget.id, claim)
        };
        let opened = world
            .store
            .open_conversation(open, nothing())
            .await
            .unwrap();
        if n > 0 {
            let new = message(opened.conversation.id, Sender::Visitor, "hello");
            posted(world.post(new).await);
        }
        opened
    };
    let text = |text: &str| Some(text.to_owned());
    let jose = ContactDetails {
        name: text("José Núñez"),
        email: text("jose.nunez@example.com"),
        phone: text("+34 600 123 456"),
        external_id: text("customer-77"),
        metadata: None,
    };
    let jose = join(1, jose, VisitorClaim::New { token: token(2) }).await;
    let wei = ContactDetails {
        name: text("王伟"),
        ..ContactDetails::default()
    };
    let wei = join(0, wei, VisitorClaim::New { token: token(3) }).await;
    for query in [
        "jose",
        "NUNEZ",
        "nuñ",
        "jose nunez",
        "jose.nunez@example.com",
        "example.com",
        "xample",
        "600123456",
        "34600",
        "600 123",
        "customer-77",
        "77",
    ] {
        assert_eq!(people(&world, query).await, [jose.visitor.id], "{query}");
    }
    assert_eq!(people(&world, "王").await, [wei.visitor.id]);
    assert_eq!(people(&world, "nobody").await, []);

    let search = PeopleSearch {
        text: "jose".to_owned(),
        query: SearchQuery::parse("jose").unwrap(),
        limit: 1,
    };
    let found = world.store.search_people(search).await.unwrap().remove(0);
    let conversation = world
        .store
        .conversation(jose.conversation.id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        found.last_conversation,
        Some((conversation.id, conversation.last_message_at))
    );
    assert_eq!(found.visitor, jose.visitor);

    let renamed = ContactDetails {
        name: text("Pepe"),
        ..ContactDetails::default()
    };
    join(0, renamed, VisitorClaim::Known(jose.visitor.id)).await;
    assert_eq!(people(&world, "pepe").await, [jose.visitor.id]);
    assert_eq!(
        people(&world, "josé").await,
        [jose.visitor.id],
        "by its address"
    );
    assert_eq!(people(&world, "núñez josé pepe").await, [jose.visitor.id]);
}
