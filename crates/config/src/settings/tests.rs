//! From text to the typed configuration: precedence, defaults, every mistake at once, and nothing secret in any output.

use super::*;
use crate::reverb::MessageQuota;
use crate::{QueueConnection, SslMode};

const NOTHING: [(&str, &str); 0] = [];

fn sources<const N: usize>(environment: [(&str, &str); N], file: &str) -> Sources {
    let environment = environment.map(|(name, value)| (name.to_owned(), value.to_owned()));
    Sources::new(environment)
        .with_file(Path::new(".env"), file)
        .unwrap()
}

fn load(file: &str) -> Config {
    Config::load(&sources(NOTHING, file)).unwrap_or_else(|errors| panic!("{file}: {errors}"))
}

fn errors(file: &str) -> ConfigErrors {
    Config::load(&sources(NOTHING, file)).expect_err(file)
}

fn setting<'a>(config: &'a Config, name: &str) -> &'a Setting {
    config
        .show()
        .iter()
        .find(|setting| setting.key.name == name)
        .unwrap()
}

#[test]
fn no_configuration_at_all_is_a_good_one() {
    let config = load("");
    assert_eq!(config.http.bind().to_string(), "0.0.0.0:8000");
    assert_eq!(config.reverb.bind().to_string(), "0.0.0.0:8080");
    assert_eq!(config.public_url().to_string(), "http://localhost:8000");
    assert_eq!(config.app.data, Path::new("./data"));
    assert_eq!(config.app.shards, None);
    assert!(config.http.rate_limits && config.http.test_page && config.pusher.is_none());
    assert!(config.notices().is_empty());
}

#[test]
fn every_key_of_the_table_is_read_and_shown_in_its_order() {
    let config = load("");
    let shown: Vec<_> = config
        .show()
        .iter()
        .map(|setting| setting.key.name)
        .collect();
    let listed: Vec<_> = keys::KEYS.iter().map(|key| key.name).collect();
    assert_eq!(shown, listed);
}

#[test]
fn the_command_line_counts_before_the_environment_and_that_before_the_file() {
    let file = "ANTIPHON_PORT=1001\nREVERB_SERVER_PORT=1002\nANTIPHON_DATA=/from/file";
    let environment = [
        ("REVERB_SERVER_PORT", "2002"),
        ("ANTIPHON_DATA", "/from/environment"),
    ];
    let sources = sources(environment, file).with_override("ANTIPHON_DATA", "/from/flag");
    let config = Config::load(&sources).unwrap();
    assert_eq!(config.http.port, 1001);
    assert_eq!(config.reverb.port, 2002);
    assert_eq!(config.app.data, Path::new("/from/flag"));
    assert_eq!(
        setting(&config, "ANTIPHON_PORT").source.to_string(),
        ".env line 1"
    );
    assert_eq!(
        *setting(&config, "REVERB_SERVER_PORT").source(),
        Source::Environment
    );
    assert_eq!(
        *setting(&config, "ANTIPHON_DATA").source(),
        Source::CommandLine
    );
    assert_eq!(*setting(&config, "ANTIPHON_HOST").source(), Source::Default);
}

#[test]
fn an_empty_value_asks_for_the_default_and_hides_the_file() {
    for empty in ["", "null", "(empty)", "\"\""] {
        let config =
            Config::load(&sources([("ANTIPHON_PORT", empty)], "ANTIPHON_PORT=9000")).unwrap();
        assert_eq!(config.http.port, 8000, "{empty:?}");
    }
    let config = load("APP_KEY=\nREVERB_APP_KEY=\nREVERB_APP_SECRET=null\n");
    assert_eq!(config.reverb.app().key.len(), 20);
    assert_eq!(config.reverb.app().secret.expose().len(), 32);
}

#[test]
fn the_last_line_of_the_file_counts_and_a_name_alone_takes_it_back() {
    assert_eq!(load("ANTIPHON_PORT=1\nANTIPHON_PORT=2").http.port, 2);
    assert_eq!(load("ANTIPHON_PORT=1\nANTIPHON_PORT").http.port, 8000);
}

#[test]
fn values_are_typed() {
    let config = load(
        "APP_URL=https://Chat.example.com/\nANTIPHON_HOST=::1\nANTIPHON_SHARDS=3\nANTIPHON_RATE_LIMITS=off\n\
         ANTIPHON_TEST_PAGE=(false)\nANTIPHON_TRUSTED_PROXIES=10.0.0.0/8,::1\nANTIPHON_LOG_FORMAT=json\n\
         REVERB_HOST=ws.example.com\nREVERB_PORT=443\nREVERB_SCHEME=https\nREVERB_SERVER_PATH=/ws/\n\
         REVERB_ALLOWED_ORIGINS=example.com,*.example.com\nREVERB_APP_MAX_CONNECTIONS=5\n",
    );
    assert_eq!(config.public_url().to_string(), "https://chat.example.com");
    assert_eq!(config.http.bind().to_string(), "[::1]:8000");
    assert_eq!(config.app.shards.map(|shards| shards.get()), Some(3));
    assert!(!config.http.rate_limits && !config.http.test_page);
    assert_eq!(config.http.trusted_proxies.len(), 2);
    assert_eq!(config.log.format, crate::LogFormat::Json);
    assert_eq!(config.reverb.public.host.as_deref(), Some("ws.example.com"));
    assert_eq!(config.reverb.public.port, Some(443));
    assert_eq!(config.reverb.public.scheme, Some(crate::Scheme::Https));
    assert_eq!(config.reverb.path, "/ws");
    assert_eq!(
        config.reverb.app().allowed_origins,
        ["example.com", "*.example.com"]
    );
    assert_eq!(config.reverb.app().max_connections, Some(5));
}

#[test]
fn all_mistakes_are_reported_at_once() {
    let errors = errors(
        "ANTIPHON_PORT=eighty\nANTIPHON_RATE_LIMITS=maybe\nREVERB_APP_PING_INTERVAL=0\nDB_CONNECTION=mysql\n\
         ANTIPHON_PROT=8000\nPUSHER_APP_KEY=k\nREVERB_SCALING_ENABLED=true\n",
    );
    let text = errors.to_string();
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(
        lines,
        [
            "8 mistakes in the configuration:",
            "  ANTIPHON_PORT=eighty (.env line 1): it must be a port from 1 to 65535, or 0 to let the system choose",
            "  ANTIPHON_RATE_LIMITS=maybe (.env line 2): it must be on or off",
            "  DB_CONNECTION=mysql (.env line 4): it must be sqlite or pgsql",
            "  REVERB_APP_PING_INTERVAL=0 (.env line 3): it must be a whole number from 1 to 86400",
            "  PUSHER_APP_ID is missing: set PUSHER_APP_ID, PUSHER_APP_KEY and PUSHER_APP_SECRET together, or none of them",
            "  PUSHER_APP_SECRET is missing: set PUSHER_APP_ID, PUSHER_APP_KEY and PUSHER_APP_SECRET together, or none of them",
            "  ANTIPHON_PROT (.env line 5): there is no such key; did you mean ANTIPHON_PORT?",
            "  REVERB_SCALING_ENABLED (.env line 7): this value is not supported. This version runs as one server; several would not hear each other.",
        ]
    );
    assert_eq!(errors.problems().len(), 8);
}

#[test]
fn one_mistake_is_one_line() {
    assert_eq!(errors("REVERB_HOSTNAME=x").to_string().lines().count(), 1);
    let long = "x".repeat(5_000);
    assert!(errors(&format!("ANTIPHON_PORT={long}")).to_string().len() < 250);
    assert_eq!(
        errors("ANTIPHON_LOG=\"a\nb\"").to_string().lines().count(),
        1
    );
}

#[test]
fn secrets_appear_in_no_output() {
    const SECRET: &str = "hunter2hunter2";
    let file = format!(
        "REVERB_APP_SECRET={SECRET}\nPUSHER_APP_ID=1\nPUSHER_APP_KEY=k\nPUSHER_APP_SECRET={SECRET}\n"
    );
    let sources = sources(NOTHING, &file);
    let config = Config::load(&sources).unwrap();
    assert_eq!(config.reverb.app().secret.expose(), SECRET);
    let shown: Vec<_> = config.show().iter().map(Setting::shown).collect();
    let everything = format!("{config:?} {sources:?} {shown:?}");
    assert!(!everything.contains(SECRET));
    assert!(!everything.contains(config.app.key.expose()));
    assert_eq!(setting(&config, "APP_KEY").shown(), Some("[redacted]"));

    let error = errors("APP_KEY=hunter2").to_string();
    assert!(
        error.contains("APP_KEY=[redacted]") && !error.contains("hunter2"),
        "{error}"
    );
}

#[test]
fn a_word_that_means_nothing_elsewhere_is_still_no_driver() {
    assert!(
        errors("BROADCAST_CONNECTION=ably")
            .to_string()
            .contains("it must be")
    );
}

#[test]
fn a_server_is_named_by_laravels_keys_or_in_one_line() {
    let server = |text: &str| match load(text).database {
        Database::Postgres(server) => server,
        other => panic!("{other:?}"),
    };
    let plain = server("DB_CONNECTION=pgsql\nDB_HOST=db\nDB_DATABASE=desk\nDB_PASSWORD=pw");
    assert_eq!(
        (plain.host.as_str(), plain.port, plain.database.as_str()),
        ("db", 5432, "desk")
    );
    assert_eq!(plain.password.unwrap().expose(), "pw");
    for key in ["DB_URL", "DATABASE_URL"] {
        let url = server(&format!(
            "{key}=postgres://ana@db:6432/chat?sslmode=require\nDB_PASSWORD=pw\nDB_HOST=other"
        ));
        assert_eq!((url.host.as_str(), url.port), ("db", 6432));
        assert_eq!(
            (url.username.as_str(), url.ssl_mode),
            ("ana", SslMode::Require)
        );
        assert_eq!(url.password.unwrap().expose(), "pw");
    }
    let both = errors("DB_CONNECTION=sqlite\nDB_URL=postgres://ana:secret@db/chat").to_string();
    assert!(both.starts_with("DB_URL is a PostgreSQL server"), "{both}");
    let wrong = errors("DB_URL=postgres://ana:hidden@db/chat?x=1").to_string();
    assert!(
        wrong.contains("[redacted]") && !wrong.contains("hidden"),
        "{wrong}"
    );
    // A file of Laravel's may have keys of a server it does not use.
    let file = load("DB_CONNECTION=sqlite\nDB_HOST=db\nDB_PORT=3306\nDB_DATABASE=/db.sqlite");
    assert!(matches!(file.database, Database::Sqlite { .. }));
}

#[test]
fn the_broadcaster_is_chosen_in_laravels_words() {
    let chosen = |text: &str| load(text).broadcast;
    assert_eq!(chosen(""), BroadcastConnection::Reverb);
    assert_eq!(chosen("BROADCAST_CONNECTION=log"), BroadcastConnection::Log);
    assert_eq!(
        chosen("BROADCAST_CONNECTION=null"),
        BroadcastConnection::Null
    );
    let pusher =
        "BROADCAST_CONNECTION=pusher\nPUSHER_APP_ID=1\nPUSHER_APP_KEY=k\nPUSHER_APP_SECRET=s";
    assert_eq!(chosen(pusher), BroadcastConnection::Pusher);
    let error = errors("BROADCAST_CONNECTION=pusher").to_string();
    assert!(
        error.contains("PUSHER_APP_SECRET") && error.lines().count() == 1,
        "{error}"
    );
}

#[test]
fn the_queue_is_chosen_in_laravels_words() {
    let chosen = |text: &str| load(text).queue.connection;
    assert_eq!(chosen(""), QueueConnection::Database);
    assert_eq!(chosen("QUEUE_CONNECTION=sync"), QueueConnection::Sync);
    assert_eq!(chosen("QUEUE_CONNECTION=redis"), QueueConnection::Database);
    errors("QUEUE_CONNECTION=datbase");
}

#[test]
fn a_laravel_file_with_reverb_works_as_it_is() {
    let config = load(
        "APP_NAME=Laravel\nAPP_ENV=local\nAPP_KEY=base64:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\nAPP_DEBUG=true\n\
         APP_URL=http://localhost\nLOG_CHANNEL=stack\nDB_CONNECTION=sqlite\nSESSION_DRIVER=database\n\
         BROADCAST_CONNECTION=reverb\nFILESYSTEM_DISK=local\nQUEUE_CONNECTION=database\nCACHE_STORE=database\n\
         REDIS_CLIENT=phpredis\nREDIS_HOST=127.0.0.1\nREDIS_PASSWORD=null\nREDIS_PORT=6379\nMAIL_MAILER=log\n\
         REVERB_APP_ID=123456\nREVERB_APP_KEY=abcdefghij\nREVERB_APP_SECRET=secretsecret\nREVERB_HOST=\"localhost\"\n\
         REVERB_PORT=8080\nREVERB_SCHEME=http\nREVERB_SCALING_ENABLED=false\nPUSHER_APP_ID=\nPUSHER_APP_KEY=\n\
         PUSHER_APP_SECRET=\nPUSHER_HOST=\nPUSHER_PORT=443\nPUSHER_SCHEME=https\nPUSHER_APP_CLUSTER=mt1\n\
         VITE_REVERB_APP_KEY=\"${REVERB_APP_KEY}\"\nVITE_REVERB_HOST=\"${REVERB_HOST}\"\n",
    );
    assert_eq!(config.reverb.app().id, "123456");
    assert_eq!(config.reverb.public.port, Some(8080));
    assert!(config.pusher.is_none());
    assert!(config.notices().is_empty());
}

#[test]
fn reverbs_own_keys_have_reverbs_meaning() {
    let config = load(
        "REVERB_SERVER=reverb\nREVERB_SERVER_HOST=127.0.0.1\nREVERB_SERVER_PORT=6001\nREVERB_SERVER_PATH=ws\n\
         REVERB_APP_PING_INTERVAL=60\nREVERB_APP_ACTIVITY_TIMEOUT=31\nREVERB_APP_MAX_CONNECTIONS=7\n\
         REVERB_APP_MAX_MESSAGE_SIZE=10000\nREVERB_MAX_REQUEST_SIZE=10001\n\
         REVERB_APP_ACCEPT_CLIENT_EVENTS_FROM=none\nREVERB_APP_RATE_LIMITING_ENABLED=true\n\
         REVERB_APP_RATE_LIMIT_MAX_ATTEMPTS=120\nREVERB_APP_RATE_LIMIT_DECAY_SECONDS=30\n\
         REVERB_APP_RATE_LIMIT_TERMINATE=true\nREVERB_SCALING_ENABLED=false\nREVERB_SCALING_CHANNEL=reverb\n\
         REVERB_PULSE_INGEST_INTERVAL=15\nREVERB_TELESCOPE_INGEST_INTERVAL=15\n",
    );
    let reverb = &config.reverb;
    assert_eq!(reverb.bind().to_string(), "127.0.0.1:6001");
    assert_eq!(reverb.path, "/ws");
    assert_eq!(reverb.ping_interval.as_secs(), 60);
    let app = reverb.app();
    assert_eq!(app.activity_timeout.as_secs(), 31);
    assert_eq!(app.max_connections, Some(7));
    assert_eq!(
        (app.max_message_bytes, reverb.max_request_bytes),
        (10_000, 10_001)
    );
    assert!(!app.client_events);
    let quota = MessageQuota {
        messages: 120,
        seconds: 30,
        terminate: true,
    };
    assert_eq!(app.message_quota, Some(quota));
    assert!(config.notices().is_empty(), "{:?}", config.notices());
}

#[test]
fn messages_are_counted_when_that_is_switched_on() {
    assert_eq!(load("").reverb.app().message_quota, None);
    let alone = load("REVERB_APP_RATE_LIMIT_MAX_ATTEMPTS=5");
    assert_eq!(alone.reverb.app().message_quota, None);
    let defaults = MessageQuota {
        messages: 60,
        seconds: 60,
        terminate: false,
    };
    let on = load("REVERB_APP_RATE_LIMITING_ENABLED=1");
    assert_eq!(on.reverb.app().message_quota, Some(defaults));
}

#[test]
fn client_events_from_all_are_taken_from_members_with_a_notice() {
    for (file, are_on, n_notices) in [
        ("", true, 0),
        ("REVERB_APP_ACCEPT_CLIENT_EVENTS_FROM=members", true, 0),
        ("REVERB_APP_ACCEPT_CLIENT_EVENTS_FROM=none", false, 0),
        ("REVERB_APP_ACCEPT_CLIENT_EVENTS_FROM=all", true, 1),
    ] {
        let config = load(file);
        assert_eq!(config.reverb.app().client_events, are_on, "{file}");
        assert_eq!(config.notices().len(), n_notices, "{file}");
    }
    let error = errors("REVERB_APP_ACCEPT_CLIENT_EVENTS_FROM=nobody").to_string();
    assert!(error.contains("all, members or none"), "{error}");
}

#[test]
fn an_unused_key_that_might_surprise_gives_a_notice() {
    let config = load("QUEUE_CONNECTION=redis\nFILESYSTEM_DRIVER=s3");
    let keys: Vec<_> = config
        .notices()
        .iter()
        .map(|notice| notice.key.as_str())
        .collect();
    assert_eq!(keys, ["QUEUE_CONNECTION", "FILESYSTEM_DRIVER"]);
}

#[test]
fn a_bucket_is_there_when_it_is_chosen_and_all_of_it_is() {
    // As Laravel writes a new `.env`.
    let unset = "FILESYSTEM_DISK=local\nAWS_ACCESS_KEY_ID=\nAWS_SECRET_ACCESS_KEY=\nAWS_DEFAULT_REGION=us-east-1\nAWS_BUCKET=\nAWS_USE_PATH_STYLE_ENDPOINT=false\n";
    assert!(matches!(load(unset).disk, Disk::Local));
    let error = errors("FILESYSTEM_DISK=s3\nAWS_BUCKET=a/b\nAWS_ENDPOINT=minio:9000").to_string();
    for key in [
        "AWS_ACCESS_KEY_ID is missing",
        "AWS_SECRET_ACCESS_KEY is missing",
        "AWS_BUCKET=a/b",
        "AWS_ENDPOINT=minio:9000",
    ] {
        assert!(error.contains(key), "{error}");
    }
    let config = load(
        "FILESYSTEM_DISK=s3\nAWS_ACCESS_KEY_ID=me\nAWS_SECRET_ACCESS_KEY=hush-hush\nAWS_BUCKET=b\nAWS_ENDPOINT=http://minio:9000/\nAWS_USE_PATH_STYLE_ENDPOINT=true",
    );
    let Disk::S3(s3) = &config.disk else {
        panic!("{:?}", config.disk);
    };
    assert_eq!(
        (&*s3.bucket, &*s3.region, s3.path_style, &*s3.prefix),
        ("b", "us-east-1", true, "antiphon")
    );
    assert_eq!(
        s3.endpoint.as_ref().unwrap().to_string(),
        "http://minio:9000"
    );
    assert!(!format!("{config:?}").contains("hush-hush"));
}

#[test]
fn an_address_set_by_kubernetes_is_explained() {
    let sources = sources([("ANTIPHON_PORT", "tcp://10.0.0.1:8000")], "");
    let error = Config::load(&sources).unwrap_err().to_string();
    assert!(error.contains("enableServiceLinks"), "{error}");
}

#[test]
fn pusher_is_there_when_all_of_it_is() {
    let config =
        load("PUSHER_APP_ID=1\nPUSHER_APP_KEY=k\nPUSHER_APP_SECRET=s\nPUSHER_APP_CLUSTER=eu");
    let pusher = config.pusher.expect("all three are set");
    assert_eq!((pusher.cluster.as_str(), pusher.port), ("eu", 443));
}

/// The outside world in a temporary folder: a `.env` file with this text, and a data folder that is not there yet.
fn options(root: &Path, file: &str, secrets: SecretsMode) -> Options {
    let env_file = root.join(".env");
    std::fs::write(&env_file, file).unwrap();
    let data = root.join("data").display().to_string();
    Options {
        env_file: Some(env_file),
        overrides: vec![("ANTIPHON_DATA", data)],
        secrets,
    }
}

#[test]
fn a_command_that_looks_writes_nothing_and_one_that_works_keeps_the_secrets() {
    let root = tempfile::tempdir().unwrap();
    let data = root.path().join("data");
    let look = options(root.path(), "", SecretsMode::Preview);
    let config = Config::of_process(&look).unwrap();
    assert!(!data.exists());
    assert_eq!(
        setting(&config, "APP_KEY").source.to_string(),
        "generated at the first start"
    );

    let work = options(root.path(), "", SecretsMode::Keep);
    let config = Config::of_process(&work).unwrap();
    let kept = data.join(SECRETS_FILE);
    assert_eq!(
        setting(&config, "APP_KEY").source,
        Source::Generated(Some(kept))
    );
    let looked = Config::of_process(&look).unwrap();
    assert_eq!(looked.reverb.app().key, config.reverb.app().key);
}

#[test]
fn secrets_that_are_all_configured_need_no_file() {
    let root = tempfile::tempdir().unwrap();
    let file = "APP_KEY=0123456789abcdef\nREVERB_APP_ID=1\nREVERB_APP_KEY=k\nREVERB_APP_SECRET=s\n";
    Config::of_process(&options(root.path(), file, SecretsMode::Keep)).unwrap();
    assert!(!root.path().join("data").exists());
}

#[test]
fn nothing_is_written_while_anything_is_wrong() {
    let root = tempfile::tempdir().unwrap();
    let wrong = options(root.path(), "ANTIPHON_PORT=x\nA B\n", SecretsMode::Keep);
    let error = Config::of_process(&wrong).unwrap_err().to_string();
    assert!(
        error.contains(".env line 2: a name may have only"),
        "{error}"
    );
    let wrong = options(root.path(), "ANTIPHON_PORT=x\n", SecretsMode::Keep);
    assert!(
        Config::of_process(&wrong)
            .unwrap_err()
            .to_string()
            .starts_with("ANTIPHON_PORT=x")
    );
    assert!(!root.path().join("data").exists());
}

#[test]
fn a_file_that_was_named_must_be_there() {
    let root = tempfile::tempdir().unwrap();
    let mut options = options(root.path(), "", SecretsMode::Preview);
    options.env_file = Some(root.path().join("other.env"));
    let error = Config::of_process(&options).unwrap_err().to_string();
    assert!(error.contains("other.env: cannot read the file"), "{error}");
}
