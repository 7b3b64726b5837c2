//! `/console/api/session`: who looks, and logging in and out where there is only a password. Accounts use `/api/v1/session`.

use super::operator::authenticate;
use super::{Console, Gate, Place};
use crate::error::ApiError;
use crate::extract::{ClientAddress, JsonFields, check_same_origin};
use axum::Json;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::json;

/// Tells whether the caller may look, and where.
pub(crate) async fn show(
    State(console): State<Console>,
    request: Request,
) -> Result<Response, ApiError> {
    let (mut parts, _) = request.into_parts();
    let name = authenticate(&mut parts, &console).await?;
    let elsewhere = match &console.place {
        Place::Here(_) => None,
        Place::Elsewhere(address) => Some(address),
    };
    let body = json!({
        "name": name,
        "password_only": matches!(console.gate, Gate::Password(_)),
        "elsewhere": elsewhere,
    });
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(body)).into_response())
}

/// Begins a session with the password.
pub(crate) async fn log_in(
    State(console): State<Console>,
    address: LogInAddress,
    headers: HeaderMap,
    JsonFields(mut fields): JsonFields,
) -> Result<Response, ApiError> {
    check_same_origin(&headers)?;
    let Gate::Password(gate) = &console.gate else {
        return Err(ApiError::not_found("agents log in at /api/v1/session"));
    };
    let password = fields.required_text("password");
    fields.finish()?;
    let cookie = gate.log_in(&password.unwrap_or_default(), address.0.0, &headers)?;
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]).into_response())
}

/// Ends the session.
pub(crate) async fn log_out(
    State(console): State<Console>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    check_same_origin(&headers)?;
    let Gate::Password(gate) = &console.gate else {
        return Err(ApiError::not_found("agents log out at /api/v1/session"));
    };
    let cookie = gate.log_out(&headers);
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]).into_response())
}

/// The address that attempts are counted by.
#[derive(Debug)]
pub(crate) struct LogInAddress(ClientAddress);

impl axum::extract::FromRequestParts<Console> for LogInAddress {
    type Rejection = ApiError;

    async fn from_request_parts(
        parts: &mut axum::http::request::Parts,
        console: &Console,
    ) -> Result<Self, ApiError> {
        let trusted = match &console.gate {
            Gate::Password(gate) => &gate.trusted_proxies,
            Gate::Team(chat) => &chat.settings.trusted_proxies,
        };
        Ok(Self(ClientAddress::of(parts, trusted)))
    }
}
