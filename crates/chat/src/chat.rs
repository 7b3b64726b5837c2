//! The use cases' shared ground: the ports they stand on.

use crate::password::Passwords;
use crate::push::PushPort;
use crate::random::Random;
use crate::reports::ReportTurns;
use crate::upload::{Allowances, UploadRules};
use crate::watch::Watch;
use crate::widget::Sightings;
use antiphon_broadcast::{AccountWebhooks, AnySocketId, Broadcaster, Presence};
use antiphon_domain::{AgentId, Clock, DomainEvent};
use antiphon_files::{FileStore, Partials};
use antiphon_push::VapidKey;
use antiphon_store::{FollowUp, Store};
use std::sync::{Arc, OnceLock};

/// What the application core stands on; the composition root chooses the drivers.
#[derive(Clone)]
pub struct Ports {
    /// The truth.
    pub store: Arc<dyn Store>,
    /// Who is told.
    pub broadcaster: Arc<dyn Broadcaster>,
    /// Who of the team is there.
    pub presence: Arc<dyn Presence>,
    /// The account's webhooks, which are among those who are told; they hear here which they are.
    pub webhooks: Arc<AccountWebhooks>,
    /// How browsers are told that have no inbox open.
    pub push: PushPort,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Chance.
    pub random: Arc<dyn Random>,
    /// Where people's files are.
    pub files: Arc<dyn FileStore>,
    /// Where files are that arrive in several requests, until they are posted.
    pub partials: Partials,
    /// What people's files may be.
    pub upload_rules: Arc<UploadRules>,
    /// For how long agents may edit and delete what they sent, in seconds.
    pub edit_seconds: i64,
}

impl std::fmt::Debug for Ports {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ports").finish_non_exhaustive()
    }
}

/// The application core. Cheap to clone; every use case is a method, in the file of its name.
#[derive(Debug, Clone)]
pub struct Chat {
    pub(crate) ports: Arc<Ports>,
    pub(crate) watch: Arc<Watch>,
    pub(crate) passwords: Arc<Passwords>,
    /// What visitors may still send today.
    pub(crate) allowances: Arc<Allowances>,
    /// Where widgets were seen a moment ago.
    pub(crate) sightings: Arc<Sightings>,
    pub(crate) report_turns: Arc<ReportTurns>,
    /// The key for push services, once it was asked for.
    pub(crate) vapid: Arc<OnceLock<VapidKey>>,
}

impl Chat {
    /// The core on these ports.
    pub fn new(ports: Ports) -> Self {
        let watch = Arc::<Watch>::default();
        watch.hear(&*ports.store);
        Self {
            ports: Arc::new(ports),
            watch,
            passwords: Arc::default(),
            allowances: Arc::default(),
            sightings: Arc::default(),
            report_turns: Arc::default(),
            vapid: Arc::default(),
        }
    }

    /// Whether a write would be stored now: passes through the store's writer.
    pub async fn check_store(&self) -> Result<(), crate::ChatError> {
        Ok(self.ports.store.check().await?)
    }

    /// What follows from an act that ends sessions: the sockets of their agent are closed.
    pub(crate) fn shut_out<T: 'static>(
        &self,
        agent: impl Fn(&T) -> Option<AgentId> + Send + Sync + 'static,
    ) -> FollowUp<T> {
        self.announce(None, move |outcome| {
            agent(outcome).map(DomainEvent::AgentShutOut)
        })
    }

    /// What follows from a write: `events` says what there is to tell of the outcome, if anything. It is asked inside the transaction
    /// for the jobs that tell others elsewhere, and after the commit, on the store's own thread, for who is told here.
    ///
    /// Announced from there, events go out in the order of their commits, and a message is announced although the connection
    /// that brought it is gone.
    pub(crate) fn announce<T: 'static, E: IntoIterator<Item = DomainEvent>>(
        &self,
        except: Option<AnySocketId>,
        events: impl Fn(&T) -> E + Send + Sync + 'static,
    ) -> FollowUp<T> {
        let (watch, broadcaster) = (Arc::clone(&self.watch), Arc::clone(&self.ports.broadcaster));
        let events = Arc::new(events);
        let told = Arc::clone(&events);
        let follow_up = FollowUp::told(move |outcome| {
            for event in told(outcome) {
                if let Some(id) = event.conversation_id() {
                    watch.wake(id);
                }
                broadcaster.broadcast(&event, except);
            }
        });
        if !self.ports.broadcaster.makes_jobs() {
            return follow_up;
        }
        let (broadcaster, clock) = (
            Arc::clone(&self.ports.broadcaster),
            Arc::clone(&self.ports.clock),
        );
        follow_up.and_jobs(move |outcome| {
            events(outcome)
                .into_iter()
                .flat_map(|event| broadcaster.jobs(&event, except, clock.now()))
                .collect()
        })
    }
}
