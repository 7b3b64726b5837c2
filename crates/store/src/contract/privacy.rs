//! Facts about what is kept of people: given out as a whole, erased as a whole, and forgotten when it is old.

use super::world::{
    World, at, client_id, file, file_key, make_agent, make_label, message, open, posted, token,
    upload,
};
use crate::{
    AuditFilter, BlockOutcome, EraseExpired, Erased, ExpiredCounts, ExpiredOutcome, FollowUp,
    JobFilter, LabelChange, MessageSearch, NewAuditEntry, NewBlock, NewJob, NewMessage, NewNote,
    NewPageView, NewWebhook, NewWebhookDelivery, OpenConversation, PERSONAL, PeopleSearch,
    PersonalRow, PersonalTable, PostOutcome, ReadOutcome, SearchQuery, Store, Subject, Triage,
    VisitorClaim, WebhookContent, nothing,
};
use antiphon_domain::{
    Answer, Blocked, ConversationDetails, ConversationId, Device, MessageBody, NoteBody, PageView,
    Retention, Sender, SenderType, Status, Timestamp, VisitorId, WebhookEvents, WebhookSecret,
    WebhookUrl, WidgetId,
};
use std::sync::Arc;

/// An id that no row has.
const NO_VISITOR: VisitorId = VisitorId(987_654);
const NO_WIDGET: WidgetId = WidgetId(987_654);
/// A word that stands in everything of the visitor who is erased.
const MARK: &str = "Zanzibar";

async fn rows(world: &World, id: VisitorId, table: &str) -> Vec<PersonalRow> {
    let table = PersonalTable::named(table).unwrap();
    world
        .store
        .personal_rows(id, table, None, 200)
        .await
        .unwrap()
}

async fn all(world: &World, id: VisitorId) -> Vec<(&'static str, Vec<PersonalRow>)> {
    let mut all = Vec::new();
    for table in PERSONAL {
        all.push((table.name, rows(world, id, table.name).await));
    }
    all
}

async fn look_at(world: &World, id: ConversationId, path: &str, when: Timestamp) {
    let new = NewPageView {
        conversation_id: id,
        page: PageView {
            url: format!("https://{MARK}.example/{path}"),
            title: Some(format!("{MARK} {path}")),
            at: when,
        },
        device: Device::default(),
    };
    world.store.view_page(new, nothing()).await.unwrap();
}

async fn block(world: &World, id: VisitorId, until: Option<Timestamp>) {
    let new = NewBlock {
        blocked: Blocked::Visitor(id),
        agent_id: world.agent.id,
        at: at(1),
        expires_at: until,
        reason: Some(format!("{MARK} is no place")),
    };
    let outcome = world.store.add_block(new, nothing()).await.unwrap();
    assert!(matches!(outcome, BlockOutcome::Blocked(_)), "{outcome:?}");
}

/// Fills every table of the visitor's.
async fn fill(world: &World) {
    let store = &world.store;
    let id = world.opened.visitor.id;
    let told = OpenConversation {
        details: ConversationDetails {
            answers: vec![Answer {
                name: "from".to_owned(),
                label: "Where from".to_owned(),
                value: MARK.to_owned(),
            }],
            ..ConversationDetails::default()
        },
        ..open(world.widget.id, VisitorClaim::Known(id))
    };
    store.open_conversation(told, nothing()).await.unwrap();
    posted(
        world
            .post(message(world.id, Sender::Visitor, &format!("from {MARK}")))
            .await,
    );
    let body = MessageBody::parse(&format!("{MARK}, with files")).unwrap();
    let sent = upload(
        &message(world.id, Sender::Visitor, "-"),
        Some(body),
        vec![file(1), file(2)],
    );
    store.post_upload(sent, nothing()).await.unwrap();
    world.answer(&format!("{MARK} is far")).await;
    world.rate(2, Some(MARK)).await;
    let bea = make_agent(store, "bea").await;
    let note = NewNote {
        conversation_id: world.id,
        author: world.agent.id,
        body: NoteBody::parse(&format!("{MARK} again, @[Bea](agent:{})", bea.id)).unwrap(),
        at: at(3),
    };
    store.add_note(note, nothing()).await.unwrap();
    let label = make_label(store, "Travel").await;
    let labelled = Triage {
        labels: Some(LabelChange::Set(vec![label.id])),
        ..Triage::of(world.id, at(3))
    };
    world.triage(labelled).await;
    look_at(world, world.id, "prices", at(3)).await;
    store
        .note_visitor(id, Some(format!("lives in {MARK}")))
        .await
        .unwrap();
    block(world, id, None).await;
}

fn entry() -> NewAuditEntry {
    NewAuditEntry {
        at: at(100),
        agent_id: None,
        agent_name: "retention".to_owned(),
        action: "retention.applied",
        subject: Subject::new("widget"),
        details: None,
        address: None,
    }
}

/// Each table that has rows of its own gives them out, in pages, and nobody else's.
pub async fn everything_of_a_visitor_is_given_out(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let other = world.another_conversation(2).await;
    posted(world.post(message(other, Sender::Visitor, "not its")).await);
    look_at(&world, other, "elsewhere", at(1)).await;
    fill(&world).await;
    let id = world.opened.visitor.id;
    for table in PERSONAL.iter().filter(|table| table.key.is_some()) {
        let whole = rows(&world, id, table.name).await;
        assert!(!whole.is_empty(), "{}", table.name);
        for row in &whole {
            let mut names: Vec<_> = row.iter().map(|(name, _)| name.as_str()).collect();
            assert!(
                names.iter().all(|name| !table.left_out.contains(name)),
                "{names:?}"
            );
            names.dedup();
            assert_eq!(names.len(), row.len(), "{names:?}");
        }
        let (mut paged, mut after) = (Vec::new(), None);
        loop {
            let page = world.store.personal_rows(id, table, after, 1).await;
            let page = page.unwrap();
            let Some(last) = page.last() else { break };
            after = table.key_of(last);
            assert!(after.is_some(), "{}", table.name);
            paged.extend(page);
        }
        assert_eq!(paged, whole, "{}", table.name);
        let text = format!("{whole:?}");
        assert!(
            !text.contains("not its") && !text.contains("elsewhere"),
            "{text}"
        );
    }
    assert_eq!(rows(&world, id, "messages").await.len(), 3);
    let conversation = format!("{:?}", rows(&world, id, "conversations").await);
    for told in ["Travel", MARK] {
        assert!(conversation.contains(told), "{conversation}");
    }
    assert!(rows(&world, NO_VISITOR, "visitors").await.is_empty());
}

/// That it is given out is written down before.
pub async fn giving_out_is_written_down(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let begin = async |id| {
        let audit = FollowUp::audit(|exists: &bool| exists.then(entry));
        world.store.begin_export(id, audit).await.unwrap()
    };
    assert!(!begin(NO_VISITOR).await);
    let entries = async || {
        let filter = AuditFilter::default();
        world.store.audit_entries(filter, 9).await.unwrap().len()
    };
    assert_eq!(entries().await, 0);
    assert!(begin(world.opened.visitor.id).await);
    assert_eq!(entries().await, 1);
}

async fn found(world: &World, word: &str) -> usize {
    let query = SearchQuery::parse(word).unwrap();
    let messages = MessageSearch {
        query: query.clone(),
        before: None,
        limit: 9,
    };
    let messages = world.store.search_messages(messages).await.unwrap();
    let people = PeopleSearch {
        text: word.to_owned(),
        query,
        limit: 9,
    };
    messages.len() + world.store.search_people(people).await.unwrap().len()
}

/// Nothing of a visitor is left, and of others everything is.
pub async fn an_erased_visitor_leaves_nothing(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let other = world.another_conversation(2).await;
    let kept = posted(world.post(message(other, Sender::Visitor, "kept")).await);
    let other_visitor = kept.message.clone();
    fill(&world).await;
    let id = world.opened.visitor.id;
    let of_other = kept.update.conversation.visitor_id;
    let before = all(&world, of_other).await;
    assert!(found(&world, MARK).await > 0);

    let audit = FollowUp::audit(|erased: &Option<Erased>| erased.as_ref().map(|_| entry()));
    let erased = world.store.erase_visitor(id, audit).await.unwrap();
    let erased = erased.expect("the visitor is there");
    assert_eq!(erased.visitors, [id]);
    assert_eq!(erased.conversations, [world.id]);
    assert_eq!(erased.messages, 3);
    assert_eq!(erased.files, [file_key(1), file_key(2)]);
    assert_eq!(found(&world, MARK).await, 0);
    for (table, rows) in all(&world, id).await {
        assert!(rows.is_empty(), "{table}");
    }
    assert_eq!(world.store.visitor(id).await.unwrap(), None);
    assert_eq!(world.store.conversation(world.id).await.unwrap(), None);
    assert_eq!(world.store.visitor_by_token(&token(1)).await.unwrap(), None);
    let unknown = world
        .store
        .unknown_files(vec![file_key(1), file_key(2)])
        .await;
    assert_eq!(unknown.unwrap().len(), 2);
    assert_eq!(world.store.blocks(None, 9, at(2)).await.unwrap(), []);
    let entries = world
        .store
        .audit_entries(AuditFilter::default(), 9)
        .await
        .unwrap();
    assert_eq!(entries.len(), 1);

    assert_eq!(all(&world, of_other).await, before);
    let read = world.store.conversation(other).await.unwrap().unwrap();
    assert_eq!(read.last_seq, other_visitor.seq);
    // Twice is once.
    let again = world.store.erase_visitor(id, nothing()).await.unwrap();
    assert_eq!(again, None);
    while world.store.scrub(false).await.unwrap() {}
}

/// Whoever writes at that moment finds nothing to write to, and the numbers of what is gone never come back.
pub async fn nothing_is_added_to_what_was_erased(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    world.say("hello").await;
    let id = world.opened.visitor.id;
    world.store.erase_visitor(id, nothing()).await.unwrap();
    let late = world.post(message(world.id, Sender::Visitor, "late")).await;
    assert!(matches!(late, PostOutcome::UnknownConversation), "{late:?}");
    let known = open(world.widget.id, VisitorClaim::Known(id));
    let refused = world.store.open_conversation(known, nothing()).await;
    refused.unwrap_err();
    let new = world.another_conversation(3).await;
    assert!(new > world.id);
}

fn job(kind: &str, payload: &str) -> NewJob {
    NewJob::new(kind, payload, at(1))
}

/// Jobs and deliveries that tell of what was erased go with it, however deep it stands in them; others stay.
pub async fn what_was_to_be_told_of_it_is_forgotten(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let other = world.another_conversation(2).await;
    posted(world.post(message(other, Sender::Visitor, "kept")).await);
    fill(&world).await;
    let (visitor, conversation) = (world.opened.visitor.id, world.id);
    let attachments = rows(&world, visitor, "attachments").await;
    let attachment = PersonalTable::named("attachments").unwrap();
    let attachment = attachment.key_of(&attachments[0]).unwrap();
    let told = [
        format!(r#"{{"conversation_id":{conversation}}}"#),
        format!(r#"{{"visitor_id":{visitor}}}"#),
        format!(r#"{{"attachment_id":{attachment}}}"#),
        format!(r#"{{"body":{{"data":{{"conversation":{{"id":{conversation}}},"x":"{MARK}"}}}}}}"#),
        format!(
            r#"{{"events":[{{"channel":"private-chat.conversation.{conversation}","data":"{{}}"}}]}}"#
        ),
        format!(
            r#"{{"events":[{{"channel":"private-chat.inbox","data":"{{\"visitor_id\":{visitor},\"url\":\"{MARK}\"}}"}}]}}"#
        ),
    ];
    for payload in &told {
        world.store.enqueue(job("told", payload)).await.unwrap();
    }
    let kept = [
        "{}".to_owned(),
        format!(r#"{{"conversation_id":{other},"text":"{conversation} {visitor}"}}"#),
        format!(r#"{{"webhook_id":{conversation},"id":{visitor}}}"#),
        r#"{"events":[{"channel":"news","data":"no JSON {"}]}"#.to_owned(),
        format!(
            r#"{{"keys":["{}"],"visitor_ids":[]}}"#,
            file_key(9).as_str()
        ),
    ];
    for payload in &kept {
        world.store.enqueue(job("kept", payload)).await.unwrap();
    }
    let webhook = NewWebhook {
        url: WebhookUrl::parse("https://hooks.example/").unwrap(),
        events: WebhookEvents::parse(["message.created"]).unwrap(),
        widget_ids: Vec::new(),
        active: true,
        secret: WebhookSecret::stored("whsec_secret".to_owned()),
        at: at(0),
        most: 9,
    };
    let webhook = world.store.create_webhook(webhook, nothing()).await;
    let webhook = webhook.unwrap().unwrap().id;
    for (event_id, conversation) in [("1", conversation), ("2", other)] {
        let new = NewWebhookDelivery {
            webhook_id: webhook,
            content: WebhookContent {
                event_id: event_id.to_owned(),
                event: "message.created".to_owned(),
                body: format!(r#"{{"data":{{"conversation":{{"id":{conversation}}}}}}}"#),
            },
            replay_of: None,
            at: at(1),
        };
        let begun = world.store.begin_webhook_delivery(new, nothing()).await;
        begun.unwrap().unwrap();
    }

    world.store.erase_visitor(visitor, nothing()).await.unwrap();
    let left = world
        .store
        .list_jobs(JobFilter::All, None, 50)
        .await
        .unwrap();
    let left: Vec<_> = left.into_iter().map(|job| job.payload).collect();
    assert_eq!(left, kept);
    let deliveries = world.store.webhook_deliveries(webhook, None, 9).await;
    let deliveries = deliveries.unwrap();
    assert_eq!(deliveries.len(), 1);
    assert_eq!(deliveries[0].content.event_id, "2");
}

/// A website keeps everything until something else is chosen.
pub async fn retention_is_chosen_by_website(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let id = world.widget.id;
    let chosen = async |id| world.store.retention(id).await.unwrap();
    assert_eq!(chosen(id).await, Some(Retention::default()));
    assert_eq!(chosen(NO_WIDGET).await, None);
    let some = Retention {
        closed_conversations_days: Some(3650),
        visits_days: None,
    };
    let set = async |id, retention| {
        let set = world.store.set_retention(id, retention, nothing());
        set.await.unwrap()
    };
    assert!(!set(NO_WIDGET, some).await);
    assert_eq!(world.store.retentions().await.unwrap(), []);
    assert!(set(id, some).await);
    assert_eq!(chosen(id).await, Some(some));
    assert_eq!(world.store.retentions().await.unwrap(), [(id, some)]);
    assert!(set(id, Retention::default()).await);
    assert_eq!(world.store.retentions().await.unwrap(), []);
}

fn expired(world: &World, closed: Option<i64>, visits: Option<i64>) -> EraseExpired {
    EraseExpired {
        widget_id: world.widget.id,
        closed_before: closed.map(at),
        visits_before: visits.map(at),
        limit: 50,
        entry: entry(),
        run: None,
    }
}

async fn erase(world: &World, expired: EraseExpired) -> ExpiredOutcome {
    let outcome = world.store.erase_expired(expired, nothing()).await;
    outcome.unwrap()
}

async fn exists(world: &World, id: ConversationId) -> bool {
    world.store.conversation(id).await.unwrap().is_some()
}

async fn close(world: &World, id: ConversationId) {
    let closed = Triage {
        status: Some(Status::Closed),
        ..Triage::of(id, at(50))
    };
    world.triage(closed).await;
}

/// A conversation goes that is closed and whose last message is older; one at the very moment stays, and so does an open one.
pub async fn closed_conversations_go_when_they_are_old(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let mut ids = vec![world.id];
    for n in 2..=4 {
        ids.push(world.another_conversation(n).await);
    }
    let [old, at_the_moment, newer, still_open] = ids[..] else {
        panic!("four were made");
    };
    for (id, when) in [(old, 9), (at_the_moment, 10), (newer, 11), (still_open, 1)] {
        let said = NewMessage {
            at: at(when),
            ..message(id, Sender::Visitor, MARK)
        };
        posted(world.post(said).await);
    }
    for id in [old, at_the_moment, newer] {
        close(&world, id).await;
    }
    // Of another website, nothing goes.
    let elsewhere = super::world::make_widget(&world.store, 2).await;
    let outcome = erase(
        &world,
        EraseExpired {
            widget_id: elsewhere.id,
            ..expired(&world, Some(10), Some(10))
        },
    )
    .await;
    assert_eq!(outcome, ExpiredOutcome::default());

    let outcome = erase(&world, expired(&world, Some(10), None)).await;
    assert_eq!(outcome.erased.conversations, [old]);
    assert_eq!(outcome.erased.visitors, [world.opened.visitor.id]);
    assert!(!outcome.more);
    for (id, stays) in [
        (old, false),
        (at_the_moment, true),
        (newer, true),
        (still_open, true),
    ] {
        assert_eq!(exists(&world, id).await, stays, "{id}");
    }
    assert_eq!(found(&world, MARK).await, 3);
    let nothing_more = erase(&world, expired(&world, Some(10), None)).await;
    assert_eq!(nothing_more, ExpiredOutcome::default());
}

/// A visitor goes with the last of its conversations, and not before; one that is kept out stays known as long as it is.
pub async fn a_visitor_goes_when_nothing_of_it_is_left(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let visitor = world.opened.visitor.id;
    world.say("first").await;
    close(&world, world.id).await;
    let again = OpenConversation {
        new_conversation: true,
        ..open(world.widget.id, VisitorClaim::Known(visitor))
    };
    let again = world.store.open_conversation(again, nothing()).await;
    let again = again.unwrap().conversation.id;
    posted(world.post(message(again, Sender::Visitor, "second")).await);
    let outcome = erase(&world, expired(&world, Some(60), None)).await;
    assert_eq!(outcome.erased.conversations, [world.id]);
    assert_eq!(outcome.erased.visitors, []);
    assert!(world.store.visitor(visitor).await.unwrap().is_some());

    close(&world, again).await;
    block(&world, visitor, Some(at(200))).await;
    let outcome = erase(&world, expired(&world, Some(60), None)).await;
    assert_eq!(outcome.erased.conversations, [again]);
    assert_eq!(outcome.erased.visitors, []);
    let blocked = world.store.is_blocked(Some(visitor), None, at(150)).await;
    assert!(blocked.unwrap());
    // Another block does not forget the one that is over, since it is what the visitor is found by.
    let other = NewBlock {
        blocked: Blocked::Network(Blocked::parse_network("192.0.2.1").unwrap()),
        agent_id: world.agent.id,
        at: at(201),
        expires_at: None,
        reason: None,
    };
    world.store.add_block(other, nothing()).await.unwrap();
    let later = EraseExpired {
        entry: NewAuditEntry {
            at: at(201),
            ..entry()
        },
        ..expired(&world, Some(60), None)
    };
    let outcome = erase(&world, later).await;
    assert_eq!(outcome.erased.visitors, [visitor]);
    assert_eq!(world.store.visitor(visitor).await.unwrap(), None);
}

/// To let a visitor in again of whom nothing else is left forgets it.
pub async fn a_visitor_who_was_only_kept_out_goes_with_its_block(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let visitor = world.opened.visitor.id;
    world.say("first").await;
    close(&world, world.id).await;
    block(&world, visitor, None).await;
    erase(&world, expired(&world, Some(60), None)).await;
    assert!(world.store.visitor(visitor).await.unwrap().is_some());
    let block = world.store.blocks(None, 9, at(1)).await.unwrap()[0].id;
    assert!(world.store.remove_block(block, nothing()).await.unwrap());
    assert_eq!(world.store.visitor(visitor).await.unwrap(), None);
}

/// Pages that were looked at go when they are older, and so do visitors who never wrote.
pub async fn visits_go_when_they_are_old(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    world.say("hello").await;
    for (page, when) in [("old", 9), ("moment", 10), ("new", 11)] {
        look_at(&world, world.id, page, at(when)).await;
    }
    let silent = |n: u32, when: i64| OpenConversation {
        at: at(when),
        ..open(world.widget.id, VisitorClaim::New { token: token(n) })
    };
    let mut opened = Vec::new();
    for (n, when) in [(2, 9), (3, 10)] {
        let silent = world.store.open_conversation(silent(n, when), nothing());
        opened.push(silent.await.unwrap());
    }
    let outcome = erase(&world, expired(&world, None, Some(10))).await;
    assert_eq!(outcome.erased.page_views, 1);
    assert_eq!(outcome.erased.conversations, [opened[0].conversation.id]);
    assert_eq!(outcome.erased.visitors, [opened[0].visitor.id]);
    let pages = world.store.page_views(world.opened.visitor.id, 9).await;
    let pages: Vec<_> = pages.unwrap().into_iter().map(|page| page.at).collect();
    assert_eq!(pages, [at(11), at(10)]);
    assert!(exists(&world, opened[1].conversation.id).await);
    assert!(exists(&world, world.id).await);
}

/// All batches of a run have one entry, which tells of all of them.
pub async fn a_run_is_one_entry(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    for n in 2..=4 {
        let id = world.another_conversation(n).await;
        let mut said = message(id, Sender::Visitor, "hello");
        said.client_id = Some(client_id(1));
        posted(world.post(said).await);
        close(&world, id).await;
    }
    let mut batch = EraseExpired {
        limit: 2,
        ..expired(&world, Some(60), None)
    };
    let first = erase(&world, batch.clone()).await;
    assert_eq!(first.erased.conversations.len(), 2);
    assert!(first.more);
    batch.run = first.run;
    let second = erase(&world, batch.clone()).await;
    assert!(!second.more);
    let counts = ExpiredCounts {
        conversations: 3,
        messages: 3,
        visitors: 3,
        page_views: 0,
        files: 0,
    };
    assert_eq!(second.run.map(|run| run.counts), Some(counts));
    batch.run = second.run;
    let third = erase(&world, batch).await;
    assert!(third.erased.is_empty());
    assert_eq!(third.run, second.run);
    let entries = world.store.audit_entries(AuditFilter::default(), 9);
    let entries = entries.await.unwrap();
    assert_eq!(entries.len(), 1);
    assert_eq!(entries[0].details.as_deref(), Some(&*counts.details()));
    assert_eq!(Some(entries[0].id), third.run.map(|run| run.entry_id));
    // The one that is open is as it was.
    let read = world.read(SenderType::Visitor, 1, at(1)).await;
    assert_eq!(read, ReadOutcome::Unchanged);
}
