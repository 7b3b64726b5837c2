//! `antiphon serve`: everything in one process, or everything but the WebSocket server if this app's `reverb:start` runs.

use crate::clock::SystemClock;
use crate::database::{self, Opened};
use crate::jobs::{Remotes, Wanted, Workers, send_last};
use crate::{
    compose, console, debug_stream, lifecycle, metrics, output, reload, telemetry, webhooks,
};
use antiphon_broadcast::check_api;
use antiphon_chat::{Chat, NewWidgetRequest};
use antiphon_config::{BroadcastConnection, Config, Options};
use antiphon_http::{
    ChatState, Console, HttpServer, JobMetrics, Realtime, chat_router, tapped, web_parts_present,
};
use antiphon_realtime::{ClusterNode, Engine, Hub, StartError};
use antiphon_store::Store;
use antiphon_store_sqlite::ServerLock;
use antiphon_webhooks::Webhooks;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;
use tokio::time::MissedTickBehavior;

/// How long the last broadcasts may take when the server stops.
const LAST_BROADCASTS: Duration = Duration::from_secs(2);
/// How often uploads that are over are removed: nobody sees them meanwhile, they only take space.
const SWEEP_EVERY: Duration = Duration::from_secs(600);
/// The pause between two writes of where widgets were seen: somebody may be waiting for it, but strangers can cause it.
const SIGHTINGS_PAUSE: Duration = Duration::from_secs(1);

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The address to listen on, instead of ANTIPHON_HOST
    #[arg(long)]
    host: Option<String>,
    /// The port to listen on, instead of ANTIPHON_PORT
    #[arg(long)]
    port: Option<String>,
    /// Print connections, messages and API calls as they happen, without signatures and tokens
    #[arg(long)]
    debug: bool,
}

pub(crate) fn run(args: Args, mut options: Options) -> anyhow::Result<()> {
    let flags = [("ANTIPHON_HOST", args.host), ("ANTIPHON_PORT", args.port)];
    options.overrides.extend(
        flags
            .into_iter()
            .filter_map(|(key, value)| Some((key, value?))),
    );
    let config = super::load(&options)?;
    telemetry::start(&config.log)?;
    for notice in config.notices() {
        tracing::warn!(key = notice.key, "{}", notice.message);
    }
    if config.pusher.is_some() && config.broadcast != BroadcastConnection::Pusher {
        tracing::warn!(
            "PUSHER_* is set and not used: BROADCAST_CONNECTION=pusher would broadcast there"
        );
    }
    database::make_data_folder(&config)?;
    let _lock = ServerLock::acquire(&config.app.data)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let opened = database::open(&config)?;
    let store = opened.store();
    let server = Server::start(&config, &runtime, &store)?;
    let end = runtime.block_on(async {
        let signals = lifecycle::Signals::catch()?;
        server.announce(&config).await?;
        if args.debug {
            debug_stream::start(&server.hub)?;
        }
        anyhow::Ok(signals.end(server.failure(&opened)).await)
    })?;
    end.log();
    server.stop(&config, &store, &runtime);
    opened.close();
    lifecycle::leave(runtime);
    end.into_result()
}

struct Server {
    chat: Chat,
    /// Removes uploads that are over.
    sweeping: JoinHandle<()>,
    /// Writes where widgets were seen.
    noting: JoinHandle<()>,
    hub: Hub,
    engine: Engine,
    cluster: Option<ClusterNode>,
    /// Where this app's `reverb:start` was found.
    reverb: Option<SocketAddr>,
    metrics: Option<metrics::Served>,
    webhooks: Webhooks,
    remotes: Remotes,
    workers: Workers,
}

impl Server {
    fn start(config: &Config, runtime: &Runtime, store: &Arc<dyn Store>) -> anyhow::Result<Self> {
        let reverb = runtime.block_on(running_reverb(config))?;
        let app = Arc::new(compose::app(config.reverb.app()));
        let links = compose::links(config);
        // Another process that has the channels has their webhooks, too.
        let apps_here = match reverb {
            None => &*config.reverb.apps,
            Some(_) => &[],
        };
        let webhooks = webhooks::start(apps_here, runtime)?;
        let hub = match reverb {
            None => compose::hub(config, &webhooks)?,
            Some(_) => compose::hub_without_apps(config)?,
        };
        let remotes = Remotes::new(config)?;
        let own = reverb.is_none().then_some((&hub, &app));
        let broadcaster = compose::broadcaster(config, own, &remotes, &links);
        let presence = compose::presence(config, own)?;
        let chat = compose::chat(config, Arc::clone(store), broadcaster, presence)?;
        // Before anything can happen that they want to be told.
        runtime.block_on(chat.read_webhooks())?;
        runtime.block_on(chat.read_push_subscribers())?;
        let realtime = match reverb {
            None => Realtime::Here(compose::websocket_state(
                config,
                hub.clone(),
                webhooks.clone(),
            )),
            Some(address) => Realtime::There(compose::reachable(address)),
        };
        let state = ChatState::new(chat.clone(), compose::settings(config), app, links);
        let console = config.console.enabled.then(|| match reverb {
            None => Console::for_team(hub.clone(), state.clone()).with_webhooks(webhooks.clone()),
            Some(address) => Console::elsewhere(console::url(address), state.clone()),
        });
        let router = chat_router(state, realtime, &config.reverb.path, console);
        let router = tapped(router, &hub, &config.reverb.path);
        let job_metrics = JobMetrics::default();
        let metrics = metrics::start(config, &hub, &webhooks, Some(&job_metrics), runtime)?;
        let router = match &metrics {
            Some(served) => served.metrics.counting(router),
            None => router,
        };
        reload::watch(
            config,
            reverb.is_none().then_some((&hub, &webhooks)),
            runtime,
        )?;
        let mut listeners = vec![config.http.bind()];
        // Two zeros are any two ports, not one and the same.
        let shares_port =
            config.reverb.bind() == config.http.bind() && config.http.bind().port() != 0;
        if reverb.is_none() && !shares_port {
            listeners.push(config.reverb.bind());
        }
        let cluster = match reverb {
            None => compose::join_cluster(config, &hub)?,
            Some(_) => None,
        };
        let engine = Engine::start(&hub, &listeners, Arc::new(HttpServer::new(router)))
            .map_err(|error| explain(error, config))?;
        let wanted = Wanted {
            role: "serve",
            concurrency: config.queue.workers,
            queues: None,
            stop_when_empty: false,
            grace: config.app.shutdown,
            webhooks_allow_private: config.queue.webhooks_allow_private,
            push_allow_private: config.queue.push_allow_private,
        };
        let workers = Workers::start(store, &chat, &remotes, &wanted, &job_metrics, runtime)?;
        let sweeping = runtime.spawn(sweep_uploads(chat.clone()));
        let noting = runtime.spawn(note_sightings(chat.clone()));
        Ok(Self {
            chat,
            sweeping,
            noting,
            hub,
            engine,
            cluster,
            reverb,
            metrics,
            webhooks,
            remotes,
            workers,
        })
    }

    /// Makes what a first start needs, and prints where everything is.
    async fn announce(&self, config: &Config) -> anyhow::Result<()> {
        // The widget of the test page, on this installation's own origin and on a developer's machine.
        let demo = NewWidgetRequest {
            name: "Demo".to_owned(),
            domains: vec![
                "localhost".to_owned(),
                "127.0.0.1".to_owned(),
                config.public_url().host().to_owned(),
            ],
            welcome_message: None,
        };
        self.chat
            .create_first_widget(&demo)
            .await
            .map_err(super::explain)?;
        let url = match &config.app.url {
            Some(url) => url.to_string(),
            None => format!("http://localhost:{}", self.engine.addresses()[0].port()),
        };
        match web_parts_present() {
            true => {
                output::line(&format!("Test page: {url}/chatbot-test.html"));
                output::line(&format!("Demo:      {url}/demo"));
                output::line(&format!("Inbox:     {url}/inbox"));
                if config.console.enabled {
                    output::line(&format!("Console:   {url}/console"));
                }
            }
            false => output::line(
                "This binary was built without the web parts (widget, test page, inbox): build it with `cargo xtask build`.",
            ),
        }
        match (self.reverb, self.engine.addresses().get(1)) {
            (Some(address), _) => output::line(&format!(
                "WebSocket: this app's reverb:start on port {} is used",
                address.port()
            )),
            (None, Some(address)) => {
                output::line(&format!("WebSocket: port {}, and {url}", address.port()))
            }
            (None, None) => output::line(&format!("WebSocket: {url}")),
        }
        if let Some(served) = &self.metrics {
            output::line(&served.line());
        }
        if let Some(token) = self
            .chat
            .issue_setup_token()
            .await
            .map_err(super::explain)?
        {
            output::line(&format!(
                "Set up the first agent (this link works once, for a day): {url}/inbox/setup#{}",
                token.reveal()
            ));
        }
        output::line("Ready.");
        Ok(())
    }

    /// Completes when a part fails that nothing can go on without.
    async fn failure(&self, opened: &Opened) -> String {
        tokio::select! {
            reason = self.engine.failed() => reason,
            reason = compose::cluster_failed(self.cluster.as_ref()) => reason,
            reason = opened.failed() => reason.to_string(),
        }
    }

    fn stop(self, config: &Config, store: &Arc<dyn Store>, runtime: &Runtime) {
        lifecycle::stop(self.engine, config.app.shutdown, runtime);
        lifecycle::leave_cluster(self.cluster, runtime);
        self.sweeping.abort();
        self.noting.abort();
        webhooks::stop(&self.webhooks, runtime);
        self.workers.stop(runtime);
        // What was posted in the last moment is stored, and would wait for the next start.
        if let Err(error) = send_last(store, &self.remotes, LAST_BROADCASTS, runtime) {
            tracing::warn!(%error, "the last broadcasts wait for the next start");
        }
    }
}

/// Removes uploads that are over, at the start and every now and then; never returns.
async fn sweep_uploads(chat: Chat) {
    let mut ticks = tokio::time::interval(SWEEP_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        match chat.sweep_uploads().await {
            Ok(0) => {}
            Ok(uploads) => tracing::info!(uploads, "uploads that were never posted were removed"),
            Err(error) => tracing::warn!(%error, "old uploads could not be removed"),
        }
    }
}

/// Writes where widgets were seen, as it is seen; never returns.
async fn note_sightings(chat: Chat) {
    loop {
        if let Err(error) = chat.note_sightings().await {
            tracing::warn!(%error, "where widgets were seen could not be written");
        }
        tokio::time::sleep(SIGHTINGS_PAUSE).await;
    }
}

/// This app's `reverb:start`, if the WebSocket port is taken by it; an error if it is taken by something else.
async fn running_reverb(config: &Config) -> anyhow::Result<Option<SocketAddr>> {
    let address = config.reverb.bind();
    let taken = matches!(TcpListener::bind(address), Err(error) if error.kind() == std::io::ErrorKind::AddrInUse);
    if !taken {
        return Ok(None);
    }
    match check_api(
        compose::endpoint(config, address),
        SystemClock::unix_seconds(),
    )
    .await
    {
        Ok(()) => Ok(Some(address)),
        Err(error) => {
            tracing::debug!(%error, "what has the WebSocket port is not this app's reverb:start");
            Err(explain(StartError::PortInUse(address), config))
        }
    }
}

/// A start that failed, with what to do about it.
fn explain(error: StartError, config: &Config) -> anyhow::Error {
    let fix = |address: &SocketAddr| {
        if *address == config.http.bind() {
            "--port or ANTIPHON_PORT"
        } else {
            "REVERB_SERVER_PORT"
        }
    };
    match &error {
        StartError::PortInUse(address) => anyhow::anyhow!(
            "port {} is in use by another process: stop it, or choose another port with {}",
            address.port(),
            fix(address)
        ),
        StartError::Bind { address, source } => {
            anyhow::anyhow!(
                "cannot listen on {address} ({source}): choose another address or port with {}",
                fix(address)
            )
        }
        _ => error.into(),
    }
}
