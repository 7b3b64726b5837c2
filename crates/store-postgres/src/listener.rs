//! What other processes have done: `NOTIFY`, sent with each commit that somebody elsewhere may wait for.
//!
//! Notifications come after the commit and in its order, but not to those who were not connected: after every connection that was
//! made anew, everybody is woken once.

use crate::connector::{Connector, Db};
use crate::failure::Result;
use crate::wakers::Wakers;
use antiphon_domain::ConversationId;
use antiphon_store::ChangedElsewhere;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

/// How long to wait before a connection is tried again.
const RETRY_AFTER: Duration = Duration::from_secs(1);
/// The most conversations that one notification names, far below the 8,000 bytes that it may have; beyond this, any may have changed.
const MAX_NAMED: usize = 300;
/// Stands in the place of conversations when there are too many to name.
const ANY: &str = "*";

/// How the processes on one schema find each other, and tell themselves from the others.
#[derive(Debug)]
pub(crate) struct Channel {
    /// Its name is the schema's, so that several may share a database.
    pub(crate) name: String,
    /// This store, drawn at random.
    pub(crate) own: String,
}

impl Channel {
    pub(crate) async fn read(db: Db<'_>) -> Result<Self> {
        let row = db
            .one(
                "the channel",
                "SELECT 'antiphon_' || md5(current_schema()), gen_random_uuid()::text",
                &[],
            )
            .await?;
        Ok(Self {
            name: row.try_get(0)?,
            own: row.try_get(1)?,
        })
    }

    /// The statement that tells the others, in the transaction that is open or in one of its own. It is made of letters, digits
    /// and the punctuation between them.
    pub(crate) fn notification(&self, news: &News) -> String {
        format!("NOTIFY {}, '{}'; ", self.name, news.payload(&self.own))
    }
}

/// What a commit has brought.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct News {
    /// Whether a job was made or freed.
    pub(crate) jobs: bool,
    /// The conversations that changed.
    pub(crate) conversations: Vec<i64>,
}

impl News {
    pub(crate) fn of_jobs() -> Self {
        Self {
            jobs: true,
            conversations: Vec::new(),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    fn payload(&self, own: &str) -> String {
        let named = if self.conversations.len() > MAX_NAMED {
            ANY.to_owned()
        } else {
            let ids: Vec<_> = self.conversations.iter().map(i64::to_string).collect();
            ids.join(",")
        };
        format!("{own} {} {named}", u8::from(self.jobs))
    }
}

/// Tells this process's wakers of a notification. What cannot be read is by a version to come, and may mean anything.
fn tell(payload: &str, own: &str, wakers: &Wakers) {
    let mut parts = payload.split(' ');
    if parts.next() == Some(own) {
        return;
    }
    if parts.next() != Some("0") {
        wakers.jobs();
    }
    match parts.next() {
        Some("") => {}
        None | Some(ANY) => wakers.changed(ChangedElsewhere::Perhaps),
        Some(ids) => {
            for id in ids.split(',') {
                wakers.changed(match id.parse() {
                    Ok(id) => ChangedElsewhere::Conversation(ConversationId(id)),
                    Err(_) => ChangedElsewhere::Perhaps,
                });
            }
        }
    }
}

/// Listens for as long as it is let.
pub(crate) async fn listen(connector: Rc<Connector>, channel: Rc<Channel>, wakers: Arc<Wakers>) {
    let mut is_first = true;
    loop {
        // Why there is no connection, the writer says.
        if let Ok((client, mut told)) = connector.listening().await
            // The name is of letters, digits and an underscore.
            && Db(&client).script(&format!("LISTEN {}", channel.name)).await.is_ok()
        {
            if !is_first {
                wakers.jobs();
                wakers.changed(ChangedElsewhere::Perhaps);
            }
            is_first = false;
            while let Some(notification) = told.recv().await {
                tell(notification.payload(), &channel.own, &wakers);
            }
        }
        tokio::time::sleep(RETRY_AFTER).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use antiphon_store::{ChangeWaker, JobWaker};
    use parking_lot::Mutex;

    /// What the wakers of a process hear of these notifications.
    fn heard(payloads: &[String]) -> (usize, Vec<ChangedElsewhere>) {
        let wakers = Wakers::default();
        let (jobs, changes) = (Arc::new(Mutex::new(0)), Arc::new(Mutex::new(Vec::new())));
        let (count, list) = (Arc::clone(&jobs), Arc::clone(&changes));
        let job: JobWaker = Arc::new(move || *count.lock() += 1);
        let change: ChangeWaker = Arc::new(move |changed| list.lock().push(changed));
        wakers.add_for_jobs(&job);
        wakers.add_for_changes(&change);
        for payload in payloads {
            tell(payload, "me", &wakers);
        }
        let (n_jobs, changed) = (*jobs.lock(), changes.lock().clone());
        (n_jobs, changed)
    }

    #[test]
    fn what_is_told_is_heard_elsewhere_and_not_at_home() {
        let news = News {
            jobs: true,
            conversations: vec![3, 7],
        };
        let named = |id| ChangedElsewhere::Conversation(ConversationId(id));
        assert_eq!(heard(&[news.payload("you")]), (1, vec![named(3), named(7)]));
        assert_eq!(heard(&[news.payload("me")]), (0, vec![]));
        assert_eq!(heard(&[News::of_jobs().payload("you")]), (1, vec![]));
    }

    #[test]
    fn too_much_to_name_may_be_anything_and_fits() {
        let news = News {
            jobs: false,
            conversations: vec![i64::MAX; MAX_NAMED],
        };
        assert!(news.payload(&"x".repeat(36)).len() < 8_000);
        let more = News {
            conversations: vec![i64::MAX; MAX_NAMED + 1],
            ..news
        };
        let perhaps = (0, vec![ChangedElsewhere::Perhaps]);
        assert_eq!(heard(&[more.payload("you")]), perhaps);
    }

    #[test]
    fn what_cannot_be_read_wakes_everybody() {
        let everybody = (1, vec![ChangedElsewhere::Perhaps]);
        for strange in ["you", "you 2 x"] {
            assert_eq!(heard(&[strange.to_owned()]), everybody);
        }
    }
}
