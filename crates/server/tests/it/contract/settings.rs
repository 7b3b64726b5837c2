//! A widget's settings: set on the command line, told in `config`.

use crate::start;
use antiphon_domain::{Timestamp, Zone};
use antiphon_testkit::{Finished, TestApp, unix_seconds};
use serde_json::{Value, json};

/// Sets the demo widget's settings.
pub(super) fn set(app: &TestApp, settings: &Value) -> Finished {
    let args = ["widget:update", "--id", "1", "--settings", "-", "--json"];
    app.workspace()
        .cli_with_input(&args, settings.to_string().as_bytes())
}

fn settings(app: &TestApp) -> Value {
    app.config(&app.widget_token())["widget"]["settings"].clone()
}

#[test]
fn settings_have_their_defaults_until_they_are_set() {
    let app = start();
    let settings = settings(&app);
    assert_eq!(settings["position"], "right");
    assert_eq!(
        settings["theme"],
        json!({ "color": "#3455db", "mode": "auto" })
    );
    assert_eq!(settings["pre_chat"], Value::Null);
    assert_eq!(
        settings["availability"],
        json!({ "open": true, "opens_at": null })
    );
    assert_eq!(
        settings["voice"],
        json!({ "enabled": true, "max_seconds": 300 })
    );
    assert_eq!(settings["transcript"], true);
}

#[test]
fn settings_are_told_at_once_and_change_the_etag() {
    let app = start();
    let token = app.widget_token();
    let ask = || app.get("/api/chatbot/config").bearer(&token);
    let etag = ask().send().expect(200).header("etag").unwrap().to_owned();
    let shown = set(
        &app,
        &json!({ "position": "left", "quick_replies": ["Hi"] }),
    )
    .json();
    assert_eq!(shown["settings"]["position"], "left");
    let answer = ask().header("if-none-match", &etag).send().expect(200);
    assert_ne!(answer.header("etag"), Some(etag.as_str()));
    assert_eq!(settings(&app)["quick_replies"], json!(["Hi"]));
    // As a whole: what is left out is as by default again.
    assert!(set(&app, &json!({ "sound": false })).status.success());
    assert_eq!(settings(&app)["position"], "right");
    assert_eq!(settings(&app)["sound"], false);
}

#[test]
fn what_is_shown_can_be_set_again() {
    let app = start();
    let given = json!({ "hours": { "timezone": "Europe/Madrid", "weekly": [{ "days": [1], "from": "09:00", "to": "17:00" }] },
        "pre_chat": { "fields": [{ "name": "email", "label": "E-mail" }] } });
    let first = set(&app, &given).json();
    let again = set(&app, &first["settings"]).json();
    assert_eq!(again, first);
    let show = app
        .workspace()
        .cli(&["widget:show", "--id", "1", "--json"])
        .json();
    assert_eq!(show, first);
    assert!(!show.to_string().contains("identity_secret"));
    let text = app.workspace().cli(&["widget:show", "--id", "1"]);
    assert!(
        text.lines.iter().any(|line| line.contains("Europe/Madrid")),
        "{text:?}"
    );
}

#[test]
fn every_mistake_of_the_settings_is_named_and_nothing_is_stored() {
    let app = start();
    let before = settings(&app);
    let wrong = json!({ "offset_x": 501, "hours": { "timezone": "Mars/Olympus" }, "sonud": true });
    let refused = set(&app, &wrong);
    assert!(!refused.status.success());
    for mistake in [
        "settings.offset_x must be an integer from 0 to 500",
        "settings.hours.timezone must be a time zone",
        "settings.sonud is not a setting",
    ] {
        assert!(refused.stderr.contains(mistake), "{refused:?}");
    }
    let args = [
        "widget:update",
        "--id",
        "1",
        "--name",
        "New",
        "--settings",
        "-",
    ];
    for (args, input) in [
        (&args[..], "{"),
        (&args[..], "[]"),
        (
            &["widget:update", "--id", "1", "--settings", "/no/such/file"],
            "",
        ),
        (&["widget:update", "--id", "99", "--name", "x"], ""),
        (&["widget:show", "--id", "99"], ""),
        (
            &[
                "widget:update",
                "--id",
                "1",
                "--domain",
                "https://x.example",
            ],
            "",
        ),
    ] {
        let refused = app.workspace().cli_with_input(args, input.as_bytes());
        assert!(!refused.status.success(), "{refused:?}");
        assert!(!refused.stderr.is_empty());
    }
    assert_eq!(settings(&app), before);
    assert_eq!(app.config(&app.widget_token())["widget"]["name"], "Demo");
}

#[test]
fn name_domains_and_welcome_are_changed_one_by_one() {
    let app = start();
    let update = |args: &[&str]| {
        let args = [&["widget:update", "--id", "1", "--json"][..], args].concat();
        app.workspace().cli(&args).json()
    };
    let renamed = update(&["--name", "Shop"]);
    assert_eq!(renamed["name"], "Shop");
    let moved = update(&["--domain", "a.example", "--domain", "*.b.example"]);
    assert_eq!(moved["domains"], json!(["a.example", "*.b.example"]));
    assert_eq!(moved["name"], "Shop");
    let welcome = update(&["--welcome-message", "Hello"]);
    assert_eq!(welcome["domains"], moved["domains"]);
    let config = app.config(&app.widget_token())["widget"].clone();
    assert_eq!(
        (&config["name"], &config["welcome_message"]),
        (&json!("Shop"), &json!("Hello"))
    );
    let refused = app
        .get("/api/chatbot/config")
        .bearer(&app.widget_token())
        .header("origin", "https://other.example");
    refused.send().expect(403);
}

#[test]
fn availability_follows_the_business_hours() {
    let app = start();
    let always = json!([{ "days": [1, 2, 3, 4, 5, 6, 7], "from": "00:00", "to": "24:00" }]);
    let hours = |holidays: Value| json!({ "hours": { "timezone": "Pacific/Auckland", "weekly": always, "holidays": holidays } });
    set(&app, &hours(json!([])));
    assert_eq!(settings(&app)["availability"]["open"], true);
    // Today and tomorrow are holidays, so that it does not matter if midnight passes meanwhile.
    let date = |days: u64| {
        let at = i64::try_from(unix_seconds() + days * 86_400).unwrap();
        let clock = Zone::parse("UTC")
            .unwrap()
            .clock(Timestamp::from_micros(at * 1_000_000));
        clock[..10].to_owned()
    };
    let (today, tomorrow, then) = (date(0), date(1), date(2));
    let mut closed = hours(json!([today, tomorrow]));
    closed["hours"]["timezone"] = json!("UTC");
    set(&app, &closed);
    let availability = settings(&app)["availability"].clone();
    let opens_at = format!("{then}T00:00:00.000000Z");
    assert_eq!(availability, json!({ "open": false, "opens_at": opens_at }));
    assert_eq!(app.visitor().opened["availability"], availability);
    set(&app, &json!({ "hours": { "timezone": "UTC" } }));
    assert_eq!(
        settings(&app)["availability"],
        json!({ "open": false, "opens_at": null })
    );
}

#[test]
fn a_config_may_be_kept_no_longer_than_its_availability_holds() {
    let app = start();
    let token = app.widget_token();
    // The minute that runs may end between the two calls; then the next one is tried.
    let tried = (0..3).find_map(|_| {
        let now = i64::try_from(unix_seconds()).unwrap();
        let closes = now - now % 60 + 60;
        let clock = Zone::parse("UTC")
            .unwrap()
            .clock(Timestamp::from_micros(closes * 1_000_000));
        let to = match &clock[11..16] {
            "00:00" => "24:00",
            to => to,
        };
        let weekly = json!([{ "days": [1, 2, 3, 4, 5, 6, 7], "from": "00:00", "to": to }]);
        let hours = json!({ "hours": { "timezone": "UTC", "weekly": weekly } });
        assert!(set(&app, &hours).status.success());
        let asked = i64::try_from(unix_seconds()).unwrap();
        let answer = app
            .get("/api/chatbot/config")
            .bearer(&token)
            .send()
            .expect(200);
        let is_open = answer.json()["widget"]["settings"]["availability"]["open"] == true;
        let max_age = answer.header("cache-control").unwrap();
        let max_age: i64 = max_age.split_once("max-age=").unwrap().1.parse().unwrap();
        is_open.then_some((max_age, closes - asked))
    });
    let (max_age, left) = tried.expect("a minute is long enough for two calls");
    assert!(max_age <= left, "{max_age} s of {left} s");
}
