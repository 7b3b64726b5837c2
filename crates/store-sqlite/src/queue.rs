//! A bounded queue between async callers and the database threads.
//!
//! A push never waits: a full queue is the caller's to report. A take blocks its thread, and can take everything that is there
//! in one go, which is what makes a group commit. After [`Queue::close`] nothing is accepted, and what was accepted is still
//! handed out.

use parking_lot::{Condvar, Mutex};
use std::collections::VecDeque;
use std::time::Duration;

/// A bounded multi-producer, multi-consumer queue.
pub(crate) struct Queue<T> {
    inner: Mutex<Inner<T>>,
    ready: Condvar,
    capacity: usize,
}

struct Inner<T> {
    items: VecDeque<T>,
    closed: bool,
}

/// What a consumer finds.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Taken<T> {
    /// Work.
    Items(T),
    /// Nothing came within the time given.
    Idle,
    /// Closed and empty: nothing will come any more.
    Closed,
}

impl<T> Queue<T> {
    /// An empty queue that holds at most `capacity` items.
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            inner: Mutex::new(Inner {
                items: VecDeque::new(),
                closed: false,
            }),
            ready: Condvar::new(),
            capacity,
        }
    }

    /// Adds an item, or gives it back when the queue is full or closed.
    pub(crate) fn push(&self, item: T) -> Result<(), T> {
        let mut inner = self.inner.lock();
        if inner.closed || inner.items.len() >= self.capacity {
            return Err(item);
        }
        inner.items.push_back(item);
        drop(inner);
        self.ready.notify_one();
        Ok(())
    }

    /// Waits for an item.
    pub(crate) fn take(&self) -> Taken<T> {
        let mut inner = self.inner.lock();
        loop {
            if let Some(item) = inner.items.pop_front() {
                return Taken::Items(item);
            }
            if inner.closed {
                return Taken::Closed;
            }
            self.ready.wait(&mut inner);
        }
    }

    /// Waits at most `patience` (`None`: for ever) for an item, then takes all that are there, up to `max`.
    pub(crate) fn take_batch(&self, max: usize, patience: Option<Duration>) -> Taken<VecDeque<T>> {
        let mut inner = self.inner.lock();
        while inner.items.is_empty() {
            if inner.closed {
                return Taken::Closed;
            }
            match patience {
                None => self.ready.wait(&mut inner),
                Some(patience) => {
                    if self.ready.wait_for(&mut inner, patience).timed_out()
                        && inner.items.is_empty()
                    {
                        return if inner.closed {
                            Taken::Closed
                        } else {
                            Taken::Idle
                        };
                    }
                }
            }
        }
        let n_taken = inner.items.len().min(max);
        Taken::Items(inner.items.drain(..n_taken).collect())
    }

    /// Refuses new items from now on and wakes every consumer.
    pub(crate) fn close(&self) {
        self.inner.lock().closed = true;
        self.ready.notify_all();
    }

    /// Closes, and gives up what was not handed out yet.
    pub(crate) fn abandon(&self) -> VecDeque<T> {
        let mut inner = self.inner.lock();
        inner.closed = true;
        let items = std::mem::take(&mut inner.items);
        drop(inner);
        self.ready.notify_all();
        items
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_queue_gives_the_item_back_at_once() {
        let queue = Queue::new(2);
        assert_eq!(queue.push(1), Ok(()));
        assert_eq!(queue.push(2), Ok(()));
        assert_eq!(queue.push(3), Err(3));
        assert_eq!(queue.take(), Taken::Items(1));
        assert_eq!(queue.push(3), Ok(()));
    }

    #[test]
    fn a_batch_is_what_is_there_in_order_and_bounded() {
        let queue = Queue::new(10);
        for item in 0..5 {
            queue.push(item).unwrap();
        }
        assert_eq!(
            queue.take_batch(3, None),
            Taken::Items(VecDeque::from([0, 1, 2]))
        );
        assert_eq!(
            queue.take_batch(3, None),
            Taken::Items(VecDeque::from([3, 4]))
        );
        assert_eq!(queue.take_batch(3, Some(Duration::ZERO)), Taken::Idle);
    }

    #[test]
    fn a_closed_queue_still_hands_out_what_it_accepted() {
        let queue = Queue::new(10);
        queue.push(1).unwrap();
        queue.close();
        assert_eq!(queue.push(2), Err(2));
        assert_eq!(queue.take(), Taken::Items(1));
        assert_eq!(queue.take(), Taken::Closed);
        assert_eq!(queue.take_batch(1, None), Taken::Closed);
    }

    #[test]
    fn closing_wakes_every_consumer() {
        let queue = Queue::<()>::new(1);
        std::thread::scope(|scope| {
            let waiting: Vec<_> = (0..3).map(|_| scope.spawn(|| queue.take())).collect();
            queue.close();
            for thread in waiting {
                assert_eq!(thread.join().unwrap(), Taken::Closed);
            }
        });
    }
}
