//! `antiphon reverb:start`: the WebSocket server by itself. Needs no database and no folder, but for generated secrets.

use crate::clock::SystemClock;
use crate::{compose, lifecycle, metrics, output, reload, telemetry};
use antiphon_broadcast::check_api;
use antiphon_config::{Config, Options};
use antiphon_http::{HttpServer, websocket_router};
use antiphon_realtime::{Engine, StartError};
use std::sync::Arc;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The address to listen on, instead of REVERB_SERVER_HOST
    #[arg(long)]
    host: Option<String>,
    /// The port to listen on, instead of REVERB_SERVER_PORT
    #[arg(long)]
    port: Option<String>,
    /// Log in detail
    #[arg(long)]
    debug: bool,
}

pub(crate) fn run(args: Args, mut options: Options) -> anyhow::Result<()> {
    let flags = [
        ("REVERB_SERVER_HOST", args.host),
        ("REVERB_SERVER_PORT", args.port),
    ];
    options.overrides.extend(
        flags
            .into_iter()
            .filter_map(|(key, value)| Some((key, value?))),
    );
    if args.debug {
        options.overrides.push(("ANTIPHON_LOG", "debug".to_owned()));
    }
    let config = super::load(&options)?;
    telemetry::start(&config.log)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let hub = compose::hub(&config)?;
    let router = websocket_router(
        compose::websocket_state(&config, hub.clone()),
        &config.reverb.path,
    );
    let metrics = metrics::start(&config, &hub, None, &runtime)?;
    let router = match &metrics {
        Some(served) => served.metrics.counting(router),
        None => router,
    };
    reload::watch(&config, Some(&hub), &runtime)?;
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
    for address in engine.addresses() {
        output::line(&format!(
            "WebSocket server: ws://{}{}/app/{}",
            compose::reachable(*address),
            config.reverb.path,
            config.reverb.app().key
        ));
    }
    let end = runtime.block_on(lifecycle::end(engine.failed()))?;
    end.log();
    lifecycle::stop(engine, config.app.shutdown, &runtime);
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
