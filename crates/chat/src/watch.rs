//! Waking long-polls: who waits for news of a conversation, or of the inbox, and is woken by the commit itself.
//!
//! Interest is registered before the store is read, so that nothing committed in between is missed. Costs one map entry per
//! conversation that somebody waits for, and nothing for the others.

use antiphon_domain::ConversationId;
use antiphon_store::{ChangeWaker, ChangedElsewhere, Store};
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::{Arc, OnceLock};
use tokio::sync::Notify;

/// How many requests may wait at once; one over it is answered at once instead, as if its wait had ended. 10,000 tasks with
/// their HTTP connections are about 150 MB.
const MAX_WAITING: usize = 10_000;

/// What is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Topic {
    Conversation(ConversationId),
    Inbox,
}

#[derive(Default)]
pub(crate) struct Watch {
    topics: Mutex<Topics>,
    /// Called by the store for as long as it is kept here.
    elsewhere: OnceLock<ChangeWaker>,
}

impl std::fmt::Debug for Watch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Watch")
            .field("topics", &self.topics)
            .finish_non_exhaustive()
    }
}

#[derive(Debug, Default)]
struct Topics {
    waiting: usize,
    by_topic: HashMap<Topic, Entry>,
}

#[derive(Debug)]
struct Entry {
    notify: Arc<Notify>,
    waiting: usize,
}

impl Watch {
    /// Has those who wait woken by the commits of other processes, too, if the store hears of them. The first store counts.
    pub(crate) fn hear(self: &Arc<Self>, store: &dyn Store) {
        let watch = Arc::downgrade(self);
        let waker: ChangeWaker = Arc::new(move |changed| {
            let Some(watch) = watch.upgrade() else {
                return;
            };
            match changed {
                ChangedElsewhere::Conversation(id) => watch.wake(id),
                ChangedElsewhere::Perhaps => watch.wake_all(),
            }
        });
        store.wake_on_changes(self.elsewhere.get_or_init(|| waker));
    }

    /// Registers interest. `None` when too many wait already.
    pub(crate) fn interest(&self, topic: Topic) -> Option<Interest<'_>> {
        let mut topics = self.topics.lock();
        if topics.waiting >= MAX_WAITING {
            return None;
        }
        topics.waiting += 1;
        let entry = topics.by_topic.entry(topic).or_insert_with(|| Entry {
            notify: Arc::default(),
            waiting: 0,
        });
        entry.waiting += 1;
        Some(Interest {
            watch: self,
            topic,
            notify: Arc::clone(&entry.notify),
        })
    }

    /// Wakes everybody who waits for this conversation or for the inbox.
    pub(crate) fn wake(&self, conversation: ConversationId) {
        let topics = self.topics.lock();
        for topic in [Topic::Conversation(conversation), Topic::Inbox] {
            if let Some(entry) = topics.by_topic.get(&topic) {
                entry.notify.notify_waiters();
            }
        }
    }

    /// Wakes everybody: what changed is not known.
    pub(crate) fn wake_all(&self) {
        for entry in self.topics.lock().by_topic.values() {
            entry.notify.notify_waiters();
        }
    }
}

/// Interest in a topic, given up on drop.
#[derive(Debug)]
pub(crate) struct Interest<'a> {
    watch: &'a Watch,
    topic: Topic,
    pub(crate) notify: Arc<Notify>,
}

impl Drop for Interest<'_> {
    fn drop(&mut self) {
        let mut topics = self.watch.topics.lock();
        topics.waiting -= 1;
        if let Some(entry) = topics.by_topic.get_mut(&self.topic) {
            entry.waiting -= 1;
            if entry.waiting == 0 {
                topics.by_topic.remove(&self.topic);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_wake_up_between_interest_and_wait_is_not_missed() {
        let watch = Watch::default();
        let interest = watch
            .interest(Topic::Conversation(ConversationId(1)))
            .unwrap();
        let woken = interest.notify.notified();
        watch.wake(ConversationId(1));
        woken.await;
    }

    #[tokio::test]
    async fn everybody_is_woken_when_anything_may_have_changed() {
        let watch = Watch::default();
        let (one, inbox) = (
            watch.interest(Topic::Conversation(ConversationId(1))),
            watch.interest(Topic::Inbox),
        );
        let (one, inbox) = (one.unwrap(), inbox.unwrap());
        let woken = (one.notify.notified(), inbox.notify.notified());
        watch.wake_all();
        tokio::join!(woken.0, woken.1);
    }

    #[test]
    fn a_topic_nobody_waits_for_leaves_no_entry() {
        let watch = Watch::default();
        let first = watch.interest(Topic::Inbox).unwrap();
        drop(watch.interest(Topic::Inbox).unwrap());
        assert_eq!(watch.topics.lock().by_topic.len(), 1);
        drop(first);
        let topics = watch.topics.lock();
        assert_eq!((topics.by_topic.len(), topics.waiting), (0, 0));
    }

    #[test]
    fn one_waiter_too_many_is_turned_away() {
        let watch = Watch::default();
        let waiting: Vec<_> = (0..MAX_WAITING)
            .map(|_| watch.interest(Topic::Inbox).unwrap())
            .collect();
        assert!(watch.interest(Topic::Inbox).is_none());
        drop(waiting);
        assert!(watch.interest(Topic::Inbox).is_some());
    }
}
