//! The body of a transcript: what stands before the messages, a page of them at a time, and what stands behind.

use super::format::Format;
use antiphon_chat::{Chat, ChatError, Transcript};
use antiphon_domain::{Message, Note};
use bytes::Bytes;
use hyper::body::Frame;
use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

type NextPage = Pin<Box<dyn Future<Output = Result<Vec<Message>, ChatError>> + Send>>;

/// An error in the middle cuts the body off, so that nobody takes a part for the whole.
pub(super) struct Pages {
    chat: Chat,
    transcript: Arc<Transcript>,
    format: Format,
    /// Those that were not written yet, oldest first; `None`: they are not wanted.
    notes: Option<VecDeque<Note>>,
    place: Place,
}

enum Place {
    Before,
    /// The page that is being read, and the `seq` it comes after.
    Page(NextPage, i64),
    Over,
}

impl Pages {
    pub(super) fn new(
        chat: Chat,
        transcript: Transcript,
        format: Format,
        notes: Option<Vec<Note>>,
    ) -> Self {
        Self {
            chat,
            transcript: Arc::new(transcript),
            format,
            notes: notes.map(VecDeque::from),
            place: Place::Before,
        }
    }

    fn page_after(&self, seq: i64) -> Place {
        let (chat, transcript) = (self.chat.clone(), Arc::clone(&self.transcript));
        let page = async move { chat.transcript_page(&transcript, seq).await };
        Place::Page(Box::pin(page), seq)
    }
}

impl hyper::body::Body for Pages {
    type Data = Bytes;
    type Error = ChatError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, ChatError>>> {
        let this = &mut *self;
        let text = match &mut this.place {
            Place::Over => return Poll::Ready(None),
            Place::Before => {
                this.place = this.page_after(0);
                this.format.head(&this.transcript)
            }
            Place::Page(page, seq) => {
                let is_first = *seq == 0;
                match ready!(page.as_mut().poll(context)) {
                    Err(error) => {
                        this.place = Place::Over;
                        return Poll::Ready(Some(Err(error)));
                    }
                    Ok(messages) => match messages.last().map(|message| message.seq) {
                        Some(last) => {
                            this.place = this.page_after(last);
                            let notes = this.notes.as_mut();
                            this.format.page(&messages, is_first, notes)
                        }
                        None => {
                            this.place = Place::Over;
                            this.format.tail(this.notes.take())
                        }
                    },
                }
            }
        };
        Poll::Ready(Some(Ok(Frame::data(Bytes::from(text)))))
    }
}
