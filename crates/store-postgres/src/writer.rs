//! The writer: one connection, on which changes of conversations are committed in batches, in the order they came.
//!
//! A batch holds the row of the revision counter from its beginning to its commit. So among all processes changes of conversations
//! happen one after the other, no use case meets another's half-done work, and revisions become visible in their order. What that
//! would cost in throughput, the batch gives back: while one waits for the disk, the next one fills. Each use case runs in a
//! savepoint, so a failure or panic undoes it alone. After the commit all are told, in their order, then answered.
//!
//! A connection that fails takes its batch along: what was asked is done or not, and answered as unavailable.

mod job;

pub(crate) use job::{Job, Task};

use crate::Options;
use crate::connector::{Connector, Db};
use crate::failure::{Error, Result};
use crate::listener::{Channel, News};
use crate::open_error::reason;
use crate::pool::limit;
use crate::wakers::Wakers;
use deadpool_postgres::ClientWrapper;
use job::{Committed, Ran};
use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::Instant;

/// The most use cases of a batch. Each may cost a round trip while other processes wait; beyond this, batches gain little.
const MAX_BATCH: usize = 64;
/// After how long no further use case is begun in a batch: far from the database, each takes a while, and the others wait.
const BATCH_TIME: Duration = Duration::from_millis(100);
/// How long writes are refused at once after a connection could not be made, instead of each waiting for its own attempt.
const REFUSE_FOR: Duration = Duration::from_millis(500);

/// Begins, and lets one process at a time change conversations. A script is one message, whatever was prepared before.
const BEGIN: &str = "BEGIN; SELECT value FROM counters WHERE name = 'revision' FOR UPDATE";
/// The same, for several use cases.
const BEGIN_BATCH: &str =
    "BEGIN; SELECT value FROM counters WHERE name = 'revision' FOR UPDATE; SAVEPOINT a";
/// Between two use cases.
const NEXT: &str = "RELEASE a; SAVEPOINT a";

/// The transaction of a batch, as a use case sees it.
pub(crate) struct Tx<'a> {
    pub(crate) db: Db<'a>,
    drawn: i64,
    news: News,
}

/// What a use case has done to the transaction beside its rows, to be forgotten with them.
struct Mark {
    drawn: i64,
    n_conversations: usize,
    jobs: bool,
}

/// A revision that was drawn, as SQL has it: so many above the counter, which stands still until the end of the batch.
pub(crate) type Revision = i64;

/// The revision that was drawn as the parameter of this number.
macro_rules! revision {
    ($parameter:literal) => {
        concat!(
            "((SELECT value FROM counters WHERE name = 'revision') + ",
            $parameter,
            "::bigint)"
        )
    };
}
pub(crate) use revision;

impl Tx<'_> {
    /// Draws the next revision, for a conversation that changes.
    pub(crate) fn draw(&mut self, conversation: i64) -> Revision {
        self.news.conversations.push(conversation);
        self.draw_for_new()
    }

    /// Draws the next revision, for a conversation that nobody can wait for yet.
    pub(crate) fn draw_for_new(&mut self) -> Revision {
        self.drawn += 1;
        self.drawn
    }

    /// What would be drawn next.
    pub(crate) fn next(&self) -> Revision {
        self.drawn + 1
    }

    /// Gives back the revision that was drawn last: nothing has it.
    pub(crate) fn put_back(&mut self) {
        self.drawn -= 1;
        self.news.conversations.pop();
    }

    /// There is something to do after the commit.
    pub(crate) fn enqueued(&mut self) {
        self.news.jobs = true;
    }

    fn mark(&self) -> Mark {
        Mark {
            drawn: self.drawn,
            n_conversations: self.news.conversations.len(),
            jobs: self.news.jobs,
        }
    }

    fn back_to(&mut self, mark: &Mark) {
        self.drawn = mark.drawn;
        self.news.conversations.truncate(mark.n_conversations);
        self.news.jobs = mark.jobs;
    }
}

/// The writer's connection and what it needs to make another.
pub(crate) struct Writer {
    connector: Rc<Connector>,
    channel: Rc<Channel>,
    wakers: Arc<Wakers>,
    limit: Duration,
    client: Option<ClientWrapper>,
    refuse_until: Option<Instant>,
    is_down: bool,
}

impl Writer {
    pub(crate) fn new(
        options: &Options,
        connector: Rc<Connector>,
        channel: Rc<Channel>,
        wakers: Arc<Wakers>,
    ) -> Self {
        Self {
            connector,
            channel,
            wakers,
            limit: limit(options),
            client: None,
            refuse_until: None,
            is_down: false,
        }
    }

    /// Works until nobody can ask any more.
    pub(crate) async fn run(mut self, mut waiting: mpsc::Receiver<Box<dyn Job>>) {
        let mut came = Vec::with_capacity(MAX_BATCH);
        let mut batch = VecDeque::with_capacity(MAX_BATCH);
        loop {
            if batch.is_empty() {
                if waiting.recv_many(&mut came, MAX_BATCH).await == 0 {
                    return;
                }
                batch.extend(came.drain(..));
            }
            match self.connected().await {
                Some(client) => {
                    let committing = commit(&client, &self.channel, &mut batch);
                    let outcome = match tokio::time::timeout(self.limit, committing).await {
                        Ok(outcome) => outcome,
                        Err(_) => Err(Error::Late),
                    };
                    match outcome {
                        Ok(committed) => {
                            self.client = Some(client);
                            self.is_up();
                            for answer in committed {
                                answer(&self.wakers);
                            }
                        }
                        // The batch went with it, unanswered, and that is an answer.
                        Err(error) => self.went_down(&error),
                    }
                }
                None => batch.clear(),
            }
        }
    }

    /// The connection, made anew if it has to be.
    async fn connected(&mut self) -> Option<ClientWrapper> {
        if let Some(client) = self.client.take()
            && !client.is_closed()
        {
            return Some(client);
        }
        if self
            .refuse_until
            .is_some_and(|until| Instant::now() < until)
        {
            return None;
        }
        match self.connector.client().await {
            Ok(client) => Some(client),
            Err(error) => {
                self.refuse_until = Some(Instant::now() + REFUSE_FOR);
                self.went_down(&error);
                None
            }
        }
    }

    fn went_down(&mut self, error: &Error) {
        if !self.is_down {
            self.is_down = true;
            tracing::error!(
                reason = reason(error),
                "the database cannot be written to: writes are refused until it can"
            );
        }
    }

    fn is_up(&mut self) {
        if self.is_down {
            self.is_down = false;
            tracing::info!("the database can be written to again");
        }
    }
}

/// Runs a batch in one transaction, or the beginning of it, which it takes. Answers who is to be told, in their order; an error
/// concerns all that was taken.
async fn commit(
    client: &ClientWrapper,
    channel: &Channel,
    batch: &mut VecDeque<Box<dyn Job>>,
) -> Result<Vec<Committed>> {
    let db = Db(client);
    let is_alone = batch.len() == 1;
    let mut tx = Tx {
        db,
        drawn: 0,
        news: News::default(),
    };
    let mut answers = Vec::with_capacity(batch.len());
    let begun_at = Instant::now();
    let mut index = 0;
    while (index == 0 || begun_at.elapsed() < BATCH_TIME)
        && let Some(job) = batch.pop_front()
    {
        let mark = tx.mark();
        let prelude = match (index, is_alone) {
            (0, true) => BEGIN,
            (0, false) => BEGIN_BATCH,
            _ => NEXT,
        };
        // What the use case asks first goes out in the same flight.
        let (begun, ran) = tokio::join!(biased; db.script(prelude), job.run(&mut tx));
        begun?;
        index += 1;
        match ran {
            Ran::Done(committed) => answers.push(committed),
            Ran::Failed { error, answer } if error.breaks_connection() => {
                let said = reason(&error);
                answer(error);
                return Err(Error::Connection(said.into()));
            }
            Ran::Failed { error, answer } => {
                tx.back_to(&mark);
                if is_alone {
                    db.script("ROLLBACK").await?;
                } else {
                    db.script("ROLLBACK TO a").await?;
                }
                answer(error);
                if is_alone {
                    return Ok(answers);
                }
            }
        }
    }
    let mut end = String::new();
    if tx.drawn > 0 {
        end = format!(
            "UPDATE counters SET value = value + {} WHERE name = 'revision'; ",
            tx.drawn
        );
    }
    if !tx.news.is_empty() {
        end.push_str(&channel.notification(&tx.news));
    }
    end.push_str("COMMIT");
    db.script(&end).await?;
    Ok(answers)
}
