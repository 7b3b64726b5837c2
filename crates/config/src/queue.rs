//! How work that follows from a message is done.

use crate::parse;
use crate::reader::Reader;

/// What else Laravel's key may say. The work is the same, and it waits in the same place.
const ELSEWHERE: [&str; 7] = [
    "redis",
    "beanstalkd",
    "sqs",
    "null",
    "deferred",
    "background",
    "failover",
];

/// Who runs the jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QueueConnection {
    /// `sync`: the server itself, right after the commit, and nobody else.
    Sync,
    /// `database`: the server, and any `queue:work` beside it.
    Database,
}

/// The jobs.
#[derive(Debug, Clone)]
pub struct Queue {
    /// `QUEUE_CONNECTION`.
    pub connection: QueueConnection,
    /// `ANTIPHON_QUEUE_WORKERS`: jobs that a process runs at once; with 0 the server runs none.
    pub workers: usize,
    /// `ANTIPHON_ACCOUNT_WEBHOOKS_ALLOW_PRIVATE`: whether webhooks of the account may be on addresses that are not of the public internet.
    pub webhooks_allow_private: bool,
    /// `ANTIPHON_PUSH_CONTACT`: how push services reach whoever runs the server.
    pub push_contact: Option<String>,
    /// `ANTIPHON_PUSH_ALLOW_PRIVATE`: whether push services may be on addresses that are not of the public internet, and without TLS.
    pub push_allow_private: bool,
    /// What `QUEUE_CONNECTION` said, if it was another of Laravel's.
    pub(crate) taken_for_database: bool,
}

impl Queue {
    pub(crate) fn read(reader: &mut Reader<'_>) -> Self {
        let (connection, taken_for_database) =
            reader.value("QUEUE_CONNECTION", |text| match text {
                "sync" => Some((QueueConnection::Sync, false)),
                "database" => Some((QueueConnection::Database, false)),
                other if ELSEWHERE.contains(&other) => Some((QueueConnection::Database, true)),
                _ => None,
            });
        let workers = reader.integer("ANTIPHON_QUEUE_WORKERS");
        Self {
            connection,
            workers: usize::try_from(workers).unwrap_or(usize::MAX),
            webhooks_allow_private: reader
                .value("ANTIPHON_ACCOUNT_WEBHOOKS_ALLOW_PRIVATE", parse::switch),
            push_contact: reader.optional("ANTIPHON_PUSH_CONTACT", parse::contact),
            push_allow_private: reader.value("ANTIPHON_PUSH_ALLOW_PRIVATE", parse::switch),
            taken_for_database,
        }
    }
}
