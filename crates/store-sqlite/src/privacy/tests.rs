//! What the contract cannot see: the schema, and the bytes of the files.

use super::*;
use crate::{OpenOptions, connection, migrate};
use antiphon_domain::{
    AgentRole, AllowedDomains, ContactDetails, ConversationDetails, Device, EmailAddress,
    MessageBody, PersonName, QuickReplies, Sender, Timestamp, TokenHash, WidgetName, WidgetToken,
};
use antiphon_store::copy::Value;
use antiphon_store::{
    Agents as _, Conversations as _, NewAgent, NewMessage, NewWidget, OpenConversation, PERSONAL,
    VisitorClaim, Visits as _, Widgets as _, nothing,
};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Columns by which a row is about a visitor.
const REFERRING: [&str; 4] = ["visitor_id", "conversation_id", "message_id", "note_id"];

fn new() -> (tempfile::TempDir, OpenOptions) {
    let folder = tempfile::tempdir().unwrap();
    let options = OpenOptions {
        readers: 1,
        ..OpenOptions::new(folder.path().join("test.sqlite"))
    };
    migrate(&options).unwrap();
    (folder, options)
}

fn texts(connection: &Connection, sql: &str) -> Vec<String> {
    let mut statement = connection.prepare(sql).unwrap();
    let rows = statement.query_map([], |row| row.get(0)).unwrap();
    rows.map(Result::unwrap).collect()
}

#[test]
fn every_table_about_a_visitor_is_exported_and_erased() {
    let (_folder, options) = new();
    let connection = connection::open_for_reading(&options.path).unwrap();
    let tables = texts(
        &connection,
        "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite_%'",
    );
    let personal: BTreeSet<&str> = PERSONAL.iter().map(|table| table.name).collect();
    let mut referring = BTreeSet::from(["visitors".to_owned()]);
    for table in tables {
        let columns = texts(
            &connection,
            &format!("SELECT name FROM pragma_table_info('{table}')"),
        );
        let foreign = texts(
            &connection,
            &format!("SELECT \"table\" FROM pragma_foreign_key_list('{table}')"),
        );
        if columns
            .iter()
            .any(|name| REFERRING.contains(&name.as_str()))
            || foreign
                .iter()
                .any(|other| personal.contains(other.as_str()))
        {
            referring.insert(table);
        }
    }
    let referring: BTreeSet<&str> = referring.iter().map(String::as_str).collect();
    assert_eq!(
        referring, personal,
        "name the table in PERSONAL, so that it is exported and erased"
    );
    // What is left out, and what pages go on at, is there.
    for table in PERSONAL {
        let columns = texts(
            &connection,
            &format!("SELECT name FROM pragma_table_info('{}')", table.name),
        );
        for column in table.left_out.iter().copied().chain(table.key) {
            assert!(columns.iter().any(|name| name == column), "{column}");
        }
    }
}

/// A value that no other column has, of the kind that the column takes.
fn filled(column: &str, kind: &str, n: i64) -> String {
    match (column, kind) {
        ("answers" | "quick_replies", _) => format!("'[[\"answer {n}\",null,null]]'"),
        ("metadata", _) => format!("'{{\"plan\":\"gold {n}\"}}'"),
        ("status", _) => "'closed'".to_owned(),
        ("sender_type", _) => "'visitor'".to_owned(),
        ("priority" | "rating_score", _) => "3".to_owned(),
        ("verified" | "answered" | "is_voice", _) => "1".to_owned(),
        ("file_key" | "thumbnail_key", _) => format!("'{n:032}'"),
        ("client_id", _) => format!("x'{n:032x}'"),
        ("token_hash", _) => format!("x'{n:064x}'"),
        ("waveform", _) => format!("x'{}'", "07".repeat(64)),
        (_, "TEXT") => format!("'{column} {n}'"),
        _ => format!("{}", 1_000_000 + n),
    }
}

/// Every column of every table is in what is given out, or is named as left out; a new one that nobody thought of fails here.
#[tokio::test]
async fn every_column_about_a_visitor_is_exported() {
    let (_folder, options) = new();
    let writer = connection::open_for_writing(&options.path).unwrap();
    writer
        .execute_batch(
            "PRAGMA ignore_check_constraints = ON;
             INSERT INTO widgets (id, token, name, allowed_domains, welcome_message, identity_secret, created_at)
             VALUES (1, 't', 'Shop', '[]', '', '', 0);
             INSERT INTO agents (id, name, email, role, password_hash, created_at) VALUES (1, 'Ana', 'a@b', 'admin', '', 0);
             INSERT INTO teams (id, name, name_key, created_at) VALUES (1, 'Sales', 'sales', 0);
             INSERT INTO labels (id, name, name_key, color, created_at) VALUES (1, 'Refund', 'refund', '#ffffff', 0);",
        )
        .unwrap();
    // One row of each table, with something in every column.
    let mut expected: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (n, table) in (1..).zip(PERSONAL) {
        let mut statement = writer
            .prepare(&format!(
                "SELECT name, type FROM pragma_table_info('{}')",
                table.name
            ))
            .unwrap();
        let columns: Vec<(String, String)> = statement
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
            .unwrap()
            .map(Result::unwrap)
            .collect();
        let value = |(at, (column, kind)): (usize, &(String, String))| match column.as_str() {
            // References, all to the first of their kind.
            "id" => "1".to_owned(),
            name if name.ends_with("_id") && !matches!(name, "external_id" | "client_id") => {
                "1".to_owned()
            }
            // One or the other.
            "network" => "NULL".to_owned(),
            "seq" | "last_seq" => "5".to_owned(),
            name => filled(name, kind, n * 100 + i64::try_from(at).unwrap()),
        };
        let values: Vec<String> = columns.iter().enumerate().map(value).collect();
        let names: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
        writer
            .execute_batch(&format!(
                "INSERT INTO {} ({}) VALUES ({})",
                table.name,
                names.join(", "),
                values.join(", ")
            ))
            .unwrap_or_else(|error| panic!("{}: {error}", table.name));
        let told = names.iter().filter(|name| !table.left_out.contains(name));
        expected.insert(table.name, told.map(|name| (*name).to_owned()).collect());
    }
    drop(writer);

    let store = SqliteStore::open(&options).unwrap();
    for table in PERSONAL.iter().filter(|table| table.key.is_some()) {
        let rows = store
            .personal_rows(VisitorId(1), table, None, 9)
            .await
            .unwrap();
        assert_eq!(rows.len(), 1, "{}", table.name);
        for column in &expected[table.name] {
            let told = rows[0].iter().find(|(name, _)| name == column);
            let is_told = told.is_some_and(|(_, value)| *value != Value::Null);
            assert!(is_told, "{}.{column}: {told:?}", table.name);
        }
    }
    let conversations = PersonalTable::named("conversations").unwrap();
    let told = store.personal_rows(VisitorId(1), conversations, None, 9);
    let told = format!("{:?}", told.await.unwrap());
    for word in ["Ana", "Sales", "Refund"] {
        assert!(told.contains(word), "{told}");
    }
}

/// Whether a word stands in any file of a folder, in whatever place.
fn stands_in(folder: &Path, word: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        // The index has words in small letters.
        let small = bytes.to_ascii_lowercase();
        let n = small
            .windows(word.len())
            .filter(|part| *part == word.as_bytes())
            .count();
        if n > 0 {
            found.push(format!("{} times in {}", n, path.display()));
        }
    }
    found
}

#[tokio::test]
async fn nothing_of_a_visitor_is_left_in_the_files() {
    const MARK: &str = "zanzibar";
    let (folder, options) = new();
    let store = SqliteStore::open(&options).unwrap();
    let at = Timestamp::from_micros(1_700_000_000_000_000);
    let widget = NewWidget {
        name: WidgetName::parse("Shop").unwrap(),
        token: WidgetToken::from_random(&[1; 24]),
        allowed_domains: AllowedDomains::parse(["example.com"]).unwrap(),
        welcome_message: "Hello".to_owned(),
        identity_secret: "s".to_owned(),
        at,
    };
    let widget = store.create_widget(widget, nothing()).await;
    let widget = widget.unwrap().unwrap();
    let agent = NewAgent {
        name: PersonName::parse("Ana").unwrap(),
        email: EmailAddress::parse("ana@example.com").unwrap(),
        role: AgentRole::Admin,
        password_hash: "h".to_owned(),
        at,
    };
    store.create_agent(agent, nothing()).await.unwrap();
    let mut ids = Vec::new();
    for n in 0..3_u8 {
        // The first says it in many ways, and so often that it fills pages; the others never.
        let name = |text: &str| (n == 0).then(|| format!("{text} {MARK}"));
        let open = OpenConversation {
            widget_id: widget.id,
            visitor: VisitorClaim::New {
                token: TokenHash([n; 32]),
            },
            contact: ContactDetails {
                name: name("Eve"),
                email: name("eve@"),
                phone: name("+49"),
                external_id: name("id"),
                metadata: (n == 0).then(|| format!("{{\"city\":\"{MARK}\"}}")),
            },
            new_conversation: false,
            conversation_id: None,
            details: ConversationDetails::default(),
            device: Device {
                browser: name("Firefox"),
                location: name("near"),
            },
            at,
        };
        let opened = store.open_conversation(open, nothing()).await.unwrap();
        for m in 0..300 {
            let text = match n {
                0 => format!("{MARK} {m} {}", format!("{MARK}{m} ").repeat(m % 40)),
                _ => format!("nothing of note, number {m}"),
            };
            let new = NewMessage {
                conversation_id: opened.conversation.id,
                sender: Sender::Visitor,
                body: MessageBody::parse(&text).unwrap(),
                quick_replies: QuickReplies::default(),
                reply_to_seq: None,
                client_id: None,
                at,
            };
            store.post_message(new, nothing()).await.unwrap();
        }
        ids.push(opened.visitor.id);
    }
    let note = Some(format!("likes {MARK}"));
    assert!(store.note_visitor(ids[0], note).await.unwrap());
    assert!(!stands_in(folder.path(), MARK).is_empty());

    store.erase_visitor(ids[0], nothing()).await.unwrap();
    let mut more = store.scrub(true).await.unwrap();
    while more {
        more = store.scrub(false).await.unwrap();
    }
    // A close empties the log, as the next idle moment would.
    store.close();
    assert_eq!(stands_in(folder.path(), MARK), [] as [String; 0]);
    drop(store);
    let store = SqliteStore::open(&options).unwrap();
    assert!(store.visitor(ids[1]).await.unwrap().is_some());
}
