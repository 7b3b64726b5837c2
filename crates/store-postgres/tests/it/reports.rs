//! What happened before reports were there is in them, as far as it can be known.

use crate::options;
use antiphon_store_postgres::PostgresStore;
use antiphon_testkit::Postgres;

/// Of the driver; run again where it finds conversations.
const MIGRATION: &str = include_str!("../../src/migrations/0017_reports.sql");

/// The first conversation was answered and closed, the second begun by the team and answered, the third is without an answer, and in the
/// fourth nothing was said. A quarter of an hour has 900 million microseconds.
const ROWS: &str = "
    INSERT INTO widgets (token, name, allowed_domains, welcome_message, identity_secret, created_at)
        VALUES ('cbw_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA', 'Old', '[\"a.example\"]', 'Hi', 's', 1);
    INSERT INTO visitors (widget_id, name, verified, created_at) VALUES (1, 'Vera', FALSE, 2);
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

#[test]
fn reports_know_of_what_happened_before() {
    let place = Postgres::schema();
    let (store, _) = PostgresStore::open_and_migrate(&options(&place)).unwrap();
    drop(store);
    place.run(ROWS);
    place
        .run("DROP TABLE report_events; DROP TABLE message_counts; DROP INDEX conversations_rated");
    place.run(MIGRATION);
    let events = place.run(
        "SELECT concat_ws(' ', kind, conversation_id, at, agent_id, since)
         FROM report_events ORDER BY conversation_id, at, id",
    );
    assert_eq!(
        events,
        [
            "begun 1 100",
            "first_response 1 900000300 2 100",
            "closed 1 900000400 1 100",
            "begun 2 510",
            "first_response 2 530 2 520",
            "begun 3 600"
        ]
    );
    let counts = place.run(
        "SELECT concat_ws(' ', quarter, widget_id, team_id, agent_id, received, sent)
         FROM message_counts ORDER BY quarter, team_id, agent_id",
    );
    assert_eq!(
        counts,
        [
            "0 1 0 0 1 0",
            "0 1 0 1 2 0",
            "0 1 1 1 0 1",
            "0 1 1 2 1 1",
            "1 1 0 1 0 1",
            "1 1 0 2 0 1"
        ]
    );
}
