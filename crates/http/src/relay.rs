//! A WebSocket server in another process (`antiphon reverb:start`), reached through the chat's own port, so that one port
//! behind a proxy is enough however the processes are split. The handshake is passed on as it came, the bytes after it untouched.

use crate::error::ApiError;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The other process is on this machine: it answers by then or it is not there.
const PATIENCE: Duration = Duration::from_secs(2);
/// WebSockets relayed at once. Each takes two descriptors and some 30 KiB: 8,000 of the former, and 120 MB. A site with more
/// visitors at once tells browsers the WebSocket server's own address.
const MAX_RELAYED: usize = 4_000;

type RelayError = Box<dyn std::error::Error + Send + Sync>;

/// The other process, and room for so many sockets to it.
#[derive(Debug, Clone)]
pub(crate) struct Relay {
    server: SocketAddr,
    room: Arc<Semaphore>,
}

impl Relay {
    pub(crate) fn to(server: SocketAddr) -> Self {
        Self {
            server,
            room: Arc::new(Semaphore::new(MAX_RELAYED)),
        }
    }
}

pub(crate) async fn websocket(State(state): State<Relay>, request: Request) -> Response {
    let Relay { server, room } = state;
    let Ok(place) = room.try_acquire_owned() else {
        return ApiError::unavailable("Too many WebSockets are relayed").into_response();
    };
    match tokio::time::timeout(PATIENCE, relay(server, request, place)).await {
        Ok(Ok(response)) => response,
        Ok(Err(error)) => {
            tracing::debug!(%server, error, "cannot reach the WebSocket server");
            ApiError::unavailable("The WebSocket server does not answer").into_response()
        }
        Err(_) => {
            ApiError::unavailable("The WebSocket server does not answer in time").into_response()
        }
    }
}

async fn relay(
    server: SocketAddr,
    mut request: Request,
    place: OwnedSemaphorePermit,
) -> Result<Response, RelayError> {
    let stream = TcpStream::connect(server).await?;
    stream.set_nodelay(true)?;
    let (mut sender, connection) = http1::handshake::<_, Body>(TokioIo::new(stream)).await?;
    // Belongs to the shard's own task set, which ends it with the server; else it ends with the sockets.
    tokio::task::spawn_local(async move {
        if let Err(error) = connection.with_upgrades().await {
            tracing::debug!(%server, %error, "the WebSocket server's connection ended");
        }
    });
    let client = hyper::upgrade::on(&mut request);
    let target = request
        .uri()
        .path_and_query()
        .map_or("/", |target| target.as_str())
        .parse::<Uri>()?;
    let mut forwarded = Request::new(Body::empty());
    *forwarded.headers_mut() = request.headers().clone();
    *forwarded.uri_mut() = target;
    let mut answer = sender.send_request(forwarded).await?;
    if answer.status() != StatusCode::SWITCHING_PROTOCOLS {
        return Ok(answer.map(Body::new));
    }
    let upstream = hyper::upgrade::on(&mut answer);
    tokio::task::spawn_local(async move {
        let _place = place;
        let (Ok(client), Ok(upstream)) = (client.await, upstream.await) else {
            return;
        };
        // Either end may go at any time; there is nobody to tell.
        let _ended =
            tokio::io::copy_bidirectional(&mut TokioIo::new(client), &mut TokioIo::new(upstream))
                .await;
    });
    Ok(answer.map(|_| Body::empty()))
}
