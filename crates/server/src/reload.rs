//! Applications that are added, changed and removed while the server runs: the file is read again when it changes, and on SIGHUP.
//!
//! A file that has a mistake, or cannot be read, changes nothing: the server goes on with what it had, and says so in the log.

use crate::{compose, webhooks};
use antiphon_config::{Config, Reverb};
use antiphon_realtime::Hub;
use antiphon_webhooks::Webhooks;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::MissedTickBehavior;

/// How often the file is looked at. One system call; a person who has just saved it waits for no more than that.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// What tells one state of the file from another. A new file under the name, as editors and Kubernetes write it, has another inode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    inode: u64,
    len: u64,
    modified_ns: (i64, i64),
}

impl Stamp {
    fn of(path: &Path) -> Option<Self> {
        let metadata = std::fs::metadata(path).ok()?;
        Some(Self {
            inode: metadata.ino(),
            len: metadata.len(),
            modified_ns: (metadata.mtime(), metadata.mtime_nsec()),
        })
    }
}

/// Keeps the hub's applications as the file has them, for as long as the runtime runs. From now on SIGHUP does not end the process.
/// Without a hub, because the WebSocket server is another process, that is all.
pub(crate) fn watch(
    config: &Config,
    server: Option<(&Hub, &Webhooks)>,
    runtime: &Runtime,
) -> std::io::Result<()> {
    let reverb = config.reverb.clone();
    let server = server.map(|(hub, webhooks)| (hub.clone(), webhooks.clone()));
    // Now, not when the task first runs: by then the server has said that it is ready, and somebody may have changed the file.
    let known = reverb.apps_file.as_deref().and_then(Stamp::of);
    let _context = runtime.enter();
    let mut hangup = signal(SignalKind::hangup())?;
    runtime.spawn(async move {
        match (&server, &reverb.apps_file) {
            (Some(server), Some(path)) => keep_watching(path, known, &reverb, server, hangup).await,
            _ => {
                while hangup.recv().await.is_some() {
                    tracing::info!("SIGHUP: this process has no REVERB_APPS_FILE to read again");
                }
            }
        }
    });
    Ok(())
}

/// `known` is the state of the file that the hub has.
async fn keep_watching(
    path: &Path,
    mut known: Option<Stamp>,
    reverb: &Reverb,
    server: &(Hub, Webhooks),
    mut hangup: Signal,
) {
    let mut look = tokio::time::interval(LOOK_EVERY);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = look.tick() => {
                let stamp = Stamp::of(path);
                if stamp == known {
                    continue;
                }
                known = stamp;
            }
            _ = hangup.recv() => {}
        }
        reload(reverb, server);
    }
}

fn reload(reverb: &Reverb, (hub, webhooks): &(Hub, Webhooks)) {
    let replaced = reverb
        .read_apps()
        .map_err(anyhow::Error::from)
        .and_then(|apps| {
            let targets = webhooks::of(&apps)?;
            hub.replace_apps(&compose::apps(&apps)?)?;
            webhooks.configure(targets);
            Ok(apps.len())
        });
    match replaced {
        Ok(apps) => tracing::info!(apps, "the applications were read again"),
        Err(error) => {
            tracing::error!(%error, "the applications stay as they were");
        }
    }
}
