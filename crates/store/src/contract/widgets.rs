//! Facts about widgets, and about the health of the store.

use super::world::{at, at_once, make_widget, new_widget};
use crate::{
    AuditFilter, FollowUp, MAX_SIGHTINGS, MAX_WIDGETS, NewAuditEntry, NewSighting, Rotation,
    SIGHTING_SECONDS, Sighting, Store, Subject, UpdateWidget, nothing,
};
use antiphon_domain::{
    AllowedDomains, Replaced, SiteHost, Widget, WidgetId, WidgetName, WidgetSettings, WidgetToken,
};
use serde_json::json;
use std::sync::Arc;

/// An id that no row has.
const NO_WIDGET: WidgetId = WidgetId(987_654);

async fn update(store: &Arc<dyn Store>, id: WidgetId, update: UpdateWidget) -> Option<Widget> {
    store.update_widget(id, update, nothing()).await.unwrap()
}

async fn by_token(store: &Arc<dyn Store>, token: &WidgetToken, seconds: i64) -> Option<Widget> {
    store.widget_by_token(token, at(seconds)).await.unwrap()
}

/// Every field comes back, by token, by id and in the list.
pub async fn a_widget_comes_back_as_it_was_made(store: Arc<dyn Store>) {
    let new = new_widget(1);
    let widget = store.create_widget(new.clone(), nothing()).await.unwrap();
    let widget = widget.unwrap();
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
        (&widget.previous_token, &widget.previous_identity_secret),
        (&None, &None)
    );
    assert_eq!(
        store.widget(widget.id).await.unwrap().as_ref(),
        Some(&widget)
    );
    assert_eq!(
        by_token(&store, &widget.token, 0).await.as_ref(),
        Some(&widget)
    );
    let second = make_widget(&store, 2).await;
    assert_eq!(store.list_widgets().await.unwrap(), [widget, second]);

    assert_eq!(store.widget(NO_WIDGET).await.unwrap(), None);
    let unknown = WidgetToken::from_random(&[9; 24]);
    assert_eq!(by_token(&store, &unknown, 0).await, None);
}

/// What is absent stays, and so does every other widget; settings are replaced as a whole.
pub async fn a_widget_is_changed_in_what_is_told_only(store: Arc<dyn Store>) {
    let (made, other) = (make_widget(&store, 1).await, make_widget(&store, 2).await);
    assert_eq!(made.settings, WidgetSettings::default());
    let settings = |json| WidgetSettings::parse(json).unwrap();
    let change = UpdateWidget {
        settings: Some(settings(
            json!({ "sound": false, "quick_replies": ["\"¿Qué?\""] }),
        )),
        ..UpdateWidget::default()
    };
    let changed = update(&store, made.id, change.clone()).await;
    let expected = Widget {
        settings: change.settings.unwrap(),
        ..made
    };
    assert_eq!(changed.as_ref(), Some(&expected));

    let change = UpdateWidget {
        name: Some(WidgetName::parse("New").unwrap()),
        allowed_domains: Some(AllowedDomains::parse(["new.example"]).unwrap()),
        welcome_message: Some(String::new()),
        settings: Some(settings(json!({ "position": "left" }))),
        active: Some(false),
        ..UpdateWidget::default()
    };
    let changed = update(&store, other.id, change.clone()).await;
    let expected_other = Widget {
        name: change.name.unwrap(),
        allowed_domains: change.allowed_domains.unwrap(),
        welcome_message: String::new(),
        settings: change.settings.unwrap(),
        active: false,
        ..other
    };
    assert_eq!(changed.as_ref(), Some(&expected_other));
    let unchanged = update(&store, expected.id, UpdateWidget::default()).await;
    assert_eq!(unchanged.as_ref(), Some(&expected));
    assert_eq!(
        store.list_widgets().await.unwrap(),
        [expected, expected_other]
    );
    let nobody = update(&store, NO_WIDGET, UpdateWidget::default()).await;
    assert_eq!(nobody, None);
}

/// The entry is there if and only if the change is.
pub async fn what_is_done_to_a_widget_is_audited_with_it(store: Arc<dyn Store>) {
    let audit = |action| {
        FollowUp::audit(move |widget: &Option<Widget>| {
            Some(NewAuditEntry {
                at: at(0),
                agent_id: None,
                agent_name: "command line".to_owned(),
                action,
                subject: Subject::of("widget", widget.as_ref()?.id.0),
                details: None,
                address: None,
            })
        })
    };
    let made = store.create_widget(new_widget(1), audit("widget.created"));
    let made = made.await.unwrap().unwrap();
    let change = |id, action| store.update_widget(id, UpdateWidget::default(), audit(action));
    change(made.id, "widget.changed").await.unwrap().unwrap();
    assert_eq!(change(NO_WIDGET, "widget.changed").await.unwrap(), None);
    let entries = store.audit_entries(AuditFilter::default(), 10).await;
    let actions: Vec<_> = entries
        .unwrap()
        .into_iter()
        .map(|entry| (entry.action, entry.subject_id))
        .collect();
    let of = |action: &str| (action.to_owned(), Some(made.id.0));
    assert_eq!(actions, [of("widget.changed"), of("widget.created")]);
}

/// The list stays one that can be read at once.
pub async fn there_are_so_many_widgets_and_no_more(store: Arc<dyn Store>) {
    let most = u32::try_from(MAX_WIDGETS).unwrap();
    let made = at_once(most + 3, |n| {
        let store = Arc::clone(&store);
        let new = new_widget(u8::try_from(n).unwrap());
        async move { store.create_widget(new, nothing()).await.unwrap() }
    })
    .await;
    let n_made = made.into_iter().flatten().count();
    assert_eq!(n_made, most as usize);
    assert_eq!(store.list_widgets().await.unwrap().len(), n_made);
}

/// A token names one widget.
pub async fn two_widgets_never_share_a_token(store: Arc<dyn Store>) {
    let widget = make_widget(&store, 1).await;
    let same_token = crate::NewWidget {
        token: widget.token.clone(),
        ..new_widget(2)
    };
    let made = store.create_widget(same_token, nothing()).await;
    made.unwrap_err();
    assert_eq!(store.list_widgets().await.unwrap(), [widget]);
}

/// Pages have the time to follow; then the old token is worth nothing.
pub async fn a_replaced_token_is_taken_until_its_end(store: Arc<dyn Store>) {
    let other = make_widget(&store, 8).await;
    let made = make_widget(&store, 1).await;
    let rotate = |new: &WidgetToken, previous_ends_at| UpdateWidget {
        token: Some(Rotation {
            new: new.clone(),
            previous_ends_at,
        }),
        ..UpdateWidget::default()
    };
    let [second, third, fourth] = [2, 3, 4].map(|n| WidgetToken::from_random(&[n; 24]));
    let rotated = update(&store, made.id, rotate(&second, Some(at(100)))).await;
    let rotated = rotated.unwrap();
    let expected = Widget {
        token: second.clone(),
        previous_token: Some(Replaced {
            value: made.token.clone(),
            ends_at: at(100),
        }),
        ..made.clone()
    };
    assert_eq!(rotated, expected);
    for (token, seconds, found) in [
        (&second, 0, true),
        (&second, 200, true),
        (&made.token, 0, true),
        (&made.token, 99, true),
        (&made.token, 100, false),
    ] {
        let by_token = by_token(&store, token, seconds).await;
        assert_eq!(by_token, found.then(|| rotated.clone()), "{seconds}");
    }

    // A second one ends what still held of the first.
    update(&store, made.id, rotate(&third, Some(at(300)))).await;
    assert_eq!(by_token(&store, &made.token, 0).await, None);
    assert!(by_token(&store, &second, 299).await.is_some());
    // What is changed otherwise leaves it.
    let renamed = UpdateWidget {
        name: Some(WidgetName::parse("New").unwrap()),
        ..UpdateWidget::default()
    };
    let renamed = update(&store, made.id, renamed).await.unwrap();
    assert_eq!(renamed.previous_token.unwrap().value, second);
    // Without any time, the old one ends at once.
    let rotated = update(&store, made.id, rotate(&fourth, None)).await;
    assert_eq!(rotated.unwrap().previous_token, None);
    for token in [&second, &third] {
        assert_eq!(by_token(&store, token, 0).await, None);
    }
    assert!(by_token(&store, &fourth, 0).await.is_some());
    assert_eq!(by_token(&store, &other.token, 0).await, Some(other));
}

/// Backends have the time to follow.
pub async fn a_replaced_identity_secret_is_kept_until_its_end(store: Arc<dyn Store>) {
    let made = make_widget(&store, 1).await;
    let rotate = |new: &str, previous_ends_at| UpdateWidget {
        identity_secret: Some(Rotation {
            new: new.to_owned(),
            previous_ends_at,
        }),
        ..UpdateWidget::default()
    };
    let rotated = update(&store, made.id, rotate("new", Some(at(100)))).await;
    let rotated = rotated.unwrap();
    let secrets = |widget: &Widget, seconds| {
        let secrets = widget.identity_secrets(at(seconds));
        secrets.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(secrets(&rotated, 99), ["new", "secret 1"]);
    assert_eq!(secrets(&rotated, 100), ["new"]);
    assert_eq!(store.widget(made.id).await.unwrap(), Some(rotated));
    let again = update(&store, made.id, rotate("newer", Some(at(300)))).await;
    assert_eq!(secrets(&again.unwrap(), 0), ["newer", "new"]);
    let last = update(&store, made.id, rotate("newest", None)).await;
    assert_eq!(secrets(&last.unwrap(), 0), ["newest"]);
}

fn seen(widget_id: WidgetId, host: &str, answered: bool, seconds: i64) -> NewSighting {
    NewSighting {
        widget_id,
        host: SiteHost::parse(host).unwrap(),
        answered,
        at: at(seconds),
    }
}

async fn note(store: &Arc<dyn Store>, sightings: Vec<NewSighting>) -> Vec<WidgetId> {
    store.note_sightings(sightings, nothing()).await.unwrap()
}

/// Where a widget is seen is known, and written no more often than it matters.
pub async fn the_hosts_on_which_a_widget_is_seen_are_kept(store: Arc<dyn Store>) {
    let (one, other) = (
        make_widget(&store, 1).await.id,
        make_widget(&store, 2).await.id,
    );
    assert_eq!(store.sightings(one).await.unwrap(), []);
    assert_eq!(store.last_sightings().await.unwrap(), []);
    let first = vec![
        seen(one, "shop.example", false, 0),
        seen(one, "www.shop.example", true, 1),
        seen(other, "shop.example", true, 2),
        seen(NO_WIDGET, "shop.example", true, 2),
    ];
    assert_eq!(note(&store, first).await, [one, other]);
    let row = |host: &str, answered, first, last| Sighting {
        host: SiteHost::parse(host).unwrap(),
        answered,
        first_seen_at: at(first),
        last_seen_at: at(last),
    };
    assert_eq!(
        store.sightings(one).await.unwrap(),
        [
            row("www.shop.example", true, 1, 1),
            row("shop.example", false, 0, 0),
        ]
    );
    let last = store.last_sightings().await.unwrap();
    assert_eq!(last, [(one, at(1)), (other, at(2))]);

    // The same a moment later is no news; another outcome is, and so is the same after a while.
    let soon = vec![seen(one, "shop.example", false, SIGHTING_SECONDS - 1)];
    assert_eq!(note(&store, soon).await, []);
    let allowed = vec![seen(one, "shop.example", true, SIGHTING_SECONDS - 1)];
    assert_eq!(note(&store, allowed).await, [one]);
    let later = vec![seen(one, "www.shop.example", true, SIGHTING_SECONDS + 1)];
    assert_eq!(note(&store, later).await, [one]);
    assert_eq!(
        store.sightings(one).await.unwrap(),
        [
            row("www.shop.example", true, 1, SIGHTING_SECONDS + 1),
            row("shop.example", true, 0, SIGHTING_SECONDS - 1),
        ]
    );
    // A clock that was put back takes nothing away.
    let early = vec![seen(one, "www.shop.example", false, 5)];
    assert_eq!(note(&store, early).await, [one]);
    let row = row("www.shop.example", false, 1, SIGHTING_SECONDS + 1);
    assert_eq!(store.sightings(one).await.unwrap()[0], row);
}

/// Strangers can make hosts up: they displace none where the widget had an answer.
pub async fn so_many_hosts_of_a_widget_are_kept_and_no_more(store: Arc<dyn Store>) {
    let widget = make_widget(&store, 1).await.id;
    let other = make_widget(&store, 2).await.id;
    let most = i64::from(MAX_SIGHTINGS);
    note(&store, vec![seen(other, "shop.example", false, 0)]).await;
    for answered in [true, false] {
        let hosts = (0..most + 5).map(|n| {
            let host = format!("h{n}.{answered}.example");
            seen(widget, &host, answered, n)
        });
        note(&store, hosts.collect()).await;
    }
    let kept = store.sightings(widget).await.unwrap();
    for answered in [true, false] {
        let hosts: Vec<_> = kept
            .iter()
            .filter(|sighting| sighting.answered == answered)
            .map(|sighting| sighting.host.as_str().to_owned())
            .collect();
        let expected: Vec<_> = (5..most + 5)
            .rev()
            .map(|n| format!("h{n}.{answered}.example"))
            .collect();
        assert_eq!(hosts, expected);
    }
    assert_eq!(store.sightings(other).await.unwrap().len(), 1);
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
