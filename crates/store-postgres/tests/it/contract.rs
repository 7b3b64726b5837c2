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

antiphon_store::store_contract!(make);
