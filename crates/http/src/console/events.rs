//! `POST /console/api/apps/{app}/events`: sends an event to try it out, under the rules of the Pusher API.

use super::{Operator, app, refused};
use crate::error::ApiError;
use crate::extract::JsonFields;
use crate::pusher::{PusherError, event};
use antiphon_realtime::{Publication, Published};
use axum::Json;
use axum::extract::Path;
use serde_json::{Value, json};

pub(crate) async fn send(
    Operator { hub }: Operator,
    Path(app_id): Path<String>,
    JsonFields(mut fields): JsonFields,
) -> Result<Json<Value>, ApiError> {
    let app = app(&hub, &app_id)?;
    let (name, channel, data) = (
        fields.required_text("name"),
        fields.required_text("channel"),
        fields.text("data").unwrap_or_default(),
    );
    fields.finish()?;
    let (name, channel) = (name.unwrap_or_default(), channel.unwrap_or_default());
    event::check(&name, &data).map_err(refused)?;
    let channels = [event::channel(&channel).map_err(refused)?];
    let publication = Publication {
        channels: &channels,
        event: &name,
        data: &data,
        except: None,
        once: None,
    };
    let subscriptions = hub.subscription_count(&app.id, &channels[0]);
    match hub.publish(&app, publication) {
        Published::Queued => {}
        Published::Overloaded => return Err(refused(PusherError::overloaded())),
    }
    event::settle(&hub).await;
    Ok(Json(json!({ "subscriptions": subscriptions })))
}
