//! The store itself: its thread, and how it is opened and closed.

use crate::connector::{Connector, Db};
use crate::failure::Result;
use crate::listener::{Channel, News, listen};
use crate::migrate::{BeforeMigration, MIGRATIONS, Migrated, migrate};
use crate::pool::Pool;
use crate::wakers::Wakers;
use crate::writer::{Job, Task, Tx, Writer};
use crate::{OpenError, Options};
use antiphon_store::{FollowUp, Health, StoreError, nothing};
use parking_lot::{Mutex, RwLock};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::thread::JoinHandle;
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::task::LocalSet;

/// Something for the pool, run on the store's thread.
type Errand = Box<dyn FnOnce(Rc<Ground>) -> Pin<Box<dyn Future<Output = ()>>> + Send>;

/// What errands stand on.
pub(crate) struct Ground {
    pool: Pool,
    channel: Rc<Channel>,
}

/// How work reaches the store's thread, until it is closed.
struct Doors {
    writes: mpsc::Sender<Box<dyn Job>>,
    /// Never full: each errand in it holds a permit, of which there are as many.
    errands: mpsc::Sender<Errand>,
}

/// The store on a PostgreSQL database.
///
/// A write that was answered is on disk. Writes of conversations that wait together are committed together, and one after the other
/// with those of other processes, in the order of their revisions; so "everything since revision N" is complete here as on SQLite.
/// A read sees every write that was answered before it was asked for.
pub struct PostgresStore {
    doors: RwLock<Option<Doors>>,
    permits: Arc<Semaphore>,
    wakers: Arc<Wakers>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl std::fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PostgresStore").finish_non_exhaustive()
    }
}

impl PostgresStore {
    /// Migrates a database, or fills an empty one, and opens it. Blocks.
    pub fn open_and_migrate(options: &Options) -> std::result::Result<(Self, Migrated), OpenError> {
        Self::open_and_migrate_after(options, Box::new(|_| Ok(())))
    }

    /// The same, with something to be done before a database that is not empty is migrated; it blocks the migration, and other
    /// processes that wait for it, and its error keeps the database as it was.
    pub fn open_and_migrate_after(
        options: &Options,
        before: BeforeMigration,
    ) -> std::result::Result<(Self, Migrated), OpenError> {
        let (tell, told) = std::sync::mpsc::sync_channel(1);
        let (writes, to_write) = mpsc::channel(options.queue.max(1));
        let (errands, to_do) = mpsc::channel(options.queue.max(1));
        let permits = Arc::new(Semaphore::new(options.queue.max(1)));
        let wakers = Arc::<Wakers>::default();
        let open = Thread {
            options: options.clone(),
            to_write,
            to_do,
            permits: Arc::clone(&permits),
            wakers: Arc::clone(&wakers),
        };
        let thread = std::thread::Builder::new()
            .name("antiphon-db".to_owned())
            .spawn(move || open.run(before, &tell))?;
        let store = Self {
            doors: RwLock::new(Some(Doors { writes, errands })),
            permits,
            wakers,
            thread: Mutex::new(Some(thread)),
        };
        match told.recv() {
            Ok(Ok(migrated)) => Ok((store, migrated)),
            Ok(Err(error)) => Err(error),
            Err(_) => Err(std::io::Error::other("it ended at once").into()),
        }
    }

    /// Refuses new work, finishes what waits, and ends the connections. Blocks until it is done; dropping the store does the same.
    pub fn close(&self) {
        drop(self.doors.write().take());
        if let Some(thread) = self.thread.lock().take() {
            // It cannot fail but by a panic, which has been told by then.
            let _ended = thread.join();
        }
    }

    /// Changes a conversation, or what must keep the order of such changes.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        job: impl AsyncFnOnce(&mut Tx<'_>) -> Result<T> + Send + 'static,
    ) -> std::result::Result<T, StoreError> {
        self.write_then(nothing(), job).await
    }

    /// The same, with what follows from it: its jobs and audit entry in the same transaction, and who hears of it before the answer.
    pub(crate) async fn write_then<T: Send + 'static>(
        &self,
        follow_up: FollowUp<T>,
        job: impl AsyncFnOnce(&mut Tx<'_>) -> Result<T> + Send + 'static,
    ) -> std::result::Result<T, StoreError> {
        let (answer, answered) = oneshot::channel();
        let task = Box::new(Task {
            job,
            follow_up,
            answer,
        });
        match &*self.doors.read() {
            Some(doors) if doors.writes.try_send(task).is_ok() => {}
            _ => return Err(StoreError::Unavailable),
        }
        // A task that is dropped without an answer met the end of its connection: it may be done or not.
        answered.await.unwrap_or(Err(StoreError::Unavailable))
    }

    /// Reads; runs a second time if the connection had died.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        job: impl AsyncFn(Db<'_>) -> Result<T> + Send + 'static,
    ) -> std::result::Result<T, StoreError> {
        self.errand(async move |ground: &Ground| ground.pool.read(job).await)
            .await
    }

    /// Writes what needs no order, on a connection of its own.
    pub(crate) async fn change<T: Send + 'static>(
        &self,
        job: impl AsyncFnOnce(Db<'_>) -> Result<T> + Send + 'static,
    ) -> std::result::Result<T, StoreError> {
        self.errand(async move |ground: &Ground| ground.pool.once(job).await)
            .await
    }

    /// Tells this process and the others that there may be something to do. The others look by themselves now and then, so a failure
    /// loses nothing.
    pub(crate) async fn tell_of_jobs(&self) {
        self.wakers.jobs();
        let told = self.errand(async move |ground: &Ground| {
            let notification = ground.channel.notification(&News::of_jobs());
            let notify = async |db: Db<'_>| db.script(&notification).await;
            ground.pool.once(notify).await
        });
        let _told = told.await;
    }

    pub(crate) fn wakers(&self) -> &Wakers {
        &self.wakers
    }

    /// The same, for what outlives a call.
    pub(crate) fn shared_wakers(&self) -> Arc<Wakers> {
        Arc::clone(&self.wakers)
    }

    async fn errand<T: Send + 'static>(
        &self,
        job: impl AsyncFnOnce(&Ground) -> Result<T> + Send + 'static,
    ) -> std::result::Result<T, StoreError> {
        let Ok(permit) = Arc::clone(&self.permits).try_acquire_owned() else {
            return Err(StoreError::Unavailable);
        };
        let (answer, answered) = oneshot::channel();
        let errand: Errand = Box::new(move |ground| {
            Box::pin(async move {
                let outcome = job(&ground).await;
                drop(answer.send(outcome.map_err(crate::failure::Error::into_store_error)));
                drop(permit);
            })
        });
        match &*self.doors.read() {
            Some(doors) if doors.errands.try_send(errand).is_ok() => {}
            _ => return Err(StoreError::Unavailable),
        }
        answered.await.unwrap_or(Err(StoreError::Unavailable))
    }
}

impl Drop for PostgresStore {
    fn drop(&mut self) {
        self.close();
    }
}

/// All that the thread is told.
struct Thread {
    options: Options,
    to_write: mpsc::Receiver<Box<dyn Job>>,
    to_do: mpsc::Receiver<Errand>,
    permits: Arc<Semaphore>,
    wakers: Arc<Wakers>,
}

impl Thread {
    /// Opens, says how that went, and works until the doors are closed.
    fn run(
        self,
        before: BeforeMigration,
        tell: &std::sync::mpsc::SyncSender<std::result::Result<Migrated, OpenError>>,
    ) {
        let runtime = match tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
        {
            Ok(runtime) => runtime,
            Err(error) => return drop(tell.send(Err(error.into()))),
        };
        let here = LocalSet::new();
        here.block_on(&runtime, async move {
            match open(&self.options, before).await {
                Ok((connector, channel, migrated)) => {
                    drop(tell.send(Ok(migrated)));
                    self.work(connector, channel).await;
                }
                Err(error) => drop(tell.send(Err(error))),
            }
        });
    }

    async fn work(self, connector: Connector, channel: Channel) {
        let Self {
            options,
            to_write,
            mut to_do,
            permits,
            wakers,
        } = self;
        let channel = Rc::new(channel);
        let ground = Rc::new(Ground {
            pool: Pool::new(&options, connector.clone()),
            channel: Rc::clone(&channel),
        });
        let connector = Rc::new(connector);
        let listening = tokio::task::spawn_local(listen(
            Rc::clone(&connector),
            Rc::clone(&channel),
            Arc::clone(&wakers),
        ));
        let writer = Writer::new(&options, connector, channel, wakers);
        let errands = async {
            while let Some(errand) = to_do.recv().await {
                tokio::task::spawn_local(errand(Rc::clone(&ground)));
            }
            // Each holds a permit until it is done.
            let all = u32::try_from(options.queue.max(1)).unwrap_or(u32::MAX);
            let _all = permits.acquire_many(all).await;
        };
        tokio::join!(writer.run(to_write), errands);
        listening.abort();
    }
}

async fn open(
    options: &Options,
    before: BeforeMigration,
) -> std::result::Result<(Connector, Channel, Migrated), OpenError> {
    let connector = Connector::new(options)?;
    let failed = |error| OpenError::at(&options.server.place(), &error);
    let client = connector.client().await.map_err(failed)?;
    let migrated = migrate(Db(&client), options, MIGRATIONS, before).await?;
    let channel = Channel::read(Db(&client)).await.map_err(failed)?;
    Ok((connector, channel, migrated))
}

#[async_trait::async_trait]
impl Health for PostgresStore {
    async fn check(&self) -> std::result::Result<(), StoreError> {
        self.write(async |_tx: &mut Tx<'_>| Ok(())).await
    }
}
