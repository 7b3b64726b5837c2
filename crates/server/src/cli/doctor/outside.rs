//! The public address, as visitors' browsers reach it, through whatever stands before the server.

use super::exchange::{Address, Connection, Frame, PATIENCE};
use super::finding::Finding;
use crate::clock::SystemClock;
use antiphon_config::{Config, Scheme};
use antiphon_domain::Clock as _;
use std::time::Duration;
use tokio::time::Instant;

/// A clock that is off by more makes signatures of backends and of visitors invalid sooner or later.
const CLOCK_S: i64 = 60;

/// Some proxies cut a connection on which nothing was said for so long; nginx, unless told otherwise.
const USUAL_IDLE: Duration = Duration::from_secs(60);

const NGINX_UPGRADE: &str = "in nginx: proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $connection_upgrade; (docs/operations.md has the whole block)";

pub(super) async fn examine(config: &Config, idle: Option<Duration>) -> Vec<Finding> {
    let mut findings = vec![the_address(config)];
    let url = config.public_url();
    let site = Address {
        tls: url.scheme() == Scheme::Https,
        host: url.host().to_owned(),
        port: url.port(),
    };
    let up = match answers(&site).await {
        Ok(up) => up,
        Err(finding) => {
            findings.push(finding);
            return findings;
        }
    };
    findings.extend(up.findings);
    findings.push(trusts_proxy(config, up.proxy.as_deref()));
    findings.push(takes_files(config, &site).await);
    findings.push(websocket(config, &site, idle).await);
    findings
}

fn the_address(config: &Config) -> Finding {
    let Some(url) = &config.app.url else {
        return Finding::warning(
            "APP_URL",
            &format!("it is not set, so {} is looked at", config.public_url()),
            "APP_URL=https://chat.example.com",
        );
    };
    let is_local = matches!(url.host(), "localhost" | "127.0.0.1" | "[::1]");
    match url.scheme() == Scheme::Http && !is_local {
        true => Finding::warning(
            "APP_URL",
            &format!(
                "{url} is not encrypted: anybody on the way can read the chats, and browsers allow no voice messages"
            ),
            "put a proxy with a certificate before it (docs/operations.md), and set APP_URL=https://…",
        ),
        false => Finding::good("APP_URL", &url.to_string()),
    }
}

struct Up {
    findings: Vec<Finding>,
    /// What stands before the server, if anything does.
    proxy: Option<String>,
}

async fn answers(site: &Address) -> Result<Up, Finding> {
    let origin = site.origin();
    let unreachable = |reason: String| {
        Finding::bad(
            "public address",
            &format!("{origin}: {reason}"),
            "see that the server runs, that the proxy points to it, and that the firewall lets it through",
        )
    };
    let mut connection = Connection::open(site).await.map_err(unreachable)?;
    let started = Instant::now();
    let up = connection
        .ask("GET", "/up", &[("Connection", "close")])
        .await
        .map_err(unreachable)?;
    let took = started.elapsed().as_millis();
    let mut findings = Vec::new();
    findings.push(match up.status {
        200 => Finding::good("public address", &format!("{origin} is up ({took} ms)")),
        503 => Finding::bad(
            "public address",
            &format!("{origin}/up answers 503: a part of the server is down"),
            "the body of /up names the part; look into the server's log",
        ),
        status => Finding::bad(
            "public address",
            &format!(
                "{origin}/up answers {status}: that is not Antiphon, or not all paths get to it"
            ),
            "let the proxy pass every path of this host to the server",
        ),
    });
    if site.tls {
        findings.push(match connection.ends_soon {
            false => Finding::good("certificate", "trusted, and for two weeks at least"),
            true => Finding::warning(
                "certificate",
                "it ends within two weeks",
                "see why it was not renewed",
            ),
        });
    }
    findings.extend(up.headers.get("date").and_then(|date| clock(date)));
    let proxy = up.headers.get("via").or(up.headers.get("server")).cloned();
    Ok(Up { findings, proxy })
}

/// Compares this machine's clock with that of whoever answers, which may be this machine.
fn clock(date: &str) -> Option<Finding> {
    let there = httpdate::parse_http_date(date).ok()?;
    let there = there.duration_since(std::time::UNIX_EPOCH).ok()?.as_secs();
    let off_s = SystemClock.now().as_seconds() - i64::try_from(there).ok()?;
    Some(match off_s.abs() <= CLOCK_S {
        true => Finding::good("clock", "as the public address's"),
        false => Finding::bad(
            "clock",
            &format!(
                "this machine's is {off_s} seconds ahead of the public address's: signatures are refused"
            ),
            "timedatectl set-ntp true",
        ),
    })
}

/// Only whoever set the proxy up knows where it is.
fn trusts_proxy(config: &Config, proxy: Option<&str>) -> Finding {
    let Some(proxy) = proxy else {
        return Finding::good("proxy", "none is seen");
    };
    let trusted: Vec<String> = config
        .http
        .trusted_proxies
        .iter()
        .map(ToString::to_string)
        .collect();
    let trusted = trusted.join(", ");
    Finding::note(
        "proxy",
        &format!(
            "{proxy} is seen. It has to be at one of {trusted} (ANTIPHON_TRUSTED_PROXIES) and to send X-Forwarded-For and X-Forwarded-Proto, or all visitors count as one address"
        ),
    )
}

/// Announces a file of the allowed size without a credential: the server's refusal is 401, that of a proxy with a lower limit 413.
async fn takes_files(config: &Config, site: &Address) -> Finding {
    let length = config.files.max_bytes.to_string();
    let head = [
        ("Content-Type", "multipart/form-data; boundary=antiphon"),
        ("Content-Length", &*length),
        ("Connection", "close"),
    ];
    let asked = async {
        let mut connection = Connection::open(site).await?;
        connection.ask("POST", "/api/chatbot/file", &head).await
    };
    let mib = config.files.max_bytes >> 20;
    match asked.await {
        Ok(answer) if answer.status == 401 => {
            Finding::good("files", &format!("up to {mib} MiB get through"))
        }
        Ok(answer) if answer.status == 413 => Finding::bad(
            "files",
            &format!("a file of {mib} MiB is refused before it gets to the server"),
            "in nginx: client_max_body_size 0; (Antiphon has limits of its own), or lower ANTIPHON_FILES_MAX_BYTES",
        ),
        Ok(answer) => Finding::warning(
            "files",
            &format!("an upload is answered {} where 401 is due", answer.status),
            "let the proxy pass every path and method",
        ),
        Err(reason) => Finding::warning(
            "files",
            &format!("an upload gets no answer: {reason}"),
            "let the proxy pass bodies on as they come: in nginx, proxy_request_buffering off",
        ),
    }
}

/// Connects as the widget does.
async fn websocket(config: &Config, site: &Address, idle: Option<Duration>) -> Finding {
    let public = &config.reverb.public;
    let tls = public
        .scheme
        .map_or(site.tls, |scheme| scheme == Scheme::Https);
    let socket = match (&public.host, public.port) {
        (None, None) => site.clone(),
        (host, port) => Address {
            tls,
            host: host.clone().unwrap_or_else(|| site.host.clone()),
            port: port.unwrap_or(if tls { 443 } else { 80 }),
        },
    };
    let origin = socket.origin().replacen("http", "ws", 1);
    match hold(config, site, &socket, idle).await {
        Ok(took) => {
            let held = idle.map_or(String::new(), |idle| {
                format!(", and stays open for {} s", idle.as_secs())
            });
            let message = format!("{origin} connects ({} ms){held}", took.as_millis());
            match idle.is_none() && config.reverb.ping_interval >= USUAL_IDLE {
                true => Finding::warning(
                    "WebSocket",
                    &format!(
                        "{message}, but REVERB_APP_PING_INTERVAL is a minute or more, after which many proxies cut"
                    ),
                    "REVERB_APP_PING_INTERVAL=30, or antiphon doctor --idle 130 to see whether it holds",
                ),
                false => Finding::good("WebSocket", &message),
            }
        }
        Err((reason, fix)) => Finding::bad(
            "WebSocket",
            &format!("{origin}: {reason}; visitors' browsers poll instead"),
            fix,
        ),
    }
}

type Fault = (String, &'static str);

async fn hold(
    config: &Config,
    site: &Address,
    socket: &Address,
    idle: Option<Duration>,
) -> Result<Duration, Fault> {
    const REACH: &str = "unset REVERB_HOST, REVERB_PORT and REVERB_SCHEME if the site's own address is to be used, or set them to what browsers reach";
    let path = format!(
        "{}/app/{}?protocol=7&client=antiphon-doctor&version=1",
        config.reverb.path,
        config.reverb.app().key
    );
    let upgrade = [
        ("Connection", "Upgrade"),
        ("Upgrade", "websocket"),
        ("Sec-WebSocket-Version", "13"),
        ("Sec-WebSocket-Key", "YW50aXBob24tZG9jdG9yIQ=="),
        ("Origin", &*site.origin()),
    ];
    let started = Instant::now();
    let mut connection = Connection::open(socket)
        .await
        .map_err(|reason| (reason, REACH))?;
    let answer = connection
        .ask("GET", &path, &upgrade)
        .await
        .map_err(|reason| (reason, NGINX_UPGRADE))?;
    if answer.status != 101 {
        return Err((
            format!("the upgrade is answered {}", answer.status),
            NGINX_UPGRADE,
        ));
    }
    let hello = connection
        .next_frame(PATIENCE)
        .await
        .map_err(|reason| (reason, NGINX_UPGRADE))?;
    let took = started.elapsed();
    match hello {
        Frame::Text(text) if text.contains("pusher:connection_established") => {}
        Frame::Text(text) if text.contains("4009") => {
            return Err((
                "the site's own origin is not allowed".to_owned(),
                "add its host to REVERB_ALLOWED_ORIGINS",
            ));
        }
        Frame::Text(text) if text.contains("4001") => {
            return Err((
                "another server answers, which does not know this app".to_owned(),
                REACH,
            ));
        }
        Frame::Text(text) => return Err((format!("it says {text}"), "look into the server's log")),
        Frame::Close(code, reason) => {
            return Err((
                format!("it closes with {code:?} {reason}"),
                "look into the server's log",
            ));
        }
    }
    if let Some(idle) = idle {
        stay(&mut connection, started + idle)
            .await
            .map_err(|reason| {
                let after = started.elapsed().as_secs();
                (
                    format!("cut after {after} s: {reason}"),
                    "in nginx: proxy_read_timeout 3600s; or a lower REVERB_APP_PING_INTERVAL",
                )
            })?;
    }
    Ok(took)
}

/// Answers the server's pings until then, as a browser does that has nothing to say.
async fn stay(connection: &mut Connection, until: Instant) -> Result<(), String> {
    loop {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(());
        }
        match tokio::time::timeout(left, connection.next_frame(left + PATIENCE)).await {
            Err(_) => return Ok(()),
            Ok(Ok(Frame::Text(text))) if text.contains("pusher:ping") => {
                connection
                    .send_text(r#"{"event":"pusher:pong","data":{}}"#)
                    .await?;
            }
            Ok(Ok(Frame::Text(_))) => {}
            Ok(Ok(Frame::Close(code, reason))) => {
                return Err(format!("closed with {code:?} {reason}"));
            }
            Ok(Err(reason)) => return Err(reason),
        }
    }
}
