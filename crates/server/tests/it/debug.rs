//! `--debug`: what happens, line by line, without secrets.

use crate::workspace;
use antiphon_testkit::{Api, Backend, PusherClient, ReverbServer, TestApp};
use serde_json::json;

#[test]
fn what_happens_is_printed_and_secrets_are_not() {
    let workspace = workspace();
    let mut reverb = ReverbServer::start_debugging(&workspace);
    let api = Api::new(reverb.address(), reverb.address());
    let backend = Backend::new(&api, &workspace);
    let mut client = PusherClient::connect(reverb.address(), &workspace.secret("REVERB_APP_KEY"));
    let auth = backend.authorize(client.socket_id(), "private-room");
    client.subscribe("private-room", &auth);
    let order =
        json!({"name": "order.created", "channels": ["private-room"], "data": "{\"id\":7}"});
    backend.trigger(&order).send().expect(200);
    client.next_event("order.created");
    let bad = json!({"name": "pusher:no", "channels": ["a"], "data": ""});
    backend.trigger(&bad).send().expect(400);
    let id = client.socket_id().to_owned();
    drop(client);
    let lines = reverb.wait_for_line(|line| line.contains(&format!("- {id}")));
    let text = lines.join("\n");
    for expected in [
        format!("+ {id}"),
        "pusher:connection_established".to_owned(),
        "pusher:subscribe private-room {\"auth\":\"[redacted]\"}".to_owned(),
        "pusher_internal:subscription_succeeded private-room {}".to_owned(),
        "order.created {\"id\":7} (to 1)".to_owned(),
        format!("{} 200 ", backend.events_path()),
        format!("{} 400 ", backend.events_path()),
        "name must not begin with pusher:".to_owned(),
    ] {
        assert!(text.contains(&expected), "{expected:?} in\n{text}");
    }
    let (_, signature) = auth.split_once(':').unwrap();
    for secret in [
        signature,
        "auth_signature",
        &workspace.secret("REVERB_APP_SECRET"),
    ] {
        assert!(!text.contains(secret), "{secret} in\n{text}");
    }
    assert!(!text.contains('\x1b'), "colors are for terminals");
}

#[test]
fn a_server_that_does_not_debug_prints_nothing_of_it() {
    let mut app = TestApp::start_in(workspace());
    app.connect().subscribe("news", "");
    app.terminate();
    let of_connections = app.lines().iter().filter(|line| line.contains("pusher:"));
    assert_eq!(of_connections.count(), 0, "{:?}", app.lines());
}
