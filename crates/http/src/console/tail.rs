//! `GET /console/api/tail`: what happens, as it happens, as server-sent events; of one application, one channel, or everything.
//!
//! A few times a second all that has happened since goes out together, up to a number that a page can show; the rest is counted.
//! The tail ends when the server stops, and after a quarter of an hour: a page that is still open asks again, and is checked again.

use super::Operator;
use crate::error::ApiError;
use crate::extract::{QueryFields, Stopping};
use antiphon_realtime::{Happening, TapEvent, TapFilter, TapListener, TappedMessage};
use axum::body::Body;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use hyper::body::Frame;
use serde_json::{Value, json};
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::time::{Instant, Interval, MissedTickBehavior};
use tokio_util::sync::WaitForCancellationFutureOwned;

/// How often something is sent, if there is something.
const EVERY: Duration = Duration::from_millis(100);
/// How many events go out at once: a page that draws a thousand lines a second has enough to do.
const MAX_AT_ONCE: usize = 100;
/// After so many rounds without an event a comment shows that the connection is alive, so that no proxy ends it: 15 seconds.
const QUIET_ROUNDS: u32 = 150;
/// How many of the rest are counted in a round: more than the queue of a listener holds.
const MAX_COUNTED: usize = 10_000;
/// How long a tail lasts.
const LASTS: Duration = Duration::from_secs(15 * 60);

pub(crate) async fn tail(
    Operator { hub }: Operator,
    Stopping(stopping): Stopping,
    mut query: QueryFields,
) -> Result<Response, ApiError> {
    let filter = TapFilter {
        app_id: query.text("app"),
        channel: query.text("channel"),
    };
    query.finish()?;
    let listener = hub
        .tap()
        .listen(filter)
        .map_err(|_| ApiError::unavailable("Too many are watching already"))?;
    let mut rounds = tokio::time::interval(EVERY);
    rounds.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let headers = [
        (header::CONTENT_TYPE, "text/event-stream"),
        (header::CACHE_CONTROL, "no-store"),
        // nginx would keep it back to make larger parts of it.
        (header::HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    let tail = Tail {
        listener,
        rounds,
        quiet_rounds: 0,
        greeted: false,
        ends: Instant::now() + LASTS,
        stopped: Box::pin(stopping.cancelled_owned()),
    };
    Ok((headers, Body::new(tail)).into_response())
}

/// The body of the answer.
struct Tail {
    listener: TapListener,
    rounds: Interval,
    quiet_rounds: u32,
    greeted: bool,
    ends: Instant,
    stopped: Pin<Box<WaitForCancellationFutureOwned>>,
}

impl hyper::body::Body for Tail {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        loop {
            if self.stopped.as_mut().poll(context).is_ready() || Instant::now() >= self.ends {
                return Poll::Ready(None);
            }
            ready!(self.rounds.poll_tick(context));
            if let Some(text) = self.round() {
                return Poll::Ready(Some(Ok(Frame::data(text.into()))));
            }
        }
    }
}

impl Tail {
    /// What is to be sent now.
    fn round(&mut self) -> Option<String> {
        if !std::mem::replace(&mut self.greeted, true) {
            // Shows the page that it is connected, before anything has happened.
            return Some("retry: 1000\nevent: open\ndata: {}\n\n".to_owned());
        }
        let waiting = std::iter::from_fn(|| self.listener.try_next());
        let events: Vec<_> = waiting.take(MAX_AT_ONCE).collect();
        let rest = match events.len() {
            // What is told while it is counted would otherwise be counted without end.
            MAX_AT_ONCE => std::iter::from_fn(|| self.listener.try_next())
                .take(MAX_COUNTED)
                .count() as u64,
            _ => 0,
        };
        let missed = self.listener.take_missed() + rest;
        if events.is_empty() && missed == 0 {
            self.quiet_rounds += 1;
            if self.quiet_rounds < QUIET_ROUNDS {
                return None;
            }
            self.quiet_rounds = 0;
            return Some(":\n\n".to_owned());
        }
        self.quiet_rounds = 0;
        let events: Vec<Value> = events.iter().map(|event| describe(event)).collect();
        let data = json!({ "events": events, "missed": missed });
        Some(format!("data: {data}\n\n"))
    }
}

fn describe(event: &TapEvent) -> Value {
    let mut about = match &event.what {
        Happening::Opened {
            socket_id,
            origin,
            address,
        } => json!({
            "type": "opened",
            "socket_id": socket_id.to_string(),
            "origin": origin,
            "address": address.map(|address| address.to_string()),
        }),
        Happening::Refused {
            key,
            code,
            reason,
            origin,
            address,
        } => json!({
            "type": "refused",
            "key": key,
            "code": code,
            "reason": reason,
            "origin": origin,
            "address": address.map(|address| address.to_string()),
        }),
        Happening::Closed {
            socket_id,
            code,
            reason,
        } => json!({
            "type": "closed",
            "socket_id": socket_id.to_string(),
            "code": code,
            "reason": reason,
        }),
        Happening::Received { socket_id, message } => {
            let mut about = of_message("received", message);
            about["socket_id"] = socket_id.to_string().into();
            about
        }
        Happening::Sent { socket_id, message } => {
            let mut about = of_message("sent", message);
            about["socket_id"] = socket_id.to_string().into();
            about
        }
        Happening::Published {
            message,
            subscriptions,
            except,
        } => {
            let mut about = of_message("published", message);
            about["subscriptions"] = (*subscriptions).into();
            about["except"] = except.map(|socket_id| socket_id.to_string()).into();
            about
        }
        Happening::Announced { message } => of_message("announced", message),
        Happening::Requested {
            method,
            target,
            status,
            took_us,
            refusal,
        } => json!({
            "type": "requested",
            "method": method,
            "target": target,
            "status": status,
            "took_us": took_us,
            "reason": refusal,
        }),
    };
    about["at"] = event.at_ms.into();
    about["app"] = event.app_id.as_deref().into();
    about
}

fn of_message(kind: &str, message: &TappedMessage) -> Value {
    json!({
        "type": kind,
        "event": message.event,
        "channel": message.channel,
        "data": message.data,
        "bytes": message.data_bytes,
    })
}
