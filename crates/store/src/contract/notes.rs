//! Facts about notes beside conversations, and about who is mentioned in them.

use super::world::{NO_AGENT, NO_CONVERSATION, World, at, make_agent};
use crate::{
    ChangedNote, DeleteNote, EditNote, FollowUp, ListPage, MentionPage, NewNote, NoteOutcome,
    NotePage, StatusFilter, Store, nothing,
};
use antiphon_domain::{
    Agent, AgentId, ConversationId, Mention, MentionId, Note, NoteBody, NoteId, Status,
};
use std::sync::{Arc, mpsc};

const NO_NOTE: NoteId = NoteId(987_654);

fn body(text: &str) -> NoteBody {
    NoteBody::parse(text).unwrap()
}

fn mention(agent: &Agent) -> String {
    format!("@[{}](agent:{})", agent.name.as_str(), agent.id)
}

fn changed(outcome: NoteOutcome) -> ChangedNote {
    match outcome {
        NoteOutcome::Changed(changed) => *changed,
        other => panic!("not changed: {other:?}"),
    }
}

async fn add(world: &World, author: &Agent, text: &str) -> ChangedNote {
    let new = NewNote {
        conversation_id: world.id,
        author: author.id,
        body: body(text),
        at: at(10),
    };
    changed(world.store.add_note(new, nothing()).await.unwrap())
}

async fn edit(world: &World, id: NoteId, author: AgentId, text: &str) -> NoteOutcome {
    let edit = EditNote {
        id,
        author,
        body: body(text),
        at: at(20),
    };
    world.store.edit_note(edit, nothing()).await.unwrap()
}

async fn delete(world: &World, id: NoteId, author: AgentId) -> NoteOutcome {
    let delete = DeleteNote {
        id,
        author,
        at: at(30),
    };
    world.store.delete_note(delete, nothing()).await.unwrap()
}

async fn list(world: &World) -> Vec<Note> {
    let page = NotePage {
        conversation_id: world.id,
        before: None,
        limit: 200,
    };
    world.store.notes(page).await.unwrap()
}

async fn mentions(world: &World, agent: &Agent, unread: bool) -> Vec<Mention> {
    let page = MentionPage {
        agent_id: agent.id,
        unread,
        before: None,
        limit: 200,
    };
    world.store.mentions(page).await.unwrap()
}

/// Everybody who is mentioned in a note that is there, ascending and once; of a conversation without notes, nobody.
pub async fn a_row_says_who_is_mentioned_and_lists_are_found_by_it(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let (bea, cid) = (
        make_agent(&world.store, "bea").await,
        make_agent(&world.store, "cid").await,
    );
    world.say("hello").await;
    let listed = async |agent: &Agent, status| {
        let page = ListPage {
            mentioned: Some(agent.id),
            status,
            ..ListPage::open(10)
        };
        let rows = world.store.list(page).await.unwrap();
        rows.iter()
            .map(|row| row.conversation.id)
            .collect::<Vec<_>>()
    };
    let both = format!("{} {} {0}", mention(&cid), mention(&bea));
    let first = add(&world, &world.agent, &both).await;
    assert_eq!(first.update.mentioned, [bea.id, cid.id]);
    let second = add(&world, &world.agent, &mention(&cid)).await;
    assert_eq!(second.update.mentioned, [bea.id, cid.id]);
    for agent in [&bea, &cid] {
        assert_eq!(listed(agent, StatusFilter::Open).await, [world.id]);
        assert_eq!(listed(agent, StatusFilter::All).await, [world.id]);
        assert_eq!(
            listed(agent, StatusFilter::Only(Status::Closed)).await,
            [] as [ConversationId; 0]
        );
    }
    assert_eq!(world.say("more").await.update.mentioned, [bea.id, cid.id]);
    let deleted = changed(delete(&world, first.note.id, world.agent.id).await);
    assert_eq!(deleted.update.mentioned, [cid.id]);
    assert_eq!(
        listed(&bea, StatusFilter::All).await,
        [] as [ConversationId; 0]
    );
    world.set_status(Status::Closed).await;
    assert_eq!(
        listed(&cid, StatusFilter::Only(Status::Closed)).await,
        [world.id]
    );
    changed(delete(&world, second.note.id, world.agent.id).await);
    let row = world.store.inbox_row(world.id).await.unwrap().unwrap();
    assert_eq!(row.mentioned, []);
}

/// A note stands behind the newest message, is told of at the commit, and is counted in the row.
pub async fn a_note_is_kept_behind_the_newest_message(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    world.say("hello").await;
    let before = world.conversation().await;
    let (hear, heard) = mpsc::channel();
    let new = NewNote {
        conversation_id: world.id,
        author: world.agent.id,
        body: body("Call \"back\" ☎\nat nine"),
        at: at(10),
    };
    let follow_up =
        FollowUp::told(move |outcome: &NoteOutcome| hear.send(outcome.clone()).unwrap());
    let outcome = world.store.add_note(new, follow_up).await.unwrap();
    assert_eq!(heard.try_recv().unwrap(), outcome);
    let ChangedNote {
        note,
        mentioned,
        update,
    } = changed(outcome);
    assert_eq!(
        (note.body.as_str(), note.after_seq, note.created_at),
        ("Call \"back\" ☎\nat nine", 1, at(10))
    );
    assert_eq!(
        (note.author.id, note.author.name.as_str()),
        (world.agent.id, "ana")
    );
    assert_eq!((note.edited_at, note.deleted_at), (None, None));
    assert_eq!((mentioned, update.note_count), (Vec::new(), 1));
    assert_eq!(update.conversation, world.conversation().await);
    assert!(update.conversation.revision > before.revision);
    assert_eq!(
        update.conversation.last_seq, before.last_seq,
        "a note is no message"
    );
    assert_eq!(list(&world).await, [note]);
    world.say("more").await;
    assert_eq!(add(&world, &world.agent, "later").await.note.after_seq, 2);
}

/// Nothing is left of a note that could not be.
pub async fn a_note_needs_its_conversation(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let before = world.store.newest_revision().await.unwrap();
    let new = NewNote {
        conversation_id: NO_CONVERSATION,
        author: world.agent.id,
        body: body("nowhere"),
        at: at(10),
    };
    let outcome = world.store.add_note(new.clone(), nothing()).await.unwrap();
    assert_eq!(outcome, NoteOutcome::UnknownConversation);
    let by_nobody = NewNote {
        conversation_id: world.id,
        author: NO_AGENT,
        ..new
    };
    world
        .store
        .add_note(by_nobody, nothing())
        .await
        .unwrap_err();
    assert_eq!(world.store.newest_revision().await.unwrap(), before);
    assert_eq!(list(&world).await, []);
}

/// Its author changes it, nobody else, and what changes nothing draws no revision.
pub async fn a_note_is_its_authors_to_change(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let bea = make_agent(&world.store, "bea").await;
    let note = add(&world, &world.agent, "first").await.note;
    let before = world.store.newest_revision().await.unwrap();
    assert_eq!(
        edit(&world, note.id, bea.id, "mine").await,
        NoteOutcome::NotAuthor
    );
    assert_eq!(
        delete(&world, note.id, bea.id).await,
        NoteOutcome::NotAuthor
    );
    assert_eq!(
        edit(&world, note.id, world.agent.id, "first").await,
        NoteOutcome::Unchanged(Box::new(note.clone()))
    );
    for outcome in [
        edit(&world, NO_NOTE, bea.id, "x").await,
        delete(&world, NO_NOTE, bea.id).await,
    ] {
        assert_eq!(outcome, NoteOutcome::UnknownNote);
    }
    assert_eq!(world.store.newest_revision().await.unwrap(), before);

    let edited = changed(edit(&world, note.id, world.agent.id, "second").await);
    assert_eq!(
        edited.note,
        Note {
            body: "second".to_owned(),
            edited_at: Some(at(20)),
            ..note
        }
    );
    assert_eq!(
        (
            edited.update.note_count,
            edited.update.conversation.revision
        ),
        (1, before + 1)
    );
}

/// The row stays, its text goes, and it can be deleted again but not changed.
pub async fn a_deleted_note_says_only_that_it_was(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let bea = make_agent(&world.store, "bea").await;
    let note = add(&world, &world.agent, &format!("{} secret", mention(&bea))).await;
    let deleted = changed(delete(&world, note.note.id, world.agent.id).await);
    assert_eq!(
        deleted.note,
        Note {
            body: String::new(),
            mentions: Vec::new(),
            deleted_at: Some(at(30)),
            ..note.note
        }
    );
    assert_eq!(deleted.update.note_count, 0);
    assert_eq!(mentions(&world, &bea, false).await, []);
    let id = deleted.note.id;
    assert_eq!(
        delete(&world, id, world.agent.id).await,
        NoteOutcome::Unchanged(Box::new(deleted.note))
    );
    assert_eq!(
        edit(&world, id, world.agent.id, "again").await,
        NoteOutcome::UnknownNote
    );
}

/// Whoever is there is mentioned, but for the author; once, however often a note is changed.
pub async fn a_mention_is_of_an_agent_that_there_is(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let (bea, cid) = (
        make_agent(&world.store, "bea").await,
        make_agent(&world.store, "cid").await,
    );
    let text = format!(
        "{} {} {} @[Nobody](agent:{NO_AGENT})",
        mention(&cid),
        mention(&bea),
        mention(&world.agent)
    );
    let added = add(&world, &world.agent, &text).await;
    assert_eq!(added.note.mentions, [bea.id, cid.id]);
    let told: Vec<_> = added.mentioned.iter().map(|it| it.agent_id).collect();
    assert_eq!(told, [bea.id, cid.id]);
    assert_eq!(mentions(&world, &bea, true).await, added.mentioned[..1]);
    assert_eq!(added.mentioned[0].note, added.note);
    assert_eq!(added.mentioned[0].visitor_name.as_deref(), Some("Vera"));

    let dan = make_agent(&world.store, "dan").await;
    let text = format!("{} {}", mention(&bea), mention(&dan));
    let edited = changed(edit(&world, added.note.id, world.agent.id, &text).await);
    assert_eq!(edited.note.mentions, [bea.id, dan.id]);
    let told: Vec<_> = edited.mentioned.iter().map(|it| it.agent_id).collect();
    assert_eq!(told, [dan.id], "bea knows already");
    assert_eq!(mentions(&world, &cid, false).await, []);
    assert_eq!(
        mentions(&world, &bea, false).await[0].id,
        added.mentioned[0].id
    );
}

/// Mentions are listed newest first, in pages, and are read up to one.
pub async fn mentions_are_read_up_to_one(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let bea = make_agent(&world.store, "bea").await;
    let mut ids = Vec::new();
    for n in 1..=3 {
        let added = add(&world, &world.agent, &format!("{} {n}", mention(&bea))).await;
        ids.push(added.mentioned[0].id);
    }
    let unread = || world.store.unread_mentions(bea.id);
    let read = async |agent: AgentId, up_to: MentionId| {
        world
            .store
            .read_mentions(agent, up_to, at(40), nothing())
            .await
            .unwrap()
    };
    assert_eq!(unread().await.unwrap(), 3);
    assert_eq!(read(world.agent.id, ids[2]).await, 0, "not its own");
    assert_eq!(read(bea.id, ids[1]).await, 2);
    assert_eq!(read(bea.id, ids[1]).await, 0);
    assert_eq!(unread().await.unwrap(), 1);
    let found = mentions(&world, &bea, true).await;
    assert_eq!(found.iter().map(|it| it.id).collect::<Vec<_>>(), ids[2..]);
    let found = mentions(&world, &bea, false).await;
    let times: Vec<_> = found.iter().map(|it| (it.id, it.read_at)).collect();
    assert_eq!(
        times,
        [
            (ids[2], None),
            (ids[1], Some(at(40))),
            (ids[0], Some(at(40)))
        ]
    );
    let page = MentionPage {
        agent_id: bea.id,
        unread: false,
        before: Some(ids[2]),
        limit: 1,
    };
    let found = world.store.mentions(page).await.unwrap();
    assert_eq!(found.iter().map(|it| it.id).collect::<Vec<_>>(), ids[1..2]);
}

/// Pages of notes go back from the newest, each oldest first.
pub async fn notes_are_listed_in_pages(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let mut notes = Vec::new();
    for n in 1..=3 {
        notes.push(add(&world, &world.agent, &n.to_string()).await.note);
    }
    let page = async |before, limit| {
        let page = NotePage {
            conversation_id: world.id,
            before,
            limit,
        };
        world.store.notes(page).await.unwrap()
    };
    assert_eq!(page(None, 2).await, notes[1..]);
    assert_eq!(page(Some(notes[1].id), 2).await, notes[..1]);
    assert_eq!(page(Some(notes[0].id), 2).await, []);
    let nowhere = NotePage {
        conversation_id: NO_CONVERSATION,
        before: None,
        limit: 1,
    };
    assert_eq!(world.store.notes(nowhere).await.unwrap(), []);
}
