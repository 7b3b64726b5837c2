//! The body of a transcript: what stands before the messages, a page of them at a time, and what stands behind.

use super::format::Format;
use antiphon_chat::{Chat, ChatError, Transcript};
use antiphon_domain::Message;
use bytes::Bytes;
use hyper::body::Frame;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

type NextPage = Pin<Box<dyn Future<Output = Result<Vec<Message>, ChatError>> + Send>>;

/// An error in the middle cuts the body off, so that nobody takes a part for the whole.
pub(super) struct Pages {
    chat: Chat,
    transcript: Arc<Transcript>,
    format: Format,
    place: Place,
}

enum Place {
    Before,
    /// The page that is being read, and the `seq` it comes after.
    Page(NextPage, i64),
    Over,
}

impl Pages {
    pub(super) fn new(chat: Chat, transcript: Transcript, format: Format) -> Self {
        Self {
            chat,
            transcript: Arc::new(transcript),
            format,
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
        let text = match &mut self.place {
            Place::Over => return Poll::Ready(None),
            Place::Before => {
                self.place = self.page_after(0);
                self.format.head(&self.transcript)
            }
            Place::Page(page, seq) => {
                let is_first = *seq == 0;
                match ready!(page.as_mut().poll(context)) {
                    Err(error) => {
                        self.place = Place::Over;
                        return Poll::Ready(Some(Err(error)));
                    }
                    Ok(messages) => match messages.last().map(|message| message.seq) {
                        Some(last) => {
                            self.place = self.page_after(last);
                            self.format.page(&messages, is_first)
                        }
                        None => {
                            self.place = Place::Over;
                            self.format.tail().to_owned()
                        }
                    },
                }
            }
        };
        Poll::Ready(Some(Ok(Frame::data(Bytes::from(text)))))
    }
}
