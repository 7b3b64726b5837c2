//! `GET /files/…`: files, to whoever has their address. Given out so that no browser takes them for anything but what they are:
//! only pictures of pixels and sounds are shown in place, everything else is saved, and nothing runs. Where the store of files gives
//! them out itself, whoever asks is sent on to it, with an address that makes it do the same.

mod disposition;
mod range;

use crate::error::ApiError;
use crate::extract::{ClientAddress, QueryFields};
use crate::rate_limit::Action;
use crate::state::ChatState;
use antiphon_chat::{FileVariant, Handout, OpenedFile};
use antiphon_domain::AttachmentId;
use antiphon_wire::{LinkError, Variant};
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use range::{Asked, asked_range};
use sha2::{Digest as _, Sha256};
use tokio_util::io::ReaderStream;

/// How long the store's own address of a file is good, in seconds: a page that is being loaded, or a recording that is listened to.
const ELSEWHERE_SECONDS: i64 = 900;
/// Bytes that are read and sent at once.
const CHUNK: usize = 64 * 1024;
/// Nothing loads, nothing runs, and it is no page of ours, even where a browser opens it as a page.
const SANDBOX: HeaderValue = HeaderValue::from_static("sandbox; default-src 'none'");

pub(crate) async fn whole(
    State(state): State<ChatState>,
    address: ClientAddress,
    Path(id): Path<String>,
    query: QueryFields,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    serve(&state, address, &id, query, &headers, Variant::File).await
}

pub(crate) async fn thumbnail(
    State(state): State<ChatState>,
    address: ClientAddress,
    Path(id): Path<String>,
    query: QueryFields,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    serve(&state, address, &id, query, &headers, Variant::Thumbnail).await
}

async fn serve(
    state: &ChatState,
    ClientAddress(address): ClientAddress,
    id: &str,
    query: QueryFields,
    headers: &HeaderMap,
    variant: Variant,
) -> Result<Response, ApiError> {
    state.limits.check_address(Action::Read, address)?;
    let (id, seconds_left) = check(state, id, query, variant)?;
    let file = state
        .chat
        .file(
            id,
            match variant {
                Variant::File => FileVariant::Whole,
                Variant::Thumbnail => FileVariant::Thumbnail,
            },
        )
        .await?;
    if let Some(address) = elsewhere(state, &file, seconds_left).await? {
        return Ok(address);
    }
    let etag = etag(&file);
    let known = headers.get(header::IF_NONE_MATCH).is_some_and(|known| {
        known.to_str().is_ok_and(|known| {
            known
                .split(',')
                .any(|one| matches!(one.trim(), "*") || one.trim().trim_start_matches("W/") == etag)
        })
    });
    let mut response = if known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        content(state, &file, headers, &etag).await?
    };
    let answer = response.headers_mut();
    let text = |text: &str| HeaderValue::from_str(text).ok();
    for (name, value) in [
        (header::ETAG, text(&etag)),
        (
            header::CACHE_CONTROL,
            text(&format!("private, max-age={seconds_left}, immutable")),
        ),
        (header::ACCEPT_RANGES, text("bytes")),
        (header::CONTENT_SECURITY_POLICY, Some(SANDBOX)),
        // The widget shows pictures in pages of other origins, and scripts there may read what they have the address of.
        (
            header::HeaderName::from_static("cross-origin-resource-policy"),
            text("cross-origin"),
        ),
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, text("*")),
        (header::REFERRER_POLICY, text("no-referrer")),
    ] {
        if let Some(value) = value {
            answer.insert(name, value);
        }
    }
    Ok(response)
}

/// The way to the store's own address of a file, if it has one. Browsers keep it for half of its time, so that a picture that they know
/// is not fetched twice under two addresses, and a player can still ask for the rest.
async fn elsewhere(
    state: &ChatState,
    file: &OpenedFile,
    seconds_left: i64,
) -> Result<Option<Response>, ApiError> {
    let seconds = seconds_left.clamp(1, ELSEWHERE_SECONDS);
    let handout = Handout {
        content_type: content_type(file).to_owned(),
        disposition: disposition::of(&file.content_type, &file.name),
        seconds: seconds.unsigned_abs(),
    };
    let Some(address) = state.chat.file_address(&file.key, &handout).await? else {
        return Ok(None);
    };
    let mut response = StatusCode::FOUND.into_response();
    for (name, value) in [
        (header::LOCATION, address),
        (
            header::CACHE_CONTROL,
            format!("private, max-age={}", seconds / 2),
        ),
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*".to_owned()),
        (header::REFERRER_POLICY, "no-referrer".to_owned()),
        (
            header::HeaderName::from_static("cross-origin-resource-policy"),
            "cross-origin".to_owned(),
        ),
    ] {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(name, value);
        }
    }
    Ok(Some(response))
}

/// The file that the address names, and how long the address is good.
fn check(
    state: &ChatState,
    id: &str,
    mut query: QueryFields,
    variant: Variant,
) -> Result<(AttachmentId, i64), ApiError> {
    let forged = || ApiError::forbidden("this is not the address of a file");
    let id = id.parse().map(AttachmentId).map_err(|_| forged())?;
    let expires = query.text("expires").and_then(|text| text.parse().ok());
    let (Some(expires), Some(signature)) = (expires, query.text("signature")) else {
        return Err(forged());
    };
    match state.links.check(id, variant, expires, &signature) {
        Ok(seconds_left) => Ok((id, seconds_left)),
        Err(LinkError::Forged) => Err(forged()),
        Err(LinkError::Expired) => Err(ApiError::forbidden(
            "the time of this address is over; the message tells a new one",
        )
        .with_hint("expired", true)),
    }
}

async fn content(
    state: &ChatState,
    file: &OpenedFile,
    headers: &HeaderMap,
    etag: &str,
) -> Result<Response, ApiError> {
    let asked = asked_range(headers, file.size, etag);
    let (status, range) = match asked {
        Asked::Whole => (StatusCode::OK, 0..file.size),
        Asked::Part(range) => (StatusCode::PARTIAL_CONTENT, range),
        Asked::Beyond => {
            let mut response = ApiError::new(
                StatusCode::RANGE_NOT_SATISFIABLE,
                "There is nothing in that range",
            )
            .into_response();
            let size = HeaderValue::from_str(&format!("bytes */{}", file.size));
            if let Ok(size) = size {
                response.headers_mut().insert(header::CONTENT_RANGE, size);
            }
            return Ok(response);
        }
    };
    let body = state.chat.read_file(&file.key, Some(range.clone())).await?;
    let stream = ReaderStream::with_capacity(body.reader, CHUNK);
    let mut response = (status, Body::from_stream(stream)).into_response();
    let answer = response.headers_mut();
    answer.insert(
        header::CONTENT_LENGTH,
        HeaderValue::from(range.end - range.start),
    );
    let text = |text: &str| HeaderValue::from_str(text).ok();
    let part = format!(
        "bytes {}-{}/{}",
        range.start,
        range.end.saturating_sub(1),
        file.size
    );
    for (name, value) in [
        (header::CONTENT_TYPE, text(content_type(file))),
        (
            header::CONTENT_DISPOSITION,
            text(&disposition::of(&file.content_type, &file.name)),
        ),
        (
            header::CONTENT_RANGE,
            (status == StatusCode::PARTIAL_CONTENT)
                .then(|| text(&part))
                .flatten(),
        ),
    ] {
        if let Some(value) = value {
            answer.insert(name, value);
        }
    }
    Ok(response)
}

/// Text says its encoding, which it was found to have.
fn content_type(file: &OpenedFile) -> &str {
    match file.content_type.as_str() {
        "text/plain" => "text/plain; charset=utf-8",
        other => other,
    }
}

/// A file never changes, so its key tells it apart from any other; not the key itself, which is nobody's business.
fn etag(file: &OpenedFile) -> String {
    let digest = Sha256::digest(file.key.as_str().as_bytes());
    let hex: String = digest[..12]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("\"{hex}\"")
}
