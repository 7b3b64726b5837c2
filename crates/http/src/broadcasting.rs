//! `POST /broadcasting/auth`: may this socket listen on that channel? For one channel or for many at once.
//! `POST /broadcasting/user-auth`: an agent signs in on a socket, so that it can be closed when the agent is shut out.

use crate::error::ApiError;
use crate::extract::{
    Agent, Caller, ClientAddress, Fields, JsonFields, OneOrMany, Read, has_content_type, read_body,
};
use crate::openapi::shape;
use crate::state::ChatState;
use antiphon_chat::{AnySocketId, ChannelGrant, Permission, Principal, require};
use antiphon_protocol::auth::{Credentials, sign_channel_anywhere, sign_user_anywhere};
use antiphon_wire::agent_user;
use axum::Json;
use axum::extract::{FromRequest, Request, State};
use axum::http::StatusCode;
use serde_json::{Map, Value, json};
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, OneOfBuilder, Schema, Type};

shape! {
    /// Which channels a socket wants to listen on. Also taken as a form.
    #[schema(example = json!({ "socket_id": "123.456", "channel_name": ["private-chat.conversation.1"] }))]
    AuthorizeRequest {
        #[schema(pattern = r"^\d+\.\d+$")]
        socket_id: String,
        /// A name, or a list of at most 100.
        #[schema(schema_with = channel_names)]
        channel_name: (),
        /// At which server the socket is, where there are two.
        #[schema(pattern = "^(reverb|pusher)$")]
        provider: Option<String>,
    }
}

fn channel_names() -> Schema {
    let name = || ObjectBuilder::new().schema_type(Type::String);
    OneOfBuilder::new()
        .item(name())
        .item(
            ArrayBuilder::new()
                .items(name())
                .max_items(Some(MAX_CHANNELS)),
        )
        .build()
        .into()
}

/// Channels of one request: an agent's inbox and the conversations on the screen, with room.
const MAX_CHANNELS: usize = 100;
/// The largest form, in bytes.
const MAX_FORM: usize = 32 * 1024;

/// The fields of a JSON object or of a form (`channel_name`, or `channel_name[]` repeated), as pusher-js and Laravel Echo send them.
pub(crate) struct AuthRequest(Fields);

impl<S: Sync> FromRequest<S> for AuthRequest {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        if !has_content_type(request.headers(), "application/x-www-form-urlencoded") {
            return JsonFields::from_request(request, state)
                .await
                .map(|JsonFields(fields)| Self(fields));
        }
        let (parts, body) = request.into_parts();
        let body = read_body(&parts.headers, body, MAX_FORM).await?;
        let malformed = || ApiError::new(StatusCode::BAD_REQUEST, "The form is malformed");
        let text = std::str::from_utf8(&body).map_err(|_| malformed())?;
        let uri = format!("/?{text}").parse().map_err(|_| malformed())?;
        let axum::extract::Query(pairs) =
            axum::extract::Query::<Vec<(String, String)>>::try_from_uri(&uri)
                .map_err(|_| malformed())?;
        Ok(Self(Fields::from_form(pairs)))
    }
}

/// Says whether a socket may listen on channels.
#[utoipa::path(
    post,
    path = "/broadcasting/auth",
    request_body = AuthorizeRequest,
    responses((status = 200, description = "`auth` of the one channel; of a list an object with `auth`, or `error` and `status`, for each", body = Object)),
    security(("visitorToken" = []), ("agentToken" = []), ("session" = [])),
)]
pub(crate) async fn auth(
    State(state): State<ChatState>,
    caller: Caller<Read>,
    ClientAddress(address): ClientAddress,
    AuthRequest(mut fields): AuthRequest,
) -> Result<Json<Value>, ApiError> {
    let channels = fields.texts("channel_name");
    let (socket_id, credentials) = socket(&mut fields, &state);
    match &channels {
        None => fields.errors.add("channel_name", "is required"),
        Some(OneOrMany::Many(channels)) if channels.len() > MAX_CHANNELS => {
            fields.errors.add(
                "channel_name",
                format!("must not name more than {MAX_CHANNELS} channels"),
            );
        }
        Some(_) => {}
    }
    fields.finish()?;
    let (Some(socket_id), Some(channels)) = (socket_id, channels) else {
        return Err(ApiError::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "Validation failed",
        ));
    };
    if let Principal::Visitor(visitor) = &caller.principal {
        let chat = &state.chat;
        chat.check_not_blocked(Some(visitor.id), Some(address))
            .await?;
    }
    match channels {
        OneOrMany::One(channel) => {
            match state
                .chat
                .channel_grant(&caller.principal, &channel)
                .await?
            {
                Some(grant) => Ok(Json(signed(credentials, socket_id, &channel, &grant))),
                None => Err(ApiError::forbidden("you may not listen on this channel")),
            }
        }
        OneOrMany::Many(channels) => {
            let mut answers = Map::new();
            for channel in channels {
                let answer = match state
                    .chat
                    .channel_grant(&caller.principal, &channel)
                    .await?
                {
                    Some(grant) => signed(credentials, socket_id, &channel, &grant),
                    None => {
                        json!({ "error": "Forbidden: you may not listen on this channel", "status": 403 })
                    }
                };
                answers.insert(channel, answer);
            }
            Ok(Json(answers.into()))
        }
    }
}

shape! {
    /// Which socket an agent wants to be signed in on. Also taken as a form.
    #[schema(example = json!({ "socket_id": "123.456" }))]
    SignInRequest {
        #[schema(pattern = r"^\d+\.\d+$")]
        socket_id: String,
        /// At which server the socket is, where there are two.
        #[schema(pattern = "^(reverb|pusher)$")]
        provider: Option<String>,
    }
}

shape! {
    /// What `pusher:signin` carries.
    SignInAnswer {
        auth: String,
        /// JSON: the user that the socket is then.
        user_data: String,
    }
}

/// Lets an agent sign in on a socket.
///
/// A socket that is signed in is closed at once when the agent is deactivated or a session of it ends.
#[utoipa::path(
    post,
    path = "/broadcasting/user-auth",
    request_body = SignInRequest,
    responses((status = 200, description = "What the socket is told", body = SignInAnswer)),
)]
pub(crate) async fn user_auth(
    State(state): State<ChatState>,
    caller: Agent,
    AuthRequest(mut fields): AuthRequest,
) -> Result<Json<Value>, ApiError> {
    let (socket_id, credentials) = socket(&mut fields, &state);
    fields.finish()?;
    let Some(socket_id) = socket_id else {
        return Err(ApiError::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "Validation failed",
        ));
    };
    require(&caller.principal, Permission::Read)?;
    let user_data = json!({ "id": agent_user(caller.agent.id) }).to_string();
    let auth = sign_user_anywhere(credentials, socket_id, &user_data);
    Ok(Json(json!({ "auth": auth, "user_data": user_data })))
}

/// The socket that a request names, and what its server's signatures are made with.
fn socket<'a>(fields: &mut Fields, state: &'a ChatState) -> (Option<AnySocketId>, Credentials<'a>) {
    // Which server the socket is connected to, where there are two: the signature is made with that one's secret.
    let provider = fields.text("provider");
    let socket_id = fields.required_text("socket_id");
    let is_own = provider.as_deref() != Some("pusher");
    let socket_id = socket_id.and_then(|text| {
        let parsed = text
            .parse::<AnySocketId>()
            .ok()
            // Other servers make theirs of larger numbers.
            .filter(|id| !is_own || id.own().is_some());
        fields.errors.check(
            "socket_id",
            parsed.ok_or_else(|| {
                antiphon_domain::Invalid::new("must be two numbers with a dot between")
            }),
        )
    });
    let credentials = match (provider.as_deref(), &state.settings.browser.pusher) {
        (Some("pusher"), Some(pusher)) => pusher.app.credentials(),
        (None | Some("reverb"), _) => state.app.credentials(),
        _ => {
            fields.errors.add(
                "provider",
                "must be one of those that the configuration names",
            );
            state.app.credentials()
        }
    };
    (socket_id, credentials)
}

/// The signature, on a presence channel with the member that it vouches for.
fn signed(
    credentials: Credentials<'_>,
    socket_id: AnySocketId,
    channel: &str,
    grant: &ChannelGrant,
) -> Value {
    let sign = |data| sign_channel_anywhere(credentials, socket_id, channel, data);
    let Some(member) = &grant.member else {
        return json!({ "auth": sign(None) });
    };
    let data = json!({
        "user_id": member.id.to_string(),
        "user_info": { "name": member.name.as_str() },
    })
    .to_string();
    json!({ "auth": sign(Some(&data)), "channel_data": data })
}
