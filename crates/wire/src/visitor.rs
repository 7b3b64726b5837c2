//! What visitors have besides messages: ratings, availability, and how a conversation began.

use crate::rfc3339;
use antiphon_domain::{Availability, ConversationDetails, Rating, Zone};
use serde::Serialize;
use utoipa::ToSchema;

/// What a visitor thought of a conversation.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Rating)]
pub struct RatingJson<'a> {
    #[schema(minimum = 1, maximum = 5)]
    score: u8,
    comment: Option<&'a str>,
    #[schema(format = DateTime)]
    rated_at: String,
}

impl<'a> From<&'a Rating> for RatingJson<'a> {
    fn from(rating: &'a Rating) -> Self {
        Self {
            score: rating.score.get(),
            comment: rating.comment.as_deref(),
            rated_at: rfc3339(rating.at),
        }
    }
}

/// Whether somebody is there to answer.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Availability)]
pub struct AvailabilityJson {
    open: bool,
    #[schema(format = DateTime)]
    opens_at: Option<String>,
}

impl From<Availability> for AvailabilityJson {
    fn from(availability: Availability) -> Self {
        Self {
            open: availability.open,
            opens_at: availability.opens_at.map(rfc3339),
        }
    }
}

/// How a conversation began, for agents.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Details)]
pub struct DetailsJson<'a> {
    pre_chat: Vec<AnswerJson<'a>>,
    #[schema(format = DateTime)]
    consent_at: Option<String>,
    page: PageJson<'a>,
    locale: Option<&'a str>,
    timezone: Option<&'a str>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PreChatAnswer)]
struct AnswerJson<'a> {
    name: &'a str,
    label: &'a str,
    value: &'a str,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Page)]
struct PageJson<'a> {
    url: Option<&'a str>,
    title: Option<&'a str>,
    referrer: Option<&'a str>,
}

impl<'a> From<&'a ConversationDetails> for DetailsJson<'a> {
    fn from(details: &'a ConversationDetails) -> Self {
        let page = &details.page;
        let answers = details.answers.iter().map(|answer| AnswerJson {
            name: &answer.name,
            label: &answer.label,
            value: &answer.value,
        });
        Self {
            pre_chat: answers.collect(),
            consent_at: details.consent_at.map(rfc3339),
            page: PageJson {
                url: page.url.as_deref(),
                title: page.title.as_deref(),
                referrer: page.referrer.as_deref(),
            },
            locale: details.locale.as_ref().map(|locale| locale.as_str()),
            timezone: details.time_zone.as_ref().map(Zone::name),
        }
    }
}
