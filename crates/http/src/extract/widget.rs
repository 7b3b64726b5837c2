//! The holder of a widget token, on a page of one of the widget's domains.

use super::caller::bearer;
use super::{ClientAddress, origin};
use crate::error::ApiError;
use crate::rate_limit::Action;
use crate::state::ChatState;
use antiphon_domain::Widget;
use axum::extract::FromRequestParts;
use axum::http::Method;
use axum::http::request::Parts;

/// The widget whose token the request carries.
#[derive(Debug)]
pub(crate) struct WidgetCaller(pub(crate) Widget);

impl FromRequestParts<ChatState> for WidgetCaller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &ChatState) -> Result<Self, ApiError> {
        let ClientAddress(address) = ClientAddress::of(parts, &state.settings.trusted_proxies);
        let action = if parts.method == Method::GET {
            Action::Read
        } else {
            Action::Init
        };
        state.limits.check_address(action, address)?;
        let token = bearer(&parts.headers)?.ok_or_else(ApiError::unauthenticated)?;
        let widget = state
            .chat
            .widget_by_token(token)
            .await?
            .ok_or_else(ApiError::unauthenticated)?;
        if let Some(foreign) = origin::foreign(&parts.headers, &state.settings) {
            let allowed = origin::check_widget(foreign, &widget);
            // A refused host is as important to know as one that was let in.
            let chat = &state.chat;
            chat.saw_widget(&widget, origin::host(foreign), allowed.is_ok());
            allowed?;
        }
        Ok(Self(widget))
    }
}
