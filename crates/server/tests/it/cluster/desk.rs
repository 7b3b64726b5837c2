//! The whole program as several nodes: one database, one Redis or none, and people at any of them.

use super::Cluster;
use crate::shut_out::signed_in;
use antiphon_testkit::{Agent, Postgres, TestApp, Visitor, Workspace};

/// A node of the cluster that keeps its conversations here, with what it shares with the others.
fn serve(broker: (&str, &str), place: &Postgres) -> TestApp {
    let shared = [
        ("REVERB_SCALING_ENABLED", "true"),
        broker,
        (
            "APP_KEY",
            "base64:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
        ),
        ("REVERB_APP_ID", "desk"),
        ("REVERB_APP_KEY", "desk-key"),
        ("REVERB_APP_SECRET", "desk-secret"),
    ];
    let with = |workspace: Workspace, (key, value): (&str, &str)| workspace.with_env(key, value);
    let workspace = shared.into_iter().fold(crate::workspace(), with);
    let env = place.env();
    let env = env.iter().map(|(key, value)| (&**key, &**value));
    TestApp::start_in(env.fold(workspace, with))
}

#[test]
fn visitors_and_agents_hear_each_other_whichever_node_they_are_at() {
    let cluster = Cluster::new();
    people_at_two_nodes(("REDIS_URL", &cluster.redis.url()), &Postgres::schema());
}

#[test]
fn a_postgresql_is_all_that_two_nodes_need() {
    people_at_two_nodes(("ANTIPHON_SCALING_BROKER", "pgsql"), &Postgres::schema());
}

fn people_at_two_nodes(broker: (&str, &str), place: &Postgres) {
    let mut here = serve(broker, place);
    // The next start makes another set-up link.
    let agent = here.agent();
    let there = serve(broker, place);
    let agent_there = Agent::log_in(&there, Agent::EMAIL, Agent::PASSWORD);
    let visitor = here.visitor();
    let visitor_there = Visitor {
        api: (*there).clone(),
        ..visitor.clone()
    };
    let mut socket = visitor_there.listen();
    let mut inbox = agent_there.listen("private-chat.inbox");

    agent.say(visitor.conversation_id, "good day");
    assert_eq!(
        socket.wait_for("ChatMessageReceived")["message"],
        "good day"
    );
    visitor.say("hello");
    assert_eq!(socket.wait_for("ChatMessageReceived")["message"], "hello");
    inbox.wait_for("ConversationUpdated");
    agent.change(visitor.conversation_id, "close", &serde_json::json!({}));
    socket.wait_for("ConversationClosed");

    // Two agents look at the same conversation, each at another node.
    let viewers = format!("presence-chat.conversation.{}", visitor.conversation_id);
    let (mut ana, _) = agent.join(&viewers);
    let bea = here.further_agent("Bea", "bea@example.com");
    let bea_there = Agent::log_in(&there, "bea@example.com", Agent::PASSWORD);
    let (mut at_other_node, present) = bea_there.join(&viewers);
    assert_eq!(present["presence"]["count"], 2, "{present}");
    let arrived = ana.wait_for("pusher_internal:member_added");
    assert_eq!(arrived["user_id"], bea.id.to_string());
    at_other_node.send(
        &serde_json::json!({ "event": "client-answering", "channel": viewers,
        "data": { "agent_id": bea.id, "name": "Bea" } }),
    );
    assert_eq!(ana.wait_for("client-answering")["name"], "Bea");

    // Who leaves the team is shut out at the other node.
    let mut shut_out = signed_in(&bea_there);
    let path = format!("/api/v1/agents/{}", bea.id);
    let left = agent.request("PATCH", &path);
    let left = left.json(&serde_json::json!({ "active": false }));
    left.send().expect(200);
    assert_eq!(shut_out.wait_for_close().1, 4009);

    // One node dies; at the other everything is there, and goes on.
    here.kill9();
    agent_there.change(visitor.conversation_id, "reopen", &serde_json::json!({}));
    socket.wait_for("ConversationReopened");
    assert_eq!(visitor_there.say("still here"), 3);
    assert_eq!(visitor_there.texts(), ["good day", "hello", "still here"]);
}
