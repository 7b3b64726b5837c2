//! Which crate may depend on which, which crate alone may use a heavy dependency, and which crates are never used.
//!
//! Only what ends up in the program counts: dependencies of tests may point anywhere.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;

const PREFIX: &str = "antiphon-";

/// The arrows that ARCHITECTURE.md draws, as crate and the crates it may use, from the inside out.
///
/// `server` is not listed: it is the one crate that names every implementation. Nothing depends on `testkit` but tests.
const ARROWS: [(&str, &[&str]); 24] = [
    ("domain", &[]),
    ("protocol", &[]),
    ("config", &[]),
    ("wire", &["domain"]),
    ("store", &["domain"]),
    ("jobs", &["domain", "store"]),
    ("files", &["domain"]),
    ("files-s3", &["domain", "files"]),
    ("realtime", &["protocol"]),
    // Requests to other people's servers: the one place that decides which addresses may be reached.
    ("outbound", &[]),
    // What a push service is sent: bytes in, values out.
    ("push", &[]),
    // How a PostgreSQL server is reached, by the same keys for whoever keeps something there.
    ("postgres", &[]),
    ("broker-postgres", &["postgres", "realtime"]),
    ("broker-redis", &["realtime"]),
    // A broadcast to another server is a job, and so is what a webhook is told, in a lane that the store knows.
    (
        "broadcast",
        &["domain", "jobs", "protocol", "realtime", "store", "wire"],
    ),
    ("chat", &["broadcast", "domain", "files", "push", "store"]),
    ("store-postgres", &["domain", "postgres", "store"]),
    ("store-sqlite", &["domain", "store"]),
    // Webhooks bring an HTTP client with TLS, which stays out of the engine.
    ("webhooks", &["outbound", "protocol", "realtime"]),
    (
        "http",
        &["chat", "domain", "protocol", "realtime", "webhooks", "wire"],
    ),
    ("testkit", &["domain", "protocol", "wire"]),
    // A test that is a program: it has a schedule, a table and a status of its own.
    ("chaos", &["testkit"]),
    ("xtask", &["config"]),
    ("benches", &["protocol"]),
];

const COMPOSITION_ROOT: &str = "server";
const TEST_ONLY: &str = "testkit";

/// Dependencies that bring a runtime, a socket or a database, and the crates that may use them directly.
const OWNERS: [(&str, &[&str]); 10] = [
    (
        "anyhow",
        &["benches", "chaos", "server", "testkit", "xtask"],
    ),
    ("axum", &["http"]),
    ("clap", &["benches", "chaos", "server"]),
    ("hyper", &["broadcast", "files-s3", "http", "outbound"]),
    ("mio", &["benches", "realtime"]),
    ("redis", &["broker-redis"]),
    // The chaos suite puts a job that nobody can do among the others.
    ("rusqlite", &["chaos", "store-sqlite"]),
    (
        "tokio",
        &[
            "broadcast",
            "broker-postgres",
            "broker-redis",
            "chat",
            "files",
            "files-s3",
            "http",
            "jobs",
            "outbound",
            "postgres",
            "realtime",
            "server",
            // Only its contract suite, which is behind a feature that drivers' tests switch on.
            "store",
            "store-postgres",
            "store-sqlite",
            "testkit",
            "webhooks",
        ],
    ),
    (
        "tokio-postgres",
        &["broker-postgres", "postgres", "store-postgres", "testkit"],
    ),
    ("tower-http", &["http"]),
];

/// Crates that must not appear in the lock file, not even through others, each with the reason.
const BANNED: [(&str, &str); 8] = [
    ("async-std", "tokio is the one runtime"),
    ("diesel", "SQL is written by hand behind the store port"),
    ("dotenvy", "antiphon-config reads .env by phpdotenv's rules"),
    ("native-tls", "rustls with aws-lc-rs is the one TLS stack"),
    ("openssl", "rustls with aws-lc-rs is the one TLS stack"),
    ("openssl-sys", "rustls with aws-lc-rs is the one TLS stack"),
    (
        "ring",
        "two crypto providers in one program panic at the first TLS configuration",
    ),
    ("sqlx", "SQL is written by hand behind the store port"),
];

/// Complaints about arrows that point the wrong way, and about crates the table does not know.
pub(super) fn directions(metadata: &Value) -> Vec<String> {
    let mut complaints = Vec::new();
    for (krate, dependencies) in normal_dependencies(metadata) {
        if krate == COMPOSITION_ROOT {
            if dependencies.contains(&format!("{PREFIX}{TEST_ONLY}").as_str()) {
                complaints.push(format!(
                    "{krate} depends on {TEST_ONLY}, which is for tests only"
                ));
            }
            continue;
        }
        let Some((_, allowed)) = ARROWS.iter().find(|(name, _)| *name == krate) else {
            complaints.push(format!(
                "{krate} is not in the table of arrows in xtask/src/tidy/crates.rs: add it"
            ));
            continue;
        };
        for used in dependencies
            .iter()
            .filter_map(|name| name.strip_prefix(PREFIX))
        {
            if !allowed.contains(&used) {
                complaints.push(format!(
                    "{krate} depends on {used}, and the arrows of ARCHITECTURE.md do not allow it"
                ));
            }
        }
    }
    complaints
}

/// Complaints about heavy dependencies outside the crates that own them.
pub(super) fn owners(metadata: &Value) -> Vec<String> {
    let mut complaints = Vec::new();
    for (krate, dependencies) in normal_dependencies(metadata) {
        for (name, owners) in OWNERS {
            if dependencies.contains(&name) && !owners.contains(&krate) {
                complaints.push(format!(
                    "{krate} uses {name}, which belongs to {}",
                    owners.join(", ")
                ));
            }
        }
    }
    complaints
}

/// Crates whose entry in the lock file names a banned one without using it: Cargo also locks what an optional dependency's weak
/// feature could bring. `cargo tree --invert` says whether it does.
const NAMED_ONLY: [(&str, &str); 1] = [("ring", "rustls-webpki")];

/// Complaints about banned crates in the lock file.
pub(super) fn banned(root: &Path) -> Result<Vec<String>> {
    let lock = fs::read_to_string(root.join("Cargo.lock")).context("cannot read Cargo.lock")?;
    Ok(banned_in(&lock))
}

fn banned_in(lock: &str) -> Vec<String> {
    let packages: Vec<_> = lock.split("[[package]]").map(Locked::read).collect();
    let is_used = |name: &str| {
        let mut users = packages
            .iter()
            .filter(|package| package.dependencies.contains(&name))
            .map(|package| package.name)
            .peekable();
        users.peek().is_none() || users.any(|user| !NAMED_ONLY.contains(&(name, user)))
    };
    BANNED
        .iter()
        .filter(|(name, _)| packages.iter().any(|package| package.name == *name) && is_used(name))
        .map(|(name, reason)| format!("Cargo.lock holds {name}, which is banned: {reason}"))
        .collect()
}

/// A package of the lock file.
struct Locked<'a> {
    name: &'a str,
    dependencies: Vec<&'a str>,
}

impl<'a> Locked<'a> {
    fn read(entry: &'a str) -> Self {
        let name = entry
            .lines()
            .find_map(|line| line.strip_prefix("name = \"")?.strip_suffix('"'));
        let dependencies = entry
            .lines()
            .filter_map(|line| line.strip_prefix(" \"")?.split(['"', ' ']).next());
        Self {
            name: name.unwrap_or_default(),
            dependencies: dependencies.collect(),
        }
    }
}

/// Each package of the workspace by its short name, with the names of what its program or library is built from.
fn normal_dependencies(metadata: &Value) -> Vec<(&str, Vec<&str>)> {
    list(&metadata["packages"])
        .map(|package| {
            let name = package["name"].as_str().unwrap_or_default();
            let dependencies = list(&package["dependencies"])
                .filter(|dependency| dependency["kind"].is_null())
                .filter_map(|dependency| dependency["name"].as_str())
                .collect();
            (name.strip_prefix(PREFIX).unwrap_or(name), dependencies)
        })
        .collect()
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn package(name: &str, dependencies: &[(&str, Option<&str>)]) -> Value {
        let dependencies: Vec<_> = dependencies
            .iter()
            .map(|(name, kind)| json!({ "name": name, "kind": kind }))
            .collect();
        json!({ "packages": [{ "name": name, "dependencies": dependencies }] })
    }

    #[test]
    fn an_arrow_that_points_outward_is_a_complaint() {
        let good = package(
            "antiphon-chat",
            &[("antiphon-store", None), ("serde", None)],
        );
        assert_eq!(directions(&good), Vec::<String>::new());
        let bad = package("antiphon-domain", &[("antiphon-store", None)]);
        assert_eq!(directions(&bad).len(), 1);
        let for_tests = package("antiphon-domain", &[("antiphon-testkit", Some("dev"))]);
        assert_eq!(directions(&for_tests), Vec::<String>::new());
        let shipped = package("antiphon-server", &[("antiphon-testkit", None)]);
        assert_eq!(directions(&shipped).len(), 1);
        assert_eq!(directions(&package("antiphon-surprise", &[])).len(), 1);
    }

    #[test]
    fn a_heavy_dependency_stays_with_its_owner() {
        assert_eq!(
            owners(&package("antiphon-http", &[("axum", None)])),
            Vec::<String>::new()
        );
        assert_eq!(
            owners(&package("antiphon-domain", &[("tokio", None)])).len(),
            1
        );
        assert_eq!(
            owners(&package("antiphon-domain", &[("tokio", Some("dev"))])),
            Vec::<String>::new()
        );
    }

    #[test]
    fn a_banned_crate_is_found_by_its_whole_name() {
        let lock = "[[package]]\nname = \"ring\"\nversion = \"0.17.14\"\n";
        assert_eq!(banned_in(lock).len(), 1);
        assert_eq!(
            banned_in("name = \"string\"\n[[package]]\nname = \"ring-buffer\"\n"),
            Vec::<String>::new()
        );
    }

    #[test]
    fn a_banned_crate_may_be_named_where_it_is_known_not_to_be_used() {
        let entry = |name: &str| {
            format!(
                "[[package]]\nname = \"{name}\"\ndependencies = [\n \"ring\",\n \"untrusted\",\n]\n"
            )
        };
        let ring = "[[package]]\nname = \"ring\"\n";
        let known = format!("{}{ring}", entry("rustls-webpki"));
        assert_eq!(banned_in(&known), Vec::<String>::new());
        let used = format!("{}{}{ring}", entry("rustls"), entry("rustls-webpki"));
        assert_eq!(banned_in(&used).len(), 1);
        let direct = format!("{}{ring}", entry("antiphon-http"));
        assert_eq!(banned_in(&direct).len(), 1);
    }
}
