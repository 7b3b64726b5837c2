//! One run: an installation, its users, the faults, and then the verdict.
//!
//! After the last fault nothing new is written. Everybody has a bounded time to bring to its end what was begun, and to show all of it;
//! who is not through by then is stuck, which is a violation like a loss.

use crate::actor::{
    Feed, Person, Phase, ReadMarks, Screen, Stage, Subscriber, Way, publish, work_at_the_desk,
    write,
};
use crate::breaking::{Network, break_network, break_processes};
use crate::check::{self, Holdings, Kind, Violation};
use crate::dice::Dice;
use crate::doors::Doors;
use crate::plan::{Fault, schedule};
use crate::proxy::Proxy;
use crate::store::Stored;
use crate::topology::{self, Jobs, Layout, Topology};
use antiphon_testkit::{Agent, Api, Backend, Deadline, Stopwatch, Visitor};
use anyhow::{Context as _, Result};
use parking_lot::Mutex;
use std::path::{Path, PathBuf};
use std::thread::{Scope, ScopedJoinHandle};
use std::time::Duration;

/// Visitors, each with a conversation. The first ones have no WebSocket, and the last ones send files.
const N_VISITORS: usize = 8;
const N_WITHOUT_SOCKET: usize = 2;
const N_WITH_FILES: usize = 3;
/// Agents, each with everything on the screen. The first one also closes conversations.
const N_AGENTS: usize = 2;
/// Channels of backends, and the clients of each that resume.
const FEEDS: [&str; 2] = ["news", "prices"];
const N_SUBSCRIBERS: usize = 4;

/// Everybody is there and writes for so long before the first fault; then it is measured what the processes hold.
const WARM_UP: Duration = Duration::from_secs(2);
/// The time after the faults until everything is sent and shown. A broadcast that failed waits for 30 s at most, and one whose
/// process was killed for its lease of 10 s.
const SETTLE: Duration = Duration::from_secs(75);
/// How often it is looked.
const LOOK: Duration = Duration::from_millis(50);
/// The time in which descriptors of dead connections have to be gone.
const RELEASE: Duration = Duration::from_secs(20);

/// How to run.
#[derive(Debug, Clone)]
pub(crate) struct Options {
    /// The program.
    pub(crate) binary: PathBuf,
    /// What the schedule follows from.
    pub(crate) seed: u64,
    /// The time of the faults.
    pub(crate) time: Duration,
    /// How many nodes an installation of several has.
    pub(crate) n_nodes: usize,
}

/// How it went.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// Where.
    pub(crate) layout: Layout,
    /// What happened.
    pub(crate) stage: Stage,
    /// Messages in the store.
    pub(crate) n_stored: u64,
    /// From the last fault until all was sent and shown.
    pub(crate) settled_after: Duration,
    /// What must not be.
    pub(crate) violations: Vec<Violation>,
    /// The kinds of faults that could be made.
    pub(crate) faults: Vec<Fault>,
    /// What this machine could not do.
    pub(crate) left_out: Vec<String>,
    /// What the processes held before and after.
    pub(crate) holdings: Vec<(String, Holdings, Holdings)>,
    /// Where the logs are, if there was a violation.
    pub(crate) logs: Option<PathBuf>,
}

/// Everybody and everything of a run, but for the processes.
struct Cast {
    screens: Vec<Screen>,
    /// How many of the screens are visitors'; agents' come behind.
    n_visitors: usize,
    feeds: Vec<Feed>,
    /// Which feed each follows.
    subscribers: Vec<(usize, Subscriber)>,
    marks: ReadMarks,
}

/// Runs one installation.
///
/// # Panics
/// It does not start.
pub(crate) fn run(options: &Options, layout: Layout) -> Result<Outcome> {
    let topology = topology::start(&options.binary, layout, options.n_nodes, options.seed)?;
    let nodes = topology.nodes();
    let doors = Doors::open(&nodes)?;
    let backend = topology.backend();
    let (agent, visitors) = topology.people(N_VISITORS);
    let stored = Stored::new(
        agent.clone(),
        visitors.iter().map(|one| one.conversation_id).collect(),
    );
    let cast = cast(&doors, &backend, &agent, visitors);
    let stage = Stage::new(options.seed, backend.key.clone());
    let network = Network {
        proxies: doors.proxies(),
        websockets: nodes.iter().map(Api::websocket).collect(),
        backend,
        clocks: topology.clocks(),
        jobs: topology.jobs(),
        conversations: stored.conversations.clone(),
    };

    let (processes, others) = (topology.faults(), network.faults());
    let left_out = topology.left_out().to_vec();
    let of_lane = |lane: &str, kinds: &[Fault]| {
        let dice = Dice::of(options.seed, &format!("{} of {}", lane, layout.name()));
        schedule(dice, kinds, options.time)
    };
    let schedules = (
        of_lane("processes", &processes),
        of_lane("network", &others),
    );
    let topology = Mutex::new(topology);
    let mut violations = Vec::new();
    let (before, settled_after) = std::thread::scope(|scope| {
        let writers = begin(scope, &stage, &cast);
        stage.wait(WARM_UP);
        let before = topology.lock().holdings();
        let lanes = [
            scope.spawn(|| break_processes(&stage, &schedules.0, &topology)),
            scope.spawn(|| break_network(&stage, &schedules.1, &network)),
        ];
        for lane in lanes {
            violations.extend(lane.join().unwrap_or_else(|_| {
                let what = "a process did not stop or come back: see above".to_owned();
                vec![Violation::new(Kind::Stuck, what)]
            }));
        }
        doors.proxies().into_iter().for_each(Proxy::heal);
        stage.enter(Phase::Draining);
        let watch = Stopwatch::start();
        let is_settled = settle(&stage, &cast, &stored, &writers);
        let settled_after = watch.elapsed();
        if !is_settled {
            let what = format!(
                "not everything was sent and shown {} s after the last fault",
                SETTLE.as_secs()
            );
            violations.push(Violation::new(Kind::Stuck, what));
        }
        let jobs = topology.lock().jobs();
        violations.extend(judge_jobs(&stage, &jobs));
        violations.extend(judge(&stage, &cast, &stored));
        let released = Deadline::after(RELEASE);
        while !released.is_over()
            && !is_released(&**topology.lock(), before.as_deref().unwrap_or_default())
        {
            stage.wait(LOOK);
        }
        let after = topology.lock().holdings();
        stage.enter(Phase::Over);
        ((before, after), settled_after)
    });
    let topology = topology.into_inner();
    let held = match (before.0, before.1) {
        (Ok(before), Ok(after)) => before
            .into_iter()
            .zip(after)
            .map(|((process, before), (_, after))| (process, before, after))
            .collect(),
        (Err(error), _) | (_, Err(error)) => {
            violations.push(Violation::new(
                Kind::Stuck,
                format!("a process is gone: {error:#}"),
            ));
            Vec::new()
        }
    };
    for (process, before, after) in &held {
        violations.extend(check::holdings(process, *before, *after));
    }
    // What is lost or doubled comes first.
    violations.sort_by_key(|violation| violation.kind);
    let logs = (!violations.is_empty()).then(|| {
        std::env::temp_dir().join(format!("antiphon-chaos-{}-{}", options.seed, layout as u8))
    });
    if let Some(folder) = &logs {
        topology.keep_logs(folder)?;
    }
    let mut faults = processes;
    faults.extend(others);
    Ok(Outcome {
        layout,
        n_stored: stored.count(),
        stage,
        settled_after,
        violations,
        faults,
        left_out,
        holdings: held,
        logs,
    })
}

/// Gives everybody a screen. All of them go through the proxies, to any node; every other socket goes to the application's own port,
/// and some to another node than the requests of the same person.
fn cast(doors: &Doors, backend: &Backend, agent: &Agent, visitors: Vec<Visitor>) -> Cast {
    let socket = |api: &Api, n: usize| match n.is_multiple_of(2) {
        true => api.http(),
        false => api.websocket(),
    };
    let conversations: Vec<i64> = visitors.iter().map(|one| one.conversation_id).collect();
    let n_visitors = visitors.len();
    let mut screens = Vec::new();
    for (n, mut visitor) in visitors.into_iter().enumerate() {
        visitor.api = doors.api(n).clone();
        let id = visitor.conversation_id;
        let way = match n < N_WITHOUT_SOCKET {
            true => Way::LongPoll,
            false => Way::Socket(socket(doors.other(n), n)),
        };
        let person = Person::Visitor(visitor);
        screens.push(Screen::new(format!("visitor {n}"), person, way, &[id]));
    }
    for n in 0..N_AGENTS {
        let mut agent = agent.clone();
        agent.api = doors.api(n_visitors + n).clone();
        let way = Way::Socket(socket(doors.other(n_visitors + n), n));
        let (who, person) = (format!("agent {n}"), Person::Agent(agent));
        screens.push(Screen::new(who, person, way, &conversations));
    }
    // Where there are several nodes, the first feed comes from one of them, and the last one from whichever takes it.
    let feed = |n: usize, channel: &str| {
        let door = if n == 0 { 1 } else { doors.count() - 1 };
        let backend = backend.clone().at(doors.api(door).websocket());
        Feed::new(channel, backend, !doors.is_balancer(door))
    };
    let mut subscribers = Vec::new();
    for (feed, channel) in FEEDS.iter().enumerate() {
        for n in 0..N_SUBSCRIBERS {
            let who = format!("client {n} of {channel}");
            let subscriber = Subscriber::new(who, socket(doors.api(n), n));
            subscribers.push((feed, subscriber));
        }
    }
    Cast {
        screens,
        n_visitors,
        feeds: (0..).zip(FEEDS).map(|(n, one)| feed(n, one)).collect(),
        subscribers,
        marks: ReadMarks::default(),
    }
}

/// Starts all actors. Gives those that end by themselves once they have sent what they had begun.
fn begin<'scope>(
    scope: &'scope Scope<'scope, '_>,
    stage: &'scope Stage,
    cast: &'scope Cast,
) -> Vec<ScopedJoinHandle<'scope, ()>> {
    let mut writers = Vec::new();
    for (n, screen) in cast.screens.iter().enumerate() {
        scope.spawn(move || screen.follow(stage));
        writers.push(match n.checked_sub(cast.n_visitors) {
            None => {
                let sends_files = n + N_WITH_FILES >= cast.n_visitors;
                scope.spawn(move || write(stage, screen, sends_files))
            }
            Some(agent) => {
                scope.spawn(move || work_at_the_desk(stage, screen, agent == 0, &cast.marks))
            }
        });
    }
    for (feed, subscriber) in &cast.subscribers {
        scope.spawn(move || subscriber.follow(stage, &cast.feeds[*feed]));
    }
    for feed in &cast.feeds {
        writers.push(scope.spawn(move || publish(stage, feed)));
    }
    writers
}

/// Waits until all that was begun is acknowledged, and everybody shows it. `false`: the time was over first.
fn settle(
    stage: &Stage,
    cast: &Cast,
    stored: &Stored,
    writers: &[ScopedJoinHandle<'_, ()>],
) -> bool {
    let deadline = Deadline::after(SETTLE);
    let wait_for = |is_so: &dyn Fn() -> bool| {
        while !is_so() {
            if deadline.is_over() {
                return false;
            }
            stage.wait(LOOK);
        }
        true
    };
    wait_for(&|| writers.iter().all(ScopedJoinHandle::is_finished))
        && wait_for(&|| stored.fetch().is_ok())
        && wait_for(&|| screens(cast, stored).is_empty())
        && wait_for(&|| {
            let knows_all = |(feed, subscriber): &(usize, Subscriber)| {
                subscriber.knows() >= cast.feeds[*feed].begun()
            };
            cast.subscribers.iter().all(knows_all)
        })
}

/// What is wrong on the screens.
fn screens(cast: &Cast, stored: &Stored) -> Vec<Violation> {
    let mut violations = Vec::new();
    for screen in &cast.screens {
        for id in screen.conversations() {
            let (timeline, kept) = (screen.timeline(id), stored.conversation(id));
            violations.extend(check::view(&screen.who, &timeline, &kept.messages));
            violations.extend(check::status(
                &screen.who,
                id,
                timeline.is_closed(),
                kept.is_closed,
            ));
        }
        if let Some(inbox) = screen.inbox() {
            violations.extend(check::inbox(&screen.who, &inbox, &stored.inbox()));
        }
    }
    violations
}

/// The verdict on messages, events, files and read marks.
fn judge(stage: &Stage, cast: &Cast, stored: &Stored) -> Vec<Violation> {
    let mut violations = Vec::new();
    if let Err(error) = stored.fetch() {
        violations.push(Violation::new(
            Kind::Stuck,
            format!("the store cannot be read: {error:#}"),
        ));
        return violations;
    }
    for id in &stored.conversations {
        let sends = stage.journal.sends_of(*id);
        let kept = stored.conversation(*id);
        violations.extend(check::stored(
            &kept.messages,
            &sends.acknowledged,
            &sends.sent,
        ));
        let marked = cast.marks.lock().get(id).copied().unwrap_or_default();
        violations.extend(check::read_mark(*id, marked, kept.read_by_agents));
    }
    violations.extend(screens(cast, stored));
    for (feed, subscriber) in &cast.subscribers {
        let feed = &cast.feeds[*feed];
        let heard = subscriber.heard();
        violations.extend(check::heard(
            &subscriber.who,
            &feed.channel,
            &heard,
            &feed.acknowledged(),
            feed.is_ordered,
        ));
    }
    let files = stage.journal.files();
    violations.extend(check::files(&files, &stored.files(files.keys())));
    violations
}

/// The verdict on jobs, once nothing more is to be sent.
fn judge_jobs(stage: &Stage, jobs: &Jobs) -> Vec<Violation> {
    let poisoned = stage.journal.counted(Fault::PoisonJob.name()) as i64;
    let deadline = Deadline::after(SETTLE);
    loop {
        let found = match jobs.waiting_and_dead().context("the jobs cannot be read") {
            Ok((waiting, dead)) => check::jobs(poisoned, waiting, dead),
            Err(error) => vec![Violation::new(Kind::Stuck, format!("{error:#}"))],
        };
        if found.is_empty() || deadline.is_over() {
            return found;
        }
        stage.wait(LOOK);
    }
}

fn is_released(topology: &dyn Topology, before: &[(String, Holdings)]) -> bool {
    let after = topology.holdings().unwrap_or_default();
    let pairs = before.iter().zip(&after);
    after.len() == before.len()
        && pairs.into_iter().all(|((process, before), (_, after))| {
            check::holdings(process, *before, *after).is_empty()
        })
}

/// Where the program is that is built beside this one.
pub(crate) fn beside(this: &Path) -> PathBuf {
    this.with_file_name("antiphon")
}
