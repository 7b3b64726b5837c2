//! Every fact of the port's contract, each in a schema of its own.

use crate::options;
use antiphon_store::contract::Subject;
use antiphon_store_postgres::PostgresStore;
use antiphon_testkit::Postgres;
use std::sync::Arc;

async fn make() -> Subject {
    let place = Postgres::schema();
    let (store, _migrated) = PostgresStore::open_and_migrate(&options(&place)).unwrap();
    Subject {
        store: Arc::new(store),
        keep: Box::new(place),
    }
}

antiphon_store::store_contract!(make, facts);

/// One schema for all cases, emptied for each: making it takes longer than a case.
#[test]
fn random_operations_agree_with_the_model() {
    let place = Postgres::schema();
    let (store, _migrated) = PostgresStore::open_and_migrate(&options(&place)).unwrap();
    let store = Arc::new(store);
    antiphon_store::contract::model::check(|| {
        place.run(EMPTY);
        let store = Arc::clone(&store);
        async move {
            Subject {
                store,
                keep: Box::new(()),
            }
        }
    });
    store.close();
}

/// What refers comes before what is referred to.
const EMPTY: &str = "
    DELETE FROM attachments; DELETE FROM messages; DELETE FROM conversation_details; DELETE FROM conversations;
    DELETE FROM visitor_tokens; DELETE FROM visitors; DELETE FROM teams; DELETE FROM labels; DELETE FROM agents;
    DELETE FROM widgets; DELETE FROM jobs;
    UPDATE counters SET value = 0;
";
