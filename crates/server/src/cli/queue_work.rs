//! `antiphon queue:work`, and `queue:listen`, which is the same: a worker as a process of its own, on the data folder of a server
//! or of none.

use crate::compose;
use crate::jobs::{Remotes, Wanted, Workers};
use crate::lifecycle::{End, Signals};
use crate::{database, metrics, output, telemetry};
use antiphon_config::{Options, QueueConnection};
use antiphon_http::JobMetrics;
use std::sync::Arc;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The queues to serve, separated by commas [default: all]
    #[arg(long, value_name = "QUEUES", value_delimiter = ',')]
    queue: Vec<String>,
    /// Jobs at once, instead of ANTIPHON_QUEUE_WORKERS
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=64))]
    workers: Option<u8>,
    /// The address of this worker's metrics, instead of ANTIPHON_METRICS_ADDRESS
    #[arg(long, value_name = "ADDRESS:PORT")]
    metrics: Option<String>,
    /// End when nothing is due
    #[arg(long)]
    stop_when_empty: bool,
}

pub(crate) fn run(args: Args, mut options: Options) -> anyhow::Result<()> {
    let address = args
        .metrics
        .map(|address| ("ANTIPHON_METRICS_ADDRESS", address));
    options.overrides.extend(address);
    let config = super::load(&options)?;
    telemetry::start(&config.log)?;
    if config.queue.connection == QueueConnection::Sync {
        anyhow::bail!(
            "QUEUE_CONNECTION is sync: `antiphon serve` does the work itself. Set it to database to have workers beside it"
        );
    }
    let opened = database::open(&config)?;
    let store = opened.store();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let wanted = Wanted {
        role: "work",
        concurrency: args
            .workers
            .map_or(config.queue.workers.max(1), usize::from),
        queues: (!args.queue.is_empty()).then(|| Arc::from(args.queue.as_slice())),
        stop_when_empty: args.stop_when_empty,
        grace: config.app.shutdown,
        webhooks_allow_private: config.queue.webhooks_allow_private,
        push_allow_private: config.queue.push_allow_private,
    };
    let remotes = Remotes::new(&config)?;
    let metrics = JobMetrics::default();
    // Sockets are another process's, which is told as any other server.
    let links = compose::links(&config);
    let broadcaster = compose::broadcaster(&config, None, &remotes, &links);
    let presence = compose::presence(&config, None)?;
    let chat = compose::chat(&config, Arc::clone(&store), broadcaster, presence)?;
    runtime.block_on(chat.read_webhooks())?;
    runtime.block_on(chat.read_push_subscribers())?;
    let workers = Workers::start(&store, &chat, &remotes, &wanted, &metrics, &runtime)?;
    let served = metrics::start_for_worker(&config, &metrics, &runtime);
    let queues = match args.queue.is_empty() {
        true => "all queues".to_owned(),
        false => args.queue.join(", "),
    };
    let end = runtime.block_on(async {
        let signals = Signals::catch()?;
        if let Some(served) = &served {
            output::line(&served.line());
        }
        output::line(&format!("Working on {queues}."));
        let failed = async { opened.failed().await.to_string() };
        tokio::select! {
            end = signals.end(failed) => anyhow::Ok(Some(end)),
            () = workers.ended() => Ok(None),
        }
    })?;
    if let Some(end) = &end {
        end.log();
    }
    workers.stop(&runtime);
    opened.close();
    end.map_or(Ok(()), End::into_result)
}
