//! What other threads leave for a shard, and how they wake it.
//!
//! A lock, a push and at most one wake-up per turn of the shard, whatever the number of publications and connections.

use crate::app_table::AppIndex;
use crate::inspect::Inspection;
use crate::online::Seen;
use antiphon_protocol::{ChannelName, SocketId};
use bytes::Bytes;
use mio::Waker;
use parking_lot::Mutex;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use tokio::sync::oneshot;

/// Above how many places the list of an inbox is given back after it was emptied, so that one burst is not paid for ever.
const KEPT_CAPACITY: usize = 4096;

/// Something for a shard to do.
#[derive(Debug)]
pub(crate) enum Post {
    /// Bring an event to the subscribers.
    Deliver(Delivery),
    /// Take note that a user who is watched has come or gone.
    UserChanged(AppIndex, Arc<str>, Seen),
    /// Close the connections of a user.
    Terminate(AppIndex, Arc<str>),
    /// Close the connections of an application that is off the list, or switched off.
    ShutOut(AppIndex),
    /// Look among the connections.
    Inspect(Box<Inspection>),
    /// Show that the shard's loop is alive.
    Probe(oneshot::Sender<()>),
}

/// An event on its way to the subscribers of a channel.
#[derive(Debug, Clone)]
pub(crate) struct Delivery {
    pub(crate) app: AppIndex,
    pub(crate) channel: ChannelName,
    /// The whole WebSocket frame, shared by all of them.
    pub(crate) frame: Bytes,
    /// The one connection that does not get it.
    pub(crate) except: Option<SocketId>,
    /// Its serial in the history of the channel, or 0 if it is not in there.
    pub(crate) serial: u64,
}

#[derive(Debug)]
pub(crate) struct Inbox {
    posts: Mutex<Vec<Post>>,
    /// Whether the shard knows that there are posts.
    woken: AtomicBool,
    waker: Waker,
    /// Bytes of frames that were posted and not yet delivered to everybody.
    waiting_bytes: AtomicUsize,
}

impl Inbox {
    pub(crate) fn new(waker: Waker) -> Self {
        Self {
            posts: Mutex::default(),
            woken: AtomicBool::new(false),
            waker,
            waiting_bytes: AtomicUsize::new(0),
        }
    }

    /// Leaves something. The shard sees it when it is woken, or comes by.
    pub(crate) fn post(&self, post: Post) {
        if let Post::Deliver(delivery) = &post {
            self.waiting_bytes
                .fetch_add(delivery.frame.len(), Ordering::Relaxed);
        }
        self.posts.lock().push(post);
    }

    /// Makes the shard look, unless it is already going to.
    pub(crate) fn wake(&self) -> io::Result<()> {
        match self.woken.swap(true, Ordering::AcqRel) {
            true => Ok(()),
            false => self.waker.wake(),
        }
    }

    /// Makes the shard look at the end of its turn. For the shard's own thread, within a turn.
    pub(crate) fn wake_self(&self) {
        self.woken.store(true, Ordering::Release);
    }

    /// Exchanges all posts for the empty list `spare`, which comes back if the shard was not woken since the last time.
    pub(crate) fn take(&self, spare: Vec<Post>) -> Result<Vec<Post>, Vec<Post>> {
        // First the flag, then the list: what is posted in between wakes the shard once more, for nothing.
        match self.woken.swap(false, Ordering::AcqRel) {
            true => Ok(self.take_all(spare)),
            false => Err(spare),
        }
    }

    /// Exchanges all posts for the empty list `spare`, those too that the shard will be woken for in a moment.
    pub(crate) fn take_all(&self, mut spare: Vec<Post>) -> Vec<Post> {
        if spare.capacity() > KEPT_CAPACITY {
            spare = Vec::new();
        }
        std::mem::replace(&mut *self.posts.lock(), spare)
    }

    /// Says that so many bytes of frames are delivered, or given up.
    pub(crate) fn delivered(&self, bytes: usize) {
        self.waiting_bytes.fetch_sub(bytes, Ordering::Relaxed);
    }

    pub(crate) fn waiting_bytes(&self) -> usize {
        self.waiting_bytes.load(Ordering::Relaxed)
    }
}
