//! Facts about widgets, and about the health of the store.

use super::world::{at_once, make_widget, new_widget};
use crate::Store;
use antiphon_domain::{WidgetId, WidgetToken};
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
