//! Sockets of agents who have left, or whose session is over: they are closed at once, in whichever process they are.

use crate::{start, workspace};
use antiphon_testkit::{Agent, PusherClient, ReverbServer, TestApp};
use serde_json::json;

/// A socket on the inbox's channel, signed in as its agent.
pub(crate) fn signed_in(agent: &Agent) -> PusherClient {
    sign_in(agent, agent.listen("private-chat.inbox"), "reverb")
}

/// The socket, which is at that provider's server, signed in as an agent.
pub(crate) fn sign_in(agent: &Agent, mut socket: PusherClient, provider: &str) -> PusherClient {
    let body = json!({ "socket_id": socket.socket_id(), "provider": provider });
    let grant = agent.post("/broadcasting/user-auth", &body).send();
    let grant = grant.expect(200).json();
    socket.send(&json!({ "event": "pusher:signin", "data": grant }));
    let signed_in = socket.next_event("pusher:signin_success");
    let user = format!(r#"{{"id":"agent.{}"}}"#, agent.id);
    assert_eq!(signed_in["user_data"], user);
    socket
}

/// Deactivated, the socket is closed, and of what is said then it hears nothing; a colleague's goes on.
fn leaves(app: &TestApp) {
    let ana = app.agent();
    let bea = app.further_agent("Bea", "bea@example.com");
    let (mut gone, mut stays) = (signed_in(&bea), signed_in(&ana));
    let path = format!("/api/v1/agents/{}", bea.id);
    let body = json!({ "active": false });
    let answer = ana.request("PATCH", &path).json(&body).send();
    answer.expect(200);
    let visitor = app.visitor();
    visitor.say("is anybody there?");
    let (heard, code, _) = gone.wait_for_close();
    assert_eq!(code, 4009);
    // That it is shut out, and that a colleague is another, is no news of a conversation.
    let said = heard.iter().filter(|message| {
        !["SettingsChanged", "pusher:error"].contains(&message["event"].as_str().unwrap())
    });
    assert_eq!(said.collect::<Vec<_>>(), [] as [&serde_json::Value; 0]);
    assert_eq!(
        stays.wait_for("ConversationUpdated")["id"],
        visitor.conversation_id
    );
    let body = json!({ "socket_id": "1.2", "channel_name": "private-chat.inbox" });
    bea.post("/broadcasting/auth", &body).send().expect(401);
    let body = json!({ "socket_id": "1.2" });
    bea.post("/broadcasting/user-auth", &body)
        .send()
        .expect(401);
}

#[test]
fn a_deactivated_agents_socket_hears_nothing_any_more() {
    leaves(&start());
}

#[test]
fn a_deactivated_agents_socket_in_another_process_is_closed_too() {
    let mut workspace = workspace();
    let reverb = ReverbServer::start(&workspace);
    workspace.set_env("REVERB_SERVER_PORT", &reverb.address().port().to_string());
    leaves(&TestApp::start_in(workspace));
}

#[test]
fn the_end_of_a_session_closes_the_agents_sockets() {
    let app = start();
    let ana = app.agent();
    let again = || Agent::log_in(&ana.api, Agent::EMAIL, Agent::PASSWORD);
    let closed = |socket: &mut PusherClient, how: &str| {
        assert_eq!(socket.wait_for_close().1, 4009, "{how}");
    };

    let other = again();
    let mut socket = signed_in(&other);
    other
        .request("DELETE", "/api/v1/session")
        .send()
        .expect(204);
    closed(&mut socket, "logged out");

    let other = again();
    let mut socket = signed_in(&other);
    let ended = ana.request("DELETE", "/api/v1/account/sessions").send();
    assert_eq!(ended.expect(200).json()["ended"], 1);
    closed(&mut socket, "ended from another browser");

    let other = again();
    let mut socket = signed_in(&other);
    let body = json!({ "current_password": Agent::PASSWORD, "password": "another good one" });
    let changed = ana.post("/api/v1/account/password", &body).send();
    changed.expect(204);
    closed(&mut socket, "a new password");
    // Whoever goes on comes back.
    let mut socket = signed_in(&ana);
    socket.fence();
}

#[test]
fn a_socket_is_signed_in_as_the_one_who_asks_and_by_agents_only() {
    let app = start();
    let ana = app.agent();
    let visitor = app.visitor();
    let body = json!({ "socket_id": "1.2" });
    let refused = visitor.post("/broadcasting/user-auth", &body).send();
    refused.expect(403);
    let nobody = app.post("/broadcasting/user-auth", &body).send();
    nobody.expect(401);
    let wrong = json!({ "socket_id": "one", "provider": "elsewhere" });
    let wrong = ana.post("/broadcasting/user-auth", &wrong).send();
    let details = wrong.expect(422).json()["details"].clone();
    assert!(details["socket_id"][0].is_string(), "{details}");
    assert!(details["provider"][0].is_string(), "{details}");
}
