//! A file of a message.

use crate::{FileLinks, Variant};
use antiphon_domain::{Attachment, Message};
use serde::Serialize;
use utoipa::ToSchema;

/// A file of a message in JSON. What is not known, or not yet, is left out.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Attachment)]
pub struct AttachmentJson<'a> {
    id: i64,
    url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    thumbnail_url: Option<String>,
    name: &'a str,
    content_type: &'a str,
    size: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    width: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    height: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    duration_ms: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<u8>>)]
    waveform: Option<&'a [u8]>,
}

impl<'a> AttachmentJson<'a> {
    /// A file, with addresses that are good for a while.
    pub fn new(attachment: &'a Attachment, links: &FileLinks) -> Self {
        Self {
            id: attachment.id.0,
            url: links.url(attachment.id, Variant::File),
            thumbnail_url: attachment
                .thumbnail
                .as_ref()
                .map(|_| links.url(attachment.id, Variant::Thumbnail)),
            name: attachment.name.as_str(),
            content_type: attachment.content_type.as_str(),
            size: attachment.size,
            width: attachment.dimensions.map(|(width, _)| width),
            height: attachment.dimensions.map(|(_, height)| height),
            duration_ms: attachment.duration_ms,
            waveform: attachment
                .waveform
                .as_ref()
                .map(|waveform| waveform.parts()),
        }
    }

    /// The files of a message.
    pub fn of(message: &'a Message, links: &FileLinks) -> Vec<Self> {
        message
            .attachments
            .iter()
            .map(|attachment| Self::new(attachment, links))
            .collect()
    }
}
