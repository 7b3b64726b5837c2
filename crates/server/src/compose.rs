//! The composition root: which driver stands behind which port, and how the configuration becomes their settings.

use crate::broker;
use crate::clock::SystemClock;
use crate::jobs::Remotes;
use crate::random::SystemRandom;
use crate::webhooks;
use antiphon_broadcast::{
    AccountWebhooks, ApiEndpoint, Broadcaster, Broadcasters, LocalBroadcaster, LocalPresence,
    LogBroadcaster, NullBroadcaster, Presence, Presences, RemotePresence, WebPush,
};
use antiphon_chat::{AllowedTypes, Chat, Ports, PushPort, UploadRules};
use antiphon_config::{BroadcastConnection, Config, Disk, Pusher, ReverbApp, S3, Scheme};
use antiphon_domain::Clock;
use antiphon_files::{FileStore, LocalFiles, Partials};
use antiphon_files_s3::{S3Files, S3Settings};
use antiphon_http::{
    Browser, PusherApp, PusherSettings, ReverbSettings, Settings, UploadSettings, WebSocketState,
};
use antiphon_outbound::may_be_public;
use antiphon_realtime::{
    App, Apps, AppsError, ClusterNode, HistoryRules, Hub, Limits, MessageQuota, Observer, Secret,
};
use antiphon_store::Store;
use antiphon_webhooks::Webhooks;
use antiphon_wire::FileLinks;
use anyhow::Context as _;
use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

/// The folder of people's files, in the data folder.
const FILES_FOLDER: &str = "files";
/// In it, the files that arrive in several requests, until they are posted.
const PARTIAL_FOLDER: &str = "partial";

/// The application core over a store.
pub(crate) fn chat(
    config: &Config,
    store: Arc<dyn Store>,
    broadcaster: Arc<dyn Broadcaster>,
    presence: Arc<dyn Presence>,
) -> anyhow::Result<Chat> {
    let rules = UploadRules {
        allowed: AllowedTypes::parse(&config.files.types)
            .map_err(|invalid| anyhow::anyhow!("ANTIPHON_FILES_TYPES {}", invalid.0))?,
        max_bytes: config.files.max_bytes,
        visitor_bytes_per_day: config.files.visitor_bytes_per_day,
        resume_seconds: i64::try_from(config.files.resume.as_secs()).unwrap_or(i64::MAX),
    };
    let (files, partials) = open_files(config)?;
    let webhooks = Arc::new(AccountWebhooks::new(links(config)));
    let web_push = Arc::<WebPush>::default();
    let told: Vec<Arc<dyn Broadcaster>> = vec![
        broadcaster,
        Arc::clone(&webhooks) as _,
        Arc::clone(&web_push) as _,
    ];
    Ok(Chat::new(Ports {
        store,
        broadcaster: Arc::new(Broadcasters(told)),
        presence,
        webhooks,
        push: PushPort {
            told: web_push,
            contact: push_contact(config),
            allow_private: config.queue.push_allow_private,
            may_be_public,
        },
        clock: Arc::new(SystemClock),
        random: Arc::new(SystemRandom),
        files,
        partials,
        upload_rules: Arc::new(rules),
        edit_seconds: i64::try_from(config.app.edit.as_secs()).unwrap_or(i64::MAX),
    }))
}

/// How push services reach whoever runs this: as it is configured, or the address of the server where that is one of the internet.
fn push_contact(config: &Config) -> Option<String> {
    let url = config.app.url.as_ref().map(ToString::to_string);
    let configured = config.queue.push_contact.clone();
    configured.or(url.filter(|url| url.starts_with("https://") && may_be_public(url)))
}

/// Where people's complete files are.
pub(crate) fn files(config: &Config) -> anyhow::Result<Arc<dyn FileStore>> {
    Ok(open_files(config)?.0)
}

/// Where people's files are: a folder beside the database, or a bucket; and a folder for those of which some is missing.
fn open_files(config: &Config) -> anyhow::Result<(Arc<dyn FileStore>, Partials)> {
    let folder = config.app.data.join(FILES_FOLDER);
    let min_free_bytes = config.files.min_free_bytes;
    let open = || {
        let files = Arc::new(LocalFiles::open(&folder, min_free_bytes)?);
        let partials = Partials::open(folder.join(PARTIAL_FOLDER), min_free_bytes)?;
        std::io::Result::Ok((files, partials))
    };
    let (files, partials) = open().with_context(|| {
        format!(
            "cannot make the folder {}: make the data folder writable",
            folder.display()
        )
    })?;
    match &config.disk {
        Disk::Local => Ok((files, partials)),
        Disk::S3(s3) => Ok((Arc::new(bucket(s3)?), partials)),
    }
}

/// The bucket for people's files.
pub(crate) fn bucket(s3: &S3) -> anyhow::Result<S3Files> {
    S3Files::open(&s3_settings(s3)).context("cannot make requests to the bucket of AWS_BUCKET")
}

fn s3_settings(s3: &S3) -> S3Settings {
    S3Settings {
        bucket: s3.bucket.clone(),
        region: s3.region.clone(),
        key_id: s3.key_id.clone(),
        secret: s3.secret.expose().to_owned(),
        endpoint: s3.endpoint.as_ref().map(ToString::to_string),
        path_style: s3.path_style,
        public_url: s3.url.clone(),
        direct: s3.direct,
        prefix: s3.prefix.clone(),
    }
}

/// The addresses of files: whole ones where it is known how the server is reached, else paths on it.
pub(crate) fn links(config: &Config) -> FileLinks {
    let base = config.app.url.as_ref().map(ToString::to_string);
    let lifetime = i64::try_from(config.files.url.as_secs()).unwrap_or(i64::MAX);
    FileLinks::new(
        config.app.key.expose().as_bytes(),
        base.as_deref().unwrap_or_default(),
        lifetime,
        Arc::new(SystemClock),
    )
}

/// The hub of the configured applications, which tells their webhooks what happens.
pub(crate) fn hub(config: &Config, webhooks: &Webhooks) -> anyhow::Result<Hub> {
    let apps = apps(&config.reverb.apps)?.with_path_prefix(&config.reverb.path);
    let observer: Option<Arc<dyn Observer>> = Some(Arc::new(webhooks.clone()));
    let (limits, shards) = (limits(config), shards(config));
    let hub = match &config.scaling {
        None => Hub::observed_by(observer, apps, limits, shards),
        Some(scaling) => Hub::in_cluster(broker::open(scaling)?, observer, apps, limits, shards),
    };
    hub.context("cannot start the WebSocket server")
}

/// Joins the other nodes, if there may be any. To be called before connections are taken.
pub(crate) fn join_cluster(config: &Config, hub: &Hub) -> anyhow::Result<Option<ClusterNode>> {
    if config.scaling.is_none() {
        return Ok(None);
    }
    let joined = ClusterNode::start(hub).with_context(|| {
        let advice = broker::advice(config);
        format!("cannot join the cluster of REVERB_SCALING_ENABLED: {advice}")
    })?;
    Ok(Some(joined))
}

/// Completes when the link to the cluster has failed, which it never does without one.
pub(crate) async fn cluster_failed(cluster: Option<&ClusterNode>) -> String {
    match cluster {
        Some(cluster) => cluster.failed().await,
        None => std::future::pending().await,
    }
}

/// A hub without an application: every connection is HTTP's, since the WebSocket server is another process.
pub(crate) fn hub_without_apps(config: &Config) -> anyhow::Result<Hub> {
    Hub::new(Apps::default(), limits(config), shards(config))
        .context("cannot start the HTTP server")
}

fn shards(config: &Config) -> usize {
    config
        .app
        .shards
        .or_else(|| std::thread::available_parallelism().ok())
        .map_or(1, NonZeroUsize::get)
}

/// The applications of the keys and of the file.
pub(crate) fn apps(apps: &[ReverbApp]) -> Result<Apps, AppsError> {
    Apps::new(apps.iter().map(app))
}

/// One application.
pub(crate) fn app(configured: &ReverbApp) -> App {
    let seconds = |duration: Duration| u32::try_from(duration.as_secs()).unwrap_or(u32::MAX);
    App {
        previous_secret: configured
            .previous_secret
            .as_ref()
            .map(|secret| Secret::new(secret.expose())),
        allowed_origins: configured.allowed_origins.clone(),
        client_events: configured.client_events,
        subscription_count: configured.subscription_counts,
        compression: configured.compression,
        enabled: configured.enabled,
        tls_only: configured.tls_only,
        activity_timeout_s: seconds(configured.activity_timeout),
        authorization_timeout_s: configured.authorization_timeout.map(seconds),
        presence_grace_ms: u32::try_from(configured.presence_grace.as_millis()).unwrap_or(u32::MAX),
        max_connections: configured.max_connections,
        message_quota: configured.message_quota.map(|quota| MessageQuota {
            messages: quota.messages,
            seconds: quota.seconds,
            terminate: quota.terminate,
        }),
        max_message_bytes: configured.max_message_bytes,
        observed: webhooks::observed(configured),
        history: HistoryRules {
            prefixes: configured.history.prefixes.clone(),
            events: configured.history.events,
            bytes: configured.history.bytes,
            age_ms: u64::try_from(configured.history.age.as_millis()).unwrap_or(u64::MAX),
        },
        ..App::new(
            configured.id.clone(),
            configured.key.clone(),
            configured.secret.expose(),
        )
    }
}

fn limits(config: &Config) -> Limits {
    let defaults = Limits::default();
    Limits {
        max_connections_per_address: config.reverb.max_connections_per_address,
        trusted_proxies: config.http.trusted_proxies.clone(),
        batch_from: defaults.batch_from.filter(|_| config.app.io_uring),
        history_bytes: config.reverb.history_memory_bytes,
        ping_after_ms: u32::try_from(config.reverb.ping_interval.as_millis()).unwrap_or(u32::MAX),
        presence_members: config.reverb.presence_max_members,
        user_info_bytes: config.reverb.presence_user_info_bytes,
        ..defaults
    }
}

/// The Pusher HTTP API over a hub.
pub(crate) fn websocket_state(config: &Config, hub: Hub, webhooks: Webhooks) -> WebSocketState {
    let state = WebSocketState::new(
        hub,
        Arc::new(SystemClock) as Arc<dyn Clock>,
        config.reverb.max_request_bytes,
    );
    state.with_webhooks(webhooks)
}

/// Who is told, as `BROADCAST_CONNECTION` says. Beside Pusher the own server is told too: browsers that cannot reach Pusher are
/// there. `own` is that server where it is in this process; elsewhere it is told by jobs.
pub(crate) fn broadcaster(
    config: &Config,
    own: Option<(&Hub, &Arc<App>)>,
    remotes: &Remotes,
    links: &FileLinks,
) -> Arc<dyn Broadcaster> {
    let own = || -> Arc<dyn Broadcaster> {
        match own {
            None => Arc::clone(&remotes.reverb) as _,
            Some((hub, app)) => Arc::new(LocalBroadcaster::new(
                hub.clone(),
                Arc::clone(app),
                links.clone(),
            )),
        }
    };
    match (config.broadcast, &remotes.pusher) {
        (BroadcastConnection::Log, _) => Arc::new(LogBroadcaster::new(links.clone())),
        (BroadcastConnection::Null, _) => Arc::new(NullBroadcaster),
        (BroadcastConnection::Pusher, Some(pusher)) => {
            Arc::new(Broadcasters(vec![own(), Arc::clone(pusher) as _]))
        }
        (BroadcastConnection::Reverb | BroadcastConnection::Pusher, _) => own(),
    }
}

/// Where it is known which agents are there: the servers that they are told by. `own` is this program's own where it is in this process.
pub(crate) fn presence(
    config: &Config,
    own: Option<(&Hub, &Arc<App>)>,
) -> anyhow::Result<Arc<dyn Presence>> {
    let remote = |endpoint| RemotePresence::new(endpoint, Arc::new(SystemClock)).map(Arc::new);
    let own: Arc<dyn Presence> = match own {
        None => remote(endpoint(config, config.reverb.bind()))?,
        Some((hub, app)) => Arc::new(LocalPresence::new(hub.clone(), Arc::clone(app))),
    };
    Ok(match (config.broadcast, &config.pusher) {
        (BroadcastConnection::Pusher, Some(pusher)) => {
            let there: Arc<dyn Presence> = remote(pusher_endpoint(pusher))?;
            Arc::new(Presences(vec![own, there]))
        }
        _ => own,
    })
}

/// What the HTTP layer is told.
pub(crate) fn settings(config: &Config) -> Settings {
    let public = &config.reverb.public;
    let chosen = |_: &&Pusher| config.broadcast == BroadcastConnection::Pusher;
    Settings {
        app_url: config.public_url().to_string(),
        trusted_proxies: config.http.trusted_proxies.clone(),
        location_header: config.http.location_header.clone(),
        rate_limits: config.http.rate_limits,
        test_page: config.http.test_page,
        files_origin: match &config.disk {
            Disk::S3(s3) => s3_settings(s3).public_origin(),
            Disk::Local => None,
        },
        uploads: UploadSettings {
            at_once: config.files.uploads,
            time: config.files.upload,
        },
        browser: Browser {
            reverb: ReverbSettings {
                enabled: matches!(
                    config.broadcast,
                    BroadcastConnection::Reverb | BroadcastConnection::Pusher
                ),
                key: config.reverb.app().key.clone(),
                host: public.host.clone(),
                port: public.port,
                scheme: public.scheme.map(|scheme| scheme.as_str().to_owned()),
            },
            pusher: config.pusher.as_ref().filter(chosen).map(pusher_settings),
        },
    }
}

/// The application at Pusher as browsers see it.
fn pusher_settings(pusher: &Pusher) -> PusherSettings {
    PusherSettings {
        app: PusherApp::new(&pusher.key, pusher.secret.expose()),
        cluster: Some(pusher.cluster.clone()),
        host: pusher.host.clone(),
        // Hosted Pusher has the usual ports, and knows them better.
        port: pusher.host.as_ref().map(|_| pusher.port),
        encrypted: pusher.scheme == Scheme::Https,
    }
}

/// The HTTP API of the `PUSHER_*` keys.
pub(crate) fn pusher_endpoint(pusher: &Pusher) -> ApiEndpoint {
    let scheme = pusher.scheme.as_str();
    let base_url = match &pusher.host {
        Some(host) => format!("{scheme}://{host}:{}", pusher.port),
        None => format!("{scheme}://api-{}.pusher.com", pusher.cluster),
    };
    ApiEndpoint {
        base_url,
        app_id: pusher.id.clone(),
        key: pusher.key.clone(),
        secret: pusher.secret.expose().to_owned(),
    }
}

/// The configured application at a server that listens on this address.
pub(crate) fn endpoint(config: &Config, address: SocketAddr) -> ApiEndpoint {
    ApiEndpoint {
        base_url: format!("http://{}{}", reachable(address), config.reverb.path),
        app_id: config.reverb.app().id.clone(),
        key: config.reverb.app().key.clone(),
        secret: config.reverb.app().secret.expose().to_owned(),
    }
}

/// An address to connect to, for one that is listened on: every interface includes the loopback.
pub(crate) fn reachable(mut address: SocketAddr) -> SocketAddr {
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => {
            address.set_ip(IpAddr::V4(std::net::Ipv4Addr::LOCALHOST))
        }
        IpAddr::V6(ip) if ip.is_unspecified() => {
            address.set_ip(IpAddr::V6(std::net::Ipv6Addr::LOCALHOST))
        }
        _ => {}
    }
    address
}
