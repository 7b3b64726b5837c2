//! Facts about widgets, and about the health of the store.

use super::world::{at_once, make_widget, new_widget};
use crate::{Store, UpdateWidget};
use antiphon_domain::{AllowedDomains, Widget, WidgetId, WidgetName, WidgetSettings, WidgetToken};
use serde_json::json;
use std::sync::Arc;

/// Every field comes back, by token, by id and in the list.
pub async fn a_widget_comes_back_as_it_was_made(store: Arc<dyn Store>) {
    let new = new_widget(1);
    let widget = store.create_widget(new.clone()).await.unwrap();
    assert_eq!(
        (&widget.token, &widget.name, &widget.allowed_domains),
        (&new.token, &new.name, &new.allowed_domains)
    );
    assert_eq!(
        (&widget.welcome_message, &widget.identity_secret),
        (&new.welcome_message, &new.identity_secret)
    );
    assert!(widget.active);
    assert_eq!(widget.created_at, new.at);
    assert_eq!(
        store.widget(widget.id).await.unwrap().as_ref(),
        Some(&widget)
    );
    assert_eq!(
        store.widget_by_token(&widget.token).await.unwrap().as_ref(),
        Some(&widget)
    );
    let second = make_widget(&store, 2).await;
    assert_eq!(store.list_widgets().await.unwrap(), [widget, second]);

    assert_eq!(store.widget(WidgetId(987_654)).await.unwrap(), None);
    assert_eq!(
        store
            .widget_by_token(&WidgetToken::from_random(&[9; 24]))
            .await
            .unwrap(),
        None
    );
}

/// What is absent stays, and so does every other widget; settings are replaced as a whole.
pub async fn a_widget_is_changed_in_what_is_told_only(store: Arc<dyn Store>) {
    let (made, other) = (make_widget(&store, 1).await, make_widget(&store, 2).await);
    assert_eq!(made.settings, WidgetSettings::default());
    let settings = |json| WidgetSettings::parse(json).unwrap();
    let update = UpdateWidget {
        settings: Some(settings(
            json!({ "sound": false, "quick_replies": ["\"¿Qué?\""] }),
        )),
        ..UpdateWidget::default()
    };
    let changed = store.update_widget(made.id, update.clone()).await.unwrap();
    let expected = Widget {
        settings: update.settings.unwrap(),
        ..made
    };
    assert_eq!(changed.as_ref(), Some(&expected));

    let update = UpdateWidget {
        name: Some(WidgetName::parse("New").unwrap()),
        allowed_domains: Some(AllowedDomains::parse(["new.example"]).unwrap()),
        welcome_message: Some(String::new()),
        settings: Some(settings(json!({ "position": "left" }))),
    };
    let changed = store.update_widget(other.id, update.clone()).await.unwrap();
    let expected_other = Widget {
        name: update.name.unwrap(),
        allowed_domains: update.allowed_domains.unwrap(),
        welcome_message: String::new(),
        settings: update.settings.unwrap(),
        ..other
    };
    assert_eq!(changed.as_ref(), Some(&expected_other));
    let nothing = store
        .update_widget(expected.id, UpdateWidget::default())
        .await;
    assert_eq!(nothing.unwrap().as_ref(), Some(&expected));
    assert_eq!(
        store.list_widgets().await.unwrap(),
        [expected, expected_other]
    );
    let nobody = store
        .update_widget(WidgetId(987_654), UpdateWidget::default())
        .await;
    assert_eq!(nobody.unwrap(), None);
}

/// A token names one widget.
pub async fn two_widgets_never_share_a_token(store: Arc<dyn Store>) {
    let widget = make_widget(&store, 1).await;
    let same_token = crate::NewWidget {
        token: widget.token.clone(),
        ..new_widget(2)
    };
    store.create_widget(same_token).await.unwrap_err();
    assert_eq!(store.list_widgets().await.unwrap(), [widget]);
}

/// Processes that start at once on an empty database make one widget.
pub async fn the_first_widget_is_made_once_however_many_try(store: Arc<dyn Store>) {
    let made = at_once(10, |n| {
        let store = Arc::clone(&store);
        async move {
            store
                .create_first_widget(new_widget(u8::try_from(n).unwrap()))
                .await
                .unwrap()
        }
    })
    .await;
    let made: Vec<_> = made.into_iter().flatten().collect();
    assert_eq!(made.len(), 1);
    assert_eq!(store.list_widgets().await.unwrap(), made);
}

/// The first widget is for an installation that has none.
pub async fn there_is_no_first_widget_after_another(store: Arc<dyn Store>) {
    let widget = make_widget(&store, 1).await;
    assert_eq!(
        store.create_first_widget(new_widget(2)).await.unwrap(),
        None
    );
    assert_eq!(store.list_widgets().await.unwrap(), [widget]);
}

/// The check passes where writes would.
pub async fn a_working_store_is_healthy(store: Arc<dyn Store>) {
    store.check().await.unwrap();
}
