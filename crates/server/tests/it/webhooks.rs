//! Webhooks, from a socket that subscribes to the request that a backend gets.

use crate::workspace;
use antiphon_testkit::{
    Backend, PusherClient, Request, ReverbServer, Stopwatch, TestApp, Webhook, WebhookSink,
    Workspace, eventually,
};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;
use std::time::Duration;

/// A workspace whose application has a webhook, which is on this machine.
fn with_webhook(sink: &WebhookSink) -> Workspace {
    workspace()
        .with_env("ANTIPHON_WEBHOOK_URL", &sink.url())
        .with_env("ANTIPHON_WEBHOOK_ALLOW_PRIVATE", "on")
}

/// The deliveries that a backend is told of, the newest first.
fn deliveries(backend: &Backend) -> Vec<Value> {
    let path = format!("/apps/{}/webhook_deliveries", backend.app_id);
    let query = backend.sign("GET", &path, b"");
    let response = backend.request("GET", &format!("{path}?{query}")).send();
    let mut answer = response.expect(200).json();
    match answer["deliveries"].take() {
        Value::Array(deliveries) => deliveries,
        other => panic!("{other}"),
    }
}

fn replay(backend: &Backend, delivery: &Value) -> (u16, Value) {
    let path = format!(
        "/apps/{}/webhook_deliveries/{delivery}/replay",
        backend.app_id
    );
    let query = backend.sign("POST", &path, b"");
    let response = backend.request("POST", &format!("{path}?{query}")).send();
    let json = serde_json::from_slice(&response.body).unwrap_or(Value::Null);
    (response.status, json)
}

fn scrape(app: &TestApp) -> String {
    let mut lines = app.lines().iter();
    let address = lines.find_map(|line| {
        line.strip_prefix("Metrics: http://")?
            .strip_suffix("/metrics")
    });
    let address = address.unwrap().parse().unwrap();
    Request::new(address, "GET", "/metrics")
        .send()
        .expect(200)
        .text()
}

#[track_caller]
fn check_signature(webhook: &Webhook, key: &str, secret: &str) {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(webhook.body.as_bytes());
    let digest = mac.finalize().into_bytes();
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(webhook.header("x-pusher-signature"), Some(&*hex));
    assert_eq!(webhook.header("x-pusher-key"), Some(key));
    assert_eq!(webhook.header("content-type"), Some("application/json"));
}

#[test]
fn a_backend_is_told_all_seven_kinds_of_events() {
    let sink = WebhookSink::start();
    let app = TestApp::start_in(with_webhook(&sink));
    let backend = app.backend();
    let mut client = app.connect();
    let data = json!({"user_id": "7"}).to_string();
    let auth = {
        let credentials = antiphon_protocol::auth::Credentials::new(&backend.key, &backend.secret);
        let id = client.socket_id().parse().unwrap();
        antiphon_protocol::auth::sign_channel(credentials, id, "presence-room", Some(&data))
    };
    client.send(&json!({"event": "pusher:subscribe",
        "data": {"channel": "presence-room", "auth": auth, "channel_data": data}}));
    client.wait_for("pusher_internal:subscription_succeeded");
    client
        .send(&json!({"event": "client-typing", "channel": "presence-room", "data": {"on": true}}));
    client.fence();
    client.subscribe("cache-news", "");
    client.fence();
    let first = sink.next();
    assert_eq!(first.line, "POST /hook HTTP/1.1");
    check_signature(&first, &backend.key, &backend.secret);
    let mut events = first.events();
    while events.len() < 6 {
        events.extend(sink.next().events());
    }
    let socket_id = client.socket_id().to_owned();
    let came = [
        json!({"name": "channel_occupied", "channel": "presence-room"}),
        json!({"name": "member_added", "channel": "presence-room", "user_id": "7"}),
        json!({"name": "client_event", "channel": "presence-room", "event": "client-typing",
            "data": "{\"on\":true}", "socket_id": socket_id, "user_id": "7"}),
        json!({"name": "channel_occupied", "channel": "cache-news"}),
        json!({"name": "subscription_count", "channel": "cache-news", "subscription_count": 1}),
        json!({"name": "cache_miss", "channel": "cache-news"}),
    ];
    assert_eq!(events, came);
    let left = Stopwatch::start();
    drop(client);
    let mut went = sink.next_events(3);
    assert!(
        left.elapsed() >= Duration::from_millis(2_900),
        "{:?}",
        left.elapsed()
    );
    // There is no order between channels.
    went.sort_by_key(|event| event["channel"] == "cache-news");
    let expected = [
        json!({"name": "member_removed", "channel": "presence-room", "user_id": "7"}),
        json!({"name": "channel_vacated", "channel": "presence-room"}),
        json!({"name": "channel_vacated", "channel": "cache-news"}),
    ];
    assert_eq!(went, expected);
}

#[test]
fn a_page_that_is_reloaded_is_no_news() {
    let sink = WebhookSink::start();
    let workspace = with_webhook(&sink)
        .with_env(
            "ANTIPHON_WEBHOOK_EVENTS",
            "channel_vacated, channel_occupied",
        )
        .with_env("ANTIPHON_WEBHOOK_CHANNEL_PREFIX", "page-");
    let app = TestApp::start_in(workspace);
    let mut first = app.connect();
    first.subscribe("other", "");
    first.subscribe("page-1", "");
    assert_eq!(
        sink.next_events(1),
        [json!({"name": "channel_occupied", "channel": "page-1"})]
    );
    drop(first);
    let mut second = app.connect();
    second.subscribe("page-1", "");
    drop(second);
    let mut third = app.connect();
    third.subscribe("page-1", "");
    third.subscribe("page-2", "");
    assert_eq!(
        sink.next_events(1),
        [json!({"name": "channel_occupied", "channel": "page-2"})]
    );
    assert!(sink.within(Duration::from_secs(4)).is_empty());
}

#[test]
fn a_delivery_is_tried_again_until_it_is_taken_and_can_be_replayed() {
    let sink = WebhookSink::start();
    sink.answer([500, 404]);
    let app = TestApp::start_in(with_webhook(&sink));
    let backend = app.backend();
    let mut client = app.connect();
    client.subscribe(
        "private-x",
        &backend.authorize(client.socket_id(), "private-x"),
    );
    let attempts = [sink.next(), sink.next(), sink.next()];
    assert!(
        attempts
            .iter()
            .all(|attempt| attempt.body == attempts[0].body)
    );
    check_signature(&attempts[2], &backend.key, &backend.secret);
    eventually("the delivery is known to be taken", || {
        deliveries(&backend)[0]["state"] == "delivered"
    });
    let delivery = deliveries(&backend).remove(0);
    assert_eq!(
        (&delivery["attempts"], &delivery["status"]),
        (&json!(3), &json!(200))
    );
    assert_eq!(delivery["body"], attempts[0].body);
    assert_eq!(delivery["url"], sink.url());
    assert_eq!(
        delivery["events"],
        json!(["channel_occupied", "subscription_count"])
    );

    let (status, answer) = replay(&backend, &delivery["id"]);
    assert_eq!(status, 202);
    assert_eq!(sink.next().body, attempts[0].body);
    let replayed = deliveries(&backend).remove(0);
    assert_eq!(replayed["id"], answer["delivery"]);
    assert_eq!(replayed["replay_of"], delivery["id"]);
    assert_eq!(replay(&backend, &json!(99)).0, 404);
    assert_eq!(replay(&backend, &json!("x")).0, 404);
}

#[test]
fn a_target_on_this_machine_is_refused_unless_it_is_allowed() {
    let sink = WebhookSink::start();
    let port = sink.address().port();
    for host in [
        "localhost",
        "127.0.0.1",
        "[::ffff:127.0.0.1]",
        "0.0.0.0",
        "127.1",
    ] {
        let workspace = workspace()
            .with_env(
                "ANTIPHON_WEBHOOK_URL",
                &format!("http://{host}:{port}/hook"),
            )
            .with_env("ANTIPHON_METRICS_ADDRESS", "127.0.0.1:0");
        let app = TestApp::start_in(workspace);
        app.connect().subscribe("x", "");
        let backend = app.backend();
        eventually(host, || {
            let found = deliveries(&backend);
            found
                .first()
                .is_some_and(|delivery| delivery["state"] == "refused")
        });
        let delivery = &deliveries(&backend)[0];
        assert_eq!(delivery["attempts"], 1);
        let metrics = scrape(&app);
        let id = &backend.app_id;
        for (series, value) in [
            (
                format!("webhook_requests_total{{app=\"{id}\",outcome=\"refused\"}}"),
                1,
            ),
            (
                format!("webhook_requests_total{{app=\"{id}\",outcome=\"delivered\"}}"),
                0,
            ),
            (format!("webhook_queue_events{{app=\"{id}\"}}"), 0),
        ] {
            let line = format!("\nantiphon_{series} {value}\n");
            assert!(metrics.contains(&line), "{line} in {metrics}");
        }
        assert!(
            delivery["error"]
                .as_str()
                .unwrap()
                .contains("allow_private")
        );
    }
    assert!(sink.within(Duration::ZERO).is_empty());
}

#[test]
fn a_target_with_tls_is_checked_by_the_authorities_of_the_system() {
    let sink = WebhookSink::start_with_tls();
    let authority = WebhookSink::authority();
    let trusting = with_webhook(&sink).with_env("SSL_CERT_FILE", authority.to_str().unwrap());
    let app = TestApp::start_in(trusting);
    app.connect().subscribe("x", "");
    let webhook = sink.next();
    let backend = app.backend();
    check_signature(&webhook, &backend.key, &backend.secret);

    let app = TestApp::start_in(with_webhook(&sink));
    app.connect().subscribe("x", "");
    let backend = app.backend();
    eventually("the certificate is refused", || {
        let found = deliveries(&backend);
        let error = found.first().map(|delivery| delivery["error"].to_string());
        error.is_some_and(|error| error.contains("certificate"))
    });
    assert!(sink.within(Duration::ZERO).is_empty());
}

#[test]
fn a_system_without_authorities_has_webhooks_without_tls() {
    let sink = WebhookSink::start();
    let bare = with_webhook(&sink)
        .with_env("SSL_CERT_FILE", "/there/is/none")
        .with_env("SSL_CERT_DIR", "/there/is/none");
    let app = TestApp::start_in(bare);
    app.connect().subscribe("x", "");
    sink.next();
    assert!(
        app.log()
            .contains("no certificates of authorities were found")
    );
}

#[test]
fn a_websocket_server_by_itself_has_webhooks_and_serve_beside_it_has_none() {
    let sink = WebhookSink::start();
    let mut workspace = with_webhook(&sink);
    let server = ReverbServer::start(&workspace);
    workspace.set_env("REVERB_SERVER_PORT", &server.address().port().to_string());
    let app = TestApp::start_in(workspace);
    let key = app.workspace().secret("REVERB_APP_KEY");
    let mut direct = PusherClient::connect(server.address(), &key);
    direct.subscribe("x", "");
    let mut relayed = app.connect_through_http();
    relayed.subscribe("y", "");
    let names = |events: &[Value]| -> Vec<_> {
        events
            .iter()
            .map(|event| format!("{} {}", event["name"], event["channel"]).replace('"', ""))
            .collect()
    };
    let expected = [
        "channel_occupied x",
        "subscription_count x",
        "channel_occupied y",
        "subscription_count y",
    ];
    assert_eq!(names(&sink.next_events(4)), expected);
    assert!(sink.within(Duration::from_millis(300)).is_empty());
}

#[test]
fn a_stop_tells_what_it_ends() {
    let sink = WebhookSink::start();
    let workspace = with_webhook(&sink)
        .with_env("ANTIPHON_WEBHOOK_EVENTS", "channel_vacated")
        .with_env("ANTIPHON_SHUTDOWN_SECONDS", "1");
    let mut app = TestApp::start_in(workspace);
    let mut client = app.connect();
    client.subscribe("x", "");
    client.fence();
    let stop = Stopwatch::start();
    assert!(app.terminate().success());
    assert!(
        stop.elapsed() < Duration::from_secs(3),
        "{:?}",
        stop.elapsed()
    );
    assert_eq!(
        sink.next_events(1),
        [json!({"name": "channel_vacated", "channel": "x"})]
    );
}

#[test]
fn a_dead_target_does_not_hold_a_stop_up() {
    // Nobody accepts: the connection waits in the listener's queue.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let workspace = workspace()
        .with_env("ANTIPHON_WEBHOOK_URL", &url)
        .with_env("ANTIPHON_WEBHOOK_ALLOW_PRIVATE", "on")
        .with_env("ANTIPHON_SHUTDOWN_SECONDS", "1");
    let mut app = TestApp::start_in(workspace);
    let mut client = app.connect();
    client.subscribe("x", "");
    client.fence();
    let stop = Stopwatch::start();
    assert!(app.terminate().success());
    assert!(
        stop.elapsed() < Duration::from_secs(6),
        "{:?}",
        stop.elapsed()
    );
    assert!(
        app.log()
            .contains("the last webhooks were not taken in time")
    );
}

/// An application of the file, with this webhook.
fn app_with_webhook(id: &str, sink: &WebhookSink, more: &str) -> String {
    format!(
        "[[apps]]\nid = \"{id}\"\nkey = \"{id}-key\"\nsecret = \"{id}-secret\"\n\
         [[apps.webhooks]]\nurl = \"{}\"\nallow_private = true\n\
         events = [\"channel_occupied\"]\n{more}\n",
        sink.url()
    )
}

fn write_apps(workspace: &Workspace, text: &str) {
    let folder = workspace.folder();
    std::fs::write(folder.join("apps.toml.new"), text).unwrap();
    std::fs::rename(folder.join("apps.toml.new"), folder.join("apps.toml")).unwrap();
}

#[test]
fn each_application_has_its_own_webhooks_and_batches_are_of_one() {
    let (shop_sink, blog_sink) = (WebhookSink::start(), WebhookSink::start());
    let workspace = workspace().with_env("REVERB_APPS_FILE", "apps.toml");
    let shop = app_with_webhook(
        "shop",
        &shop_sink,
        "batch_ms = 500\nheaders = { Authorization = \"Bearer shop\" }",
    );
    let blog = app_with_webhook(
        "blog",
        &blog_sink,
        "batch_ms = 500\nchannel_suffix = \"-eu\"",
    );
    write_apps(&workspace, &(shop + &blog));
    let server = ReverbServer::start(&workspace);
    let mut shop = PusherClient::connect(server.address(), "shop-key");
    let mut blog = PusherClient::connect(server.address(), "blog-key");
    for n in 0..3 {
        shop.subscribe(&format!("shop-{n}"), "");
        blog.subscribe(&format!("blog-{n}-eu"), "");
        blog.subscribe(&format!("blog-{n}-us"), "");
    }
    let channels = |webhook: &Webhook| -> Vec<String> {
        let events = webhook.events().into_iter();
        events
            .map(|event| event["channel"].as_str().unwrap().to_owned())
            .collect()
    };
    let of_shop = shop_sink.next();
    check_signature(&of_shop, "shop-key", "shop-secret");
    assert_eq!(of_shop.header("authorization"), Some("Bearer shop"));
    assert_eq!(channels(&of_shop), ["shop-0", "shop-1", "shop-2"]);
    let of_blog = blog_sink.next();
    check_signature(&of_blog, "blog-key", "blog-secret");
    assert_eq!(channels(&of_blog), ["blog-0-eu", "blog-1-eu", "blog-2-eu"]);
}

#[test]
fn webhooks_change_with_the_file() {
    let (old, new) = (WebhookSink::start(), WebhookSink::start());
    let workspace = workspace().with_env("REVERB_APPS_FILE", "apps.toml");
    write_apps(
        &workspace,
        "[[apps]]\nid = \"shop\"\nkey = \"shop-key\"\nsecret = \"s\"\n",
    );
    let server = ReverbServer::start(&workspace);
    let mut client = PusherClient::connect(server.address(), "shop-key");
    client.subscribe("before", "");
    let reload = |text: &str, n: usize| {
        write_apps(&workspace, text);
        server.hang_up();
        eventually("the file was read again", || {
            let log = server.log();
            log.matches("the applications were read again").count() >= n
        });
    };
    reload(&app_with_webhook("shop", &old, ""), 1);
    client.subscribe("between", "");
    let event = |channel: &str| json!({"name": "channel_occupied", "channel": channel});
    assert_eq!(old.next_events(1), [event("between")]);
    reload(&app_with_webhook("shop", &new, ""), 2);
    client.subscribe("after", "");
    assert_eq!(new.next_events(1), [event("after")]);
    assert!(old.within(Duration::from_millis(200)).is_empty());
}
