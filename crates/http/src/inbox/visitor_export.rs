//! `GET /api/v1/visitors/{id}/export`: all that is kept of a visitor, in one ZIP.
//!
//! | name | |
//! |---|---|
//! | `visitor.json` | who it is, and what is kept beside its conversations |
//! | `conversations.jsonl` | a line for each conversation, then for each message, then for each file |
//! | `files/ID-NAME` | the files, and their thumbnails |
//! | `missing-files.txt` | only if some are not in the store of files any more |
//!
//! It is written piece by piece while it is sent. An error in the middle cuts it off, and a ZIP without its end opens nowhere.

mod content;
mod zip;

use crate::error::ApiError;
use crate::extract::{Agent, path_id};
use crate::state::ChatState;
use antiphon_chat::ChatError;
use antiphon_domain::VisitorId;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use content::Content;
use hyper::body::Frame;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use tokio::sync::Semaphore;

/// So many are written at the same time by a process. Each reads the database page by page.
pub(crate) const AT_ONCE: usize = 4;

/// Downloads all that is kept of a visitor. Administrators only; the audit log says that it was.
#[utoipa::path(
    get,
    path = "/api/v1/visitors/{id}/export",
    params(("id" = i64, Path, minimum = 1, description = "The visitor")),
    responses((status = 200, description = "A ZIP of `visitor.json`, `conversations.jsonl` and the files", body = Vec<u8>, content_type = "application/zip")),
)]
pub(crate) async fn export(
    State(state): State<ChatState>,
    caller: Agent,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let id = VisitorId(path_id(&id, "visitor")?);
    let room = Arc::clone(&state.exports).try_acquire_owned();
    let room = room.map_err(|_| ApiError::from(ChatError::Unavailable))?;
    let export = state
        .chat
        .begin_visitor_export(&caller.principal, id)
        .await?;
    let headers = [
        (header::CONTENT_TYPE, "application/zip".to_owned()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"visitor-{id}.zip\""),
        ),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    let content = Content::new(state.chat, export, room);
    Ok((headers, Body::new(Pieces::new(content))).into_response())
}

/// Room for [`AT_ONCE`].
pub(crate) fn room() -> Arc<Semaphore> {
    Arc::new(Semaphore::new(AT_ONCE))
}

type Next = Pin<Box<dyn Future<Output = Result<Option<(Bytes, Content)>, ChatError>> + Send>>;

/// The body. Whoever stops reading stops the writing.
struct Pieces(Option<Next>);

impl Pieces {
    fn new(content: Content) -> Self {
        Self(Some(Box::pin(content.next())))
    }
}

impl hyper::body::Body for Pieces {
    type Data = Bytes;
    type Error = ChatError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, ChatError>>> {
        let Some(next) = &mut self.0 else {
            return Poll::Ready(None);
        };
        let outcome = ready!(next.as_mut().poll(context));
        self.0 = None;
        Poll::Ready(match outcome {
            Ok(Some((piece, content))) => {
                self.0 = Some(Box::pin(content.next()));
                Some(Ok(Frame::data(piece)))
            }
            Ok(None) => None,
            Err(error) => Some(Err(error)),
        })
    }
}
