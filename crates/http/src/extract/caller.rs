//! Who asks: the holder of a visitor token, of an agent API token, or of an agent's session cookie.

use super::{ClientAddress, origin};
use crate::error::ApiError;
use crate::rate_limit::Action;
use crate::settings::Settings;
use crate::state::ChatState;
use antiphon_chat::Principal;
use antiphon_domain::{SecretToken, TokenKind};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use std::marker::PhantomData;

/// What a handler does, as a type, so that its rate limit is taken before anything is looked up.
pub(crate) trait Kind {
    const ACTION: Action;
}

/// Posting a message.
#[derive(Debug)]
pub(crate) struct Post;
/// Sending a file in several requests.
#[derive(Debug)]
pub(crate) struct Upload;
/// Reading, marking, authorizing.
#[derive(Debug)]
pub(crate) struct Read;
/// Trying a password or a set-up token; has no caller, but a limit.
#[derive(Debug)]
pub(crate) struct LogIn;

impl Kind for Post {
    const ACTION: Action = Action::Post;
}

impl Kind for Upload {
    const ACTION: Action = Action::Upload;
}

impl Kind for Read {
    const ACTION: Action = Action::Read;
}

/// An authenticated caller, within its limits, from an allowed origin.
#[derive(Debug)]
pub(crate) struct Caller<K> {
    pub(crate) principal: Principal,
    kind: PhantomData<K>,
}

/// An agent, by session or by API token.
#[derive(Debug)]
pub(crate) struct Agent {
    pub(crate) principal: Principal,
    pub(crate) agent: antiphon_domain::Agent,
}

impl<K: Kind> FromRequestParts<ChatState> for Caller<K> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &ChatState) -> Result<Self, ApiError> {
        let principal = authenticate(parts, state, K::ACTION).await?;
        Ok(Self {
            principal,
            kind: PhantomData,
        })
    }
}

impl FromRequestParts<ChatState> for Agent {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &ChatState) -> Result<Self, ApiError> {
        match authenticate(parts, state, Action::Read).await? {
            Principal::Agent(caller) => Ok(Self {
                agent: caller.agent.clone(),
                principal: Principal::Agent(caller),
            }),
            Principal::Visitor(_) => Err(ApiError::forbidden("this is for agents")),
        }
    }
}

impl FromRequestParts<ChatState> for LogIn {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &ChatState) -> Result<Self, ApiError> {
        let ClientAddress(address) = ClientAddress::of(parts, &state.settings.trusted_proxies);
        state.limits.check_address(Action::LogIn, address)?;
        origin::check_same_site(&parts.headers, &state.settings)?;
        Ok(Self)
    }
}

async fn authenticate(
    parts: &Parts,
    state: &ChatState,
    action: Action,
) -> Result<Principal, ApiError> {
    let ClientAddress(address) = ClientAddress::of(parts, &state.settings.trusted_proxies);
    state.limits.check_address(action, address)?;
    let token = credential(parts, &state.settings)?;
    state.limits.check_token(action, token.reveal())?;
    let principal = state
        .chat
        .authenticate(&token, Some(address))
        .await?
        .ok_or_else(ApiError::unauthenticated)?;
    if let Principal::Visitor(visitor) = &principal {
        // Without a foreign origin there is nothing to compare, and the widget need not be read.
        if let Some(origin) = origin::foreign(&parts.headers, &state.settings) {
            let widget = state
                .chat
                .widget_of(visitor)
                .await?
                .ok_or_else(ApiError::unauthenticated)?;
            origin::check_widget(origin, &widget)?;
        }
        // Whoever is kept out may still read what it has.
        if matches!(action, Action::Post | Action::Upload) {
            let chat = &state.chat;
            chat.check_not_blocked(Some(visitor.id), Some(address))
                .await?;
        }
    }
    Ok(principal)
}

fn credential(parts: &Parts, settings: &Settings) -> Result<SecretToken, ApiError> {
    if let Some(token) = bearer(&parts.headers)? {
        return [TokenKind::Visitor, TokenKind::AgentApi]
            .into_iter()
            .find_map(|kind| SecretToken::parse(kind, token).ok())
            .ok_or_else(|| match token.starts_with("cbw_") {
                true => ApiError::forbidden("a widget token opens only config and init"),
                false => ApiError::unauthenticated(),
            });
    }
    let token = session_token(&parts.headers, settings).ok_or_else(ApiError::unauthenticated)?;
    if parts.method != Method::GET {
        origin::check_same_site(&parts.headers, settings)?;
    }
    Ok(token)
}

/// The token of `Authorization: Bearer …`; another scheme is an error, no header is none.
pub(super) fn bearer(headers: &HeaderMap) -> Result<Option<&str>, ApiError> {
    let Some(value) = headers.get(header::AUTHORIZATION) else {
        return Ok(None);
    };
    let value = value.to_str().map_err(|_| ApiError::unauthenticated())?;
    match value.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Ok(Some(token.trim())),
        _ => Err(ApiError::unauthenticated()),
    }
}

/// The session's cookie: over https its name pins it to this host and to https (RFC 6265bis, `__Host-`).
fn cookie_name(settings: &Settings) -> &'static str {
    if settings.https() {
        "__Host-antiphon_session"
    } else {
        "antiphon_session"
    }
}

/// The `Set-Cookie` that keeps this session for so many seconds; 0 forgets it.
pub(crate) fn session_cookie(token: &str, max_age_seconds: i64, settings: &Settings) -> String {
    let secure = if settings.https() { "; Secure" } else { "" };
    format!(
        "{}={token}; Path=/; Max-Age={max_age_seconds}; HttpOnly; SameSite=Lax{secure}",
        cookie_name(settings)
    )
}

/// The session that the request's cookie names.
pub(crate) fn session_token(headers: &HeaderMap, settings: &Settings) -> Option<SecretToken> {
    let cookies = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok());
    cookies
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(name, _)| *name == cookie_name(settings))
        .find_map(|(_, token)| SecretToken::parse(TokenKind::AgentSession, token).ok())
}
