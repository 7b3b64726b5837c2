//! Several nodes that are one WebSocket server: the Redis that they share, under the keys that Laravel gave it, or the database.

use crate::database::{Database, Postgres};
use crate::error::Problem;
use crate::parse;
use crate::reader::Reader;
use crate::secret::Secret;
use std::net::Ipv6Addr;

/// The key that says what nodes share.
const BROKER: &str = "ANTIPHON_SCALING_BROKER";

/// A node of a cluster.
#[derive(Debug, Clone)]
pub struct Scaling {
    /// `REVERB_SCALING_CHANNEL`: the name of everything that the nodes keep there. Nodes with the same one are one server.
    pub channel: String,
    /// What the nodes share.
    pub broker: Broker,
}

/// What the nodes of a cluster share: `ANTIPHON_SCALING_BROKER`.
#[derive(Debug, Clone)]
pub enum Broker {
    /// A Redis.
    Redis {
        /// `REDIS_URL`, or what the other `REDIS_*` keys come to: `redis://…` or, over TLS, `rediss://…`. It may hold a password.
        url: Secret,
    },
    /// The PostgreSQL server of the `DB_*` keys.
    Postgres(Box<Postgres>),
}

/// The value of the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Redis,
    Postgres,
}

impl Scaling {
    /// `None`: this is the only node. Then what the `REDIS_*` keys say is the Laravel application's matter, and not looked at.
    pub(crate) fn read(reader: &mut Reader<'_>, database: &Database) -> Option<Self> {
        let is_on = reader.value("REVERB_SCALING_ENABLED", parse::switch);
        let channel = reader.value("REVERB_SCALING_CHANNEL", parse::identifier);
        let kind = reader.value(BROKER, |text| match text {
            "redis" => Some(Kind::Redis),
            "pgsql" => Some(Kind::Postgres),
            _ => None,
        });
        let anything = |text: &str| Some(text.to_owned());
        let url = reader.optional("REDIS_URL", anything);
        let host = reader.value("REDIS_HOST", anything);
        let port = reader.value("REDIS_PORT", anything);
        let username = reader.optional("REDIS_USERNAME", anything);
        let password = reader.optional("REDIS_PASSWORD", anything);
        let number = reader.value("REDIS_DB", anything);
        if !is_on {
            return None;
        }
        if kind == Kind::Postgres {
            let Database::Postgres(server) = database else {
                let message = format!(
                    "{BROKER}=pgsql: the nodes share the PostgreSQL server of the DB_* keys, and these name none; set DB_CONNECTION=pgsql, or {BROKER}=redis"
                );
                reader.problem(Problem::of_key(BROKER, message));
                return None;
            };
            let broker = Broker::Postgres(server.clone());
            return Some(Self { channel, broker });
        }
        let redis_url = match url {
            Some(url) => checked_url(&url),
            None => built_url(&host, &port, (username, password), &number),
        };
        let redis_url = redis_url.unwrap_or_else(|(key, allowed)| {
            reader.problem(Problem::of_key(key, format!("{key}: it must be {allowed}")));
            String::new()
        });
        let broker = Broker::Redis {
            url: Secret::new(redis_url),
        };
        Some(Self { channel, broker })
    }
}

/// A key, and what it may hold.
type Wrong = (&'static str, &'static str);

/// The address as the driver takes it. Laravel's `tcp://` and `tls://` mean the same.
fn checked_url(url: &str) -> Result<String, Wrong> {
    let schemes = [
        ("redis://", "redis://"),
        ("rediss://", "rediss://"),
        ("tcp://", "redis://"),
        ("tls://", "rediss://"),
    ];
    let with_scheme = schemes.iter().find_map(|(written, meant)| {
        let rest = url.strip_prefix(written)?;
        (!rest.is_empty()).then(|| format!("{meant}{rest}"))
    });
    with_scheme.ok_or((
        "REDIS_URL",
        "an address such as redis://user:password@host:6379/0, or rediss:// for TLS",
    ))
}

fn built_url(
    host: &str,
    port: &str,
    (username, password): (Option<String>, Option<String>),
    database: &str,
) -> Result<String, Wrong> {
    let (scheme, host) = match host.split_once("://") {
        None => ("redis", host),
        Some(("tcp", host)) => ("redis", host),
        Some(("tls", host)) => ("rediss", host),
        Some(_) => ("redis", ""),
    };
    let wrong_host = (
        "REDIS_HOST",
        "a host name or address, with tls:// in front for TLS",
    );
    let host = match host.parse::<Ipv6Addr>() {
        Ok(address) => format!("[{address}]"),
        Err(_) => parse::host(host).ok_or(wrong_host)?,
    };
    let port = parse::port(port).ok_or(("REDIS_PORT", "a port from 1 to 65535"))?;
    let database =
        parse::integer(database).ok_or(("REDIS_DB", "the number of a database, such as 0"))?;
    let who = match (username, password) {
        (None, None) => String::new(),
        (username, password) => format!(
            "{}:{}@",
            escaped(&username.unwrap_or_default()),
            escaped(&password.unwrap_or_default())
        ),
    };
    Ok(format!("{scheme}://{who}{host}:{port}/{database}"))
}

/// A text with everything escaped that could mean something in a URL.
fn escaped(text: &str) -> String {
    let escape = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
            char::from(byte).to_string()
        }
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(escape).collect()
}

#[cfg(test)]
mod tests {
    use crate::{Broker, Config, ConfigErrors, Scaling, Sources};

    fn scaling(vars: &[(&str, &str)]) -> Result<Scaling, ConfigErrors> {
        let base = [
            ("REVERB_APP_ID", "1"),
            ("REVERB_APP_KEY", "key"),
            ("REVERB_APP_SECRET", "secret"),
            ("REVERB_SCALING_ENABLED", "true"),
        ];
        let vars = base.iter().chain(vars);
        let owned = vars.map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        Config::load(&Sources::new(owned)).map(|config| config.scaling.unwrap())
    }

    fn url(vars: &[(&str, &str)]) -> Result<String, String> {
        match scaling(vars).map(|scaling| scaling.broker) {
            Ok(Broker::Redis { url }) => Ok(url.expose().to_owned()),
            Ok(broker) => panic!("{broker:?}"),
            Err(errors) => Err(errors.to_string()),
        }
    }

    #[test]
    fn the_database_is_shared_where_that_is_asked_for_and_there_is_a_server() {
        let asked = ("ANTIPHON_SCALING_BROKER", "pgsql");
        let server = [
            asked,
            ("DB_URL", "postgres://u:p@db.example/chat"),
            ("REDIS_PORT", "x"),
        ];
        match scaling(&server).unwrap().broker {
            Broker::Postgres(server) => assert_eq!(server.host, "db.example"),
            broker => panic!("{broker:?}"),
        }
        // A database server alone changes nothing for those who have a Redis.
        assert!(url(&server[1..2]).unwrap().starts_with("redis://"));
        let error = scaling(&[asked]).unwrap_err().to_string();
        assert!(
            error.contains("ANTIPHON_SCALING_BROKER") && error.contains("DB_CONNECTION"),
            "{error}"
        );
        let error = scaling(&[("ANTIPHON_SCALING_BROKER", "nats")]).unwrap_err();
        assert!(error.to_string().contains("ANTIPHON_SCALING_BROKER=nats"));
    }

    #[test]
    fn laravels_keys_make_an_address() {
        assert_eq!(url(&[]).as_deref(), Ok("redis://127.0.0.1:6379/0"));
        let all = [
            ("REDIS_HOST", "tls://cache.example.com"),
            ("REDIS_PORT", "6380"),
            ("REDIS_USERNAME", "chat"),
            ("REDIS_PASSWORD", "p@ss/w:rd"),
            ("REDIS_DB", "3"),
        ];
        let expected = "rediss://chat:p%40ss%2Fw%3Ard@cache.example.com:6380/3";
        assert_eq!(url(&all).as_deref(), Ok(expected));
        let ipv6 = [("REDIS_HOST", "::1"), ("REDIS_PASSWORD", "null")];
        assert_eq!(url(&ipv6).as_deref(), Ok("redis://[::1]:6379/0"));
    }

    #[test]
    fn an_address_counts_before_its_parts() {
        let both = [("REDIS_URL", "tls://x:y@z:1/2"), ("REDIS_HOST", "other")];
        assert_eq!(url(&both).as_deref(), Ok("rediss://x:y@z:1/2"));
    }

    #[test]
    fn mistakes_are_named_and_passwords_are_not() {
        for (key, value) in [
            ("REDIS_URL", "http://secret@x"),
            ("REDIS_HOST", "/run/redis.sock"),
            ("REDIS_PORT", "x"),
            ("REDIS_DB", "x"),
        ] {
            let error = url(&[(key, value)]).unwrap_err();
            assert!(error.contains(key) && !error.contains("secret"), "{error}");
        }
    }

    #[test]
    fn what_is_not_used_is_not_looked_at() {
        let vars = [("REVERB_SCALING_ENABLED", "off"), ("REDIS_PORT", "x")];
        let owned = vars.map(|(key, value)| (key.to_owned(), value.to_owned()));
        let base = [
            ("REVERB_APP_ID", "1"),
            ("REVERB_APP_KEY", "k"),
            ("REVERB_APP_SECRET", "s"),
        ];
        let base = base.map(|(key, value)| (key.to_owned(), value.to_owned()));
        let config = Config::load(&Sources::new(owned.into_iter().chain(base))).unwrap();
        assert!(config.scaling.is_none());
    }
}
