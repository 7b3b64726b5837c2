//! A store that moves from SQLite to PostgreSQL and back is the same store.

use crate::options;
use crate::world::{at, conversation, message, said, say};
use antiphon_domain::{ContentType, FileKey, FileName, NewAttachment, Sender, SenderType};
use antiphon_store::copy::{CopyError, Source, Sum, TABLES, copy, sum};
use antiphon_store::{
    Agents as _, Conversations as _, Jobs as _, MarkRead, NewAgent, NewJob, NewUpload,
    Uploads as _, nothing,
};
use antiphon_store_postgres::{CopySource, CopyTarget, PostgresStore};
use antiphon_store_sqlite as sqlite;
use antiphon_testkit::Postgres;

/// Something in most tables, with whatever is awkward in text.
async fn fill(store: &PostgresStore) {
    let id = conversation(store, 1).await;
    for text in [
        "tab\t newline\n return\r backslash \\ \\N \\.",
        "\u{1} 'quote' \"double\" 😀 \u{7f} \u{2028}",
        "\\",
    ] {
        say(store, id, text).await.unwrap();
    }
    let mut repeated = message(id, "once");
    repeated.client_id = Some(antiphon_domain::ClientId([0xff; 16]));
    store.post_message(repeated, nothing()).await.unwrap();
    let upload = NewUpload {
        conversation_id: id,
        sender: Sender::Visitor,
        body: None,
        attachments: vec![NewAttachment {
            file: FileKey::parse(&"a".repeat(32)).unwrap(),
            name: FileName::parse("a b.png").unwrap(),
            content_type: ContentType::parse("image/png").unwrap(),
            size: 7,
            dimensions: Some((3, 4)),
            duration_ms: None,
        }],
        is_voice: false,
        client_id: None,
        reply_to_seq: None,
        at: at(2),
    };
    store.post_upload(upload, nothing()).await.unwrap();
    let mark = MarkRead {
        conversation_id: id,
        reader: SenderType::Employee,
        up_to_seq: 2,
        at: at(3),
    };
    store.mark_read(mark, nothing()).await.unwrap();
    let agent = NewAgent {
        name: antiphon_domain::PersonName::parse("Ana").unwrap(),
        email: antiphon_domain::EmailAddress::parse("ana@example.com").unwrap(),
        role: antiphon_domain::AgentRole::Admin,
        password_hash: "$argon2id$".to_owned(),
        at: at(0),
    };
    store.create_agent(agent).await.unwrap();
    for n in 0..3 {
        let job = NewJob::new("kind", format!("{{\"n\":{n}}}"), at(0));
        store.enqueue(job).await.unwrap();
    }
    // The largest id is in no row any more, and must not come back.
    let last = store
        .list_jobs(antiphon_store::JobFilter::All, None, 9)
        .await
        .unwrap();
    assert_eq!(last.last().unwrap().id.0, 3);
}

fn sums(source: &mut dyn Source) -> Vec<(&'static str, Sum)> {
    TABLES
        .into_iter()
        .map(|table| (table, sum(source, table).unwrap()))
        .collect()
}

#[test]
fn a_store_moves_to_sqlite_and_back_whole() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let (from, to) = (Postgres::schema(), Postgres::schema());
    let (store, _) = PostgresStore::open_and_migrate(&options(&from)).unwrap();
    runtime.block_on(fill(&store));
    from.run("DELETE FROM jobs WHERE id = 3");

    let folder = tempfile::tempdir().unwrap();
    let file = sqlite::OpenOptions::new(folder.path().join("test.sqlite"));
    let mut source = CopySource::open(&options(&from)).unwrap();
    let mut target = sqlite::CopyTarget::open(&file).unwrap();
    let mut heard = Vec::new();
    let there = copy(&mut source, &mut target, &mut |table, rows| {
        heard.push((table, rows));
    })
    .unwrap();
    assert!(heard.contains(&("messages", 5)), "{heard:?}");
    assert!(
        there
            .iter()
            .any(|(table, sum)| *table == "jobs" && sum.rows == 2)
    );
    drop((source, target));

    let mut source = sqlite::CopySource::open(&file).unwrap();
    let mut target = CopyTarget::open(&options(&to)).unwrap();
    let back = copy(&mut source, &mut target, &mut |_, _| {}).unwrap();
    assert_eq!(there, back);
    drop((source, target));
    let mut source = CopySource::open(&options(&to)).unwrap();
    assert_eq!(sums(&mut source), there);
    drop(source);

    let (moved, _) = PostgresStore::open_and_migrate(&options(&to)).unwrap();
    runtime.block_on(async {
        let id = antiphon_domain::ConversationId(1);
        assert_eq!(said(&moved, id).await, said(&store, id).await);
        // It goes on where the other stood: the seq, the revision, and ids that were given out before.
        assert_eq!(say(&moved, id, "on").await.unwrap(), 6);
        let next = moved.newest_revision().await.unwrap();
        assert_eq!(next, store.newest_revision().await.unwrap() + 1);
        let job = moved
            .enqueue(NewJob::new("kind", "1", at(0)))
            .await
            .unwrap();
        assert_eq!(job.unwrap().0, 4);
    });
}

#[test]
fn a_target_in_use_is_refused_and_stays_as_it_is() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let (from, to) = (Postgres::schema(), Postgres::schema());
    let (store, _) = PostgresStore::open_and_migrate(&options(&from)).unwrap();
    runtime.block_on(fill(&store));
    let (used, _) = PostgresStore::open_and_migrate(&options(&to)).unwrap();
    runtime.block_on(conversation(&used, 9));
    let mut source = CopySource::open(&options(&from)).unwrap();
    let mut target = CopyTarget::open(&options(&to)).unwrap();
    let refused = copy(&mut source, &mut target, &mut |_, _| {});
    assert!(
        matches!(refused, Err(CopyError::NotEmpty("widgets"))),
        "{refused:?}"
    );
    drop((source, target));
    let counts = to.run("SELECT count(*) FROM conversations");
    assert_eq!(counts, ["1"]);
}
