//! The console of `serve`: it opens to admins of the team, and says where it is when the WebSocket server is elsewhere.

use crate::{start, workspace};
use antiphon_testkit::{Agent, ReverbServer, TestApp};
use serde_json::json;

#[test]
fn admins_of_the_team_see_it_and_others_do_not() {
    let app = start();
    let admin = app.agent();
    let session = admin.get("/console/api/session").send().expect(200).json();
    assert_eq!(
        session,
        json!({"name": "Ana", "password_only": false, "elsewhere": null})
    );
    let mut client = app.connect();
    client.subscribe("news", "");
    let overview = admin.get("/console/api/overview").send().expect(200).json();
    assert_eq!(overview["apps"][0]["connections"], 1);

    let arguments = [
        "agent:create",
        "--name",
        "Bo",
        "--email",
        "bo@example.com",
        "--role",
        "agent",
        "--password-stdin",
    ];
    let made = app
        .workspace()
        .cli_with_input(&arguments, b"correct horse battery\n");
    assert!(made.status.success(), "{made:?}");
    let other = Agent::log_in(&app, "bo@example.com", "correct horse battery");
    for path in ["session", "overview", "tail"] {
        let target = format!("/console/api/{path}");
        other.get(&target).send().expect(403);
        app.get(&target).send().expect(401);
        app.get(&target)
            .bearer(&app.widget_token())
            .send()
            .expect(403);
    }
}

#[test]
fn another_sites_page_does_nothing_with_an_admins_cookie() {
    let app = start();
    let admin = app.agent();
    let id = app.workspace().secret("REVERB_APP_ID");
    let target = format!("/console/api/apps/{id}/events");
    let event = json!({"name": "e", "channel": "a", "data": "{}"});
    let post = || admin.post(&target, &event);
    post()
        .header("sec-fetch-site", "cross-site")
        .send()
        .expect(403);
    post()
        .header("origin", "https://evil.example")
        .send()
        .expect(403);
    post().send().expect(200);
}

#[test]
fn a_console_elsewhere_is_told_of_to_admins_only() {
    let mut workspace = workspace();
    let reverb = ReverbServer::start(&workspace);
    workspace.set_env("REVERB_SERVER_PORT", &reverb.address().port().to_string());
    let app = TestApp::start_in(workspace);
    app.get("/console/api/session").send().expect(401);
    let admin = app.agent();
    let session = admin.get("/console/api/session").send().expect(200).json();
    let there = format!("http://127.0.0.1:{}/console", reverb.address().port());
    assert_eq!(session["elsewhere"], there);
    let refused = admin.get("/console/api/overview").send().expect(409);
    assert!(refused.text().contains(&there));
}

#[test]
fn a_console_that_is_switched_off_is_not_there() {
    let app = TestApp::start_in(workspace().with_env("ANTIPHON_CONSOLE", "off"));
    let admin = app.agent();
    for path in ["/console", "/console/api/session", "/console/api/overview"] {
        admin.get(path).send().expect(404);
    }
}
