//! Who looks at the console: an admin of the team, or whoever knows the password.

use super::{Console, Gate};
use crate::error::ApiError;
use crate::extract::{Agent, check_same_origin};
use antiphon_chat::{Permission, require};
use antiphon_realtime::Hub;
use axum::extract::FromRequestParts;
use axum::http::Method;
use axum::http::request::Parts;

/// Somebody who may look at the console, and the hub that it is about.
#[derive(Debug)]
pub(crate) struct Operator {
    pub(super) hub: Hub,
}

impl FromRequestParts<Console> for Operator {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, console: &Console) -> Result<Self, ApiError> {
        authenticate(parts, console).await?;
        Ok(Self {
            hub: console.hub()?.clone(),
        })
    }
}

/// Refuses whoever may not look. Gives a name to greet, where there is one.
pub(super) async fn authenticate(
    parts: &mut Parts,
    console: &Console,
) -> Result<Option<String>, ApiError> {
    match &console.gate {
        Gate::Team(chat) => {
            // Compares the origins as well, where the cookie could be used by another site's page.
            let caller = Agent::from_request_parts(parts, chat).await?;
            let agent = require(&caller.principal, Permission::Administer)?;
            Ok(Some(agent.name.as_str().to_owned()))
        }
        Gate::Password(gate) => {
            if parts.method != Method::GET {
                check_same_origin(&parts.headers)?;
            }
            match gate.admits(&parts.headers) {
                true => Ok(None),
                false => Err(ApiError::unauthenticated().with_hint("password_only", true)),
            }
        }
    }
}
