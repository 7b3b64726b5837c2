//! Death at any moment: what was acknowledged is there, once, in order.
//!
//! The test starts its own binary again as a writer process, reads its acknowledgements from a pipe, and kills it in the middle
//! of its work, again and again on the same database. In every other round the process aborts by itself at an acknowledgement:
//! no parent's `kill -9` comes as close behind it.

use antiphon_domain::{
    AllowedDomains, ClientId, ContactDetails, ConversationDetails, ConversationId, Message,
    MessageBody, QuickReplies, Sender, Timestamp, TokenHash, WidgetName, WidgetToken,
};
use antiphon_store::{
    Conversations as _, MessagePage, NewMessage, NewWidget, OpenConversation, PostOutcome,
    VisitorClaim, Widgets as _, nothing,
};
use antiphon_store_sqlite::{OpenOptions, SqliteStore};
use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Names the database's folder to the writer process.
const FOLDER: &str = "ANTIPHON_CRASH_TEST_FOLDER";
/// Numbers the writer process, so that no two use the same client ids.
const ROUND: &str = "ANTIPHON_CRASH_TEST_ROUND";
/// The acknowledgement at which the writer process is to abort, if it is.
const ABORT_AT: &str = "ANTIPHON_CRASH_TEST_ABORT_AT";
/// How often a writer process dies.
const ROUNDS: u32 = 24;
const CONVERSATIONS: u32 = 4;
const WRITERS: u32 = 24;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Acknowledged {
    conversation: i64,
    seq: i64,
    client_id: ClientId,
}

#[test]
fn every_acknowledged_message_survives_kill_9_once_and_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(prepare(folder.path()));
    let mut acknowledged = Vec::new();
    for round in 0..ROUNDS {
        let before = acknowledged.len();
        // From the very first acknowledgement to the thousandth; the moment inside a commit is chance.
        let end_at = 1 + (round * 389 % 1000) as usize;
        let death = if round % 2 == 0 {
            Death::Kill
        } else {
            Death::Abort
        };
        run_and_end(folder.path(), round, death, end_at, &mut acknowledged);
        assert!(acknowledged.len() > before);
        runtime.block_on(verify(folder.path(), &acknowledged));
    }
}

/// The writer process: does nothing unless the test above started it.
#[test]
fn write_until_killed() {
    let (Some(folder), Some(round)) = (std::env::var_os(FOLDER), std::env::var_os(ROUND)) else {
        return;
    };
    let round: u32 = round.to_str().unwrap().parse().unwrap();
    let abort_at = std::env::var_os(ABORT_AT)
        .map_or(usize::MAX, |text| text.to_str().unwrap().parse().unwrap());
    let store = Arc::new(SqliteStore::open(&options(Path::new(&folder))).unwrap());
    let n_acknowledged = Arc::new(AtomicUsize::new(0));
    let acknowledge = Arc::new(move |line: &str| {
        // One write below PIPE_BUF: the line comes whole or not at all.
        std::io::stdout().lock().write_all(line.as_bytes()).unwrap();
        if n_acknowledged.fetch_add(1, Ordering::Relaxed) + 1 == abort_at {
            std::process::abort();
        }
    });
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .build()
        .unwrap();
    runtime.block_on(async {
        let mut writers = tokio::task::JoinSet::new();
        for writer in 0..WRITERS {
            writers.spawn(write_for_ever(
                Arc::clone(&store),
                round,
                writer,
                Arc::clone(&acknowledge),
            ));
        }
        while let Some(ended) = writers.join_next().await {
            ended.unwrap();
        }
    });
}

/// Posts one message after the other, each twice, and says which were acknowledged.
async fn write_for_ever(
    store: Arc<SqliteStore>,
    round: u32,
    writer: u32,
    acknowledge: Arc<impl Fn(&str)>,
) {
    let conversation_id = ConversationId(i64::from(writer % CONVERSATIONS) + 1);
    for n in 0_u32.. {
        let mut client_id = [0; 16];
        for (bytes, number) in client_id.chunks_exact_mut(4).zip([round, writer, n]) {
            bytes.copy_from_slice(&number.to_be_bytes());
        }
        let new = NewMessage {
            conversation_id,
            sender: Sender::Visitor,
            body: MessageBody::parse(&format!("message {n} of writer {writer}, round {round}"))
                .unwrap(),
            quick_replies: QuickReplies::default(),
            reply_to_seq: None,
            client_id: Some(ClientId(client_id)),
            at: Timestamp::from_micros(1),
        };
        let (first, second) = tokio::join!(
            store.post_message(new.clone(), antiphon_store::nothing()),
            store.post_message(new, antiphon_store::nothing())
        );
        for outcome in [first.unwrap(), second.unwrap()] {
            let message = match outcome {
                PostOutcome::Posted(posted) => posted.message,
                PostOutcome::Repeated(message) => *message,
                other => panic!("{other:?}"),
            };
            acknowledge(&format!(
                "\nack {} {} {}\n",
                conversation_id,
                message.seq,
                ClientId(client_id)
            ));
        }
    }
}

fn options(folder: &Path) -> OpenOptions {
    OpenOptions {
        readers: 1,
        ..OpenOptions::new(folder.join("test.sqlite"))
    }
}

async fn prepare(folder: &Path) {
    let (store, _migrated) = SqliteStore::open_and_migrate(&options(folder)).unwrap();
    let at = Timestamp::from_micros(0);
    let widget = NewWidget {
        name: WidgetName::parse("Test").unwrap(),
        token: WidgetToken::from_random(&[0; 24]),
        allowed_domains: AllowedDomains::default(),
        welcome_message: String::new(),
        identity_secret: String::new(),
        at,
    };
    let made = store.create_widget(widget, nothing()).await.unwrap();
    let widget_id = made.unwrap().id;
    for n in 1..=CONVERSATIONS {
        let visitor = VisitorClaim::New {
            token: TokenHash([u8::try_from(n).unwrap(); 32]),
        };
        let contact = ContactDetails::default();
        let open = OpenConversation {
            widget_id,
            visitor,
            contact,
            new_conversation: false,
            conversation_id: None,
            details: ConversationDetails::default(),
            device: antiphon_domain::Device::default(),
            at,
        };
        assert_eq!(
            store
                .open_conversation(open, nothing())
                .await
                .unwrap()
                .conversation
                .id,
            ConversationId(i64::from(n))
        );
    }
}

/// How a writer process ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Death {
    /// By SIGKILL, whatever it does at the moment.
    Kill,
    /// By its own hand, right behind an acknowledgement.
    Abort,
}

/// Lets a writer process acknowledge so many posts, ends it, and keeps all it acknowledged.
fn run_and_end(
    folder: &Path,
    round: u32,
    death: Death,
    end_at: usize,
    acknowledged: &mut Vec<Acknowledged>,
) {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args([
            "--exact",
            "crash::write_until_killed",
            "--nocapture",
            "--test-threads=1",
        ])
        .env(FOLDER, folder)
        .env(ROUND, round.to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::piped());
    if death == Death::Abort {
        command.env(ABORT_AT, end_at.to_string());
    }
    let mut writer = command.spawn().unwrap();
    let lines = BufReader::new(writer.stdout.take().unwrap()).lines();
    let mut n_seen = 0;
    for acknowledgement in lines.map_while(Result::ok).filter_map(|line| parse(&line)) {
        acknowledged.push(acknowledgement);
        n_seen += 1;
        if n_seen == end_at && death == Death::Kill {
            // What the pipe still holds was acknowledged as well, and is read on to its end.
            writer.kill().unwrap();
        }
    }
    let status = writer.wait().unwrap();
    assert!(
        status.signal().is_some() && n_seen >= end_at,
        "the writer ended by itself: {status}"
    );
}

fn parse(line: &str) -> Option<Acknowledged> {
    let mut fields = line.strip_prefix("ack ")?.split(' ');
    let acknowledged = Acknowledged {
        conversation: fields.next()?.parse().ok()?,
        seq: fields.next()?.parse().ok()?,
        client_id: ClientId::parse(fields.next()?).ok()?,
    };
    Some(acknowledged)
}

async fn verify(folder: &Path, acknowledged: &[Acknowledged]) {
    let store = SqliteStore::open(&options(folder)).unwrap();
    let mut stored = HashMap::new();
    for id in (1..=i64::from(CONVERSATIONS)).map(ConversationId) {
        let messages = all_messages(&store, id).await;
        let seqs: Vec<i64> = messages.iter().map(|message| message.seq).collect();
        assert_eq!(
            seqs,
            (1..=seqs.len() as i64).collect::<Vec<_>>(),
            "conversation {id}"
        );
        assert!(messages.is_sorted_by(|one, next| one.id < next.id));
        let last_seq = store.conversation(id).await.unwrap().unwrap().last_seq;
        assert_eq!(last_seq, seqs.len() as i64);
        for message in messages {
            let client_id = message.client_id.unwrap();
            let place = Acknowledged {
                conversation: id.0,
                seq: message.seq,
                client_id,
            };
            assert_eq!(stored.insert(client_id, place), None, "stored twice");
        }
    }
    for acknowledgement in acknowledged {
        assert_eq!(
            stored.get(&acknowledgement.client_id),
            Some(acknowledgement),
            "acknowledged and lost, or moved"
        );
    }
    drop(store);
    let connection = rusqlite::Connection::open(folder.join("test.sqlite")).unwrap();
    let verdict: String = connection
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(verdict, "ok");
}

async fn all_messages(store: &SqliteStore, id: ConversationId) -> Vec<Message> {
    let mut messages: Vec<Message> = Vec::new();
    loop {
        let seq = messages.last().map_or(0, |message| message.seq);
        let (_, page) = store
            .conversation_page(id, MessagePage::After { seq, limit: 200 })
            .await
            .unwrap()
            .unwrap();
        if page.is_empty() {
            return messages;
        }
        messages.extend(page);
    }
}
