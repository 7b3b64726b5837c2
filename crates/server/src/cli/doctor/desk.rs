//! The desk: the database, the jobs, and whether there is anybody to chat with.

use super::finding::Finding;
use crate::clock::SystemClock;
use crate::compose;
use crate::database::{self, postgres};
use crate::upgrade_backup;
use antiphon_config::{Config, Database};
use antiphon_domain::Clock as _;
use antiphon_jobs::JobFilter;
use antiphon_store::Store;
use antiphon_store_sqlite::{Integrity, OpenOptions, examine as look_at};
use std::sync::Arc;

/// A job that waits for longer is not being looked after.
const LONG_WAIT_S: i64 = 300;

/// How many jobs are looked at: enough to know that something is wrong.
const JOBS: u32 = 200;

pub(super) async fn examine(config: &Config) -> Vec<Finding> {
    let mut version = String::new();
    let (mut findings, schema, known) = match &config.database {
        Database::Sqlite { file } => match file_of_sqlite(&OpenOptions::new(file)) {
            Ok(found) => found,
            Err(finding) => return vec![finding],
        },
        Database::Postgres(server) => match antiphon_store_postgres::examine(&postgres(server)) {
            Ok(found) if found.schema == 0 => {
                return vec![Finding::note(
                    "database",
                    "it is empty; the first start makes the tables",
                )];
            }
            Ok(found) => {
                let how = if found.encrypted { "with" } else { "without" };
                let text = format!(
                    "PostgreSQL {}, {} MiB, schema {}, reached {how} TLS",
                    found.version,
                    found.bytes >> 20,
                    found.schema
                );
                version.clone_from(&found.version);
                (
                    vec![Finding::good("database", &text)],
                    found.schema,
                    found.known,
                )
            }
            Err(error) => {
                return vec![Finding::bad(
                    "database",
                    &error.to_string(),
                    "see the message; docs/postgresql.md has the keys",
                )];
            }
        },
        _ => return Vec::new(),
    };
    if schema < known {
        findings.push(Finding::warning(
            "database",
            &format!("it has schema {schema}, this program needs {known}"),
            &format!(
                "antiphon migrate (the next start does it as well, {})",
                upgrade_backup::outlook(&config.database, &version)
            ),
        ));
        return findings;
    }
    match database::open(config) {
        Ok(opened) => {
            findings.extend(people_and_jobs(config, opened.store()).await);
            opened.close();
        }
        Err(error) => findings.push(Finding::bad(
            "database",
            &format!("{error:#}"),
            "see the message",
        )),
    }
    findings
}

/// What the file looks like, its schema, and this program's; or what is all that can be said.
fn file_of_sqlite(options: &OpenOptions) -> Result<(Vec<Finding>, i64, i64), Finding> {
    let examined = match look_at(options) {
        Ok(Some(examined)) => examined,
        Ok(None) => {
            return Err(Finding::note(
                "database",
                "there is none yet; the first start makes it",
            ));
        }
        Err(error) => {
            return Err(Finding::bad(
                "database",
                &error.to_string(),
                "see the message; if it is damaged, stop the server and bring back a backup, or a copy from backups/ in the data folder",
            ));
        }
    };
    let mib = examined.bytes >> 20;
    let finding = match examined.integrity {
        Integrity::Sound => Finding::good(
            "database",
            &format!("{mib} MiB, sound, schema {}", examined.schema),
        ),
        Integrity::TooLarge => Finding::note(
            "database",
            &format!(
                "{mib} MiB, too large to be read whole: PRAGMA quick_check of the sqlite3 program does that"
            ),
        ),
        Integrity::Damaged(faults) => Finding::bad(
            "database",
            &format!("it is damaged: {}", faults.join("; ")),
            "stop the server, keep the damaged file, and bring back a backup",
        ),
    };
    Ok((vec![finding], examined.schema, examined.known))
}

async fn people_and_jobs(config: &Config, store: Arc<dyn Store>) -> Vec<Finding> {
    let mut findings = vec![jobs(&*store).await];
    let nobody = Arc::new(antiphon_broadcast::NullBroadcaster);
    let nowhere = Arc::new(antiphon_broadcast::Presences(Vec::new()));
    let chat = match compose::chat(config, store, nobody, nowhere) {
        Ok(chat) => chat,
        Err(error) => {
            findings.push(Finding::bad(
                "files",
                &format!("{error:#}"),
                "see the message",
            ));
            return findings;
        }
    };
    match (chat.every_agent().await, chat.widgets().await) {
        (Ok(agents), Ok(widgets)) => {
            findings.push(match agents.len() {
                0 => Finding::warning(
                    "team",
                    "there is no agent: nobody can answer",
                    "open /inbox, or antiphon agent:create",
                ),
                n => Finding::good("team", &format!("agents: {n}")),
            });
            let active = widgets.iter().filter(|widget| widget.active);
            let open: Vec<&str> = active
                .clone()
                .filter(|widget| widget.allowed_domains.as_slice().is_empty())
                .map(|widget| widget.name.as_str())
                .collect();
            findings.push(match (active.count(), open.is_empty()) {
                (0, _) => Finding::warning(
                    "widgets",
                    "there is no active widget",
                    "antiphon widget:create --name Shop --domain shop.example",
                ),
                (n, true) => Finding::good("widgets", &format!("active: {n}")),
                (_, false) => Finding::warning(
                    "widgets",
                    &format!("any site may use {}", open.join(", ")),
                    "antiphon widget:update ID --domain your.site",
                ),
            });
        }
        (Err(error), _) | (_, Err(error)) => {
            findings.push(Finding::bad(
                "database",
                &error.to_string(),
                "look into the server's log",
            ));
        }
    }
    findings
}

async fn jobs(store: &dyn Store) -> Finding {
    let (waiting, dead) = match (
        store.list_jobs(JobFilter::All, None, JOBS).await,
        store.list_jobs(JobFilter::Dead, None, JOBS).await,
    ) {
        (Ok(waiting), Ok(dead)) => (waiting, dead),
        (Err(error), _) | (_, Err(error)) => {
            return Finding::bad("jobs", &error.to_string(), "look into the server's log");
        }
    };
    let now = SystemClock.now().as_seconds();
    let is_late = |job: &&antiphon_jobs::Job| {
        job.died_at.is_none() && now - job.run_at.as_seconds() > LONG_WAIT_S
    };
    let n_late = waiting.iter().filter(is_late).count();
    if n_late > 0 {
        let message = format!("{n_late} have been due for more than five minutes");
        return Finding::bad(
            "jobs",
            &message,
            "start the server, or antiphon queue:work; antiphon jobs:list says what they wait for",
        );
    }
    match dead.len() {
        0 => Finding::good("jobs", "none was given up, none waits too long"),
        n => Finding::warning(
            "jobs",
            &format!("{n} were given up"),
            "antiphon jobs:list --dead, then antiphon jobs:retry --all",
        ),
    }
}
