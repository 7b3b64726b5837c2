//! Which databases are opened, and what is said of the others.

use crate::options;
use crate::world::conversation;
use antiphon_postgres::{Server, TlsMode};
use antiphon_store_postgres::{OpenError, Options, PostgresStore};
use antiphon_testkit::{Postgres, Proxy};
use std::time::Duration;

fn refused(options: &Options) -> OpenError {
    PostgresStore::open_and_migrate(options).unwrap_err()
}

#[test]
fn a_database_is_filled_once_and_opened_again() {
    let place = Postgres::schema();
    let (_store, made) = PostgresStore::open_and_migrate(&options(&place)).unwrap();
    assert!(made.from == 0 && made.to > 0);
    let (_store, again) = PostgresStore::open_and_migrate(&options(&place)).unwrap();
    assert_eq!((again.from, again.to), (made.to, made.to));
}

#[test]
fn a_newer_schema_and_an_edited_one_are_refused() {
    let place = Postgres::schema();
    let (_store, made) = PostgresStore::open_and_migrate(&options(&place)).unwrap();
    place.run("INSERT INTO schema_migrations SELECT max(version) + 1, 'next', 'x', 0 FROM schema_migrations");
    let error = refused(&options(&place));
    assert!(
        matches!(error, OpenError::NewerSchema { found, known } if found == known + 1 && known == made.to),
        "{error}"
    );
    place.run("DELETE FROM schema_migrations WHERE name = 'next'; UPDATE schema_migrations SET checksum = 'y' WHERE version = 2");
    let error = refused(&options(&place));
    assert!(
        matches!(error, OpenError::ForeignMigration { version: 2 }),
        "{error}"
    );
}

/// A Laravel application has a table of jobs, too.
#[test]
fn another_programs_tables_are_left_alone() {
    let place = Postgres::schema();
    place.run("CREATE TABLE jobs (id bigint)");
    let error = refused(&options(&place));
    assert!(
        matches!(&error, OpenError::Foreign { table, .. } if table == "jobs"),
        "{error}"
    );
    assert!(error.to_string().contains("DB_SEARCH_PATH"), "{error}");
    let tables = place.run("SELECT count(*) FROM pg_tables WHERE schemaname = current_schema()");
    assert_eq!(tables, ["1"]);
}

#[test]
fn what_cannot_be_opened_is_told_in_one_line_without_the_password() {
    let place = Postgres::schema();
    let with = |change: fn(&mut Options)| {
        let mut options = options(&place);
        options.server.password = Some("hidden".to_owned());
        change(&mut options);
        assert!(!format!("{options:?}").contains("hidden"));
        let said = refused(&options).to_string();
        assert!(!said.contains("hidden") && !said.contains('\n'), "{said}");
        said
    };
    let said = with(|options| options.server.database = "antiphon_no_such_database".to_owned());
    assert!(said.contains("createdb"), "{said}");
    let said = with(|options| options.server.schema = Some("antiphon_no_such_schema".to_owned()));
    assert!(said.contains("DB_SEARCH_PATH"), "{said}");
    let said = with(|options| options.server.port = 1);
    assert!(said.contains(":1 ") && said.contains("refused"), "{said}");
}

#[test]
fn a_server_that_says_nothing_is_not_waited_for() {
    let place = Postgres::schema();
    let (host, port) = place.address();
    let proxy = Proxy::to(&host, port);
    proxy.swallow();
    let options = options(&place);
    let error = refused(&Options {
        server: Server {
            host: proxy.address().ip().to_string(),
            port: proxy.address().port(),
            connect_timeout: Duration::from_millis(200),
            ..options.server
        },
        ..options
    });
    assert!(error.to_string().contains("in time"), "{error}");
}

/// Where the server of tests has no TLS, that is what is said.
#[tokio::test]
async fn tls_is_used_as_the_mode_says() {
    let place = Postgres::schema();
    let has_tls = place.run("SHOW ssl") == ["on"];
    let with = |tls| {
        let mut options = options(&place);
        options.server.tls = tls;
        options
    };
    let n_encrypted = || {
        place
            .run("SELECT count(*) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE ssl AND application_name = 'antiphon' AND datname = current_database()")
            .remove(0)
            .parse::<usize>()
            .unwrap()
    };
    let (preferring, _) = PostgresStore::open_and_migrate(&with(TlsMode::Prefer)).unwrap();
    conversation(&preferring, 1).await;
    if has_tls {
        let (required, _) = PostgresStore::open_and_migrate(&with(TlsMode::Require)).unwrap();
        conversation(&required, 2).await;
        assert!(n_encrypted() >= 4, "writers and readers");
    } else {
        let error = refused(&with(TlsMode::Require)).to_string();
        assert!(error.contains("TLS"), "{error}");
    }
    // Nobody has vouched for the certificate of a test server's, if it has one.
    let error = refused(&with(TlsMode::VerifyFull)).to_string();
    assert!(
        error.contains("certificate") || error.contains("TLS"),
        "{error}"
    );
}
