//! Facts about what agents see of visitors: pages, devices, notes, conversations; and about who is kept out.

use super::world::{NO_CONVERSATION, World, at, make_agent, message, open, posted};
use crate::{
    BlockOutcome, MAX_PAGE_VIEWS, NewBlock, NewPageView, OpenConversation, PageViewOutcome, Store,
    VisitorClaim, nothing,
};
use antiphon_domain::{
    Agent, Block, BlockId, Blocked, ConversationDetails, Device, Page, PageView, Sender, Timestamp,
    Visiting, VisitorId,
};
use std::sync::Arc;

const NO_VISITOR: VisitorId = VisitorId(987_654);

fn page(n: i64) -> PageView {
    PageView {
        url: format!("https://a.example/{n}"),
        title: (n % 2 == 0).then(|| format!("Page {n}")),
        at: at(n),
    }
}

async fn view(world: &World, page: PageView, device: Device) -> PageViewOutcome {
    let new = NewPageView {
        conversation_id: world.id,
        page,
        device,
    };
    world.store.view_page(new, nothing()).await.unwrap()
}

fn device(browser: Option<&str>, location: Option<&str>) -> Device {
    Device {
        browser: browser.map(str::to_owned),
        location: location.map(str::to_owned),
    }
}

/// Pages are kept in their order, each once in a row, and the newest of many.
pub async fn the_pages_that_a_visitor_sees_are_kept(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let before = world.store.newest_revision().await.unwrap();
    let visitor_id = world.opened.visitor.id;
    let pages = async || world.store.page_views(visitor_id, 200).await.unwrap();
    assert_eq!(
        view(&world, page(1), Device::default()).await,
        PageViewOutcome::Viewed(Visiting {
            conversation_id: world.id,
            visitor_id,
            page: page(1),
        })
    );
    let again = PageView {
        at: at(9),
        ..page(1)
    };
    assert_eq!(
        view(&world, again, Device::default()).await,
        PageViewOutcome::Unchanged
    );
    view(&world, page(2), Device::default()).await;
    assert_eq!(pages().await, [page(2), page(1)]);
    for n in 3..=i64::from(MAX_PAGE_VIEWS) + 2 {
        view(&world, page(n), Device::default()).await;
    }
    let kept = pages().await;
    assert_eq!(kept.len(), MAX_PAGE_VIEWS as usize);
    assert_eq!(kept.last(), Some(&page(3)));
    assert_eq!(
        world.store.page_views(visitor_id, 1).await.unwrap().len(),
        1
    );
    assert_eq!(world.store.newest_revision().await.unwrap(), before);

    let nowhere = NewPageView {
        conversation_id: NO_CONVERSATION,
        page: page(1),
        device: Device::default(),
    };
    let outcome = world.store.view_page(nowhere, nothing()).await.unwrap();
    assert_eq!(outcome, PageViewOutcome::UnknownConversation);
}

/// Where the chat was opened is the first page; the pages of all of a visitor's conversations are listed together.
pub async fn the_page_where_the_chat_was_opened_is_the_first(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let opened = |n: i64, new_conversation| OpenConversation {
        new_conversation,
        details: ConversationDetails {
            page: Page {
                url: Some(page(n).url),
                title: page(n).title,
                referrer: None,
            },
            ..ConversationDetails::default()
        },
        at: at(n),
        ..open(
            world.widget.id,
            VisitorClaim::Known(world.opened.visitor.id),
        )
    };
    for (n, new) in [(1, false), (2, false), (2, false)] {
        let opened = opened(n, new);
        world
            .store
            .open_conversation(opened, nothing())
            .await
            .unwrap();
    }
    world.say("hello").await;
    world
        .store
        .open_conversation(opened(3, true), nothing())
        .await
        .unwrap();
    let visitor_id = world.opened.visitor.id;
    let pages = world.store.page_views(visitor_id, 200).await.unwrap();
    assert_eq!(pages, [page(3), page(2), page(1)]);
}

/// What is not told leaves what was known, and a note is replaced as a whole.
pub async fn a_visitors_device_and_note_are_kept(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let id = world.opened.visitor.id;
    let profile = async || world.store.visitor_profile(id).await.unwrap().unwrap();
    let first = profile().await;
    assert_eq!(first.visitor, world.opened.visitor);
    assert_eq!((first.note, first.device), (None, Device::default()));
    let opened = OpenConversation {
        device: device(Some("Firefox 128 on Linux"), Some("DE")),
        ..open(world.widget.id, VisitorClaim::Known(id))
    };
    world
        .store
        .open_conversation(opened, nothing())
        .await
        .unwrap();
    view(&world, page(1), device(Some("Safari 17 on iPhone"), None)).await;
    assert_eq!(
        profile().await.device,
        device(Some("Safari 17 on iPhone"), Some("DE"))
    );
    let note = async |id, note: Option<&str>| {
        let note = note.map(str::to_owned);
        world.store.note_visitor(id, note).await.unwrap()
    };
    assert!(note(id, Some("pays late")).await);
    assert_eq!(profile().await.note.as_deref(), Some("pays late"));
    assert!(note(id, None).await);
    assert_eq!(profile().await.note, None);
    assert!(!note(NO_VISITOR, None).await);
    assert_eq!(world.store.visitor_profile(NO_VISITOR).await.unwrap(), None);
}

/// A visitor's conversations are rows of the inbox, newest first and in pages.
pub async fn a_visitors_conversations_are_rows(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    world.say("first").await;
    let id = world.opened.visitor.id;
    let new = OpenConversation {
        new_conversation: true,
        ..open(world.widget.id, VisitorClaim::Known(id))
    };
    let second = world.store.open_conversation(new, nothing()).await.unwrap();
    let second = second.conversation.id;
    let last = posted(world.post(message(second, Sender::Visitor, "second")).await);
    let other = world.another_conversation(2).await;
    posted(world.post(message(other, Sender::Visitor, "not its")).await);
    let rows = async |before, limit| {
        let rows = world.store.visitor_rows(id, before, limit).await.unwrap();
        rows.into_iter()
            .map(|row| row.conversation.id)
            .collect::<Vec<_>>()
    };
    assert_eq!(rows(None, 9).await, [second, world.id]);
    assert_eq!(rows(None, 1).await, [second]);
    assert_eq!(rows(Some(second), 9).await, [world.id]);
    let newest = world.store.visitor_rows(id, None, 1).await.unwrap();
    assert_eq!(newest, [last.update]);
}

async fn block(world: &World, blocked: Blocked, until: Option<i64>) -> Block {
    let new = NewBlock {
        blocked,
        agent_id: world.agent.id,
        at: at(0),
        expires_at: until.map(at),
        reason: Some("spam".to_owned()),
    };
    match world.store.add_block(new, nothing()).await.unwrap() {
        BlockOutcome::Blocked(block) => *block,
        other => panic!("not blocked: {other:?}"),
    }
}

async fn is_blocked(world: &World, visitor: VisitorId, address: &str, when: Timestamp) -> bool {
    let address = address.parse().unwrap();
    world
        .store
        .is_blocked(Some(visitor), Some(address), when)
        .await
        .unwrap()
}

/// Whoever is blocked stays so until it is taken back, or until its time is over.
pub async fn who_is_blocked_is_kept_out_until_then(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let (id, other) = (world.opened.visitor.id, NO_VISITOR);
    let network = |text| Blocked::Network(Blocked::parse_network(text).unwrap());
    assert!(!is_blocked(&world, id, "192.0.2.7", at(1)).await);
    let of_visitor = block(&world, Blocked::Visitor(id), Some(10)).await;
    assert_eq!(
        (
            of_visitor.visitor_name.as_deref(),
            of_visitor.agent_id,
            of_visitor.agent_name.as_str()
        ),
        (Some("Vera"), world.agent.id, "ana")
    );
    assert_eq!(of_visitor.reason.as_deref(), Some("spam"));
    assert!(is_blocked(&world, id, "192.0.2.7", at(9)).await);
    assert!(!is_blocked(&world, id, "192.0.2.7", at(10)).await);
    assert!(!is_blocked(&world, other, "192.0.2.7", at(9)).await);

    let of_network = block(&world, network("192.0.2.0/24"), None).await;
    let of_host = block(&world, network("2001:db8::1"), None).await;
    for (address, expected) in [
        ("192.0.2.7", true),
        ("::ffff:192.0.2.7", true),
        ("192.0.3.7", false),
        ("2001:db8::1", true),
        ("2001:db8::2", false),
    ] {
        assert_eq!(
            is_blocked(&world, other, address, at(99)).await,
            expected,
            "{address}"
        );
    }
    assert!(!world.store.is_blocked(None, None, at(1)).await.unwrap());

    let listed = async |before, limit, when| {
        let found = world.store.blocks(before, limit, when).await.unwrap();
        found.into_iter().map(|block| block.id).collect::<Vec<_>>()
    };
    let all = [of_host.id, of_network.id, of_visitor.id];
    assert_eq!(listed(None, 9, at(9)).await, all);
    assert_eq!(listed(None, 9, at(10)).await, all[..2]);
    assert_eq!(listed(Some(of_host.id), 1, at(9)).await, all[1..2]);
    assert_eq!(
        world.store.block(of_network.id).await.unwrap(),
        Some(of_network.clone())
    );
    let remove = async |id| world.store.remove_block(id, nothing()).await.unwrap();
    assert!(remove(of_network.id).await);
    assert!(!remove(of_network.id).await);
    assert!(!is_blocked(&world, other, "192.0.2.7", at(99)).await);
    assert_eq!(world.store.block(BlockId(987_654)).await.unwrap(), None);
}

/// One is blocked once: a later block takes the place of an earlier one.
pub async fn a_later_block_replaces_an_earlier_one(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let bea: Agent = make_agent(&world.store, "bea").await;
    let id = world.opened.visitor.id;
    block(&world, Blocked::Visitor(id), Some(10)).await;
    let later = NewBlock {
        blocked: Blocked::Visitor(id),
        agent_id: bea.id,
        at: at(5),
        expires_at: None,
        reason: None,
    };
    let outcome = world
        .store
        .add_block(later.clone(), nothing())
        .await
        .unwrap();
    assert!(matches!(outcome, BlockOutcome::Blocked(_)), "{outcome:?}");
    let blocks = world.store.blocks(None, 9, at(6)).await.unwrap();
    assert_eq!(blocks.len(), 1);
    assert_eq!((blocks[0].agent_id, blocks[0].expires_at), (bea.id, None));
    assert_eq!(blocks[0].reason, None);
    let nobody = NewBlock {
        blocked: Blocked::Visitor(NO_VISITOR),
        ..later
    };
    assert_eq!(
        world.store.add_block(nobody, nothing()).await.unwrap(),
        BlockOutcome::UnknownVisitor
    );
}
