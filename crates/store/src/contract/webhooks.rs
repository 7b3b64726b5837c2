//! Facts about the account's webhooks and their logs.

use super::world::at;
use crate::{
    FollowUp, MAX_DELIVERIES, NewJob, NewWebhook, NewWebhookDelivery, Store, TriedDelivery,
    UpdateWebhook, WEBHOOK_LANE, WebhookAttempt, WebhookContent, WebhookDelivery,
    WebhookDeliveryState, nothing,
};
use antiphon_domain::{
    Webhook, WebhookDeliveryId, WebhookDisabled, WebhookEvents, WebhookId, WebhookSecret,
    WebhookUrl, WidgetId,
};
use std::sync::Arc;

const NO_WEBHOOK: WebhookId = WebhookId(987_654);
const MOST: usize = 3;

fn new(n: u8) -> NewWebhook {
    NewWebhook {
        url: WebhookUrl::parse(&format!("https://example.com/{n}?token=x")).unwrap(),
        events: WebhookEvents::parse(["message.created", "conversation.rated"]).unwrap(),
        widget_ids: vec![WidgetId(7), WidgetId(3)],
        active: true,
        secret: WebhookSecret::from_random(&[n; 32]),
        most: MOST,
        at: at(i64::from(n)),
    }
}

async fn make(store: &Arc<dyn Store>, n: u8) -> Webhook {
    store
        .create_webhook(new(n), nothing())
        .await
        .unwrap()
        .unwrap()
}

async fn update(store: &Arc<dyn Store>, id: WebhookId, update: UpdateWebhook) -> Option<Webhook> {
    store.update_webhook(id, update, nothing()).await.unwrap()
}

fn content(n: u32) -> WebhookContent {
    WebhookContent {
        event_id: format!("evt_{n}"),
        event: "message.created".to_owned(),
        body: format!(r#"{{"id":"evt_{n}","text":"\"a\" \u0000"}}"#),
    }
}

fn attempt(
    webhook: &Webhook,
    delivery: TriedDelivery,
    state: WebhookDeliveryState,
    n: u32,
) -> WebhookAttempt {
    WebhookAttempt {
        webhook_id: webhook.id,
        delivery,
        state,
        attempt: n,
        status: Some(503),
        error: None,
        duration_ms: 12,
        response: Some("busy".to_owned()),
        at: at(i64::from(n)),
        failing_limit: at(i64::from(n) - 100),
    }
}

async fn try_event(
    store: &Arc<dyn Store>,
    webhook: &Webhook,
    event: u32,
    state: WebhookDeliveryState,
    n: u32,
) -> Webhook {
    let tried = attempt(webhook, TriedDelivery::OfEvent(content(event)), state, n);
    store.note_webhook_attempt(tried).await.unwrap().unwrap()
}

async fn log(store: &Arc<dyn Store>, webhook: &Webhook) -> Vec<WebhookDelivery> {
    store
        .webhook_deliveries(webhook.id, None, MAX_DELIVERIES)
        .await
        .unwrap()
}

/// Every field comes back, by id and in the list.
pub async fn a_webhook_comes_back_as_it_was_made(store: Arc<dyn Store>) {
    let (first, second) = (make(&store, 1).await, make(&store, 2).await);
    let expected = new(1);
    assert_eq!(
        (&first.url, &first.events, &first.widget_ids, first.active),
        (&expected.url, &expected.events, &expected.widget_ids, true)
    );
    assert_eq!(
        (&first.secret, first.created_at),
        (&expected.secret, expected.at)
    );
    assert_eq!((first.failing_since, first.disabled), (None, None));
    assert_eq!(
        store.webhook(first.id).await.unwrap().as_ref(),
        Some(&first)
    );
    assert_eq!(store.webhook(NO_WEBHOOK).await.unwrap(), None);
    assert_eq!(store.list_webhooks().await.unwrap(), [first, second]);
}

/// Also when many are made at the same moment.
pub async fn there_are_never_too_many_webhooks(store: Arc<dyn Store>) {
    let made = super::world::at_once(8, |n| {
        let store = Arc::clone(&store);
        async move {
            let new = new(u8::try_from(n).unwrap());
            store.create_webhook(new, nothing()).await.unwrap()
        }
    })
    .await;
    assert_eq!(made.iter().flatten().count(), MOST);
    assert_eq!(store.list_webhooks().await.unwrap().len(), MOST);
}

/// What is absent stays; switched on it is as if it had never failed.
pub async fn a_webhook_is_changed_in_what_is_told_only(store: Arc<dyn Store>) {
    let (made, other) = (make(&store, 1).await, make(&store, 2).await);
    let url = WebhookUrl::parse("http://example.org").unwrap();
    let secret = WebhookSecret::from_random(&[9; 32]);
    let change = UpdateWebhook {
        url: Some(url.clone()),
        secret: Some(secret.clone()),
        ..UpdateWebhook::default()
    };
    let expected = Webhook {
        url,
        secret,
        ..made.clone()
    };
    assert_eq!(
        update(&store, made.id, change).await,
        Some(expected.clone())
    );
    let change = UpdateWebhook {
        events: Some(WebhookEvents::parse(["visitor.updated"]).unwrap()),
        widget_ids: Some(Vec::new()),
        disabled: Some(WebhookDisabled::Crowded),
        ..UpdateWebhook::default()
    };
    let changed = update(&store, made.id, change.clone()).await.unwrap();
    assert_eq!(changed.events, change.events.unwrap());
    assert_eq!(changed.widget_ids, []);
    assert!(!changed.active);
    assert_eq!(changed.disabled, Some(WebhookDisabled::Crowded));
    let stays = update(&store, made.id, UpdateWebhook::default()).await;
    assert_eq!(stays, Some(changed));
    let on = UpdateWebhook {
        active: Some(true),
        ..UpdateWebhook::default()
    };
    let on = update(&store, made.id, on).await.unwrap();
    assert_eq!((on.active, on.disabled), (true, None));
    assert_eq!(store.webhook(other.id).await.unwrap(), Some(other));
    let nobody = update(&store, NO_WEBHOOK, UpdateWebhook::default()).await;
    assert_eq!(nobody, None);
}

/// Neither itself nor its log, and an attempt that ends then is noted nowhere.
pub async fn a_deleted_webhook_leaves_nothing(store: Arc<dyn Store>) {
    let webhook = make(&store, 1).await;
    try_event(&store, &webhook, 1, WebhookDeliveryState::Delivered, 1).await;
    assert!(store.delete_webhook(webhook.id, nothing()).await.unwrap());
    assert!(!store.delete_webhook(webhook.id, nothing()).await.unwrap());
    assert_eq!(store.webhook(webhook.id).await.unwrap(), None);
    assert_eq!(log(&store, &webhook).await, []);
    let tried = TriedDelivery::OfEvent(content(2));
    let tried = attempt(&webhook, tried, WebhookDeliveryState::Failed, 1);
    assert_eq!(store.note_webhook_attempt(tried).await.unwrap(), None);
    let asked = NewWebhookDelivery {
        webhook_id: webhook.id,
        content: content(1),
        replay_of: None,
        at: at(1),
    };
    let begun = store
        .begin_webhook_delivery(asked, nothing())
        .await
        .unwrap();
    assert_eq!(begun, None);
}

/// The last attempt is what it tells.
pub async fn an_event_is_in_the_log_once_however_often_it_is_tried(store: Arc<dyn Store>) {
    let (webhook, other) = (make(&store, 1).await, make(&store, 2).await);
    for (webhook, event) in [(&webhook, 1), (&other, 1), (&webhook, 2)] {
        try_event(&store, webhook, event, WebhookDeliveryState::Retrying, 1).await;
    }
    try_event(&store, &webhook, 1, WebhookDeliveryState::Delivered, 2).await;
    let log = log(&store, &webhook).await;
    let ids: Vec<_> = log.iter().map(|one| &*one.content.event_id).collect();
    assert_eq!(ids, ["evt_2", "evt_1"]);
    let expected = WebhookDelivery {
        id: log[1].id,
        webhook_id: webhook.id,
        content: content(1),
        state: WebhookDeliveryState::Delivered,
        attempts: 2,
        status: Some(503),
        error: None,
        duration_ms: 12,
        response: Some("busy".to_owned()),
        created_at: at(1),
        attempted_at: Some(at(2)),
        replay_of: None,
    };
    assert_eq!(log[1], expected);
    let found = store.webhook_delivery(webhook.id, expected.id).await;
    assert_eq!(found.unwrap(), Some(expected.clone()));
    // It is the other's.
    let found = store.webhook_delivery(other.id, expected.id).await;
    assert_eq!(found.unwrap(), None);
    let older = store.webhook_deliveries(webhook.id, Some(log[0].id), 9);
    assert_eq!(older.await.unwrap(), [expected]);
}

/// Of each webhook the last ones stay.
pub async fn the_log_forgets_what_is_old(store: Arc<dyn Store>) {
    let (webhook, other) = (make(&store, 1).await, make(&store, 2).await);
    try_event(&store, &other, 1, WebhookDeliveryState::Delivered, 1).await;
    for event in 0..=MAX_DELIVERIES {
        try_event(&store, &webhook, event, WebhookDeliveryState::Delivered, 1).await;
    }
    let kept = log(&store, &webhook).await;
    assert_eq!(kept.len(), MAX_DELIVERIES as usize);
    assert_eq!(kept.last().unwrap().content, content(1));
    assert_eq!(log(&store, &other).await.len(), 1);
}

/// From the first failure on, unless something was taken in between.
pub async fn a_webhook_that_fails_for_too_long_is_switched_off(store: Arc<dyn Store>) {
    let webhook = make(&store, 1).await;
    let failed = WebhookDeliveryState::Retrying;
    let noted = try_event(&store, &webhook, 1, failed, 10).await;
    assert_eq!((noted.active, noted.failing_since), (true, Some(at(10))));
    let noted = try_event(&store, &webhook, 1, WebhookDeliveryState::Delivered, 50).await;
    assert_eq!(noted.failing_since, None);
    try_event(&store, &webhook, 2, failed, 60).await;
    let noted = try_event(&store, &webhook, 2, failed, 159).await;
    assert_eq!((noted.active, noted.failing_since), (true, Some(at(60))));
    let noted = try_event(&store, &webhook, 2, WebhookDeliveryState::Failed, 160).await;
    assert_eq!(
        (noted.active, noted.disabled),
        (false, Some(WebhookDisabled::Failing))
    );
    assert_eq!(store.webhook(webhook.id).await.unwrap(), Some(noted));
    let on = UpdateWebhook {
        active: Some(true),
        ..UpdateWebhook::default()
    };
    let on = update(&store, webhook.id, on).await.unwrap();
    assert_eq!((on.failing_since, on.disabled), (None, None));
}

/// Its job is made with it, and the webhook is none the worse for it.
pub async fn what_a_person_asked_for_is_noted_in_the_log_alone(store: Arc<dyn Store>) {
    let webhook = make(&store, 1).await;
    try_event(&store, &webhook, 1, WebhookDeliveryState::Delivered, 1).await;
    let first = log(&store, &webhook).await[0].id;
    let asked = NewWebhookDelivery {
        webhook_id: webhook.id,
        content: content(1),
        replay_of: Some(first),
        at: at(5),
    };
    let job = FollowUp::jobs(|begun: &Option<WebhookDelivery>| {
        let id = begun.as_ref().map_or(0, |begun| begun.id.0);
        vec![NewJob::new("tell", id.to_string(), at(5))]
    });
    let begun = store.begin_webhook_delivery(asked, job).await.unwrap();
    let begun = begun.unwrap();
    assert_eq!(begun.state, WebhookDeliveryState::Waiting);
    assert_eq!((begun.replay_of, begun.attempted_at), (Some(first), None));
    let jobs = store
        .list_jobs(crate::JobFilter::All, None, 9)
        .await
        .unwrap();
    assert_eq!(jobs[0].payload, begun.id.0.to_string());
    let tried = TriedDelivery::Asked(begun.id);
    let tried = attempt(&webhook, tried, WebhookDeliveryState::Failed, 1);
    let noted = store.note_webhook_attempt(tried).await.unwrap().unwrap();
    assert_eq!(noted, webhook);
    let states: Vec<_> = log(&store, &webhook)
        .await
        .iter()
        .map(|one| one.state)
        .collect();
    assert_eq!(
        states,
        [
            WebhookDeliveryState::Failed,
            WebhookDeliveryState::Delivered
        ]
    );
    let unknown = TriedDelivery::Asked(WebhookDeliveryId(987_654));
    let unknown = attempt(&webhook, unknown, WebhookDeliveryState::Failed, 1);
    store.note_webhook_attempt(unknown).await.unwrap().unwrap();
}

/// Jobs of its own lane count, as long as they are neither done nor dead, and only while it is active.
pub async fn a_webhook_for_which_too_much_waits_is_found(store: Arc<dyn Store>) {
    let (webhook, _other) = (make(&store, 1).await, make(&store, 2).await);
    for _ in 0..3 {
        let job = NewJob {
            lane: Some(format!("{WEBHOOK_LANE}{}", webhook.id)),
            ..NewJob::new("tell", "1", at(0))
        };
        store.enqueue(job).await.unwrap();
    }
    assert_eq!(store.crowded_webhooks(2).await.unwrap(), [webhook.id]);
    assert_eq!(store.crowded_webhooks(3).await.unwrap(), []);
    let off = UpdateWebhook {
        active: Some(false),
        ..UpdateWebhook::default()
    };
    update(&store, webhook.id, off).await;
    assert_eq!(store.crowded_webhooks(2).await.unwrap(), []);
}
