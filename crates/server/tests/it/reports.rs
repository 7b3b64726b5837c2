//! Reports: figures follow what happens, each role sees what is its, and a spreadsheet can read them.

use crate::start;
use antiphon_testkit::{Agent, TestApp, unix_time};
use serde_json::{Value, json};

/// Yesterday to tomorrow in UTC, so that no midnight comes between what happens and the report of it.
fn days() -> String {
    let day = |offset: i64| {
        let seconds = i64::try_from(unix_time().as_secs()).unwrap() + offset * 86_400;
        let at = antiphon_domain::Timestamp::from_micros(seconds * 1_000_000);
        antiphon_wire::rfc3339(at)[..10].to_owned()
    };
    format!("from={}&to={}", day(-1), day(1))
}

fn path(report: &str, rest: &str) -> String {
    format!("/api/v1/reports/{report}?{}{rest}", days())
}

#[track_caller]
fn get(agent: &Agent, report: &str, rest: &str) -> Value {
    agent.get(&path(report, rest)).send().expect(200).json()
}

#[track_caller]
fn csv(agent: &Agent, report: &str) -> Vec<String> {
    let request = agent.get(&path(report, ""));
    let answer = request
        .header("accept", "text/csv, */*;q=0.1")
        .send()
        .expect(200);
    assert_eq!(
        answer.header("content-type"),
        Some("text/csv; charset=utf-8; header=present")
    );
    let name = answer.header("content-disposition").unwrap();
    assert!(name.starts_with("attachment; filename=\"report-"), "{name}");
    let text = answer.text();
    assert!(text.ends_with("\r\n"), "{text:?}");
    text.split_terminator("\r\n").map(str::to_owned).collect()
}

/// An agent of another role than an administrator's, logged in.
fn with_role(app: &TestApp, role: &str) -> Agent {
    let email = format!("{role}@example.com");
    let command = [
        "agent:create",
        "--json",
        "--name",
        role,
        "--email",
        &email,
        "--role",
        role,
    ];
    let made = app.workspace().cli(&command).json();
    Agent::log_in(app, &email, made["password"].as_str().unwrap())
}

#[test]
fn figures_follow_what_happens() {
    let app = start();
    let ana = app.agent();
    let visitor = app.visitor();
    let id = visitor.conversation_id;
    visitor.say("is anybody there?");
    ana.change(id, "assign", &json!({ "agent_id": ana.id }));
    ana.say(id, "yes");
    visitor.say("good");
    ana.change(id, "close", &json!({}));
    let rate = json!({ "conversation_id": id, "score": 4, "comment": "=1+1 \"fast\", friendly" });
    visitor
        .post("/api/chatbot/rating", &rate)
        .send()
        .expect(200);
    // Somebody waits, on nobody's desk.
    app.visitor().say("hello");

    let overview = get(&ana, "overview", "&zone=Europe/Berlin");
    let figures = &overview["figures"];
    let counted = |figures: &Value| {
        let of = |name: &str| figures[name].as_i64().unwrap();
        [
            of("new_conversations"),
            of("messages_received"),
            of("messages_sent"),
            of("closed"),
            of("reopened"),
        ]
    };
    assert_eq!(counted(figures), [2, 3, 1, 1, 0], "{overview}");
    assert_eq!(figures["first_response"]["count"], 1);
    assert_eq!(figures["resolution"]["count"], 1);
    for wait in ["first_response", "resolution"] {
        let median = figures[wait]["median_seconds"].as_i64().unwrap();
        assert!((0..60).contains(&median), "{overview}");
    }
    assert_eq!(
        figures["csat"],
        json!({ "ratings": 1, "score": 4.0, "satisfied": 1, "scores": [0, 0, 0, 1, 0], "answer_rate": 1.0 })
    );
    assert_eq!(counted(&overview["previous_figures"]), [0; 5]);
    assert_eq!(
        overview["previous_figures"]["csat"],
        json!({ "ratings": 0, "score": null, "satisfied": 0, "scores": [0, 0, 0, 0, 0], "answer_rate": null })
    );
    assert_eq!(overview["period"]["zone"], "Europe/Berlin");

    let series = get(&ana, "series", "&interval=hour");
    let points = series["points"].as_array().unwrap();
    assert_eq!(points.len(), 72);
    let sums = points.iter().fold([0; 5], |sums, point| {
        let of_point = counted(&point["figures"]);
        std::array::from_fn(|index| sums[index] + of_point[index])
    });
    assert_eq!(sums, [2, 3, 1, 1, 0]);

    let by = get(&ana, "by/agent", "");
    let rows = by["rows"].as_array().unwrap();
    let shown: Vec<_> = rows
        .iter()
        .map(|row| (row["name"].as_str(), counted(&row["figures"])))
        .collect();
    // The first message of each came when it was nobody's.
    assert_eq!(
        shown,
        [(Some("Ana"), [1, 1, 1, 1, 0]), (None, [1, 2, 0, 0, 0])]
    );
    let by = get(&ana, "by/label", "");
    assert_eq!(by["rows"][0]["figures"]["messages_sent"], Value::Null);

    let csat = get(&ana, "csat", "");
    let rating = &csat["ratings"][0];
    assert_eq!(rating["conversation_id"], id);
    assert_eq!(rating["agent"]["name"], "Ana");
    assert_eq!(rating["score"], 4);
    assert_eq!(csat["next"], Value::Null);
    let page = get(&ana, "csat", "&limit=1");
    let next = page["next"].as_str().unwrap();
    let last = get(&ana, "csat", &format!("&limit=1&cursor={next}"));
    assert_eq!(last["ratings"], json!([]));

    let table = csv(&ana, "overview");
    assert_eq!(table.len(), 3);
    assert!(table[0].starts_with("period,starts_at,ends_at,new_conversations,"));
    assert!(table[1].contains(",2,3,1,1,0,1,"), "{table:?}");
    assert_eq!(csv(&ana, "series").len(), 4);
    assert!(csv(&ana, "by/agent")[1].starts_with(&format!("{},Ana,1,1,1,1,0,", ana.id)));
    let table = csv(&ana, "csat");
    assert!(
        table[1].contains(",4,\"'=1+1 \"\"fast\"\", friendly\","),
        "{table:?}"
    );
}

#[test]
fn an_agent_sees_the_teams_totals_and_its_own_row() {
    let app = start();
    let ana = app.agent();
    let visitor = app.visitor();
    visitor.say("hello");
    ana.say(visitor.conversation_id, "hello");
    for role in ["agent", "viewer"] {
        let other = with_role(&app, role);
        for report in [
            "overview",
            "series",
            "by/widget",
            "by/team",
            "by/label",
            "csat",
        ] {
            get(&other, report, "");
        }
        let overview = get(&other, "overview", "");
        assert_eq!(overview["figures"]["messages_sent"], 1);
        let own = get(&other, "by/agent", "");
        let rows = own["rows"].as_array().unwrap();
        assert_eq!(rows.len(), 1, "{own}");
        assert_eq!(rows[0]["id"], other.id);
        assert_eq!(rows[0]["figures"]["messages_sent"], 0);
        get(&other, "overview", &format!("&agent_id={}", other.id));
        for report in ["overview", "series", "by/agent", "by/team", "csat"] {
            let of_ana = path(report, &format!("&agent_id={}", ana.id));
            let refused = other.get(&of_ana).send().expect(403);
            assert!(refused.text().contains("admin role"), "{refused}");
        }
    }
    // Whoever administers sees everybody, and what is nobody's; also by a program that only reads.
    let rows = get(&ana, "by/agent", "")["rows"].as_array().unwrap().len();
    assert_eq!(rows, 4);
    let command = [
        "agent:token",
        "--json",
        "--email",
        Agent::EMAIL,
        "--scope",
        "read",
    ];
    let token = app.workspace().cli(&command).json();
    let answer = app
        .get(&path("by/agent", ""))
        .bearer(token["token"].as_str().unwrap())
        .send()
        .expect(200);
    assert_eq!(answer.json()["rows"].as_array().unwrap().len(), 4);
}

#[test]
fn a_wrong_request_is_told_what_is_wrong() {
    let app = start();
    let ana = app.agent();
    for (query, field) in [
        ("", "from"),
        ("from=2026-03-01", "to"),
        ("from=2026-03-01&to=2026-02-28", "to"),
        ("from=2025-01-01&to=2026-01-02", "to"),
        ("from=2026-02-30&to=2026-03-01", "from"),
        ("from=1.3.2026&to=2026-03-01", "from"),
        ("from=2026-03-01&to=2026-03-01&zone=Mars/Olympus", "zone"),
        ("from=2026-03-01&to=2026-03-01&hours=mine", "hours"),
        ("from=2026-03-01&to=2026-03-01&widget_id=0", "widget_id"),
        ("from=2026-03-01&to=2026-03-01&widget_id=9999", "widget_id"),
        ("from=2026-03-01&to=2026-03-01&team_id=9999", "team_id"),
        ("from=2026-03-01&to=2026-03-01&agent_id=9999", "agent_id"),
    ] {
        let answer = ana.get(&format!("/api/v1/reports/overview?{query}"));
        let answer = answer.send().expect(422).json();
        assert!(answer["details"][field][0].is_string(), "{query}: {answer}");
    }
    for (path, field) in [
        (
            "series?from=2026-03-01&to=2026-03-01&interval=week",
            "interval",
        ),
        (
            "series?from=2026-03-01&to=2026-04-01&interval=hour",
            "interval",
        ),
        ("csat?from=2026-03-01&to=2026-03-01&cursor=x", "cursor"),
        ("csat?from=2026-03-01&to=2026-03-01&limit=201", "limit"),
    ] {
        let answer = ana.get(&format!("/api/v1/reports/{path}"));
        let answer = answer.send().expect(422).json();
        assert!(answer["details"][field][0].is_string(), "{path}: {answer}");
    }
    ana.get(&path("by/color", "")).send().expect(404);
}
