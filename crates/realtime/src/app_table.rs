//! The applications that a node serves, with all that it keeps for each of them.
//!
//! The list may be exchanged while the node runs. An application keeps its index, its channels and its counts for as long as the
//! process lives, even if it is taken off the list and comes back: whoever holds an index may use it at any time, without a lock.

use crate::app::{App, Apps, AppsError};
use crate::cache::Cache;
use crate::history::{Bounds, Epoch, History};
use crate::metrics::Counts;
use crate::online::Online;
use crate::registry::Registry;
use crate::repeats::Repeats;
use arc_swap::{ArcSwap, Guard};
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

/// The most applications that a process may have served. The table for them has its whole size from the start: 64 KiB.
pub(crate) const MAX_APPS: usize = 4096;

/// The number of an application: small enough to be kept for every connection.
pub(crate) type AppIndex = u16;

/// What a node keeps for one application.
#[derive(Debug)]
pub(crate) struct AppState {
    app: ArcSwap<App>,
    /// Whether it is on the list.
    listed: AtomicBool,
    pub(crate) registry: Registry,
    /// Who is signed in.
    pub(crate) online: Online,
    /// What cache channels remember.
    pub(crate) cache: Mutex<Cache>,
    pub(crate) history: History,
    /// Which events have been delivered that may be sent again.
    pub(crate) repeats: Mutex<Repeats>,
    /// WebSockets that are open.
    pub(crate) connections: AtomicUsize,
    /// Those of other nodes, as they said a moment ago.
    pub(crate) connections_elsewhere: AtomicUsize,
    /// What each shard counts.
    pub(crate) counts: Box<[Counts]>,
    /// Events of backends that were refused. Any thread publishes, and overload is rare.
    overload_refusals: AtomicU64,
}

/// Which applications are on the list.
#[derive(Debug, Default)]
struct Directory {
    /// In the order in which they were listed.
    all: Vec<AppIndex>,
    by_id: HashMap<String, AppIndex>,
    by_key: HashMap<String, AppIndex>,
}

#[derive(Debug)]
pub(crate) struct AppTable {
    states: Box<[OnceLock<Box<AppState>>]>,
    directory: ArcSwap<Directory>,
    /// The number of every application that there ever was, by its id. Locked while the list is exchanged.
    numbers: Mutex<HashMap<String, AppIndex>>,
    node: Node,
    path_prefix: String,
}

/// What all applications of a node have in common.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) n_shards: usize,
    /// Tells the histories of this process, or of its cluster, from those of any other.
    pub(crate) epoch: Epoch,
    /// Whether there are other nodes.
    pub(crate) is_in_cluster: bool,
    pub(crate) history: Bounds,
}

impl AppState {
    fn new(app: Arc<App>, node: &Node) -> Self {
        Self {
            app: ArcSwap::new(app),
            listed: AtomicBool::new(true),
            registry: Registry::new(),
            online: Online::new(),
            cache: Mutex::default(),
            repeats: Mutex::default(),
            history: History::new(Arc::clone(&node.epoch), node.is_in_cluster, node.history),
            connections: AtomicUsize::new(0),
            connections_elsewhere: AtomicUsize::new(0),
            counts: (0..node.n_shards).map(|_| Counts::default()).collect(),
            overload_refusals: AtomicU64::new(0),
        }
    }

    /// The application as it is configured now.
    pub(crate) fn app(&self) -> Guard<Arc<App>> {
        self.app.load()
    }

    /// Whether the application is still on the list.
    pub(crate) fn is_listed(&self) -> bool {
        self.listed.load(Ordering::Acquire)
    }

    /// Those of this node.
    pub(crate) fn connection_count(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }

    /// Those of all nodes.
    pub(crate) fn all_connections(&self) -> usize {
        self.connection_count() + self.connections_elsewhere.load(Ordering::Relaxed)
    }

    pub(crate) fn refused_for_overload(&self, n_events: usize) {
        self.overload_refusals
            .fetch_add(n_events as u64, Ordering::Relaxed);
    }

    pub(crate) fn overload_refusals(&self) -> u64 {
        self.overload_refusals.load(Ordering::Relaxed)
    }
}

impl AppTable {
    pub(crate) fn new(apps: &Apps, node: Node) -> Result<Self, AppsError> {
        let this = Self {
            states: (0..MAX_APPS).map(|_| OnceLock::new()).collect(),
            directory: ArcSwap::default(),
            numbers: Mutex::default(),
            node,
            path_prefix: apps.path_prefix().to_owned(),
        };
        this.replace(apps)?;
        Ok(this)
    }

    /// Exchanges the list. Gives the applications whose connections may not stay: they are off the list, or switched off.
    /// The path prefix stays what it was. On an error nothing has changed.
    pub(crate) fn replace(&self, apps: &Apps) -> Result<Vec<AppIndex>, AppsError> {
        let mut numbers = self.numbers.lock();
        let n_new = apps
            .iter()
            .filter(|app| !numbers.contains_key(&app.id))
            .count();
        if numbers.len() + n_new > MAX_APPS {
            return Err(AppsError::TooMany);
        }
        let mut directory = Directory::default();
        for app in apps.iter() {
            let next = numbers.len() as AppIndex;
            let index = *numbers.entry(app.id.clone()).or_insert(next);
            let place = &self.states[usize::from(index)];
            match place.get() {
                Some(state) => state.app.store(Arc::clone(app)),
                None => {
                    place.get_or_init(|| Box::new(AppState::new(Arc::clone(app), &self.node)));
                }
            }
            directory.all.push(index);
            directory.by_id.insert(app.id.clone(), index);
            directory.by_key.insert(app.key.clone(), index);
        }
        let mut shut_out = Vec::new();
        for &index in numbers.values() {
            let state = self.state(index);
            let listed = directory.all.contains(&index);
            state.listed.store(listed, Ordering::Release);
            if !listed || !state.app().enabled {
                shut_out.push(index);
            }
        }
        self.directory.store(Arc::new(directory));
        Ok(shut_out)
    }

    pub(crate) fn state(&self, index: AppIndex) -> &AppState {
        self.states[usize::from(index)]
            .get()
            .expect("an index is given out after the state is in its place")
    }

    pub(crate) fn by_id(&self, id: &str) -> Option<AppIndex> {
        self.directory.load().by_id.get(id).copied()
    }

    pub(crate) fn by_key(&self, key: &str) -> Option<AppIndex> {
        self.directory.load().by_key.get(key).copied()
    }

    /// Every application that there ever was.
    pub(crate) fn all(&self) -> Vec<AppIndex> {
        self.numbers.lock().values().copied().collect()
    }

    /// The applications on the list, in its order.
    pub(crate) fn listed(&self) -> Vec<AppIndex> {
        self.directory.load().all.clone()
    }

    /// The key in the path of a WebSocket's URL, known or not. `None` if the path is no WebSocket's, and on a node without
    /// applications: there even an upgrade is a matter for HTTP, which may know another node.
    pub(crate) fn key_in_path<'a>(&self, path: &'a str) -> Option<&'a str> {
        if self.directory.load().all.is_empty() {
            return None;
        }
        let key = path
            .strip_prefix(&*self.path_prefix)?
            .strip_prefix("/app/")?;
        (!key.is_empty() && !key.contains('/')).then_some(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(apps: &Apps) -> AppTable {
        let node = Node {
            n_shards: 1,
            epoch: Epoch::default(),
            is_in_cluster: false,
            history: Bounds {
                channels: 1,
                bytes: 1,
            },
        };
        AppTable::new(apps, node).unwrap()
    }

    fn apps(apps: impl IntoIterator<Item = App>) -> Apps {
        Apps::new(apps).unwrap()
    }

    #[test]
    fn applications_are_found_by_id_and_by_key() {
        let table = table(&apps([App::new("1", "a", "x"), App::new("2", "b", "y")]));
        let key = |index: AppIndex| table.state(index).app().key.clone();
        assert_eq!(table.by_id("2").map(key).as_deref(), Some("b"));
        assert_eq!(table.by_key("a"), table.by_id("1"));
        assert!(table.by_id("a").is_none() && table.by_key("1").is_none());
    }

    #[test]
    fn an_application_keeps_its_number_when_the_list_is_exchanged() {
        let table = table(&apps([App::new("1", "a", "x"), App::new("2", "b", "y")]));
        let second = table.by_id("2").unwrap();
        let shut_out = table.replace(&apps([App::new("3", "c", "z")])).unwrap();
        assert_eq!(shut_out.len(), 2);
        assert_eq!((table.by_id("2"), table.by_key("b")), (None, None));
        assert!(!table.state(second).is_listed());
        let renamed = apps([App::new("2", "new", "y"), App::new("3", "c", "z")]);
        assert_eq!(table.replace(&renamed).unwrap().len(), 1, "only the first");
        assert_eq!(table.by_key("new"), Some(second));
        assert!(table.state(second).is_listed());
    }

    #[test]
    fn an_application_that_is_switched_off_is_shut_out() {
        let table = table(&apps([App::new("1", "a", "x")]));
        let mut off = App::new("1", "a", "x");
        off.enabled = false;
        assert_eq!(table.replace(&apps([off])), Ok(vec![0]));
        assert_eq!(table.by_key("a"), Some(0), "it is told why");
    }

    #[test]
    fn a_list_that_is_too_long_changes_nothing() {
        let table = table(&apps([App::new("1", "a", "x")]));
        let many = |n| apps((0..n).map(|n| App::new(format!("m{n}"), format!("k{n}"), "x")));
        assert_eq!(table.replace(&many(MAX_APPS)), Err(AppsError::TooMany));
        assert_eq!(table.listed(), [0]);
        assert_eq!(table.replace(&many(MAX_APPS - 1)), Ok(vec![0]));
    }

    #[test]
    fn the_key_is_the_last_part_of_the_path() {
        let one = || apps([App::new("1", "a", "x")]);
        let plain = table(&one());
        assert_eq!(plain.key_in_path("/app/key"), Some("key"));
        for path in [
            "/app/",
            "/app",
            "/app/key/x",
            "/other/key",
            "/ws/app/key",
            "app/key",
            "",
        ] {
            assert_eq!(plain.key_in_path(path), None, "{path}");
        }
        let prefixed = table(&one().with_path_prefix("/ws/"));
        assert_eq!(prefixed.key_in_path("/ws/app/key"), Some("key"));
        assert_eq!(prefixed.key_in_path("/app/key"), None);
        assert_eq!(
            table(&one().with_path_prefix("/")).key_in_path("/app/key"),
            Some("key")
        );
        assert_eq!(table(&Apps::default()).key_in_path("/app/key"), None);
    }
}
