//! Who of the team is there, who looks at a conversation, and who answers in it: told to agents by presence channels.

use crate::start;
use serde_json::json;

#[test]
fn agents_see_who_is_there_and_who_answers_and_visitors_do_not() {
    let app = start();
    let (ana, visitor) = (app.agent(), app.visitor());
    let bea = app.further_agent("Bea", "bea@example.com");
    visitor.say("hello");

    let (mut desk, present) = ana.join("presence-chat.agents");
    assert_eq!(
        present["presence"],
        json!({ "ids": [ana.id.to_string()], "hash": { ana.id.to_string(): { "name": "Ana" } }, "count": 1 })
    );
    let there = bea.listen("presence-chat.agents");
    let arrived = desk.next_event("pusher_internal:member_added");
    assert_eq!(
        arrived,
        json!({ "user_id": bea.id.to_string(), "user_info": { "name": "Bea" } })
    );
    drop(there);
    let left = desk.next_event("pusher_internal:member_removed");
    assert_eq!(left["user_id"], bea.id.to_string());

    let viewers = format!("presence-chat.conversation.{}", visitor.conversation_id);
    let (mut at_ana, mut at_bea) = (ana.listen(&viewers), bea.listen(&viewers));
    at_ana.next_event("pusher_internal:member_added");
    let mut at_visitor = visitor.listen();
    let answering = json!({ "agent_id": ana.id, "name": "Ana" });
    at_ana.send(&json!({ "event": "client-answering", "channel": viewers, "data": answering }));
    let told = at_bea.next_message();
    assert_eq!(told["event"], "client-answering");
    // Which member sent it is the server's word, whatever the event says.
    assert_eq!(told["user_id"], ana.id.to_string());
    assert_eq!(at_visitor.fence(), [] as [serde_json::Value; 0]);

    for refused in ["presence-chat.conversation.987654", "presence-chat.inbox"] {
        let body = json!({ "socket_id": at_ana.socket_id(), "channel_name": refused });
        ana.post("/broadcasting/auth", &body).send().expect(403);
    }
    for refused in [&*viewers, "presence-chat.agents"] {
        visitor
            .authorize(at_visitor.socket_id(), refused)
            .expect(403);
    }
    // An agent's own channel is nobody else's.
    let own = format!("private-chat.agent.{}", ana.id);
    ana.listen(&own);
    let body = json!({ "socket_id": at_bea.socket_id(), "channel_name": own });
    bea.post("/broadcasting/auth", &body).send().expect(403);
}
