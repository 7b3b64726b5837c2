//! Each way into another's conversation, and that it is shut: for who holds nothing, only the widget's public token, or another
//! visitor's token.

use crate::start;
use antiphon_testkit::{PusherClient, Request, TestApp, Visitor};
use serde_json::{Value, json};

/// A victim with something to lose, and the credentials of strangers.
struct Scene {
    app: TestApp,
    victim: Visitor,
    /// What a stranger may hold, and what it is answered where only the victim may go.
    strangers: [(&'static str, Option<String>, u16); 5],
}

fn scene() -> Scene {
    let app = start();
    let victim = app.visitor();
    victim.say("secret");
    let strangers = [
        ("nothing", None, 401),
        ("the widget's token", Some(app.widget_token()), 403),
        ("another visitor's token", Some(app.visitor().token), 403),
        (
            "a token nobody has",
            Some(format!("cbv_{}", "A".repeat(43))),
            401,
        ),
        (
            "an agent's token nobody has",
            Some(format!("cba_{}", "A".repeat(43))),
            401,
        ),
    ];
    Scene {
        app,
        victim,
        strangers,
    }
}

impl Scene {
    /// Tries a request with each stranger's credential.
    #[track_caller]
    fn everybody_is_refused(&self, request: &Request) {
        for (who, token, status) in &self.strangers {
            let request = match token {
                Some(token) => request.clone().bearer(token),
                None => request.clone(),
            };
            let answer = request.send();
            assert_eq!(answer.status, *status, "{who}: {answer}");
            assert!(!answer.text().contains("secret"), "{who}: {answer}");
            assert!(answer.json()["request_id"].is_string(), "{who}: {answer}");
        }
    }

    fn conversation(&self, query: &str) -> Request {
        let id = self.victim.conversation_id;
        self.app
            .get(&format!("/api/chatbot/conversation/{id}{query}"))
    }

    #[track_caller]
    fn nothing_changed(&self) {
        assert_eq!(self.victim.texts(), ["secret"]);
        let read = self.victim.read("");
        assert_eq!(read["read"], json!({ "visitor_seq": 0, "agent_seq": 0 }));
        assert_eq!(read["data"]["status"], "pending");
    }
}

#[test]
fn a_stranger_cannot_read() {
    let scene = scene();
    for query in ["", "?after_seq=0", "?before_seq=9", "?limit=1"] {
        scene.everybody_is_refused(&scene.conversation(query));
    }
}

#[test]
fn a_stranger_cannot_long_poll() {
    let scene = scene();
    // Refused at once: a wait that is only refused at its end would tell that something came.
    scene.everybody_is_refused(&scene.conversation("?after_seq=1&wait=25"));
}

#[test]
fn a_stranger_cannot_post() {
    let scene = scene();
    let id = scene.victim.conversation_id;
    for sender in [
        Value::Null,
        json!("visitor"),
        json!("employee"),
        json!("system"),
    ] {
        let body = json!({ "conversation_id": id, "message": "forged", "sender_type": sender });
        scene.everybody_is_refused(&scene.app.post("/api/chatbot/message", &body));
    }
    scene.nothing_changed();
}

#[test]
fn a_visitor_cannot_post_as_an_employee_into_its_own_conversation() {
    let scene = scene();
    let body = json!({ "conversation_id": scene.victim.conversation_id, "message": "I am staff", "sender_type": "employee" });
    let answer = scene.victim.post("/api/chatbot/message", &body).send();
    answer.expect(403);
    scene.nothing_changed();
}

#[test]
fn a_stranger_cannot_mark_read() {
    let scene = scene();
    let body = json!({ "conversation_id": scene.victim.conversation_id, "up_to_seq": 1 });
    scene.everybody_is_refused(&scene.app.post("/api/chatbot/read", &body));
    scene.nothing_changed();
}

#[test]
fn a_stranger_cannot_mark_delivered() {
    let scene = scene();
    let id = scene.victim.conversation_id;
    let body = json!({ "conversation_id": id, "up_to_seq": 1 });
    scene.everybody_is_refused(&scene.app.post("/api/chatbot/delivered", &body));
    let body = json!({ "marks": [{ "conversation_id": id, "up_to_seq": 1 }] });
    scene.everybody_is_refused(&scene.app.post("/api/v1/delivered", &body));
    scene
        .victim
        .post("/api/v1/delivered", &body)
        .send()
        .expect(403);
    scene.nothing_changed();
}

#[test]
fn a_stranger_is_not_authorized_for_the_channel() {
    let scene = scene();
    let socket = scene.app.connect();
    let body = json!({ "socket_id": socket.socket_id(), "channel_name": scene.victim.channel });
    scene.everybody_is_refused(&scene.app.post("/broadcasting/auth", &body));
}

#[test]
fn one_refused_channel_among_many_gets_no_signature() {
    let scene = scene();
    let stranger = scene.app.visitor();
    let socket = scene.app.connect();
    let body = json!({ "socket_id": socket.socket_id(), "channel_name": [stranger.channel, scene.victim.channel, "private-chat.inbox"] });
    let answer = stranger
        .post("/broadcasting/auth", &body)
        .send()
        .expect(200)
        .json();
    assert!(answer[&stranger.channel]["auth"].is_string(), "{answer}");
    for refused in [scene.victim.channel.as_str(), "private-chat.inbox"] {
        assert_eq!(answer[refused]["status"], 403);
        assert_eq!(answer[refused]["auth"], Value::Null);
    }
}

#[test]
fn only_the_canonical_name_of_a_channel_is_signed() {
    let scene = scene();
    let (victim, id) = (&scene.victim, scene.victim.conversation_id);
    assert_eq!(victim.channel, format!("private-chat.conversation.{id}"));
    let socket = scene.app.connect();
    for channel in [
        format!("private-chat.conversation.+{id}"),
        format!("private-chat.conversation.0{id}"),
        format!("private-chat.conversation.{id} "),
        format!("private-chat.conversation.{id}.0"),
        format!("private-chat.conversation.{id}\u{0}"),
        format!("private-encrypted-chat.conversation.{id}"),
        format!("private-cache-chat.conversation.{id}"),
        format!("presence-chat.conversation.{id}"),
        format!("chat.conversation.{id}"),
        "private-chat.conversation.".to_owned(),
        "private-chat.conversation.*".to_owned(),
        "private-chat.inbox".to_owned(),
        "private-chat.inbox.1".to_owned(),
        "private-chat.agent.1".to_owned(),
        "presence-chat.agents".to_owned(),
        "private-other".to_owned(),
        "#server-to-user-1".to_owned(),
        String::new(),
    ] {
        let answer = victim.authorize(socket.socket_id(), &channel);
        assert_eq!(answer.status, 403, "{channel:?}: {answer}");
    }
    victim
        .authorize(socket.socket_id(), &victim.channel)
        .expect(200);
}

#[test]
fn a_socket_id_cannot_smuggle_another_text_into_the_signature() {
    let scene = scene();
    for socket_id in [
        "",
        "1",
        "1.2:private-chat.inbox",
        "1.2:x",
        "1.2 ",
        "a.b",
        "-1.2",
        "1.2.3",
        "1.2\n",
    ] {
        scene
            .victim
            .authorize(socket_id, &scene.victim.channel)
            .expect(422);
    }
}

/// The subscription is refused, the socket stays open, and nothing that is posted then comes to it.
#[track_caller]
fn cannot_subscribe(mut socket: PusherClient, scene: &Scene, channel: &str, auth: &str) {
    socket.ask_to_subscribe(channel, auth);
    let refused = socket.wait_for("pusher:subscription_error");
    assert_eq!(refused["status"], 401, "{refused}");
    scene.victim.say("secret");
    let heard = socket.fence();
    assert!(!format!("{heard:?}").contains("secret"), "{heard:?}");
}

#[test]
fn a_socket_does_not_subscribe_without_a_signature() {
    let scene = scene();
    cannot_subscribe(scene.app.connect(), &scene, &scene.victim.channel, "");
}

#[test]
fn a_socket_does_not_subscribe_with_a_forged_signature() {
    let scene = scene();
    let key = scene.app.workspace().secret("REVERB_APP_KEY");
    for auth in [
        format!("{key}:{}", "0".repeat(64)),
        format!("{key}:"),
        key.clone(),
        format!(":{key}"),
    ] {
        cannot_subscribe(scene.app.connect(), &scene, &scene.victim.channel, &auth);
    }
    let mut guess = scene.app.backend();
    guess.secret = "guess".to_owned();
    let socket = scene.app.connect();
    let auth = guess.authorize(socket.socket_id(), &scene.victim.channel);
    cannot_subscribe(socket, &scene, &scene.victim.channel, &auth);
}

#[test]
fn a_signature_is_good_for_its_own_socket_only() {
    let scene = scene();
    let (victims, strangers) = (scene.app.connect(), scene.app.connect());
    let answer = scene
        .victim
        .authorize(victims.socket_id(), &scene.victim.channel);
    let auth = answer.expect(200).json()["auth"]
        .as_str()
        .unwrap()
        .to_owned();
    cannot_subscribe(strangers, &scene, &scene.victim.channel, &auth);
}

#[test]
fn a_signature_is_good_for_its_own_channel_only() {
    let scene = scene();
    let stranger = scene.app.visitor();
    let socket = scene.app.connect();
    let answer = stranger.authorize(socket.socket_id(), &stranger.channel);
    let auth = answer.expect(200).json()["auth"]
        .as_str()
        .unwrap()
        .to_owned();
    cannot_subscribe(socket, &scene, &scene.victim.channel, &auth);
}

#[test]
fn the_public_spelling_of_a_channel_carries_nothing() {
    let scene = scene();
    let mut socket = scene.app.connect();
    let public = scene.victim.channel.strip_prefix("private-").unwrap();
    socket.subscribe(public, "");
    scene.victim.say("secret");
    assert_eq!(socket.fence(), [Value::Null; 0]);
}

#[test]
fn a_client_event_of_a_stranger_reaches_nobody() {
    let scene = scene();
    let mut victims = scene.victim.listen();
    let mut stranger = scene.app.connect();
    stranger
        .send(&json!({ "event": "client-typing", "channel": scene.victim.channel, "data": {} }));
    stranger.fence();
    scene.victim.say("marker");
    let first = victims.next_event("ChatMessageReceived");
    assert_eq!(first["message"], "marker");
}

#[test]
fn the_agents_api_is_for_agents() {
    let scene = scene();
    let id = scene.victim.conversation_id;
    let api = &scene.app;
    let requests = [
        api.get("/api/v1/me"),
        api.get("/api/v1/agents"),
        api.get("/api/v1/conversations"),
        api.get("/api/v1/conversations?after_revision=0&wait=25"),
        api.post(&format!("/api/v1/conversations/{id}/close"), &json!({})),
        api.post(&format!("/api/v1/conversations/{id}/reopen"), &json!({})),
        api.post(
            &format!("/api/v1/conversations/{id}/assign"),
            &json!({ "agent_id": null }),
        ),
    ];
    for request in &requests {
        scene.everybody_is_refused(request);
        // The conversation's own visitor is no agent either.
        request
            .clone()
            .bearer(&scene.victim.token)
            .send()
            .expect(403);
    }
    scene.nothing_changed();
}

#[test]
fn the_inbox_channel_is_for_agents() {
    let scene = scene();
    let socket = scene.app.connect();
    let body = json!({ "socket_id": socket.socket_id(), "channel_name": "private-chat.inbox" });
    scene.everybody_is_refused(&scene.app.post("/broadcasting/auth", &body));
    let answer = scene
        .victim
        .authorize(socket.socket_id(), "private-chat.inbox");
    answer.expect(403);
}

#[test]
fn a_token_counts_in_its_header_only() {
    let scene = scene();
    let token = &scene.victim.token;
    let id = scene.victim.conversation_id;
    for request in [
        scene.app.get(&format!(
            "/api/chatbot/conversation/{id}?token={token}&access_token={token}"
        )),
        scene
            .conversation("")
            .header("cookie", &format!("antiphon_session={token}")),
        scene.conversation("").header("authorization", token),
        scene
            .conversation("")
            .header("authorization", &format!("Basic {token}")),
        scene
            .conversation("")
            .header("authorization", &format!("Bearer {token}x")),
        scene.conversation("").header("x-visitor-token", token),
    ] {
        request.send().expect(401);
    }
}

#[test]
fn an_inactive_or_unknown_widgets_token_opens_nothing() {
    let scene = scene();
    for token in ["cbw_unknown", "cbw_", "", "x", scene.victim.token.as_str()] {
        scene
            .app
            .get("/api/chatbot/config")
            .bearer(token)
            .send()
            .expect(401);
        let init = scene
            .app
            .post("/api/chatbot/init", &json!({}))
            .bearer(token);
        init.send().expect(401);
    }
    scene.app.get("/api/chatbot/config").send().expect(401);
}
