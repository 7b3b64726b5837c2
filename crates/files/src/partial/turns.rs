//! Turns: one at a time for each name, and whoever comes can send the one that has it away.

use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;
use tokio::sync::{OwnedMutexGuard, watch};

/// Who waits for what, by its name. Has an entry for each name that somebody has or waits for.
#[derive(Debug, Clone, Default)]
pub(super) struct Turns(Arc<Mutex<HashMap<String, Arc<Queue>>>>);

#[derive(Debug)]
struct Queue {
    turn: Arc<tokio::sync::Mutex<()>>,
    /// How many have asked the others to leave.
    asked: watch::Sender<u64>,
}

/// The right to write to a file, until its last clone is dropped.
#[derive(Debug, Clone)]
pub struct Turn(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    turns: Turns,
    name: String,
    /// Until it is dropped.
    queue: Option<Arc<Queue>>,
    /// How many had asked when its holder came.
    asked: u64,
    _turn: OwnedMutexGuard<()>,
}

impl Turns {
    pub(super) async fn take(&self, name: &str, asks_others_to_leave: bool) -> Turn {
        let queue = {
            let mut queues = self.0.lock();
            let queue = queues.entry(name.to_owned()).or_insert_with(|| {
                Arc::new(Queue {
                    turn: Arc::default(),
                    asked: watch::Sender::new(0),
                })
            });
            Arc::clone(queue)
        };
        if asks_others_to_leave {
            queue.asked.send_modify(|asked| *asked += 1);
        }
        let asked = *queue.asked.borrow();
        let waiting = Waiting {
            turns: self,
            name,
            asked,
            queue: Some(queue),
        };
        waiting.end().await
    }

    /// Gives up what the caller has or waits for, and forgets a name that nobody else does.
    fn leave(&self, name: &str, queue: Arc<Queue>) {
        let mut queues = self.0.lock();
        drop(queue);
        if queues
            .get(name)
            .is_some_and(|queue| Arc::strong_count(queue) == 1)
        {
            queues.remove(name);
        }
    }
}

/// One who waits, or has given up to.
struct Waiting<'a> {
    turns: &'a Turns,
    name: &'a str,
    asked: u64,
    /// Until it is its turn.
    queue: Option<Arc<Queue>>,
}

impl Waiting<'_> {
    async fn end(mut self) -> Turn {
        let queue = self.queue.clone().expect("it is taken only here");
        let turn = Arc::clone(&queue.turn).lock_owned().await;
        self.queue = None;
        Turn(Arc::new(Inner {
            turns: self.turns.clone(),
            name: self.name.to_owned(),
            asked: self.asked,
            queue: Some(queue),
            _turn: turn,
        }))
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if let Some(queue) = self.queue.take() {
            self.turns.leave(self.name, queue);
        }
    }
}

impl Turn {
    /// Completes when somebody else wants to write.
    pub(super) async fn is_taken_over(&self) {
        let Some(queue) = &self.0.queue else {
            return;
        };
        let mut asked = queue.asked.subscribe();
        // The sender is ours, so it does not end.
        drop(asked.wait_for(|asked| *asked > self.0.asked).await);
    }

    /// Whether somebody else wants to write.
    pub fn was_taken_over(&self) -> bool {
        let queue = self.0.queue.as_ref();
        queue.is_some_and(|queue| *queue.asked.borrow() > self.0.asked)
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        if let Some(queue) = self.queue.take() {
            self.turns.leave(&self.name, queue);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_at_a_time_and_nothing_is_remembered() {
        let turns = Turns::default();
        let first = turns.take("a", false).await;
        let other = turns.take("b", true).await;
        let second = turns.take("a", true);
        tokio::pin!(second);
        tokio::select! {
            biased;
            _ = &mut second => panic!("two have the turn"),
            () = first.is_taken_over() => {}
        }
        assert!(!other.was_taken_over());
        drop(first);
        let second = second.await;
        assert!(!second.was_taken_over());
        drop((second, other));
        assert!(turns.0.lock().is_empty());
    }

    #[tokio::test]
    async fn who_gives_up_waiting_is_forgotten() {
        let turns = Turns::default();
        let first = turns.take("a", false).await;
        let given_up = tokio::time::timeout(std::time::Duration::ZERO, turns.take("a", true)).await;
        assert!(given_up.is_err());
        assert!(first.was_taken_over());
        drop(first);
        assert!(turns.0.lock().is_empty());
    }
}
