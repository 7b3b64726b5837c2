//! The tap: lets somebody watch what happens, for as long as somebody watches.
//!
//! It costs one relaxed load per message when nobody does, and nothing per delivery ever: a publication is told once, whatever the
//! number of its subscribers. Watching cannot slow the engine: each listener has a queue of bounded length, and what does not fit
//! is counted and forgotten. Signatures are taken out before anything is queued; see [`event`].

mod event;

pub(crate) use event::cut;
pub use event::{Happening, TapEvent, TappedMessage};

use crate::app_table::AppIndex;
use crate::clock;
use crate::hub::{Hub, Publication, Shared};
use antiphon_protocol::ChannelName;
use parking_lot::RwLock;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use tokio::sync::mpsc;

/// How many events wait for a listener. With texts cut to [`event::DATA_BYTES`] that is some 6 MB at most.
const QUEUE: usize = 2048;

/// How many may listen at once: every event that somebody wants is compared with the filters of all.
const MAX_LISTENERS: usize = 16;

/// A handle for watching. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Tap(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    n_listeners: AtomicUsize,
    listeners: RwLock<Vec<Arc<Listening>>>,
}

/// What a listener wants to know of. Everything by default.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TapFilter {
    /// What concerns the application with this id only.
    pub app_id: Option<String>,
    /// What concerns the channel with this name only.
    pub channel: Option<String>,
}

#[derive(Debug)]
struct Listening {
    filter: TapFilter,
    queue: mpsc::Sender<Arc<TapEvent>>,
    missed: AtomicU64,
}

/// Gets what happens, from its making until it is dropped.
#[derive(Debug)]
pub struct TapListener {
    tap: Tap,
    listening: Arc<Listening>,
    queue: mpsc::Receiver<Arc<TapEvent>>,
}

/// As many listen as may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{MAX_LISTENERS} are listening already")]
pub struct TooManyListeners;

impl Tap {
    /// Begins to listen.
    pub fn listen(&self, filter: TapFilter) -> Result<TapListener, TooManyListeners> {
        let (sender, queue) = mpsc::channel(QUEUE);
        let listening = Arc::new(Listening {
            filter,
            queue: sender,
            missed: AtomicU64::new(0),
        });
        let mut listeners = self.0.listeners.write();
        if listeners.len() >= MAX_LISTENERS {
            return Err(TooManyListeners);
        }
        listeners.push(Arc::clone(&listening));
        self.0.n_listeners.store(listeners.len(), Ordering::Relaxed);
        Ok(TapListener {
            tap: self.clone(),
            listening,
            queue,
        })
    }

    /// Whether anybody listens. To be asked before anything is prepared for [`Tap::tell`].
    pub fn is_on(&self) -> bool {
        self.0.n_listeners.load(Ordering::Relaxed) > 0
    }

    /// Tells those who want to know. `what` is made only if somebody does. It must take no lock: the caller may hold one that
    /// somebody holds who waits to tell something as well.
    pub fn tell(
        &self,
        app_id: Option<&str>,
        channel: Option<&str>,
        what: impl FnOnce() -> Happening,
    ) {
        let listeners = self.0.listeners.read();
        let wanting = |listening: &&Arc<Listening>| listening.filter.admits(app_id, channel);
        let mut wanting = listeners.iter().filter(wanting).peekable();
        if wanting.peek().is_none() {
            return;
        }
        let event = Arc::new(TapEvent {
            at_ms: clock::unix_ms(),
            app_id: app_id.map(|id| cut(id, event::NAME_BYTES)),
            what: what(),
        });
        for listening in wanting {
            if listening.queue.try_send(Arc::clone(&event)).is_err() {
                listening.missed.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
}

impl TapFilter {
    fn admits(&self, app_id: Option<&str>, channel: Option<&str>) -> bool {
        let fits = |wanted: &Option<String>, found: Option<&str>| {
            wanted.as_deref().is_none_or(|wanted| found == Some(wanted))
        };
        fits(&self.app_id, app_id) && fits(&self.channel, channel)
    }
}

impl TapListener {
    /// The next event, if one waits.
    pub fn try_next(&mut self) -> Option<Arc<TapEvent>> {
        self.queue.try_recv().ok()
    }

    /// The next event. Blocks the thread until there is one; never gives `None` while the listener exists.
    pub fn blocking_next(&mut self) -> Option<Arc<TapEvent>> {
        self.queue.blocking_recv()
    }

    /// How many events did not fit into the queue since this was asked last.
    pub fn take_missed(&self) -> u64 {
        self.listening.missed.swap(0, Ordering::Relaxed)
    }
}

impl Drop for TapListener {
    fn drop(&mut self) {
        let mut listeners = self.tap.0.listeners.write();
        listeners.retain(|other| !Arc::ptr_eq(other, &self.listening));
        self.tap
            .0
            .n_listeners
            .store(listeners.len(), Ordering::Relaxed);
    }
}

impl Hub {
    /// The tap of this node.
    pub fn tap(&self) -> &Tap {
        &self.0.tap
    }
}

impl Shared {
    /// Tells of a publication of a backend on one of its channels.
    pub(crate) fn tap_publication(
        &self,
        index: AppIndex,
        channel: &ChannelName,
        publication: &Publication<'_>,
    ) {
        let state = self.apps.state(index);
        let subscriptions = state.registry.occupancy(channel).subscriptions;
        let app = state.app();
        self.tap.tell(Some(&app.id), Some(channel.as_str()), || {
            Happening::Published {
                message: TappedMessage::new(
                    publication.event,
                    Some(channel.as_str()),
                    Some(publication.data),
                ),
                subscriptions,
                except: publication.except,
            }
        });
    }

    /// Tells of something that the server itself says to a channel, if somebody listens.
    pub(crate) fn tap_announcement(&self, app: AppIndex, channel: &ChannelName, json: &str) {
        if self.tap.is_on() {
            let app = self.apps.state(app).app();
            self.tap.tell(Some(&app.id), Some(channel.as_str()), || {
                Happening::Announced {
                    message: TappedMessage::of_server_json(json),
                }
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn closed() -> Happening {
        Happening::Closed {
            socket_id: "1.2".parse().unwrap(),
            code: None,
            reason: String::new(),
        }
    }

    fn filter(app_id: Option<&str>, channel: Option<&str>) -> TapFilter {
        TapFilter {
            app_id: app_id.map(ToOwned::to_owned),
            channel: channel.map(ToOwned::to_owned),
        }
    }

    #[test]
    fn nothing_is_made_that_nobody_wants() {
        let tap = Tap::default();
        assert!(!tap.is_on());
        let of_other = tap.listen(filter(Some("2"), None)).unwrap();
        assert!(tap.is_on());
        tap.tell(Some("1"), None, || unreachable!());
        drop(of_other);
        assert!(!tap.is_on());
        tap.tell(None, None, || unreachable!());
    }

    #[test]
    fn each_gets_what_its_filter_admits() {
        let tap = Tap::default();
        let mut everything = tap.listen(TapFilter::default()).unwrap();
        let mut of_app = tap.listen(filter(Some("1"), None)).unwrap();
        let mut of_channel = tap.listen(filter(Some("1"), Some("a"))).unwrap();
        for (app, channel) in [
            (None, None),
            (Some("2"), Some("a")),
            (Some("1"), Some("b")),
            (Some("1"), Some("a")),
            (Some("1"), None),
        ] {
            tap.tell(app, channel, closed);
        }
        let count = |listener: &mut TapListener| std::iter::from_fn(|| listener.try_next()).count();
        assert_eq!(count(&mut everything), 5);
        assert_eq!(count(&mut of_app), 3);
        assert_eq!(count(&mut of_channel), 1);
    }

    #[test]
    fn what_does_not_fit_is_counted_and_forgotten() {
        let tap = Tap::default();
        let mut listener = tap.listen(TapFilter::default()).unwrap();
        for _ in 0..QUEUE + 5 {
            tap.tell(None, None, closed);
        }
        assert_eq!(listener.take_missed(), 5);
        assert_eq!(listener.take_missed(), 0);
        assert_eq!(std::iter::from_fn(|| listener.try_next()).count(), QUEUE);
        tap.tell(None, None, closed);
        assert!(listener.try_next().is_some(), "there is room again");
    }

    #[test]
    fn only_so_many_may_listen() {
        let tap = Tap::default();
        let mut listeners: Vec<_> = (0..MAX_LISTENERS)
            .map(|_| tap.listen(TapFilter::default()).unwrap())
            .collect();
        assert_eq!(
            tap.listen(TapFilter::default()).unwrap_err(),
            TooManyListeners
        );
        listeners.pop();
        assert!(tap.listen(TapFilter::default()).is_ok());
    }
}
