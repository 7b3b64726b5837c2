use super::*;
use antiphon_domain::{ConversationDetails, ConversationId, TokenHash, WidgetId, WidgetSettings};
use antiphon_store::{Conversations as _, VisitorPage, Widgets as _};
use rusqlite::Connection;

const FIRST: Migration = Migration {
    name: "first",
    sql: "CREATE TABLE cats (id INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT; INSERT INTO cats VALUES (1, 'Tom');",
};
const SECOND: Migration = Migration {
    name: "second",
    sql: "ALTER TABLE cats ADD COLUMN age INTEGER;",
};

struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("test.sqlite")
    }

    fn backups(&self) -> PathBuf {
        self.folder.path().join("backups")
    }

    fn migrate(&self, migrations: &[Migration]) -> Result<Migrated, OpenError> {
        migrate_with(&self.path(), &self.backups(), migrations)
    }

    fn query(&self, sql: &str) -> rusqlite::Result<String> {
        Connection::open(self.path())?.query_row(sql, [], |row| row.get(0))
    }
}

#[test]
fn a_new_database_is_made_without_a_backup() {
    let place = Place::new();
    assert_eq!(
        place.migrate(&[FIRST]).unwrap(),
        Migrated {
            from: 0,
            to: 1,
            backup: None
        }
    );
    assert_eq!(place.query("SELECT name FROM cats").unwrap(), "Tom");
    assert!(!place.backups().exists());
    assert_eq!(
        place.migrate(&[FIRST]).unwrap(),
        Migrated {
            from: 1,
            to: 1,
            backup: None
        },
        "a second time does nothing"
    );
}

#[test]
fn an_upgrade_copies_the_database_first() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = Place::new();
    place.migrate(&[FIRST]).unwrap();
    let migrated = place.migrate(&[FIRST, SECOND]).unwrap();
    assert_eq!((migrated.from, migrated.to), (1, 2));
    place.query("SELECT count(age) || '' FROM cats").unwrap();

    let backup = migrated.backup.unwrap();
    assert!(
        backup
            .file_name()
            .unwrap()
            .to_str()
            .unwrap()
            .starts_with("antiphon-v1-"),
        "{}",
        backup.display()
    );
    assert_eq!(
        backup.metadata().unwrap().permissions().mode() & 0o777,
        0o600
    );
    let copy = Connection::open(&backup).unwrap();
    assert_eq!(schema_version(&copy).unwrap(), 1);
    assert_eq!(
        copy.query_row("SELECT name FROM cats", [], |row| row.get::<_, String>(0))
            .unwrap(),
        "Tom"
    );
}

#[test]
fn a_newer_database_is_refused_untouched() {
    let place = Place::new();
    place.migrate(&[FIRST, SECOND]).unwrap();
    let before = std::fs::read(place.path()).unwrap();
    let error = place.migrate(&[FIRST]).unwrap_err();
    assert!(
        matches!(error, OpenError::NewerSchema { found: 2, known: 1 }),
        "{error}"
    );
    assert_eq!(std::fs::read(place.path()).unwrap(), before);
}

#[test]
fn a_migration_that_fails_leaves_the_database_at_the_one_before() {
    let place = Place::new();
    let broken = Migration {
        name: "broken",
        sql: "CREATE TABLE dogs (id INTEGER) STRICT; INSERT INTO nowhere VALUES (1);",
    };
    place.migrate(&[FIRST]).unwrap();
    place.migrate(&[FIRST, SECOND, broken]).unwrap_err();
    assert_eq!(
        schema_version(&Connection::open(place.path()).unwrap()).unwrap(),
        2
    );
    place.query("SELECT count(*) || '' FROM dogs").unwrap_err();
}

#[test]
fn a_migration_that_breaks_references_is_undone() {
    let place = Place::new();
    let kittens = Migration {
        name: "kittens",
        sql: "CREATE TABLE kittens (cat INTEGER NOT NULL REFERENCES cats (id)) STRICT; INSERT INTO kittens VALUES (1);",
    };
    let orphans = Migration {
        name: "orphans",
        sql: "DELETE FROM cats;",
    };
    place.migrate(&[FIRST, kittens]).unwrap();
    let error = place.migrate(&[FIRST, kittens, orphans]).unwrap_err();
    assert!(error.to_string().contains("1 broken references"), "{error}");
    assert_eq!(place.query("SELECT name FROM cats").unwrap(), "Tom");
}

#[test]
fn an_edited_migration_is_found_out() {
    let place = Place::new();
    place.migrate(&[FIRST]).unwrap();
    let edited = Migration {
        name: "first",
        sql: "CREATE TABLE cats (id INTEGER PRIMARY KEY) STRICT;",
    };
    let error = place.migrate(&[edited, SECOND]).unwrap_err();
    assert!(
        matches!(error, OpenError::ForeignMigration { version: 1 }),
        "{error}"
    );
}

#[test]
fn processes_that_start_at_once_migrate_once() {
    let place = Place::new();
    place.migrate(&[FIRST]).unwrap();
    let outcomes: Vec<Migrated> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| place.migrate(&[FIRST, SECOND]).unwrap()))
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    });
    assert_eq!(
        outcomes.iter().filter(|outcome| outcome.from == 1).count(),
        1
    );
    assert_eq!(std::fs::read_dir(place.backups()).unwrap().count(), 1);
}

#[test]
fn two_backups_of_one_second_have_two_names() {
    let place = Place::new();
    place.migrate(&[FIRST]).unwrap();
    let connection = open_for_writing(&place.path()).unwrap();
    let first = back_up(&connection, &place.path(), &place.backups(), 1).unwrap();
    let second = back_up(&connection, &place.path(), &place.backups(), 1).unwrap();
    assert_ne!(first, second);
    assert!(second.metadata().unwrap().len() > 0);
}

#[test]
fn the_shipped_migrations_make_strict_tables_only() {
    let place = Place::new();
    migrate(&OpenOptions {
        backup_dir: place.backups(),
        ..OpenOptions::new(place.path())
    })
    .unwrap();
    let n_loose = place.query("SELECT count(*) || '' FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND NOT strict AND name NOT LIKE 'sqlite_%'");
    assert_eq!(n_loose.unwrap(), "0");
}

/// What people had before stays, and has what is new as it is by default.
#[tokio::test]
async fn an_installation_of_the_first_schema_is_carried_over() {
    let place = Place::new();
    place.migrate(&MIGRATIONS[..1]).unwrap();
    let rows = "INSERT INTO widgets (token, name, allowed_domains, welcome_message, identity_secret, created_at)
             VALUES ('cbw_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA', 'Old', '[\"a.example\"]', 'Hi', 's', 1);
         INSERT INTO visitors (widget_id, name, verified, created_at) VALUES (1, 'Vera', 0, 2);
         INSERT INTO visitor_tokens VALUES (zeroblob(32), 1, 2);
         INSERT INTO conversations (widget_id, visitor_id, status, last_seq, agent_read_seq, revision, created_at, last_message_at)
             VALUES (1, 1, 'closed', 1, 1, 1, 2, 3);
         INSERT INTO messages (conversation_id, seq, sender_type, body, created_at) VALUES (1, 1, 'visitor', 'hello', 3);";
    Connection::open(place.path())
        .unwrap()
        .execute_batch(rows)
        .unwrap();
    let migrated = place.migrate(MIGRATIONS).unwrap();
    assert_eq!((migrated.from, migrated.to), (1, latest(MIGRATIONS)));
    assert!(migrated.backup.is_some());

    let store = crate::SqliteStore::open(&OpenOptions::new(place.path())).unwrap();
    let widget = store.widget(WidgetId(1)).await.unwrap().unwrap();
    assert_eq!(widget.settings, WidgetSettings::default());
    let visitor = store.visitor_by_token(&TokenHash([0; 32])).await.unwrap();
    let page = VisitorPage {
        visitor_id: visitor.unwrap().id,
        before: None,
        limit: 9,
    };
    let list = store.visitor_conversations(page).await.unwrap();
    assert_eq!(list[0].last_message.as_ref().unwrap().body, "hello");
    let conversation = &list[0].conversation;
    assert_eq!(conversation.rating, None);
    assert_eq!(conversation.agent_delivered_seq, 1, "what was read");
    let details = store.conversation_details(ConversationId(1)).await.unwrap();
    assert_eq!(details, Some(ConversationDetails::default()));
}

/// Files that wait to be looked into at an upgrade get the jobs that new ones are posted with.
#[test]
fn files_that_wait_to_be_looked_into_get_their_jobs() {
    let place = Place::new();
    place.migrate(&MIGRATIONS[..4]).unwrap();
    let rows = "INSERT INTO widgets (token, name, allowed_domains, welcome_message, identity_secret, created_at)
             VALUES ('cbw_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA', 'Old', '[\"a.example\"]', 'Hi', 's', 1);
         INSERT INTO visitors (widget_id, name, verified, created_at) VALUES (1, 'Vera', 0, 2);
         INSERT INTO conversations (widget_id, visitor_id, status, last_seq, revision, created_at, last_message_at)
             VALUES (1, 1, 'pending', 1, 1, 2, 3);
         INSERT INTO messages (conversation_id, seq, sender_type, body, created_at, n_attachments) VALUES (1, 1, 'visitor', '', 3, 3);
         INSERT INTO attachments (message_id, file_key, name, content_type, size_bytes, created_at, described_at)
             VALUES (1, '00000000000000000000000000000001', 'a.png', 'image/png', 9, 3, NULL),
                    (1, '00000000000000000000000000000002', 'b.png', 'image/png', 9, 3, 4),
                    (1, '00000000000000000000000000000003', 'c.png', 'image/png', 9, 3, NULL);";
    Connection::open(place.path())
        .unwrap()
        .execute_batch(rows)
        .unwrap();
    place.migrate(MIGRATIONS).unwrap();
    let jobs = place.query(
        "SELECT group_concat(kind || payload || max_attempts || ' ' || dedupe_key, '; ') FROM jobs",
    );
    assert_eq!(
        jobs.unwrap(),
        "attachment.describe{\"attachment_id\":1}3 attachment.describe 1; attachment.describe{\"attachment_id\":3}3 attachment.describe 3"
    );
}

/// What happened before the upgrade is in reports, as far as it can be known.
#[test]
fn reports_know_of_what_happened_before() {
    let place = Place::new();
    let before = MIGRATIONS.iter().position(|one| one.name == "reports");
    place.migrate(&MIGRATIONS[..before.unwrap()]).unwrap();
    // The first was answered and closed, the second begun by the team and answered, the third is without an answer, and in the fourth
    // nothing was said. A quarter of an hour has 900 million microseconds.
    let rows = "INSERT INTO widgets (token, name, allowed_domains, welcome_message, identity_secret, created_at)
             VALUES ('cbw_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA', 'Old', '[\"a.example\"]', 'Hi', 's', 1);
         INSERT INTO visitors (widget_id, name, verified, created_at) VALUES (1, 'Vera', 0, 2);
         INSERT INTO agents (name, email, role, password_hash, created_at) VALUES ('Ana', 'ana@example.com', 'admin', '', 1),
             ('Ben', 'ben@example.com', 'agent', '', 1);
         INSERT INTO teams (name, name_key, created_at) VALUES ('Support', 'support', 1);
         INSERT INTO conversations (widget_id, visitor_id, status, last_seq, revision, created_at, last_message_at, assigned_agent_id, team_id)
             VALUES (1, 1, 'closed', 4, 1, 2, 900000400, 1, NULL), (1, 1, 'active', 3, 2, 2, 530, 2, 1),
                    (1, 1, 'pending', 1, 3, 2, 600, NULL, NULL), (1, 1, 'closed', 0, 4, 2, NULL, NULL, NULL);
         INSERT INTO messages (conversation_id, seq, sender_type, sender_agent_id, body, created_at) VALUES
             (1, 1, 'visitor', NULL, 'a', 100), (1, 2, 'visitor', NULL, 'b', 200), (1, 3, 'employee', 2, 'c', 900000300),
             (1, 4, 'employee', 1, 'd', 900000400),
             (2, 1, 'employee', 1, 'e', 510), (2, 2, 'visitor', NULL, 'f', 520), (2, 3, 'employee', 2, 'g', 530),
             (3, 1, 'visitor', NULL, 'h', 600);";
    // It knows the functions of the index of words.
    open_for_writing(&place.path())
        .unwrap()
        .execute_batch(rows)
        .unwrap();
    place.migrate(MIGRATIONS).unwrap();
    let events = place.query(
        "SELECT group_concat(concat_ws(' ', kind, conversation_id, at, agent_id, since), '; ')
         FROM (SELECT * FROM report_events ORDER BY conversation_id, at, id)",
    );
    assert_eq!(
        events.unwrap(),
        "begun 1 100; first_response 1 900000300 2 100; closed 1 900000400 1 100; \
         begun 2 510; first_response 2 530 2 520; begun 3 600"
    );
    let counts = place.query(
        "SELECT group_concat(concat_ws(' ', quarter, widget_id, team_id, agent_id, received, sent), '; ')
         FROM (SELECT * FROM message_counts ORDER BY quarter, team_id, agent_id)",
    );
    assert_eq!(
        counts.unwrap(),
        "0 1 0 0 1 0; 0 1 0 1 2 0; 0 1 1 1 0 1; 0 1 1 2 1 1; 1 1 0 1 0 1; 1 1 0 2 0 1"
    );
}
