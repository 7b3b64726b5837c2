//! `antiphon reverb:start`: the WebSocket server by itself. Needs no database and no folder, but for generated secrets.

use crate::clock::SystemClock;
use crate::console::PasswordConsole;
use crate::{compose, debug_stream, lifecycle, metrics, output, reload, telemetry, webhooks};
use antiphon_broadcast::check_api;
use antiphon_config::{Config, Options};
use antiphon_http::{HttpServer, tapped, websocket_router};
use antiphon_realtime::{Engine, StartError};
use std::sync::Arc;

/// Keys that say what the Laravel application uses whose `.env` this is, and that a WebSocket server by itself has no use for.
const FOREIGN_KEYS: [&str; 5] = [
    "APP_URL",
    "BROADCAST_CONNECTION",
    "PUSHER_APP_ID",
    "PUSHER_APP_KEY",
    "PUSHER_APP_SECRET",
];

/// The same, unless the nodes share the database: a `DB_CONNECTION=mysql` is no reason not to start it.
const DATABASE_KEYS: [&str; 5] = [
    "DB_CONNECTION",
    "DATABASE_URL",
    "DB_URL",
    "DB_PORT",
    "DB_SSLMODE",
];

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The address to listen on, instead of REVERB_SERVER_HOST
    #[arg(long)]
    host: Option<String>,
    /// The port to listen on, instead of REVERB_SERVER_PORT
    #[arg(long)]
    port: Option<String>,
    /// A path in front of the server's routes, instead of REVERB_SERVER_PATH
    #[arg(long)]
    path: Option<String>,
    /// The host that browsers connect to, instead of REVERB_HOST
    #[arg(long)]
    hostname: Option<String>,
    /// Print connections, messages and API calls as they happen, without signatures and tokens
    #[arg(long)]
    debug: bool,
}

pub(crate) fn run(args: Args, mut options: Options) -> anyhow::Result<()> {
    let flags = [
        ("REVERB_SERVER_HOST", args.host),
        ("REVERB_SERVER_PORT", args.port),
        ("REVERB_SERVER_PATH", args.path),
        ("REVERB_HOST", args.hostname),
    ];
    options.overrides.extend(
        flags
            .into_iter()
            .filter_map(|(key, value)| Some((key, value?))),
    );
    let shares_database = options.written("ANTIPHON_SCALING_BROKER")?.as_deref() == Some("pgsql");
    if !shares_database {
        let hidden = DATABASE_KEYS.map(|key| (key, String::new()));
        options.overrides.extend(hidden);
    }
    // An empty value asks for the default, and hides what the file says.
    options
        .overrides
        .extend(FOREIGN_KEYS.map(|key| (key, String::new())));
    let config = super::load(&options)?;
    telemetry::start(&config.log)?;
    for notice in config.notices() {
        tracing::warn!(key = notice.key, "{}", notice.message);
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let webhooks = webhooks::start(&config.reverb.apps, &runtime)?;
    let hub = compose::hub(&config, &webhooks)?;
    let console = PasswordConsole::new(&config, &hub, &webhooks)?;
    let router = websocket_router(
        compose::websocket_state(&config, hub.clone(), webhooks.clone()),
        &config.reverb.path,
        console.as_ref().map(|console| console.console.clone()),
    );
    let router = tapped(router, &hub, &config.reverb.path);
    let metrics = metrics::start(&config, &hub, &webhooks, None, &runtime)?;
    let router = match &metrics {
        Some(served) => served.metrics.counting(router),
        None => router,
    };
    reload::watch(&config, Some((&hub, &webhooks)), &runtime)?;
    let cluster = compose::join_cluster(&config, &hub)?;
    let engine = match Engine::start(
        &hub,
        &[config.reverb.bind()],
        Arc::new(HttpServer::new(router)),
    ) {
        Err(StartError::PortInUse(_)) => return Err(runtime.block_on(port_in_use(&config))),
        started => started?,
    };
    if let Some(served) = &metrics {
        output::line(&served.line());
    }
    let signals = runtime.block_on(async { lifecycle::Signals::catch() })?;
    let address = engine.addresses()[0];
    if let Some(console) = console {
        output::line(&console.line(address));
    }
    for address in engine.addresses() {
        output::line(&format!(
            "WebSocket server: ws://{}{}/app/{}",
            compose::reachable(*address),
            config.reverb.path,
            config.reverb.app().key
        ));
    }
    if args.debug {
        debug_stream::start(&hub)?;
    }
    let failure = lifecycle::first(engine.failed(), compose::cluster_failed(cluster.as_ref()));
    let end = runtime.block_on(signals.end(failure));
    end.log();
    lifecycle::stop(engine, config.app.shutdown, &runtime);
    lifecycle::leave_cluster(cluster, &runtime);
    webhooks::stop(&webhooks, &runtime);
    lifecycle::leave(runtime);
    end.into_result()
}

async fn port_in_use(config: &Config) -> anyhow::Error {
    let address = config.reverb.bind();
    match check_api(
        compose::endpoint(config, address),
        SystemClock::unix_seconds(),
    )
    .await
    {
        Ok(()) => anyhow::anyhow!(
            "port {} is served by this app already (antiphon serve includes the WebSocket server): to run it by itself, start \
             reverb:start before serve, or choose another port with --port",
            address.port()
        ),
        Err(_) => anyhow::anyhow!(
            "port {} is in use by another process: stop it, or choose another port with --port or REVERB_SERVER_PORT",
            address.port()
        ),
    }
}
