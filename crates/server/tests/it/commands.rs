//! The command line, beside a running server and without one.

use crate::{start, workspace};
use antiphon_testkit::{Agent, TestApp, Visitor};
use serde_json::json;
use std::os::unix::fs::PermissionsExt as _;

const COMMANDS: [&str; 24] = [
    "serve",
    "reverb:start",
    "queue:work",
    "queue:listen",
    "jobs:list",
    "jobs:retry",
    "migrate",
    "db:copy",
    "backup",
    "restore",
    "export",
    "import",
    "widget:create",
    "widget:list",
    "widget:show",
    "widget:update",
    "agent:create",
    "agent:list",
    "agent:token",
    "agent:password",
    "agent:two-factor-reset",
    "config:check",
    "config:show",
    "doctor",
];

#[test]
fn every_command_explains_itself() {
    let workspace = workspace();
    let help = workspace.cli(&["--help"]);
    assert!(help.status.success());
    for command in COMMANDS {
        assert!(
            help.lines
                .iter()
                .any(|line| line.trim().starts_with(command)),
            "{command} in {help:?}"
        );
        let help = workspace.cli(&[command, "--help"]);
        assert!(help.status.success(), "{command}: {help:?}");
        assert!(
            help.lines
                .iter()
                .any(|line| line.contains(&format!("antiphon {command}"))),
            "{help:?}"
        );
        assert!(
            !help.lines[0].is_empty(),
            "what {command} does comes first: {help:?}"
        );
    }
    assert!(!workspace.data().exists(), "asking for help makes nothing");
}

#[test]
fn the_version_is_printed() {
    let version = workspace().cli(&["--version"]);
    assert!(version.status.success());
    assert!(version.lines[0].starts_with("antiphon 0."), "{version:?}");
}

#[test]
fn an_unknown_command_or_flag_is_an_error_of_usage() {
    let workspace = workspace();
    for args in [
        &["serv"][..],
        &["serve", "--prot", "1"],
        &["widget:create"],
        &["widget:show"],
        &["widget:update", "--id", "1"],
        &["agent:create", "--role", "boss"],
    ] {
        let finished = workspace.cli(args);
        assert_eq!(finished.status.code(), Some(2), "{finished:?}");
        assert!(finished.stderr.contains("--help"), "{finished:?}");
    }
}

#[test]
fn a_widget_made_beside_the_server_works_at_once() {
    let app = start();
    let args = [
        "widget:create",
        "--name",
        "Shop",
        "--domain",
        "shop.example",
        "--welcome-message",
        "Hi there",
        "--json",
    ];
    let widget = app.workspace().cli(&args).json();
    assert_eq!(widget["name"], "Shop");
    assert_eq!(widget["domains"], json!(["shop.example"]));
    assert!(widget["identity_secret"].is_string());
    let token = widget["token"].as_str().unwrap();
    assert!(token.starts_with("cbw_"), "{widget}");
    let visitor = Visitor::init(&app, token, &json!({}));
    assert_eq!(visitor.opened["widget_name"], "Shop");
    assert_eq!(visitor.opened["welcome_message"], "Hi there");
    let list = app.workspace().cli(&["widget:list", "--json"]).json();
    let names: Vec<_> = list["widgets"]
        .as_array()
        .unwrap()
        .iter()
        .map(|widget| &widget["name"])
        .collect();
    assert_eq!(names, ["Demo", "Shop"]);
    assert!(
        !list.to_string().contains("identity_secret"),
        "a list shows no secret"
    );
    let text = app.workspace().cli(&["widget:list"]);
    assert_eq!(text.lines.len(), 2, "{text:?}");
    assert!(text.lines[1].contains(token));
}

#[test]
fn a_new_widgets_snippet_can_be_pasted() {
    let printed = workspace().cli(&[
        "widget:create",
        "--name",
        "Shop",
        "--domain",
        "shop.example",
    ]);
    let snippet = printed
        .lines
        .iter()
        .find(|line| line.contains("<script"))
        .expect("a snippet");
    assert!(snippet.contains("/chatbot-widget.js\""), "{snippet}");
    assert!(snippet.contains("data-api-token=\"cbw_"), "{snippet}");
}

#[test]
fn a_widgets_mistakes_are_named() {
    let workspace = workspace();
    for (args, mistake) in [
        (["--name", "", "--domain", "shop.example"], "name"),
        (
            ["--name", "Shop", "--domain", "https://shop.example/x"],
            "domain",
        ),
        (["--name", "Shop", "--domain", "shop example"], "domain"),
    ] {
        let finished = workspace.cli(&[&["widget:create"][..], &args].concat());
        assert!(!finished.status.success(), "{finished:?}");
        assert_eq!(finished.stderr.lines().count(), 1, "{finished:?}");
        assert!(finished.stderr.contains(mistake), "{finished:?}");
    }
}

#[test]
fn an_agent_made_beside_the_server_logs_in() {
    let app = start();
    let args = [
        "agent:create",
        "--name",
        "Bea",
        "--email",
        "bea@example.com",
        "--role",
        "admin",
        "--json",
    ];
    let made = app.workspace().cli(&args).json();
    let password = made["password"]
        .as_str()
        .expect("a password is made up")
        .to_owned();
    assert_eq!(made["role"], "admin");
    Agent::log_in(&app, "bea@example.com", &password);
    let taken = app.workspace().cli(&args);
    assert!(
        !taken.status.success() && taken.stderr.contains("email"),
        "{taken:?}"
    );
    let given = [
        "agent:create",
        "--name",
        "Cy",
        "--email",
        "cy@example.com",
        "--password-stdin",
        "--json",
    ];
    let made = app
        .workspace()
        .cli_with_input(&given, b"a password of my own\n")
        .json();
    assert_eq!(
        made.get("password"),
        None,
        "what was given is not shown again"
    );
    assert_eq!(made["role"], "agent");
    Agent::log_in(&app, "cy@example.com", "a password of my own");
}

#[test]
fn an_agent_made_at_the_command_line_ends_the_set_up() {
    let mut app = start();
    let token = app.setup_token().unwrap();
    app.workspace()
        .cli(&[
            "agent:create",
            "--name",
            "Bea",
            "--email",
            "bea@example.com",
            "--json",
        ])
        .json();
    let body = json!({ "token": token, "name": "Eve", "email": "eve@example.com", "password": "correct horse battery" });
    app.post("/api/v1/setup", &body).send().expect(403);
    app.restart();
    assert_eq!(app.setup_token(), None);
}

#[test]
fn a_new_password_ends_the_sessions_that_are_open() {
    let app = start();
    let agent = app.agent();
    let args = [
        "agent:password",
        "--email",
        Agent::EMAIL,
        "--password-stdin",
        "--json",
    ];
    let short = app.workspace().cli_with_input(&args, b"short\n");
    assert!(
        !short.status.success() && short.stderr.contains("password"),
        "{short:?}"
    );
    agent.get("/api/v1/me").send().expect(200);
    app.workspace()
        .cli_with_input(&args, b"another long password\n")
        .json();
    agent.get("/api/v1/me").send().expect(401);
    let old = json!({ "email": Agent::EMAIL, "password": Agent::PASSWORD });
    app.post("/api/v1/session", &old).send().expect(401);
    Agent::log_in(&app, Agent::EMAIL, "another long password");
}

#[test]
fn an_unknown_agent_is_named_in_one_line() {
    let workspace = workspace();
    for command in ["agent:token", "agent:password"] {
        let finished = workspace.cli(&[command, "--email", "nobody@example.com"]);
        assert_eq!(finished.status.code(), Some(1), "{finished:?}");
        assert_eq!(finished.stderr.lines().count(), 1, "{finished:?}");
        assert!(finished.stderr.contains("agent"), "{finished:?}");
    }
}

#[test]
fn commands_make_the_folder_when_they_come_first() {
    let workspace = workspace();
    let migrated = workspace.cli(&["migrate", "--json"]).json();
    assert_eq!(migrated["from"], 0);
    let again = workspace.cli(&["migrate", "--json"]).json();
    assert_eq!(again["from"], migrated["to"]);
    let widget = workspace
        .cli(&[
            "widget:create",
            "--name",
            "Shop",
            "--domain",
            "shop.example",
            "--json",
        ])
        .json();
    let app = TestApp::start_in(workspace);
    app.config(widget["token"].as_str().unwrap());
}

#[test]
fn the_configuration_is_checked_and_shown_without_its_secrets() {
    let app = start();
    let check = app.workspace().cli(&["config:check", "--json"]).json();
    assert_eq!(check["ok"], true);
    let show = app.workspace().cli(&["config:show", "--json"]);
    let secret = app.workspace().secret("REVERB_APP_SECRET");
    assert!(!show.lines[0].contains(&secret), "{show:?}");
    let show = show.json();
    assert_eq!(
        show["REVERB_APP_KEY"]["value"],
        app.workspace().secret("REVERB_APP_KEY")
    );
    assert_eq!(show["ANTIPHON_RATE_LIMITS"]["value"], "off");
    let text = app.workspace().cli(&["config:show"]);
    assert!(
        text.lines.iter().any(|line| line.starts_with("APP_URL")),
        "{text:?}"
    );
    assert!(!text.lines.join("\n").contains(&secret));
}

#[test]
fn looking_at_the_configuration_writes_nothing() {
    let workspace = workspace();
    workspace.cli(&["config:check", "--json"]).json();
    workspace.cli(&["config:show", "--json"]).json();
    assert!(!workspace.data().exists());
}

#[test]
fn secrets_are_for_their_owner_only_and_stay_the_same() {
    let mut app = start();
    let path = app.workspace().data().join("secrets.env");
    let read = || std::fs::read_to_string(&path).unwrap();
    let first = read();
    let mode =
        |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&path), 0o600);
    assert_eq!(mode(&app.workspace().database()), 0o600);
    assert_eq!(mode(&app.workspace().data()), 0o700);
    app.restart();
    assert_eq!(read(), first);
    app.workspace().cli(&["widget:list"]);
    assert_eq!(read(), first);
}

#[test]
fn no_secret_is_logged() {
    let mut app = TestApp::start_in(workspace().with_env("ANTIPHON_LOG", "debug"));
    let (agent, visitor) = (app.agent(), app.visitor());
    visitor.say("a private word");
    visitor.listen();
    visitor.message("").send().expect(422);
    app.terminate();
    let log = app.log();
    let session = agent.cookie.split_once('=').unwrap().1;
    for secret in [
        &visitor.token,
        session,
        Agent::PASSWORD,
        "a private word",
        &app.workspace().secret("REVERB_APP_SECRET"),
    ] {
        assert!(!log.contains(secret), "{secret} in {log}");
    }
}
