//! What a team sorts its conversations by: labels, teams, priority, sleep, lists with their counts, and views.

use crate::start;
use antiphon_testkit::{Agent, TestApp, Visitor, unix_time};
use serde_json::{Value, json};
use std::time::Duration;

/// A request with the agent's session that is answered with this status.
#[track_caller]
fn ask(agent: &Agent, method: &str, path: &str, body: &Value, status: u16) -> Value {
    let request = agent.api.request(method, path);
    let request = request.header("cookie", &agent.cookie);
    let request = if method == "GET" || method == "DELETE" {
        request
    } else {
        request.json(body)
    };
    let answer = request.send().expect(status);
    if status == 204 {
        Value::Null
    } else {
        answer.json()
    }
}

#[track_caller]
fn get(agent: &Agent, path: &str) -> Value {
    ask(agent, "GET", path, &Value::Null, 200)
}

/// The ids of a list's rows, in its order.
#[track_caller]
fn ids(list: &Value) -> Vec<i64> {
    let rows = list["conversations"].as_array().unwrap();
    rows.iter().map(|row| row["id"].as_i64().unwrap()).collect()
}

#[track_caller]
fn list(agent: &Agent, query: &str) -> Vec<i64> {
    ids(&get(agent, &format!("/api/v1/conversations?{query}")))
}

/// Visitors who have said something, one after the other.
fn visitors(app: &TestApp, n: usize) -> Vec<Visitor> {
    let visitors: Vec<Visitor> = (0..n).map(|_| app.visitor()).collect();
    for visitor in &visitors {
        visitor.say("hello");
    }
    visitors
}

/// RFC 3339 of a moment so far from now.
fn in_time(offset: Duration) -> String {
    let since = unix_time() + offset;
    let micros = i64::try_from(since.as_micros()).unwrap();
    antiphon_wire::rfc3339(antiphon_domain::Timestamp::from_micros(micros))
}

#[test]
fn conversations_are_found_by_everything_they_are_sorted_by() {
    let app = start();
    let agent = app.agent();
    let visitors = visitors(&app, 4);
    let [a, b, c, d] = [0, 1, 2, 3].map(|index: usize| visitors[index].conversation_id);
    let make = |path: &str, body: Value, what: &str| {
        let made = ask(&agent, "POST", path, &body, 201);
        made[what]["id"].as_i64().unwrap()
    };
    let bug = make(
        "/api/v1/labels",
        json!({ "name": "bug", "color": "#D73A4A" }),
        "label",
    );
    let idea = make(
        "/api/v1/labels",
        json!({ "name": "idea", "color": "#1f6feb" }),
        "label",
    );
    let sales = make(
        "/api/v1/teams",
        json!({ "name": "Sales", "agent_ids": [agent.id] }),
        "team",
    );
    let path = |id: i64, rest: &str| format!("/api/v1/conversations/{id}/{rest}");

    let mut inbox = agent.listen("private-chat.inbox");
    let mut channel = visitors[0].listen();
    let row = ask(
        &agent,
        "PUT",
        &path(a, "labels"),
        &json!({ "label_ids": [idea, bug] }),
        200,
    );
    assert_eq!(row["conversation"]["label_ids"], json!([bug, idea]));
    let told = inbox.wait_for("ConversationUpdated");
    assert_eq!(told["label_ids"], json!([bug, idea]));
    ask(
        &agent,
        "POST",
        &path(a, "priority"),
        &json!({ "priority": "urgent" }),
        200,
    );
    ask(
        &agent,
        "POST",
        &path(b, "priority"),
        &json!({ "priority": "low" }),
        200,
    );
    let row = ask(
        &agent,
        "POST",
        &path(a, "assign"),
        &json!({ "team_id": sales }),
        200,
    );
    assert_eq!(
        row["conversation"]["team"],
        json!({ "id": sales, "name": "Sales" })
    );
    assert_eq!(row["conversation"]["assigned_to"], Value::Null);
    let row = agent.change(a, "assign", &json!({ "agent_id": agent.id }));
    assert_eq!(
        (&row["team"]["id"], &row["priority"]),
        (&json!(sales), &json!("urgent"))
    );
    // The visitor hears who looks after it, and of nothing before.
    let first = channel.next_message();
    assert_eq!(first["event"], "ConversationAssigned", "{first}");

    agent.say(b, "how can I help?");
    agent.change(c, "close", &json!({}));
    let until = in_time(Duration::from_secs(3600));
    let row = agent.change(d, "snooze", &json!({ "until": until }));
    assert_eq!(
        (&row["status"], &row["snoozed_until"]),
        (&json!("snoozed"), &json!(until))
    );

    // The order is that of the messages, not of the changes since.
    for (query, expected) in [
        ("", vec![b, a]),
        ("status=all", vec![b, d, c, a]),
        ("status=all&sort=oldest", vec![a, c, d, b]),
        ("status=closed", vec![c]),
        ("status=snoozed", vec![d]),
        ("status=active", vec![b]),
        ("status=pending", vec![a]),
        ("assignee=me", vec![a]),
        ("assignee=none", vec![b]),
        ("assignee=any&status=all", vec![a]),
        (&format!("assignee={}", agent.id), vec![a]),
        (&format!("team={sales}"), vec![a]),
        ("team=none", vec![b]),
        (&format!("label={bug}"), vec![a]),
        (&format!("label={bug}&status=all"), vec![a]),
        ("priority=urgent", vec![a]),
        ("priority=none", vec![]),
        ("unread=1&status=all", vec![b, d, c, a]),
        ("sort=waiting&status=all", vec![a, c, d, b]),
        ("sort=priority", vec![a, b]),
        ("sort=priority&status=all", vec![a, b, d, c]),
        ("widget=1", vec![b, a]),
        ("widget=2", vec![]),
    ] {
        assert_eq!(list(&agent, query), expected, "{query}");
    }

    let counts = get(&agent, "/api/v1/conversations/counts");
    assert_eq!(
        counts,
        json!({
            "mine": 1, "unassigned": 1, "all": 2,
            "unread": { "mine": 1, "unassigned": 1, "all": 2 },
            "by_status": { "pending": 1, "active": 1, "snoozed": 1 },
            "by_agent": [{ "id": agent.id, "count": 1 }],
            "by_team": [{ "id": sales, "count": 1 }],
            "by_widget": [{ "id": 1, "count": 2 }],
            "by_label": [{ "id": bug, "count": 1 }, { "id": idea, "count": 1 }],
            "unread_mentions": 0,
        })
    );
    let card = get(&agent, &format!("/api/v1/conversations/{a}"));
    assert_eq!(card["conversation"]["id"], a);
    assert_eq!(card["conversation"]["visitor_id"], card["visitor"]["id"]);
    assert_eq!(card["visitor"]["verified"], false);
    assert!(card["details"]["page"].is_object(), "{card}");

    ask(
        &agent,
        "DELETE",
        &format!("/api/v1/labels/{bug}"),
        &Value::Null,
        204,
    );
    ask(
        &agent,
        "DELETE",
        &format!("/api/v1/teams/{sales}"),
        &Value::Null,
        204,
    );
    let card = get(&agent, &format!("/api/v1/conversations/{a}"));
    assert_eq!(card["conversation"]["label_ids"], json!([idea]));
    assert_eq!(card["conversation"]["team"], Value::Null);
    let audit = get(&agent, "/api/v1/audit?action=label.");
    let actions: Vec<_> = audit["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| &entry["action"])
        .collect();
    assert_eq!(actions, ["label.deleted", "label.created", "label.created"]);
}

#[test]
fn pages_put_together_are_the_list() {
    let app = start();
    let agent = app.agent();
    let visitors = visitors(&app, 5);
    for (visitor, priority) in visitors.iter().zip(["low", "high", "low"]) {
        let path = format!("/api/v1/conversations/{}/priority", visitor.conversation_id);
        ask(&agent, "POST", &path, &json!({ "priority": priority }), 200);
    }
    agent.say(visitors[2].conversation_id, "yes?");
    for sort in ["newest", "oldest", "waiting", "priority"] {
        let whole = list(&agent, &format!("sort={sort}"));
        assert_eq!(whole.len(), 5, "{sort}");
        let mut found = Vec::new();
        let mut cursor = String::new();
        loop {
            let query = format!("/api/v1/conversations?sort={sort}&limit=2{cursor}");
            let page = get(&agent, &query);
            found.extend(ids(&page));
            assert_eq!(page["has_more"], page["next"].is_string());
            let Some(next) = page["next"].as_str() else {
                break;
            };
            cursor = format!("&cursor={next}");
        }
        assert_eq!(found, whole, "{sort}");
        let other = if sort == "oldest" { "newest" } else { "oldest" };
        let foreign = format!("/api/v1/conversations?sort={other}{cursor}");
        let refused = ask(&agent, "GET", &foreign, &Value::Null, 422);
        assert!(refused["details"]["cursor"][0].is_string(), "{refused}");
    }
}

#[test]
fn many_conversations_change_at_once_and_each_by_itself() {
    let app = start();
    let agent = app.agent();
    let visitors = visitors(&app, 3);
    let all: Vec<i64> = visitors
        .iter()
        .map(|visitor| visitor.conversation_id)
        .collect();
    let made = json!({ "name": "bug", "color": "#d73a4a" });
    let label = ask(&agent, "POST", "/api/v1/labels", &made, 201)["label"]["id"].clone();
    let bulk = |ids: &Value, action: Value, status| {
        let body = json!({ "ids": ids, "action": action });
        ask(&agent, "POST", "/api/v1/conversations/bulk", &body, status)
    };
    let ids = json!([all[0], 987_654, all[1], all[0]]);
    let action = json!({ "status": "closed", "agent_id": agent.id, "priority": "high", "add_label_ids": [label] });
    let results = bulk(&ids, action, 200)["results"].clone();
    assert_eq!(results.as_array().unwrap().len(), 3, "{results}");
    for (index, id) in [(0, all[0]), (2, all[1])] {
        let row = &results[index]["conversation"];
        assert_eq!(
            (&results[index]["id"], &row["id"]),
            (&json!(id), &json!(id))
        );
        assert_eq!(
            (&row["status"], &row["priority"], &row["label_ids"]),
            (&json!("closed"), &json!("high"), &json!([label]))
        );
        assert_eq!(row["assigned_to"]["id"], agent.id);
    }
    assert_eq!(
        (&results[1]["id"], &results[1]["error"]["status"]),
        (&json!(987_654), &json!(404))
    );
    // The visitor of a closed conversation is told.
    assert_eq!(visitors[0].read("")["data"]["status"], "closed");

    for (action, field) in [
        (json!({ "status": "snoozed" }), "snoozed_until"),
        (json!({ "snoozed_until": "2000-01-01T00:00:00Z" }), "until"),
        (json!({ "status": "gone" }), "action.status"),
        (json!({ "colour": 1 }), "action.colour"),
    ] {
        let refused = bulk(&json!([all[2]]), action, 422);
        assert!(refused["details"][field][0].is_string(), "{refused}");
    }
    let too_many: Vec<i64> = (1..=101).collect();
    bulk(&json!(too_many), json!({}), 422);
    let removed = bulk(
        &json!(all),
        json!({ "remove_label_ids": [label], "agent_id": null }),
        200,
    );
    for result in removed["results"].as_array().unwrap() {
        let row = &result["conversation"];
        assert_eq!(
            (&row["label_ids"], &row["assigned_to"]),
            (&json!([]), &Value::Null)
        );
    }
}

#[test]
fn a_conversation_put_aside_comes_back_by_itself() {
    let app = start();
    let agent = app.agent();
    let visitor = visitors(&app, 1).remove(0);
    let id = visitor.conversation_id;
    let mut inbox = agent.listen("private-chat.inbox");
    let refused = [
        json!({ "until": in_time(Duration::ZERO) }),
        json!({ "until": in_time(Duration::from_secs(400 * 86_400)) }),
        json!({ "until": "tomorrow" }),
        json!({}),
    ];
    for body in refused {
        let path = format!("/api/v1/conversations/{id}/snooze");
        let answer = ask(&agent, "POST", &path, &body, 422);
        assert!(answer["details"]["until"][0].is_string(), "{answer}");
    }
    // Twice: the first job finds that it is not over yet, or that it is.
    agent.change(
        id,
        "snooze",
        &json!({ "until": in_time(Duration::from_millis(300)) }),
    );
    agent.change(
        id,
        "snooze",
        &json!({ "until": in_time(Duration::from_millis(900)) }),
    );
    assert_eq!(list(&agent, ""), [] as [i64; 0]);
    let woken = loop {
        let row = inbox.wait_for("ConversationUpdated");
        if row["status"] != "snoozed" {
            break row;
        }
    };
    assert_eq!(
        (&woken["status"], &woken["snoozed_until"]),
        (&json!("pending"), &Value::Null)
    );
    assert_eq!(list(&agent, ""), [id]);
}

#[test]
fn views_are_kept_for_oneself_or_shared_by_an_administrator() {
    let app = start();
    let admin = app.agent();
    let command = [
        "agent:create",
        "--json",
        "--name",
        "Bea",
        "--email",
        "bea@example.com",
    ];
    let made = app.workspace().cli(&command).json();
    let bea = Agent::log_in(&app, "bea@example.com", made["password"].as_str().unwrap());
    let names = |agent: &Agent| -> Vec<String> {
        let views = get(agent, "/api/v1/views")["views"].clone();
        let views = views.as_array().unwrap().iter();
        views
            .map(|view| format!("{} {} {}", view["name"], view["shared"], view["mine"]))
            .collect()
    };
    let view = |name: &str, shared: bool| json!({ "name": name, "filter": { "assignee": "me", "sort": "waiting" }, "shared": shared });
    let own = ask(&bea, "POST", "/api/v1/views", &view("Mine", false), 201);
    ask(&bea, "POST", "/api/v1/views", &view("Ours", true), 403);
    let mut inbox = bea.listen("private-chat.inbox");
    let shared = ask(&admin, "POST", "/api/v1/views", &view("Ours", true), 201);
    let told = inbox.wait_for("SettingsChanged");
    assert_eq!(told["what"], "views");
    assert_eq!(names(&bea), ["\"Mine\" false true", "\"Ours\" true false"]);
    assert_eq!(names(&admin), ["\"Ours\" true true"]);
    assert_eq!(
        shared["view"]["filter"],
        json!({ "assignee": "me", "sort": "waiting" })
    );

    let path = |view: &Value| format!("/api/v1/views/{}", view["view"]["id"]);
    let rename = json!({ "name": "Other" });
    ask(&admin, "PATCH", &path(&own), &rename, 404);
    ask(&bea, "PATCH", &path(&shared), &rename, 403);
    ask(&bea, "DELETE", &path(&shared), &Value::Null, 403);
    ask(&bea, "PATCH", &path(&own), &json!({ "shared": true }), 403);
    let renamed = ask(&bea, "PATCH", &path(&own), &rename, 200);
    assert_eq!(
        (&renamed["view"]["name"], &renamed["view"]["shared"]),
        (&json!("Other"), &json!(false))
    );
    let wrong = json!({ "filter": { "status": "gone", "cursor": "x" } });
    let refused = ask(&bea, "PATCH", &path(&own), &wrong, 422);
    for field in ["filter.status", "filter.cursor"] {
        assert!(refused["details"][field][0].is_string(), "{refused}");
    }
    ask(&bea, "DELETE", &path(&own), &Value::Null, 204);
    ask(&admin, "DELETE", &path(&shared), &Value::Null, 204);
    assert_eq!(names(&bea), [] as [&str; 0]);
}
